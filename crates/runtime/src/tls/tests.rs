//! Client and server on loopback: rotation under load, and roots that reload.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::authority::Ca;
use super::bundle::{Fingerprint, fingerprints};
use super::testing::{Projected, bundle, ca, connect, roots, serve_with};
use super::{Alpn, ReloadingRoots, Resolver, install_provider, server_config};
use crate::metrics::Metrics;
use crate::serve::{Limits, https};

struct Server {
    address: std::net::SocketAddr,
    resolver: Arc<Resolver>,
    _task: JoinSet<()>,
}

async fn server() -> Server {
    install_provider();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let resolver = Resolver::new();
    let config = server_config(Arc::clone(&resolver), Alpn::Http);
    let router = Router::new().route("/", get(async || "hello"));
    let mut task = JoinSet::new();
    task.spawn(async move {
        https(
            listener,
            config,
            router,
            Limits::default(),
            CancellationToken::new(),
        )
        .await
        .unwrap();
    });
    Server {
        address,
        resolver,
        _task: task,
    }
}

/// The CA that signed the certificate that the server shows.
async fn signed_by(server: &Server, roots: &Arc<ReloadingRoots>, cas: &[&Ca]) -> Fingerprint {
    let stream = connect(server.address, roots.client_config(&[b"h2"]))
        .await
        .unwrap();
    let leaf = &stream.get_ref().1.peer_certificates().unwrap()[0];
    let (_, leaf) = x509_parser::parse_x509_certificate(leaf).unwrap();
    let issuer = leaf.issuer().to_string();
    let signer = cas.iter().find(|ca| {
        let pem = x509_parser::pem::parse_x509_pem(ca.certificate_pem().as_bytes())
            .unwrap()
            .1;
        pem.parse_x509().unwrap().subject().to_string() == issuer
    });
    signer.unwrap().facts().id
}

/// Handshakes without end until `stop`; counts good and bad ones.
struct Load {
    good: Arc<AtomicUsize>,
    bad: Arc<AtomicUsize>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Load {
    fn start(server: &Server, roots: &Arc<ReloadingRoots>) -> Self {
        let (good, bad, stop) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
            CancellationToken::new(),
        );
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let (address, config) = (server.address, roots.client_config(&[b"h2"]));
            let (good, bad, stop) = (Arc::clone(&good), Arc::clone(&bad), stop.clone());
            tasks.spawn(async move {
                while !stop.is_cancelled() {
                    let outcome = connect(address, Arc::clone(&config)).await;
                    let counter = if outcome.is_ok() { &good } else { &bad };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self {
            good,
            bad,
            stop,
            tasks,
        }
    }

    /// Waits for so many more good handshakes.
    async fn more(&self, count: usize) {
        let goal = self.good.load(Ordering::Relaxed) + count;
        let waiting = async {
            while self.good.load(Ordering::Relaxed) < goal {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .expect("handshakes go on");
    }

    async fn stop(mut self) -> (usize, usize) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        (
            self.good.load(Ordering::Relaxed),
            self.bad.load(Ordering::Relaxed),
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_under_load_fails_no_handshake() {
    let server = server().await;
    let (first, second) = (ca(), ca());
    let mut projected = Projected::new(&bundle(&[&first]));
    let roots = roots(&projected).await;
    serve_with(&server.resolver, &first);
    let load = Load::start(&server, &roots);
    load.more(50).await;

    projected.replace(&bundle(&[&first, &second]));
    assert!(roots.reload().await.unwrap());
    load.more(50).await;
    assert_eq!(
        signed_by(&server, &roots, &[&first, &second]).await,
        first.facts().id
    );

    serve_with(&server.resolver, &second);
    load.more(50).await;
    assert_eq!(
        signed_by(&server, &roots, &[&first, &second]).await,
        second.facts().id
    );

    projected.replace(&bundle(&[&second]));
    assert!(roots.reload().await.unwrap());
    load.more(50).await;
    let (good, bad) = load.stop().await;
    assert_eq!(bad, 0, "of {}", good + bad);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_before_the_union_is_published_is_noticed() {
    let server = server().await;
    let (first, second) = (ca(), ca());
    let projected = Projected::new(&bundle(&[&first]));
    let roots = roots(&projected).await;
    serve_with(&server.resolver, &second);
    connect(server.address, roots.client_config(&[b"h2"]))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn roots_follow_the_link_swap_and_keep_the_last_good_bundle() {
    let (first, second) = (ca(), ca());
    let mut projected = Projected::new(&bundle(&[&first]));
    let roots = ReloadingRoots::new(projected.path());
    let metrics = Metrics::new();
    roots.register(&metrics, "broker-ca");
    assert!(!roots.is_loaded());
    assert!(roots.reload().await.unwrap());
    let line = format!(
        "patchbay_certificate_expiry_timestamp_seconds{{certificate=\"broker-ca\"}} {}",
        first.facts().not_after.as_second()
    );
    let text = metrics.encode().unwrap();
    assert!(text.contains(&line), "{line} is not in\n{text}");
    assert!(!roots.reload().await.unwrap(), "nothing has changed");
    projected.replace(&bundle(&[&first, &second]));
    assert!(roots.reload().await.unwrap());

    for (damaged, expected) in [
        ("", "holds no CA certificate"),
        (&"x".repeat(300_000), "is larger than"),
    ] {
        projected.replace(damaged);
        let error = roots.reload().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(roots.is_loaded());
    }
    std::fs::remove_file(projected.path()).unwrap();
    let error = roots.reload().await.unwrap_err();
    assert!(
        crate::error::Chain(&error).to_string().contains("No such file"),
        "{error}"
    );
    assert!(roots.is_loaded());
}

#[tokio::test]
async fn a_running_reloader_picks_up_changes() {
    let (first, second) = (ca(), ca());
    let mut projected = Projected::new("");
    let roots = ReloadingRoots::new(projected.path());
    let (shutdown, mut tasks) = (CancellationToken::new(), JoinSet::new());
    tasks.spawn(Arc::clone(&roots).run(Duration::from_millis(5), shutdown.clone()));
    let server = server().await;
    serve_with(&server.resolver, &second);
    let config = roots.client_config(&[b"h2"]);
    let error = connect(server.address, Arc::clone(&config))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no CA certificates were read"), "{error}");
    for bundle in [bundle(&[&first]), bundle(&[&first, &second])] {
        projected.replace(&bundle);
    }
    let connected = async {
        while connect(server.address, Arc::clone(&config)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), connected)
        .await
        .unwrap();
    shutdown.cancel();
    tasks.join_next().await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_server_without_a_certificate_refuses_and_says_so() {
    let server = server().await;
    let authority = ca();
    let roots = roots(&Projected::new(&bundle(&[&authority]))).await;
    assert!(!server.resolver.is_set());
    connect(server.address, roots.client_config(&[b"h2"]))
        .await
        .unwrap_err();
    serve_with(&server.resolver, &authority);
    connect(server.address, roots.client_config(&[b"h2"]))
        .await
        .unwrap();
}

#[test]
fn a_bundle_of_two_has_two() {
    let (first, second) = (ca(), ca());
    assert_eq!(
        fingerprints(&bundle(&[&first, &second])),
        [first.facts().id, second.facts().id].into()
    );
}
