//! URL redirects.

use async_trait::async_trait;
use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::names::Names;
use super::super::portable::Outward;
use super::context::{Context, id_of};
use super::page::fetch_listed;
use super::{Kind, List};

/// The kind `redirect`: `shopify/redirect:<path>`.
pub(super) struct Redirect;

#[async_trait]
impl Kind for Redirect {
    fn name(&self) -> &'static str {
        "redirect"
    }

    fn layer(&self) -> u16 {
        7
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_online_store_navigation"]
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(List::of("Redirects", super::LARGEST_PAGE))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        path_of(node)
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        Some(json!({"target": out.text(&node["target"])}))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        fetch_listed(context, self, ("RedirectNames", "Redirect"), name, path_of).await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The redirect", document).await?;
        let redirect = json!({"path": name, "target": inward.text(&document["target"])});
        let Some(live) = live else {
            let variables = json!({"urlRedirect": redirect});
            let payload = context.client().change("CreateRedirect", variables).await?;
            let (id, path) = (
                id_of(&payload["object"])?,
                payload["object"]["path"].as_str(),
            );
            if path.is_some_and(|path| path != name) {
                context
                    .client()
                    .change("DeleteRedirect", json!({"id": id}))
                    .await?;
                return Err(refused(
                    format!(
                        "The store made the path `{}` of it instead.",
                        path.unwrap_or_default()
                    ),
                    "Name the path in the source as the store does, then refresh the release.",
                ));
            }
            context.learn("redirect", name, &id).await;
            return Ok(());
        };
        let variables = json!({"id": id_of(live)?, "urlRedirect": redirect});
        context.client().change("UpdateRedirect", variables).await?;
        Ok(())
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteRedirect", json!({"id": id}))
            .await?;
        Ok(())
    }
}

fn path_of(node: &Value) -> Option<String> {
    node["path"].as_str().map(str::to_owned)
}
