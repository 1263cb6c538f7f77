//! What the node plugin does, as far as the broker sees it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use hyper_util::rt::TokioIo;
use patchbay_proto::broker as wire;
use patchbay_proto::broker::broker_client::BrokerClient;
use patchbay_proto::broker::watch_response::Response;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Streaming};

use crate::bench::{Bench, Demo, Replica, wait};

/// Connects as the node plugin does: trusting the ConfigMap, and the name of the Service.
pub(crate) async fn connect(bench: &Bench, replica: &Replica, system: &str) -> BrokerClient<Channel> {
    let bundle = wait(
        "the ConfigMap has the certificate",
        Duration::from_secs(30),
        || {
            let map = bench
                .cluster
                .client()
                .json(&["-n", system, "get", "configmap", "patchbay-broker-ca"]);
            let map = map.map_err(|error| error.to_string())?;
            map["data"]["ca.crt"]
                .as_str()
                .filter(|pem| !pem.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| map.to_string())
        },
    );
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let mut config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (config, address) = (Arc::new(config), replica.running.broker);
    let name = ServerName::try_from(format!("patchbay-broker.{system}.svc")).unwrap();
    let channel = Endpoint::from_static("http://broker")
        .connect_with_connector(tower::service_fn(move |_| {
            let (connector, name) = (TlsConnector::from(config.clone()), name.clone());
            async move {
                let stream = TcpStream::connect(address).await?;
                connector.connect(name, stream).await.map(TokioIo::new)
            }
        }))
        .await
        .unwrap();
    BrokerClient::new(channel).max_decoding_message_size(4 * 1024 * 1024)
}

/// A request for the files of a pod's volume.
pub(crate) fn request(demo: &Demo, pod: &str, configurations: &[&str]) -> wire::RenderRequest {
    wire::RenderRequest {
        volume_id: format!("csi-{}-{pod}", demo.namespace),
        pod: Some(wire::Pod {
            namespace: demo.namespace.clone(),
            name: pod.to_owned(),
            uid: demo.uid(pod),
            service_account: "default".to_owned(),
        }),
        node_name: "node-a".to_owned(),
        token: demo.token(pod, patchbay_api::names::BROKER_AUDIENCE),
        source: Some(wire::VolumeSource {
            connectors: vec![wire::ConnectorRef {
                namespace: String::new(),
                name: "git-main".to_owned(),
            }],
            configurations: configurations.iter().map(|c| (*c).to_owned()).collect(),
            exclude_files: vec![],
            params: std::collections::HashMap::new(),
        }),
    }
}

/// File name to text.
pub(crate) fn texts(files: Option<wire::Files>) -> BTreeMap<String, String> {
    let files = files.expect("files").files.into_iter();
    files
        .map(|file| (file.name, String::from_utf8(file.content).unwrap()))
        .collect()
}

/// The files, or code and message.
pub(crate) async fn render(
    client: &mut BrokerClient<Channel>,
    request: wire::RenderRequest,
) -> Result<BTreeMap<String, String>, (Code, String)> {
    match client.render(request).await {
        Ok(response) => Ok(texts(response.into_inner().files)),
        Err(status) => Err((status.code(), status.message().to_owned())),
    }
}

/// When a token expires, by its own words.
pub(crate) fn expiry(token: &str) -> i64 {
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["exp"]
        .as_i64()
        .unwrap()
}

/// A Watch stream.
pub(crate) struct Stream {
    requests: mpsc::Sender<wire::WatchRequest>,
    responses: Streaming<wire::WatchResponse>,
    pub(crate) heartbeats: usize,
}

impl Stream {
    pub(crate) async fn open(client: &mut BrokerClient<Channel>) -> Self {
        let (requests, rest) = mpsc::channel(64);
        let responses = client
            .watch(ReceiverStream::new(rest))
            .await
            .unwrap()
            .into_inner();
        Self {
            requests,
            responses,
            heartbeats: 0,
        }
    }

    pub(crate) async fn subscribe(&self, request: &wire::RenderRequest, have_version: &str) {
        let subscribe = wire::Subscribe {
            request: Some(request.clone()),
            have_version: have_version.to_owned(),
        };
        self.send(wire::watch_request::Request::Subscribe(subscribe))
            .await;
    }

    pub(crate) async fn unsubscribe(&self, volume_id: &str) {
        let unsubscribe = wire::Unsubscribe {
            volume_id: volume_id.to_owned(),
        };
        self.send(wire::watch_request::Request::Unsubscribe(unsubscribe))
            .await;
    }

    pub(crate) async fn send(&self, request: wire::watch_request::Request) {
        self.requests
            .send(wire::WatchRequest {
                request: Some(request),
            })
            .await
            .unwrap();
    }

    /// The next message that says something, within this time.
    pub(crate) async fn next(&mut self, within: Duration) -> Option<Response> {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = tokio::time::timeout(left, self.responses.message()).await.ok()?;
            match message
                .expect("the stream is good")
                .expect("the stream is open")
                .response
                .expect("a response")
            {
                Response::Heartbeat(_) => self.heartbeats += 1,
                response => return Some(response),
            }
        }
    }

    /// The next message, in one line.
    pub(crate) async fn line(&mut self, within: Duration) -> String {
        match self.next(within).await {
            None => "nothing".to_owned(),
            Some(Response::Update(update)) => format!(
                "update {}",
                texts(update.files)
                    .values()
                    .map(|t| t.trim())
                    .collect::<Vec<_>>()
                    .join("|")
            ),
            Some(Response::Current(_)) => "current".to_owned(),
            Some(Response::Stale(stale)) => format!("stale {} {}", stale.reason, stale.message),
            Some(Response::Revoked(revoked)) => format!("revoked {} {}", revoked.reason, revoked.message),
            Some(Response::Heartbeat(_)) => unreachable!("counted above"),
        }
    }

    /// Until the broker ends the stream.
    pub(crate) async fn end(mut self) -> tonic::Status {
        loop {
            match self.responses.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("ended without a word"),
                Err(status) => return status,
            }
        }
    }
}
