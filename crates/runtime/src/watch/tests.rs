//! The loop against a scripted API server: each request takes the next answer of the script.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use http::{Request, Response};
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::client::Body;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::*;
use crate::metrics::Metrics;

type Frames = BoxStream<'static, Result<Frame<Bytes>, std::convert::Infallible>>;

enum Answer {
    Json(u16, Value),
    /// Lines of a watch, then its end; or, if it hangs, silence.
    Watch {
        lines: Vec<Value>,
        hangs: bool,
    },
    Hang,
}

struct Server {
    script: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<String>>,
}

impl Server {
    fn client(script: Vec<Answer>) -> (Client, Arc<Self>) {
        let server = Arc::new(Self {
            script: Mutex::new(script.into()),
            asked: Mutex::default(),
        });
        let shared = Arc::clone(&server);
        let service = tower::service_fn(move |request: Request<Body>| {
            let answer = shared.answer(&request);
            async move {
                match answer {
                    Some(response) => Ok::<_, std::convert::Infallible>(response),
                    None => std::future::pending().await,
                }
            }
        });
        (Client::new(service, "default"), server)
    }

    fn answer(&self, request: &Request<Body>) -> Option<Response<StreamBody<Frames>>> {
        let query = request.uri().query().unwrap_or_default();
        let pairs: Vec<_> = query
            .split('&')
            .filter(|pair| !pair.starts_with("timeoutSeconds"))
            .collect();
        self.asked.lock().push(pairs.join("&"));
        let (status, lines, hangs) = match self.script.lock().pop_front()? {
            Answer::Json(status, body) => (status, vec![body], false),
            Answer::Watch { lines, hangs } => (200, lines, hangs),
            Answer::Hang => return None,
        };
        let lines = stream::iter(lines).map(|line| Ok(Frame::data(Bytes::from(format!("{line}\n")))));
        let body = if hangs {
            lines.chain(stream::pending()).boxed()
        } else {
            lines.boxed()
        };
        Some(
            Response::builder()
                .status(status)
                .body(StreamBody::new(body))
                .unwrap(),
        )
    }
}

fn object(name: &str, version: u32) -> Value {
    json!({"metadata": {"name": name, "namespace": "n", "resourceVersion": version.to_string()}, "data": {"v": version.to_string()}})
}

fn broken(name: &str, version: u32) -> Value {
    json!({"metadata": {"name": name, "namespace": "n", "resourceVersion": version.to_string()}, "data": "hunter2"})
}

fn list(version: u32, items: &[Value]) -> Answer {
    page(version, "", items)
}

fn page(version: u32, token: &str, items: &[Value]) -> Answer {
    let metadata = json!({"resourceVersion": version.to_string(), "continue": token});
    Answer::Json(
        200,
        json!({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items}),
    )
}

fn event(kind: &str, object: impl Into<Value>) -> Value {
    json!({"type": kind, "object": object.into()})
}

fn status(code: u16) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "X", "message": "no", "code": code})
}

fn watch(lines: Vec<Value>) -> Answer {
    Answer::Watch { lines, hangs: true }
}

struct Watching {
    changes: BoxStream<'static, Change<ConfigMap>>,
    gate: Gate,
    metrics: Metrics,
    server: Arc<Server>,
}

fn start(script: Vec<Answer>) -> Watching {
    let (client, server) = Server::client(script);
    let (metrics, gate) = (Metrics::new(), Gate::detached("things"));
    let options = Options {
        page: 2,
        ..Options::new("things")
    }
    .labels("a=b");
    let changes = guarded(&client, options, gate.clone(), &WatchMetrics::register(&metrics));
    Watching {
        changes,
        gate,
        metrics,
        server,
    }
}

impl Watching {
    /// The next changes as one line.
    async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..count {
            lines.push(match self.changes.next().await.unwrap() {
                Change::Reset(objects) => format!(
                    "reset [{}]",
                    objects.iter().map(name).collect::<Vec<_>>().join(" ")
                ),
                Change::Applied(object) => format!("apply {}", name(&object)),
                Change::Deleted { namespace, name } => format!("delete {namespace}/{name}"),
                Change::Invalid {
                    namespace,
                    name,
                    error,
                } => format!("invalid {namespace}/{name} {error}"),
            });
        }
        lines
    }

    fn metric(&self, start: &str) -> String {
        let text = self.metrics.encode().unwrap();
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned()
    }
}

fn name(object: &ConfigMap) -> String {
    format!(
        "{}@{}",
        object.metadata.name.as_deref().unwrap(),
        object.metadata.resource_version.as_deref().unwrap()
    )
}

