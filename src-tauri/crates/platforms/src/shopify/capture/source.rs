//! Where the nodes of a kind come from: pages for the small, bulk operations for the large, pages where those do not work.

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::client::Way;
use super::super::kinds::{Context, Kind, List};
use super::super::operations::operation;
use super::super::store::Pages;
use super::bulk::{Lines, NoBulk, run};
use super::bulk_products::Products;

/// From how many objects on a bulk operation is worth its while: so many pages take longer than waiting for it.
const BULK_FROM: u64 = if cfg!(test) { 60 } else { 2_000 };
/// How many nodes are handed on at once.
const PORTION: usize = 100;

/// The nodes of one walk.
pub(super) enum Source {
    /// Page by page; the first was read to see how much there is.
    Pages {
        read: Option<Vec<Value>>,
        pages: Pages,
    },
    /// Rows that are whole nodes.
    Rows(Lines),
    /// Products, which have parts in rows of their own.
    Products(Box<Products>),
}

impl Source {
    /// Chooses the source for a walk.
    pub(super) async fn open(
        context: &Context,
        kind: &dyn Kind,
        list: List,
    ) -> Result<Self, PlatformError> {
        let mut pages = Pages::new(list.operation, list.variables.clone(), list.size);
        let mut read = Vec::new();
        let is_large = match kind.name() {
            "product" => count_products(context).await? >= BULK_FROM,
            "file" | "metaobject" => {
                // There is no count: what does not fit into a few pages is large.
                while let Some(page) = pages.next(context.client(), Way::Admin).await? {
                    read.extend(page);
                    if read.len() as u64 >= BULK_FROM {
                        break;
                    }
                }
                !pages.is_done()
            }
            _ => false,
        };
        if is_large {
            match bulk(context, kind, &list).await {
                Ok(source) => return Ok(source),
                Err(NoBulk::ByPages(why)) => {
                    tracing::info!(kind = kind.name(), %why, "captured by pages instead");
                }
                Err(NoBulk::Failed(error)) => return Err(error),
            }
        }
        Ok(Self::Pages {
            read: (!read.is_empty()).then_some(read),
            pages,
        })
    }

    /// The next nodes; nothing after the last.
    pub(super) async fn next(
        &mut self,
        context: &Context,
    ) -> Result<Option<Vec<Value>>, PlatformError> {
        let mut portion = Vec::new();
        match self {
            Self::Pages { read, pages } => {
                return match read.take() {
                    Some(read) => Ok(Some(read)),
                    None => pages.next(context.client(), Way::Admin).await,
                };
            }
            Self::Rows(lines) => {
                while portion.len() < PORTION
                    && let Some(row) = lines.next().await?
                {
                    portion.push(row);
                }
            }
            Self::Products(products) => {
                while portion.len() < PORTION
                    && let Some(product) = products.next(context).await?
                {
                    portion.push(product);
                }
            }
        }
        Ok((!portion.is_empty()).then_some(portion))
    }
}

async fn count_products(context: &Context) -> Result<u64, PlatformError> {
    let data: Value = context.client().ask("ProductsCount", json!({})).await?;
    Ok(data["count"]["count"].as_u64().unwrap_or(0))
}

async fn bulk(context: &Context, kind: &dyn Kind, list: &List) -> Result<Source, NoBulk> {
    let query = match kind.name() {
        "product" => return Ok(Source::Products(Box::new(Products::run(context).await?))),
        "file" => operation("BulkFiles").text.clone(),
        _ => {
            let name = list.variables["type"].to_string();
            operation("BulkMetaobjects").text.replace("\"TYPE\"", &name)
        }
    };
    Ok(Source::Rows(run(context.client(), &query).await?))
}
