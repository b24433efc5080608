//! The server: it listens on loopback, and carries connections to the shops.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::answer::{Answered, Ending};
use super::host::{Host, ShopHandle};
use super::persist::FileError;
use super::routes;
use super::spec::ShopSpec;
use super::state::Library;

/// How long at least lies between two writes of the shops' files.
const SAVE_PAUSE: Duration = Duration::from_millis(200);

/// Simulated shops, served on loopback until this is stopped or dropped.
pub struct Sandbox {
    shops: Vec<Arc<Host>>,
    address: SocketAddr,
    folder: PathBuf,
    task: Option<tokio::task::JoinHandle<()>>,
    abort: AbortHandle,
}

/// Where a shop is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopAddress {
    /// Its name.
    pub name: String,
    /// Its domain: `NAME.myshopify.com`.
    pub store: String,
    /// Its address: `http://127.0.0.1:PORT/shops/NAME`.
    pub base_url: String,
    /// The app's access token.
    pub token: String,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port can't be listened on.
    #[error(
        "port {port} on 127.0.0.1 can't be used: {source}; choose another, or 0 for any that is free"
    )]
    Port {
        /// Which port.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// Two shops have the same name.
    #[error("there are two shops named {name:?}; give each its own name")]
    Twice {
        /// Their name.
        name: String,
    },
    /// A shop's file can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder for uploads and results can't be made.
    #[error("the folder {} for uploads and results can't be made: {source}", path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Sandbox {
    /// Opens these shops on `port`; 0 takes any that is free.
    ///
    /// # Errors
    /// The port is taken, two shops share a name, or the temporary folder can't be made.
    pub async fn start(specs: Vec<ShopSpec>, port: u16) -> Result<Self, StartError> {
        for (at, spec) in specs.iter().enumerate() {
            if specs[..at].iter().any(|other| other.name == spec.name) {
                return Err(StartError::Twice {
                    name: spec.name.clone(),
                });
            }
        }
        let failed = |source| StartError::Port { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let folder = std::env::temp_dir().join(format!(
            "slipway-sandbox-{}-{}",
            std::process::id(),
            address.port()
        ));
        std::fs::create_dir_all(&folder).map_err(|source| StartError::Folder {
            path: folder.clone(),
            source,
        })?;
        let library = Library::default();
        let shops: Vec<Arc<Host>> = specs
            .into_iter()
            .map(|spec| {
                let base_url = format!("http://{address}/shops/{}", spec.name);
                Ok(Arc::new(Host::new(
                    spec,
                    base_url,
                    folder.clone(),
                    library.clone(),
                )?))
            })
            .collect::<Result<_, FileError>>()?;
        let task = tokio::spawn(accept(listener, shops.clone()));
        Ok(Self {
            shops,
            address,
            folder,
            abort: task.abort_handle(),
            task: Some(task),
        })
    }

    /// Where the shops are reached.
    pub fn shops(&self) -> Vec<ShopAddress> {
        let address = |host: &Arc<Host>| ShopAddress {
            name: host.spec.name.clone(),
            store: host.spec.store(),
            base_url: host.base_url.clone(),
            token: host.secrets.token.clone(),
        };
        self.shops.iter().map(address).collect()
    }

    /// A shop by its name.
    pub fn shop(&self, name: &str) -> Option<ShopHandle> {
        let host = self.shops.iter().find(|host| host.spec.name == name)?;
        Some(ShopHandle(host.clone()))
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the shops and their connections.
    pub async fn stop(mut self) {
        self.abort.abort();
        if let Some(task) = self.task.take() {
            // Aborted just above: that is the only way in which it ends.
            let _ = task.await;
        }
        self.save();
    }

    fn save(&self) {
        for host in &self.shops {
            host.save();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.abort.abort();
        self.save();
        // Whatever can't be removed is left to the system's own clearing of temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn accept(listener: TcpListener, shops: Vec<Arc<Host>>) {
    let shops: Arc<[Arc<Host>]> = shops.into();
    let mut connections = JoinSet::new();
    let mut saving: Option<tokio::task::JoinHandle<()>> = None;
    let mut pause = tokio::time::interval(SAVE_PAUSE);
    pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = pause.tick() => {
                // One write at a time; a shop that changes meanwhile is written after the next pause.
                if saving.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
                    let shops = shops.clone();
                    saving = Some(tokio::task::spawn_blocking(move || shops.iter().for_each(|host| host.save())));
                }
            }
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, shops.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shops: Arc<[Arc<Host>]>) {
    // Small answers should not wait for more to send; where that can't be had they merely come later.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = stream.into_std() else {
        return;
    };
    let Ok(handle) = stream.try_clone() else {
        return;
    };
    let Ok(stream) = TcpStream::from_std(stream) else {
        return;
    };
    let handle = Arc::new(handle);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (shops, handle) = (shops.clone(), handle.clone());
        async move {
            let Answered { response, ending } = routes::answer(&shops, request).await;
            match ending {
                Ending::Whole => Ok(response),
                Ending::Lost => Err(Closed),
                Ending::Reset => {
                    // A socket that lingers for no time is reset when it closes.
                    let _ = socket2::SockRef::from(&*handle).set_linger(Some(Duration::ZERO));
                    Err(Closed)
                }
            }
        }
    });
    // A connection ends by itself, or because a fault or the client cut it: none of these concerns the server.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer, as a fault asked for")]
struct Closed;
