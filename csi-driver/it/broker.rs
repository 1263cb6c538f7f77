//! A broker that does what the test says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use patchbay_proto::broker::broker_server::{Broker as Service, BrokerServer};
use patchbay_proto::broker::watch_request::Request as Asked;
use patchbay_proto::broker::watch_response::Response as Said;
use patchbay_proto::broker::{
    Current, File, Files, Heartbeat, RenderRequest, RenderResponse, Revoked, Stale, Subscribe, Update,
    WatchRequest, WatchResponse,
};
use patchbay_runtime::serve::{Limits, tls_incoming};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status, Streaming};

/// What the broker has for every volume.
#[derive(Clone)]
pub(crate) enum Answer {
    Files(Files),
    /// `PermissionDenied` revokes; anything else makes stale.
    Refuse(Code, &'static str),
}

/// Files with the version `version`.
pub(crate) fn files(version: &str, pairs: &[(&str, &str)]) -> Files {
    let files = pairs
        .iter()
        .map(|(name, content)| File {
            name: (*name).into(),
            content: content.as_bytes().to_vec(),
            mode: 0o444,
        })
        .collect();
    Files {
        files,
        version: version.into(),
    }
}

struct State {
    answer: Mutex<Answer>,
    /// The next renders fail in this way.
    failing: Mutex<Vec<Code>>,
    log: Mutex<Vec<String>>,
    streams: Mutex<Vec<mpsc::Sender<Result<WatchResponse, Status>>>>,
    subscribed: Mutex<BTreeMap<String, String>>,
    /// Renders wait while this is `true`.
    hold: watch::Sender<bool>,
    /// Whether streams get heartbeats.
    beating: AtomicBool,
}

/// The broker. Outlives its server, so that the server can go and come back.
pub(crate) struct Broker {
    state: Arc<State>,
    tls: Arc<ServerConfig>,
    ca: String,
    address: SocketAddr,
    /// A runtime of its own: when it goes, its connections go.
    server: Option<Runtime>,
}

impl Broker {
    pub(crate) async fn start() -> Self {
        let (tls, ca) = certificates();
        let state = State {
            answer: Mutex::new(Answer::Files(files("v1", &[(".gitconfig", "one")]))),
            failing: Mutex::default(),
            log: Mutex::default(),
            streams: Mutex::default(),
            subscribed: Mutex::default(),
            hold: watch::Sender::new(false),
            beating: AtomicBool::new(true),
        };
        let address = "127.0.0.1:0".parse().unwrap();
        let mut broker = Self {
            state: Arc::new(state),
            tls,
            ca,
            address,
            server: None,
        };
        broker.come_back().await;
        broker
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Publishes the authority that signed the broker's certificate.
    pub(crate) fn write_ca(&self, path: &Path) {
        std::fs::write(path, &self.ca).unwrap();
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.state.answer.lock() = answer;
    }

    pub(crate) fn fail_next(&self, codes: &[Code]) {
        *self.state.failing.lock() = codes.to_vec();
    }

    /// Lets renders wait, or go on.
    pub(crate) fn hold(&self, hold: bool) {
        self.state.hold.send_replace(hold);
    }

    /// Sends heartbeats, or not.
    pub(crate) fn beat(&self, beating: bool) {
        self.state.beating.store(beating, Ordering::Relaxed);
    }

    /// What was asked since the last time.
    pub(crate) fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.log.lock())
    }

    pub(crate) fn logged(&self, line: &str) -> bool {
        self.state.log.lock().iter().any(|logged| logged == line)
    }

    pub(crate) fn subscribed(&self) -> Vec<String> {
        self.state.subscribed.lock().keys().cloned().collect()
    }

    /// Sends what it has now to every subscribed volume.
    pub(crate) async fn push(&self) {
        let subscribed = self.state.subscribed.lock().clone();
        for (volume, have) in subscribed {
            self.send(response(&self.state, &volume, &have)).await;
        }
    }

    pub(crate) async fn send(&self, response: WatchResponse) {
        let streams = self.state.streams.lock().clone();
        for stream in streams {
            drop(stream.send(Ok(response.clone())).await);
        }
    }

