//! Northwind's two stores, filled from the sample's storefront through the mutations that a client would use.
//!
//! What the sample's objects do not have, [`extras`] adds: conditions, references of all types, translations.

mod extras;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{default_menu, layers, run};
use crate::shop::gid::gid;
use crate::shop::state::State;

/// Where the sample's pictures would lie; what is served is made up.
const PICTURES: &str = "https://pictures.northwind.example";

/// Fills a shop from these layers.
pub(super) fn fill(state: &mut State, layer_names: &[&str]) {
    let mut objects = BTreeMap::new();
    for (path, bytes) in layers::files(layer_names, "objects") {
        let object: Value =
            serde_json::from_slice(bytes).expect("BUG: the sample's objects are JSON");
        let key = path.trim_end_matches(".json").to_owned();
        objects.insert(key, object);
    }
    let mut seed = Northwind {
        state,
        objects,
        ids: BTreeMap::new(),
        is_development: layer_names.contains(&"development"),
    };
    seed.definitions();
    seed.metaobjects();
    seed.products();
    seed.content();
    seed.collections();
    seed.references();
    seed.menus();
    seed.redirects();
    extras::add(&mut seed);
    seed.publish();
}

struct Northwind<'a> {
    state: &'a mut State,
    /// The sample's objects by `<kind>/<key>`.
    objects: BTreeMap<String, Value>,
    /// Global ids by the references of the sample: `<kind>:<key>`.
    ids: BTreeMap<String, String>,
    is_development: bool,
}

