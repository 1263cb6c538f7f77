//! Stands for a Service: connections go to the replicas that are ready, in turn.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;
use patchbay_runtime::readiness::Readiness;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    pub(crate) readiness: Readiness,
}

#[derive(Clone)]
pub(crate) struct Balancer {
    pub(crate) port: u16,
    backends: Arc<RwLock<Vec<Backend>>>,
    turn: Arc<AtomicUsize>,
}

impl Balancer {
    pub(crate) async fn start(tasks: &mut JoinSet<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let balancer = Self {
            port,
            backends: Arc::default(),
            turn: Arc::default(),
        };
        let this = balancer.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let this = this.clone();
                connections.spawn(async move { this.connect(client).await });
            }
        });
        balancer
    }

    pub(crate) fn add(&self, backend: Backend) {
        self.backends.write().push(backend);
    }

    pub(crate) fn remove(&self, address: SocketAddr) {
        self.backends.write().retain(|backend| backend.address != address);
    }

    /// Those that are ready now.
    pub(crate) fn ready(&self) -> Vec<SocketAddr> {
        let backends = self.backends.read();
        backends
            .iter()
            .filter(|backend| backend.readiness.is_ready())
            .map(|backend| backend.address)
            .collect()
    }

    /// A client without a ready replica is refused, as by a Service without endpoints.
    async fn connect(&self, mut client: TcpStream) {
        let ready = self.ready();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let Some(address) = ready.get(turn % ready.len().max(1)) else {
            return;
        };
        if let Ok(mut server) = TcpStream::connect(address).await {
            // Whoever hangs up ends it.
            let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
    }
}