    /// The server is gone, with its connections.
    pub(crate) fn go_away(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown_background();
        }
        self.state.streams.lock().clear();
        self.state.subscribed.lock().clear();
    }

    /// A server at the same address.
    pub(crate) async fn come_back(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = loop {
            let address = self.address;
            // The address may linger for a moment after the end of the last server.
            match runtime.spawn(TcpListener::bind(address)).await.unwrap() {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        self.address = listener.local_addr().unwrap();
        let (tls, service) = (
            Arc::clone(&self.tls),
            BrokerServer::new(Fake(Arc::clone(&self.state))),
        );
        runtime.spawn(async move {
            let incoming = tls_incoming(listener, tls, Limits::default());
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
        self.server = Some(runtime);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.go_away();
    }
}

/// An authority, and a server certificate for 127.0.0.1 by it.
fn certificates() -> (Arc<ServerConfig>, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(patchbay_runtime::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    (Arc::new(config), ca_pem)
}

fn response(state: &State, volume_id: &str, have: &str) -> WatchResponse {
    let volume_id = volume_id.to_owned();
    let said = match state.answer.lock().clone() {
        Answer::Files(files) if files.version == have => Said::Current(Current { volume_id }),
        Answer::Files(files) => {
            state
                .subscribed
                .lock()
                .insert(volume_id.clone(), files.version.clone());
            Said::Update(Update {
                volume_id,
                files: Some(files),
                as_of: 0,
            })
        }
        Answer::Refuse(Code::PermissionDenied, message) => Said::Revoked(Revoked {
            volume_id,
            reason: "NotGranted".into(),
            message: message.into(),
        }),
        Answer::Refuse(_, message) => Said::Stale(Stale {
            volume_id,
            reason: "SecretMissing".into(),
            message: message.into(),
        }),
    };
    WatchResponse { response: Some(said) }
}

struct Fake(Arc<State>);

#[tonic::async_trait]
impl Service for Fake {
    async fn render(&self, request: Request<RenderRequest>) -> Result<Response<RenderResponse>, Status> {
        let request = request.into_inner();
        self.0
            .log
            .lock()
            .push(format!("render {} token={}", request.volume_id, request.token));
        let mut hold = self.0.hold.subscribe();
        hold.wait_for(|held| !held).await.unwrap();
        if let Some(code) = self.0.failing.lock().pop() {
            return Err(Status::new(code, "as the test says"));
        }
        let answer = self.0.answer.lock().clone();
        match answer {
            Answer::Files(files) => Ok(Response::new(RenderResponse {
                files: Some(files),
                as_of: 0,
            })),
            Answer::Refuse(code, message) => Err(Status::new(code, message)),
        }
    }

    type WatchStream = ReceiverStream<Result<WatchResponse, Status>>;

    async fn watch(
        &self,
        request: Request<Streaming<WatchRequest>>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (sender, receiver) = mpsc::channel(16);
        self.0.streams.lock().push(sender.clone());
        let state = Arc::clone(&self.0);
        let mut asked = request.into_inner();
        #[expect(clippy::disallowed_methods, reason = "a test's own task")]
        tokio::spawn(async move {
            let mut beats = tokio::time::interval(Duration::from_millis(500));
            loop {
                let request = tokio::select! {
                    _ = beats.tick() => {
                        if state.beating.load(Ordering::Relaxed) {
                            let beat = WatchResponse { response: Some(Said::Heartbeat(Heartbeat {})) };
                            drop(sender.send(Ok(beat)).await);
                        }
                        continue;
                    }
                    asked = asked.message() => asked,
                };
                let Ok(Some(WatchRequest {
                    request: Some(request),
                })) = request
                else {
                    return;
                };
                match request {
                    Asked::Subscribe(Subscribe {
                        request,
                        have_version,
                    }) => {
                        let RenderRequest { volume_id, token, .. } = request.unwrap();
                        state
                            .log
                            .lock()
                            .push(format!("subscribe {volume_id} token={token} have={have_version}"));
                        state
                            .subscribed
                            .lock()
                            .insert(volume_id.clone(), have_version.clone());
                        drop(sender.send(Ok(response(&state, &volume_id, &have_version))).await);
                    }
                    Asked::Unsubscribe(unsubscribe) => {
                        state.subscribed.lock().remove(&unsubscribe.volume_id);
                        state
                            .log
                            .lock()
                            .push(format!("unsubscribe {}", unsubscribe.volume_id));
                    }
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
