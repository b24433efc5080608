//! `sandbox`: simulated shops, served until the program is told to end.

use serde_json::json;
use slipway_api::ApiError;
use slipway_sandbox::shop::{Sandbox as Shops, ShopHandle, ShopSpec, SpecError};

use crate::args::Sandbox;
use crate::ask::usage;
use crate::output::Answer;
use crate::text::{Text, print};

/// The shops that are served when none is named.
const DEFAULT: [&str; 2] = [
    "northwind-development=northwind-development",
    "northwind-production=northwind-production",
];

/// Serves shops; prints where they are first.
pub(crate) async fn serve(arguments: &Sandbox, as_json: bool) -> Result<Answer, ApiError> {
    let Sandbox {
        port,
        keep,
        with_parent,
        shop,
    } = arguments;
    let named: Vec<&str> = if shop.is_empty() {
        DEFAULT.to_vec()
    } else {
        shop.iter().map(String::as_str).collect()
    };
    let specs = named
        .into_iter()
        .map(|text| {
            let spec = ShopSpec::parse(text)?;
            Ok(match keep {
                Some(folder) => {
                    let file = folder.join(format!("{}.json", spec.name));
                    spec.kept(file)
                }
                None => spec,
            })
        })
        .collect::<Result<Vec<_>, SpecError>>()
        .map_err(|error| usage(error.to_string()))?;
    let shops = Shops::start(specs, *port)
        .await
        .map_err(|error| usage(error.to_string()))?;
    let said = if as_json {
        let list: Vec<_> = shops
            .shops()
            .into_iter()
            .map(|shop| {
                let handle = shops.shop(&shop.name);
                json!({
                    "store": shop.store, "base_url": shop.base_url, "token": shop.token,
                    "theme_access": handle.as_ref().map(ShopHandle::theme_access_password),
                })
            })
            .collect();
        format!("{}\n", json!({ "shops": list })).into_bytes()
    } else {
        let rows: Vec<_> = shops
            .shops()
            .into_iter()
            .map(|shop| vec![shop.store, shop.base_url, shop.token])
            .collect();
        Text::table(&rows).as_bytes().to_vec()
    };
    if print(&said).is_ok() {
        ended(*with_parent).await;
    }
    shops.stop().await;
    Ok(Answer::silent())
}

/// Waits until somebody ends the program, or the one that started it has gone.
async fn ended(with_parent: bool) {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
        () = parent_gone(), if with_parent => {}
    }
}

/// Waits for the end of stdin, which is that of the program at its other end.
async fn parent_gone() {
    let (send, gone) = tokio::sync::oneshot::channel::<()>();
    // A thread of its own: the runtime would wait for one of its threads when it ends.
    std::thread::spawn(move || {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
        drop(send);
    });
    gone.await.ok();
}

async fn terminated() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut signals) = signal(SignalKind::terminate()) {
            signals.recv().await;
            return;
        }
    }
    std::future::pending::<()>().await;
}