#[tokio::test(start_paused = true)]
async fn lists_all_pages_then_watches_from_there() {
    let mut watching = start(vec![
        page(7, "more", &[object("a", 1), object("b", 2)]),
        list(7, &[object("c", 3)]),
        watch(vec![
            event("ADDED", object("d", 8)),
            event("MODIFIED", object("a", 9)),
            event("DELETED", object("b", 10)),
            event(
                "BOOKMARK",
                json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"resourceVersion": "20"}}),
            ),
        ]),
    ]);
    assert!(!watching.gate.is_open());
    assert_eq!(watching.lines(1).await, ["reset [a@1 b@2 c@3]"]);
    assert!(!watching.gate.is_open(), "the consumer has not taken it in");
    assert_eq!(watching.lines(3).await, ["apply d@8", "apply a@9", "delete n/b"]);
    assert!(watching.gate.is_open());
    assert_eq!(watching.metric("patchbay_watch_objects{"), "3");
    assert_eq!(
        *watching.server.asked.lock(),
        [
            "&labelSelector=a%3Db&limit=2",
            "&labelSelector=a%3Db&limit=2&continue=more",
            "&watch=true&labelSelector=a%3Db&allowWatchBookmarks=true&resourceVersion=7",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_parse_is_reported_and_stops_nothing() {
    let mut watching = start(vec![
        list(7, &[object("a", 1), broken("b", 2)]),
        watch(vec![
            event("MODIFIED", broken("a", 8)),
            event("ADDED", object("c", 9)),
            event("MODIFIED", object("b", 10)),
            event("DELETED", broken("a", 11)),
        ]),
    ]);
    let invalid = "data: expected a map";
    assert_eq!(
        watching.lines(2).await,
        ["reset [a@1]".to_owned(), format!("invalid n/b {invalid}")]
    );
    assert_eq!(
        (
            watching.metric("patchbay_watch_objects{"),
            watching.metric("patchbay_watch_invalid")
        ),
        ("1".into(), "1".into())
    );
    assert_eq!(
        watching.lines(2).await,
        [format!("invalid n/a {invalid}"), "apply c@9".to_owned()]
    );
    assert_eq!(
        (
            watching.metric("patchbay_watch_objects{"),
            watching.metric("patchbay_watch_invalid")
        ),
        ("1".into(), "2".into())
    );
    assert_eq!(watching.lines(2).await, ["apply b@10", "delete n/a"]);
    assert_eq!(
        (
            watching.metric("patchbay_watch_objects{"),
            watching.metric("patchbay_watch_invalid")
        ),
        ("2".into(), "0".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_is_resumed_from_the_last_bookmark() {
    let bookmark = event(
        "BOOKMARK",
        json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"resourceVersion": "20"}}),
    );
    let mut watching = start(vec![
        list(7, &[]),
        watch(vec![bookmark]),
        watch(vec![event("ADDED", object("a", 21))]),
    ]);
    assert_eq!(watching.lines(2).await, ["reset []", "apply a@21"]);
    assert!(watching.server.asked.lock()[2].ends_with("resourceVersion=20"));
    assert_eq!(
        watching.metric("patchbay_watch_restarts_total{watch=\"things\",cause=\"silent\""),
        "1"
    );
}

#[tokio::test(start_paused = true)]
async fn an_expired_version_starts_over() {
    for expired in [
        Answer::Json(410, status(410)),
        watch(vec![event("ERROR", status(410))]),
        watch(vec![event("ADDED", json!({"metadata": {"name": "a"}}))]),
    ] {
        let mut watching = start(vec![
            list(7, &[object("a", 1)]),
            expired,
            list(9, &[object("a", 8)]),
            watch(vec![]),
        ]);
        assert_eq!(watching.lines(2).await, ["reset [a@1]", "reset [a@8]"]);
        assert_eq!(
            watching.metric("patchbay_watch_restarts_total{watch=\"things\",cause=\"expired\""),
            "1"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_or_fails_is_tried_again_and_again() {
    let mut watching = start(vec![
        Answer::Hang,
        Answer::Json(503, status(503)),
        Answer::Json(403, status(403)),
        list(7, &[object("a", 1)]),
        Answer::Hang,
        Answer::Watch {
            lines: vec![],
            hangs: false,
        },
        Answer::Json(500, status(500)),
        // The fourth failure in a row: a list is the surer way.
        Answer::Json(500, status(500)),
        list(9, &[object("a", 8)]),
        watch(vec![event("ADDED", object("b", 10))]),
    ]);
    assert_eq!(watching.lines(1).await, ["reset [a@1]"]);
    assert_eq!(watching.lines(2).await, ["reset [a@8]", "apply b@10"]);
    assert!(watching.gate.is_open());
    assert_eq!(watching.server.asked.lock().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_every_watch_at_once_is_not_hammered() {
    let endless = |_| Answer::Watch {
        lines: vec![],
        hangs: false,
    };
    let script = std::iter::once(list(7, &[]))
        .chain((0..1000).map(endless))
        .collect();
    let mut watching = start(script);
    assert_eq!(watching.lines(1).await, ["reset []"]);
    let waited = tokio::time::timeout(Duration::from_secs(600), watching.changes.next()).await;
    assert!(waited.is_err());
    assert!(
        watching.server.asked.lock().len() < 500,
        "{}",
        watching.server.asked.lock().len()
    );
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_and_trouble_is_not() {
    let (client, _server) = Server::client(vec![
        Answer::Json(500, status(500)),
        Answer::Json(403, status(403)),
        Answer::Json(404, status(404)),
        list(1, &[]),
        Answer::Hang,
    ]);
    let (options, mut refusals) = Options::new("things").telling_refusals();
    let mut changes = guarded::<ConfigMap>(
        &client,
        options,
        Gate::detached("things"),
        &WatchMetrics::default(),
    );
    let mut told = Vec::new();
    loop {
        tokio::select! {
            biased;
            Ok(()) = refusals.changed() => told.push(*refusals.borrow_and_update()),
            change = changes.next() => {
                assert_eq!(change, Some(Change::Reset(vec![])));
                break;
            }
        }
    }
    assert_eq!(told, [Some(403), Some(404)]);
}
