//! `sandbox`: simulated shops, served until the program is told to end.

use std::io::Write as _;

use serde_json::json;
use slipway_api::ApiError;
use slipway_sandbox::shop::{Sandbox as Shops, ShopSpec};

use crate::args::Sandbox;
use crate::ask::usage;
use crate::output::{Answer, table};

/// The shops that are served when none is named.
const DEFAULT: [&str; 2] = [
    "northwind-development=northwind-development",
    "northwind-production=northwind-production",
];

/// Serves shops; prints where they are first.
pub(crate) async fn serve(arguments: &Sandbox, as_json: bool) -> Result<Answer, ApiError> {
    let Sandbox { port, shop } = arguments;
    let named: Vec<&str> = if shop.is_empty() {
        DEFAULT.to_vec()
    } else {
        shop.iter().map(String::as_str).collect()
    };
    let specs = named
        .into_iter()
        .map(ShopSpec::parse)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| usage(error.to_string()))?;
    let shops = Shops::start(specs, *port)
        .await
        .map_err(|error| usage(error.to_string()))?;
    let mut stdout = std::io::stdout();
    let written = if as_json {
        let list: Vec<_> = shops
            .shops()
            .into_iter()
            .map(|shop| json!({ "store": shop.store, "base_url": shop.base_url, "token": shop.token }))
            .collect();
        writeln!(stdout, "{}", json!({ "shops": list }))
    } else {
        let rows: Vec<_> = shops
            .shops()
            .into_iter()
            .map(|shop| vec![shop.store, shop.base_url, shop.token])
            .collect();
        write!(stdout, "{}", table(&rows))
    };
    if written.and_then(|()| stdout.flush()).is_ok() {
        ended().await;
    }
    shops.stop().await;
    Ok(Answer::silent())
}

/// Waits until somebody ends the program.
async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    tokio::signal::ctrl_c().await.ok();
}
