//! A small Git smart-HTTP server: `git http-backend` behind basic auth.
//!
//! It stands in for the private Git server of a company in the demo and in the end-to-end tests, so that a real `git`
//! meets a real server that asks for a password. The credential is read again at each request: a changed Secret takes
//! effect without a restart.
//!
//! Layers: [`credentials`] (who is let in), [`request`] (what a request means), [`cgi`] (how it is told to Git) are
//! plain functions; [`backend`] runs Git, [`server`] speaks HTTP.
//! Not here: TLS, several users with different rights, anything that a server of a company would need beyond a demo.

pub mod backend;
pub mod cgi;
pub mod credentials;
pub mod repository;
pub mod request;
pub mod server;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Serves the Git repositories below a folder over HTTP, behind basic auth.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "patchbay-git-server", version)]
pub struct Args {
    /// Where to listen.
    #[arg(long, default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// The folder that holds the repositories. Made when it is not there.
    #[arg(long)]
    pub root: PathBuf,
    /// The credential: a folder with the files `username` and `password` (a mounted Secret), or a file with a line
    /// `username:password` for each user. Read again at each request.
    #[arg(long)]
    pub credentials: PathBuf,
    /// A repository to make at start, with one commit, unless it is there. A plain name such as `demo.git`.
    #[arg(long, value_name = "NAME")]
    pub init: Vec<String>,
}

/// Serves until SIGTERM or SIGINT, then finishes the requests that are under way.
///
/// # Errors
/// When the folder, the repositories or the socket cannot be made.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::fs::create_dir_all(&args.root)
        .await
        .with_context(|| format!("cannot make {}", args.root.display()))?;
    for name in &args.init {
        repository::init(&args.root, name).await?;
    }
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    tracing::info!(address = %listener.local_addr()?, root = %args.root.display(), "serving");

    let shutdown = CancellationToken::new();
    let config = server::Config {
        root: args.root,
        credentials: args.credentials,
        limits: server::Limits::default(),
    };
    let serving = server::serve(listener, config, shutdown.clone());
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => return Ok(()),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    shutdown.cancel();
    serving.await;
    Ok(())
}