impl Northwind<'_> {
    fn of_kind(&self, kind: &str) -> Vec<(String, Value)> {
        let start = format!("{kind}/");
        let objects = self.objects.iter().filter_map(|(key, object)| {
            Some((key.strip_prefix(&start)?.to_owned(), object.clone()))
        });
        objects.collect()
    }

    /// Runs a mutation and remembers the object that it made.
    fn make(&mut self, mutation: &str, args: Value, reference: String) -> String {
        let payload = run(self.state, mutation, args);
        let id = payload
            .as_object()
            .into_iter()
            .flatten()
            .find_map(|(name, value)| value.as_str().filter(|_| name != "shop"))
            .expect("BUG: a mutation that creates names what it made")
            .to_owned();
        self.ids.insert(reference, id.clone());
        id
    }

    /// The global id that a reference of the sample means.
    fn id(&self, reference: &str) -> Option<&str> {
        self.ids.get(reference).map(String::as_str)
    }

    fn definitions(&mut self) {
        for (kind, object) in self.of_kind("metaobject_definitions") {
            let fields: Vec<Value> = object["fields"]
                .as_array()
                .into_iter()
                .flatten()
                .map(field_definition)
                .collect();
            let definition = json!({
                "type": kind, "name": object["name"], "displayNameKey": object["display_name_field"],
                "fieldDefinitions": fields, "access": {"storefront": "PUBLIC_READ"},
                "capabilities": {"publishable": {"enabled": true}, "translatable": {"enabled": true}},
            });
            let reference = format!("metaobject_definitions:{kind}");
            self.make(
                "metaobjectDefinitionCreate",
                json!({"definition": definition}),
                reference,
            );
        }
        for (key, object) in self.of_kind("metafield_definitions") {
            let owner = object["owner"].as_str().unwrap_or_default().to_uppercase();
            let validations = match object["reference"]
                .as_str()
                .and_then(|reference| self.id(reference))
            {
                Some(id) if id.contains("MetaobjectDefinition") => {
                    json!([{"name": "metaobject_definition_id", "value": id}])
                }
                _ => json!([]),
            };
            let definition = json!({
                "ownerType": owner, "namespace": object["namespace"], "key": object["key"], "name": object["name"],
                "type": object["type"], "description": object["description"], "pin": object["pinned"] == true,
                "validations": validations,
            });
            let reference = format!("metafield_definitions:{key}");
            self.make(
                "metafieldDefinitionCreate",
                json!({"definition": definition}),
                reference,
            );
        }
    }

    /// Metaobjects with all but the fields that lead to what is made later.
    fn metaobjects(&mut self) {
        for (key, object) in self.of_kind("metaobjects") {
            let (kind, handle) = key.split_once('/').unwrap_or((&key, ""));
            let fields = object["fields"].as_object().cloned().unwrap_or_default();
            let plain = fields
                .iter()
                .filter(|(_, value)| !is_reference(value) && !value.is_null());
            let fields: Vec<Value> = plain
                .map(|(key, value)| {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    json!({"key": key, "value": value})
                })
                .collect();
            let status = if object["status"] == "active" {
                "ACTIVE"
            } else {
                "DRAFT"
            };
            let metaobject = json!({
                "type": kind, "handle": handle, "fields": fields, "capabilities": {"publishable": {"status": status}},
            });
            let reference = format!("metaobjects:{key}");
            self.make(
                "metaobjectCreate",
                json!({"metaobject": metaobject}),
                reference,
            );
        }
    }

    fn products(&mut self) {
        let location = self
            .state
            .ids("Location")
            .first()
            .map(|id| gid("Location", *id))
            .unwrap_or_default();
        for (key, object) in self.of_kind("products") {
            let reference = format!("products:{key}");
            let input = product_input(&object, &location);
            self.make(
                "productSet",
                json!({"input": input, "synchronous": true}),
                reference,
            );
        }
    }

    fn content(&mut self) {
        for (key, object) in self.of_kind("pages") {
            let page = json!({
                "title": object["title"], "handle": key, "body": object["body_html"],
                "isPublished": object["published"] != false,
            });
            self.make("pageCreate", json!({"page": page}), format!("pages:{key}"));
        }
        for (key, object) in self.of_kind("blogs") {
            let comments = if object["comments"] == "moderated" {
                "MODERATED"
            } else {
                "CLOSED"
            };
            let blog = json!({"title": object["title"], "handle": key, "commentPolicy": comments});
            self.make("blogCreate", json!({"blog": blog}), format!("blogs:{key}"));
        }
        for (key, object) in self.of_kind("articles") {
            let handle = key.rsplit('/').next().unwrap_or(&key);
            let blog = self
                .id(object["blog"].as_str().unwrap_or_default())
                .map(str::to_owned);
            let article = json!({
                "title": object["title"], "handle": handle, "blogId": blog, "author": {"name": object["author"]},
                "body": object["body_html"], "summary": object["excerpt"], "tags": object["tags"],
                "publishDate": object["published_at"],
            });
            self.make(
                "articleCreate",
                json!({"article": article}),
                format!("articles:{key}"),
            );
        }
    }

    fn collections(&mut self) {
        for (key, object) in self.of_kind("collections") {
            let products = object["products"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let selections: Vec<Value> = products
                .filter_map(|product| self.id(product))
                .map(|id| json!({"productId": id}))
                .collect();
            let order = match object["sort_order"].as_str() {
                Some("manual") => "MANUAL",
                Some("price-ascending") => "PRICE_ASC",
                _ => "BEST_SELLING",
            };
            let collection = json!({
                "title": object["title"], "handle": key, "descriptionHtml": object["description_html"],
                "sortOrder": order, "seo": object["seo"],
                "sources": [{"source": {"title": "Products", "inclusion": {"selections": selections}}}],
            });
            self.make(
                "collectionCreate",
                json!({"collection": collection}),
                format!("collections:{key}"),
            );
        }
    }

    /// What leads to what is made by now: references of metaobjects, and metafields of products.
    fn references(&mut self) {
        for (key, object) in self.of_kind("metaobjects") {
            let fields = object["fields"].as_object().cloned().unwrap_or_default();
            let fields: Vec<Value> = fields
                .iter()
                .filter(|(_, value)| is_reference(value))
                .filter_map(|(key, value)| {
                    let id = self.id(value.as_str()?)?;
                    Some(json!({"key": key, "value": id}))
                })
                .collect();
            if !fields.is_empty() {
                let id = self.id(&format!("metaobjects:{key}")).map(str::to_owned);
                run(
                    self.state,
                    "metaobjectUpdate",
                    json!({"id": id, "metaobject": {"fields": fields}}),
                );
            }
        }
        for (key, object) in self.of_kind("products") {
            let owner = self.id(&format!("products:{key}")).map(str::to_owned);
            let metafields = object["metafields"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            let metafields: Vec<Value> = metafields
                .iter()
                .filter_map(|(name, value)| {
                    let (namespace, key) = name.split_once('.')?;
                    let value = self.value(value)?;
                    Some(json!({"ownerId": owner, "namespace": namespace, "key": key, "value": value}))
                })
                .collect();
            if !metafields.is_empty() {
                run(
                    self.state,
                    "metafieldsSet",
                    json!({"metafields": metafields}),
                );
            }
        }
    }

    /// A value of the sample as a metafield holds it; nothing if it leads nowhere.
    fn value(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) if is_reference(value) => self.id(text).map(str::to_owned),
            Value::String(text) => Some(text.clone()),
            Value::Array(items) if items.iter().all(is_reference) => {
                let ids = items.iter().filter_map(|item| self.id(item.as_str()?));
                Some(json!(ids.collect::<Vec<_>>()).to_string())
            }
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    fn menu_items(&self, items: &Value) -> Value {
        let items = items.as_array().into_iter().flatten().map(|item| {
            let target = item["target"].as_str().unwrap_or_default();
            let id = self.id(target);
            let kind = match target.split(':').next() {
                Some("products") => "PRODUCT",
                Some("collections") => "COLLECTION",
                Some("pages") => "PAGE",
                Some("blogs") => "BLOG",
                Some("articles") => "ARTICLE",
                _ => "HTTP",
            };
            match id {
                Some(id) => json!({
                    "title": item["title"], "type": kind, "resourceId": id, "items": self.menu_items(&item["items"]),
                }),
                None => json!({
                    "title": item["title"], "type": "HTTP", "url": "#", "items": self.menu_items(&item["items"]),
                }),
            }
        });
        items.collect()
    }

    fn menus(&mut self) {
        for (key, object) in self.of_kind("menus") {
            let items = self.menu_items(&object["items"]);
            let title = object["title"].as_str().unwrap_or_default();
            let id = default_menu(self.state, title, &key, &items);
            self.ids.insert(format!("menus:{key}"), id);
        }
    }

    fn redirects(&mut self) {
        for (key, object) in self.of_kind("redirects") {
            let target = object["to"].as_str().unwrap_or_default();
            let target = match target.split_once(':') {
                Some((kind, key)) if is_reference(&object["to"]) => {
                    format!("/{}/{key}", kind.replace("articles", "blogs"))
                }
                _ => target.to_owned(),
            };
            let redirect = json!({"path": object["from"], "target": target});
            self.make(
                "urlRedirectCreate",
                json!({"urlRedirect": redirect}),
                format!("redirects:{key}"),
            );
        }
    }

    /// Publishes what is for customers to see.
    fn publish(&mut self) {
        let publication = self
            .state
            .ids("Publication")
            .first()
            .map(|id| gid("Publication", *id))
            .unwrap_or_default();
        let shown: Vec<String> = self
            .ids
            .iter()
            .filter(|(reference, _)| {
                reference.starts_with("products:") || reference.starts_with("collections:")
            })
            .map(|(_, id)| id.clone())
            .collect();
        for id in shown {
            let is_draft = self
                .state
                .get(&id)
                .is_some_and(|row| row.get("status") == Some(&json!("DRAFT")));
            if !is_draft {
                let input =
                    json!([{"publicationId": publication, "publishDate": "2026-02-01T08:00:00Z"}]);
                run(
                    self.state,
                    "publishablePublish",
                    json!({"id": id, "input": input}),
                );
            }
        }
    }
}

/// Whether a value of the sample leads to another object.
fn is_reference(value: &Value) -> bool {
    const KINDS: &[&str] = &[
        "products:",
        "collections:",
        "pages:",
        "blogs:",
        "articles:",
        "metaobjects:",
    ];
    value
        .as_str()
        .is_some_and(|text| KINDS.iter().any(|kind| text.starts_with(kind)))
}

fn field_definition(field: &Value) -> Value {
    let choices = field["validations"]["choices"].as_array();
    let validations = match choices {
        Some(choices) => json!([{"name": "choices", "value": json!(choices).to_string()}]),
        None => json!([]),
    };
    json!({
        "key": field["key"], "name": field["name"], "type": field["type"], "required": field["required"] == true,
        "validations": validations,
    })
}

fn product_input(object: &Value, location: &str) -> Map<String, Value> {
    let options = object["options"].as_array().cloned().unwrap_or_default();
    let default = options.is_empty();
    let options: Vec<Value> = if default {
        vec![json!({"name": "Title", "values": [{"name": "Default Title"}]})]
    } else {
        options
            .iter()
            .map(|option| {
                let values = option["values"].as_array().into_iter().flatten();
                let values: Vec<Value> = values.map(|name| json!({"name": name})).collect();
                json!({"name": option["name"], "values": values})
            })
            .collect()
    };
    let variants = object["variants"].as_array().into_iter().flatten().enumerate().map(|(index, variant)| {
        let chosen = variant["options"].as_object().cloned().unwrap_or_default();
        let values: Vec<Value> = if default {
            vec![json!({"optionName": "Title", "name": "Default Title"})]
        } else {
            chosen.iter().map(|(option, value)| json!({"optionName": option, "name": value})).collect()
        };
        let grams = variant["weight_grams"].as_f64().unwrap_or(0.0);
        json!({
            "optionValues": values, "price": variant["price"], "compareAtPrice": variant["compare_at_price"],
            "inventoryPolicy": variant["inventory_policy"].as_str().unwrap_or("deny").to_uppercase(),
            "inventoryItem": {
                "sku": variant["sku"], "tracked": true, "countryCodeOfOrigin": "NO",
                "measurement": {"weight": {"value": grams, "unit": "GRAMS"}},
            },
            "inventoryQuantities": [{"locationId": location, "name": "available", "quantity": 5 + index * 3 % 20}],
        })
    });
    let files = object["media"].as_array().into_iter().flatten().map(|media| {
        let name = media["file"].as_str().unwrap_or_default();
        json!({
            "originalSource": format!("{PICTURES}/{name}"), "filename": name, "alt": media["alt"], "contentType": "IMAGE",
            "duplicateResolutionMode": "REPLACE",
        })
    });
    let input = json!({
        "title": object["title"], "handle": object["handle"], "descriptionHtml": object["description_html"],
        "vendor": object["vendor"], "productType": object["product_type"], "tags": object["tags"],
        "status": object["status"].as_str().unwrap_or("active").to_uppercase(), "seo": object["seo"],
        "productOptions": options, "variants": variants.collect::<Vec<_>>(), "files": files.collect::<Vec<_>>(),
    });
    input.as_object().cloned().unwrap_or_default()
}
