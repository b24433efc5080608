//! The mutations: what they refuse, and what they change.
//!
//! Invariant: a mutation with user errors changes nothing, but for those that work on files of a theme one by one.

mod article;
mod blog;
mod bulk;
mod collection;
mod collection_condition;
mod collection_source;
mod event;
mod file;
mod handle;
mod input;
mod inventory;
mod media;
mod menu;
mod metafield;
mod metafield_definition;
mod metaobject;
mod metaobject_definition;
mod option;
mod option_set;
mod page;
mod product;
mod publication;
mod redirect;
mod refusal;
mod staged;
mod tag;
mod theme;
mod translation;
mod validate;
mod variant;
mod variant_bulk;
mod webhook;

use serde_json::{Map, Value, json};

use super::graphql::Fail;
use super::read::check_write;
use super::state::State;
pub(crate) use file::placeholder;
use input::Input;
use refusal::{Refusal, UserError};

/// A mutation's payload without its user errors, or why there is none.
type Outcome = Result<Value, Refusal>;

type Mutation = fn(&mut State, &Input) -> Outcome;

/// Every mutation that is known.
const MUTATIONS: &[(&str, Mutation)] = &[
    ("productSet", product::set),
    ("productCreate", product::create),
    ("productUpdate", product::update),
    ("productDelete", product::delete),
    ("productChangeStatus", product::change_status),
    ("productDuplicate", product::duplicate),
    ("productVariantsBulkCreate", variant_bulk::create),
    ("productVariantsBulkUpdate", variant_bulk::update),
    ("productVariantsBulkDelete", variant_bulk::delete),
    ("productVariantsBulkReorder", variant_bulk::reorder),
    ("productOptionsCreate", option::create),
    ("productOptionUpdate", option::update),
    ("productOptionsDelete", option::delete),
    ("productOptionsReorder", option::reorder),
    ("productCreateMedia", media::create),
    ("productUpdateMedia", media::update),
    ("productDeleteMedia", media::delete),
    ("productReorderMedia", media::reorder),
    ("productVariantAppendMedia", media::append_to_variants),
    ("productVariantDetachMedia", media::detach_from_variants),
    ("collectionCreate", collection::create),
    ("collectionUpdate", collection::update),
    ("collectionDelete", collection::delete),
    ("collectionDuplicate", collection::duplicate),
    (
        "collectionConditionsSourceCreate",
        collection_source::create_shareable,
    ),
    (
        "collectionConditionsSourceUpdate",
        collection_source::update_shareable,
    ),
    (
        "collectionConditionsSourceDelete",
        collection_source::delete_shareable,
    ),
    ("collectionAddProducts", collection::add_products),
    ("collectionAddProductsV2", collection::add_products),
    ("collectionRemoveProducts", collection::remove_products),
    ("collectionReorderProducts", collection::reorder_products),
    ("pageCreate", page::create),
    ("pageUpdate", page::update),
    ("pageDelete", page::delete),
    ("blogCreate", blog::create),
    ("blogUpdate", blog::update),
    ("blogDelete", blog::delete),
    ("articleCreate", article::create),
    ("articleUpdate", article::update),
    ("articleDelete", article::delete),
    ("menuCreate", menu::create),
    ("menuUpdate", menu::update),
    ("menuDelete", menu::delete),
    ("urlRedirectCreate", redirect::create),
    ("urlRedirectUpdate", redirect::update),
    ("urlRedirectDelete", redirect::delete),
    ("urlRedirectBulkDeleteByIds", redirect::delete_by_ids),
    ("urlRedirectBulkDeleteAll", redirect::delete_all),
    ("urlRedirectBulkDeleteBySearch", redirect::delete_by_search),
    ("urlRedirectImportCreate", redirect::create_import),
    ("urlRedirectImportSubmit", redirect::submit_import),
    ("metafieldsSet", metafield::set),
    ("metafieldsDelete", metafield::delete),
    ("metafieldDefinitionCreate", metafield_definition::create),
    ("metafieldDefinitionUpdate", metafield_definition::update),
    ("metafieldDefinitionDelete", metafield_definition::delete),
    ("metafieldDefinitionPin", metafield_definition::pin),
    ("metafieldDefinitionUnpin", metafield_definition::unpin),
    (
        "standardMetafieldDefinitionEnable",
        metafield_definition::enable_standard,
    ),
    (
        "standardMetaobjectDefinitionEnable",
        metaobject_definition::enable_standard,
    ),
    ("metaobjectDefinitionCreate", metaobject_definition::create),
    ("metaobjectDefinitionUpdate", metaobject_definition::update),
    ("metaobjectDefinitionDelete", metaobject_definition::delete),
    ("metaobjectCreate", metaobject::create),
    ("metaobjectUpdate", metaobject::update),
    ("metaobjectUpsert", metaobject::upsert),
    ("metaobjectDelete", metaobject::delete),
    ("metaobjectBulkDelete", metaobject::bulk_delete),
    ("fileCreate", file::create),
    ("fileUpdate", file::update),
    ("fileDelete", file::delete),
    ("fileAcknowledgeUpdateFailed", file::acknowledge),
    ("stagedUploadsCreate", staged::create),
    ("inventoryItemUpdate", inventory::update_item),
    ("inventorySetQuantities", inventory::set_quantities),
    ("inventoryActivate", inventory::activate),
    ("webhookSubscriptionCreate", webhook::create),
    ("webhookSubscriptionUpdate", webhook::update),
    ("webhookSubscriptionDelete", webhook::delete),
    ("publishablePublish", publication::publish),
    ("publishableUnpublish", publication::unpublish),
    ("tagsAdd", tag::add),
    ("tagsRemove", tag::remove),
    ("translationsRegister", translation::register),
    ("translationsRemove", translation::remove),
    ("shopLocaleEnable", translation::enable_locale),
    ("shopLocaleUpdate", translation::update_locale),
    ("shopLocaleDisable", translation::disable_locale),
    ("themeCreate", theme::create),
    ("themeDuplicate", theme::duplicate),
    ("themeUpdate", theme::update),
    ("themePublish", theme::publish),
    ("themeDelete", theme::delete),
    ("themeFilesUpsert", theme::upsert_files),
    ("themeFilesDelete", theme::delete_files),
    ("themeFilesCopy", theme::copy_files),
    ("bulkOperationRunQuery", bulk::run_query),
    ("bulkOperationRunMutation", bulk::run_mutation),
    ("bulkOperationCancel", bulk::cancel),
];

/// Carries out a mutation and returns its payload.
///
/// # Errors
/// A missing right, an id that can't be one, or a mutation that the simulator does not know.
pub(crate) fn mutate(state: &mut State, name: &str, given: &Input) -> Result<Value, Fail> {
    check_write(state, name)?;
    let (_, mutation) = MUTATIONS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| Fail::not_modelled("Mutation", name))?;
    let (mut payload, errors) = match mutation(state, given) {
        Ok(Value::Object(payload)) => {
            event::note(state);
            state.keep();
            (payload, Vec::new())
        }
        Ok(_) => (Map::new(), Vec::new()),
        Err(Refusal::User(errors)) => {
            state.take_back();
            (Map::new(), errors)
        }
        Err(Refusal::Field(fail)) => {
            state.take_back();
            return Err(fail);
        }
    };
    let errors: Value = errors.iter().map(UserError::to_json).collect();
    payload
        .entry("shop")
        .or_insert(json!("gid://shopify/Shop/1"));
    payload.entry("mediaUserErrors").or_insert(errors.clone());
    payload.entry("userErrors").or_insert(errors);
    Ok(Value::Object(payload))
}
