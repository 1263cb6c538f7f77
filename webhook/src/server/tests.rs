use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use patchbay_runtime::metrics::Metrics;
use patchbay_runtime::readiness::Gate;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;

use super::{BODY_LIMIT, State, app};
use crate::metrics::AdmissionMetrics;
use crate::shared::SharedIndex;
use crate::testing::{GIT, connector, index, known_class, known_connector, yaml};

struct Server {
    router: axum::Router,
    index: Arc<SharedIndex>,
    gate: Gate,
    metrics: Metrics,
}

fn server() -> Server {
    let shared = Arc::new(SharedIndex::default());
    shared.write(|empty| *empty = index());
    let gate = Gate::detached("index");
    gate.open();
    let metrics = Metrics::new();
    let state = State::new(
        Arc::clone(&shared),
        vec![gate.clone()],
        AdmissionMetrics::register(&metrics),
    );
    Server {
        router: app(Arc::new(state)),
        index: shared,
        gate,
        metrics,
    }
}

impl Server {
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails")
    }

    async fn post(&self, path: &str, body: impl Into<Body>) -> (StatusCode, String) {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        text(self.send(request).await).await
    }

    async fn review(&self, path: &str, request: &Value) -> Value {
        let (status, body) = self.post(path, review(request)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str::<Value>(&body).expect("JSON")["response"].take()
    }
}

async fn text(response: Response<Body>) -> (StatusCode, String) {
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

fn review(request: &Value) -> String {
    json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request }).to_string()
}

fn create(group: &str, kind: &str, object: &Value) -> Value {
    let version = if group.is_empty() { "v1" } else { "v1alpha1" };
    json!({
        "uid": "u-1",
        "kind": { "group": group, "version": version, "kind": kind },
        "name": object["metadata"]["name"],
        "namespace": "demo",
        "operation": "CREATE",
        "object": object,
    })
}

fn pod(annotation: &str) -> Value {
    json!({
        "metadata": { "name": "web", "annotations": { "patchbay.dev/mounts": annotation } },
        "spec": { "containers": [{ "name": "app", "image": "i" }] },
    })
}

#[tokio::test(start_paused = true)]
async fn a_connector_is_accepted_and_a_pod_is_patched() {
    let server = server();
    let answer = server
        .review(
            "/validate",
            &create("patchbay.dev", "Connector", &connector("demo", "new")),
        )
        .await;
    assert_eq!(answer, json!({ "uid": "u-1", "allowed": true }));
    let answer = server
        .review("/mutate?timeout=5s", &create("", "Pod", &pod("git-main")))
        .await;
    assert_eq!(
        (&answer["allowed"], &answer["patchType"]),
        (&json!(true), &json!("JSONPatch"))
    );
    let metrics = server.metrics.encode().unwrap();
    for line in [
        "patchbay_admission_requests_total{webhook=\"validate\",operation=\"CREATE\",kind=\"Connector\",decision=\"allow\",reason=\"Accepted\"} 1",
        "patchbay_admission_requests_total{webhook=\"mutate\",operation=\"CREATE\",kind=\"Pod\",decision=\"allow\",reason=\"Mutated\"} 1",
        "patchbay_admission_duration_seconds_count{webhook=\"mutate\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_the_place() {
    let server = server();
    let answer = server
        .review("/mutate", &create("", "Pod", &pod("git-mian")))
        .await;
    assert_eq!(answer["allowed"], false);
    assert_eq!(answer["status"]["code"], 422);
    assert_eq!(
        answer["status"]["details"]["causes"][0]["field"],
        "metadata.annotations[patchbay.dev/mounts]"
    );
    let metrics = server.metrics.encode().unwrap();
    assert!(
        metrics.contains("decision=\"deny\",reason=\"ConnectorNotFound\"} 1"),
        "{metrics}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_index_that_is_not_complete_decides_nothing() {
    let server = server();
    server.gate.close("starting");
    let answer = server
        .review("/mutate", &create("", "Pod", &pod("git-main")))
        .await;
    assert_eq!(answer["status"]["code"], 503);
    assert_eq!(answer["status"]["details"]["retryAfterSeconds"], 1);
}

/// A watch that breaks closes nothing: what is in memory is good enough.
#[tokio::test(start_paused = true)]
async fn once_complete_the_index_is_trusted() {
    let server = server();
    let request = create("", "Pod", &pod("git-main"));
    assert_eq!(server.review("/mutate", &request).await["allowed"], true);
    server.gate.close("the API server does not answer");
    assert_eq!(server.review("/mutate", &request).await["allowed"], true);
}

#[tokio::test(start_paused = true)]
async fn a_class_that_appears_within_a_second_is_waited_for() {
    let server = server();
    server.index.write(|index| index.delete_class("git"));
    let late = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Something else comes first.
        server
            .index
            .write(|index| index.apply_connector(known_connector(&connector("x", "y"))));
        tokio::time::sleep(Duration::from_millis(700)).await;
        server
            .index
            .write(|index| index.apply_class(known_class(&yaml(GIT))));
    };
    let request = create("patchbay.dev", "Connector", &connector("demo", "new"));
    let started = Instant::now();
    let (answer, ()) = tokio::join!(server.review("/validate", &request), late);
    assert_eq!(answer["allowed"], true);
    assert_eq!(started.elapsed().as_millis(), 800);
}

#[tokio::test(start_paused = true)]
async fn a_class_that_does_not_appear_is_refused_after_a_second() {
    let server = server();
    server.index.write(|index| index.delete_class("git"));
    let started = Instant::now();
    let request = create("patchbay.dev", "Connector", &connector("demo", "new"));
    assert_eq!(server.review("/validate", &request).await["allowed"], false);
    assert_eq!(started.elapsed().as_millis(), 1000);
    // A caller who has no time is answered within half of what it has.
    let started = Instant::now();
    assert_eq!(
        server.review("/validate?timeout=1s", &request).await["allowed"],
        false
    );
    assert_eq!(started.elapsed().as_millis(), 250);
}

#[tokio::test(start_paused = true)]
async fn a_class_that_has_just_changed_is_waited_for() {
    let server = server();
    let mut newer = yaml(GIT);
    newer["metadata"]["generation"] = json!(2);
    newer["spec"]["params"][0]["enum"] = json!(["main", "develop", "next"]);
    let mut object = connector("demo", "new");
    object["spec"]["params"][0]["value"] = json!("next");
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.index.write(|index| index.apply_class(known_class(&newer)));
    };
    let request = create("patchbay.dev", "Connector", &object);
    let (answer, ()) = tokio::join!(server.review("/validate", &request), late);
    assert_eq!(answer["allowed"], true);
}

#[tokio::test(start_paused = true)]
async fn a_template_whose_connector_comes_at_once_gets_no_warning() {
    let server = server();
    let template = json!({ "metadata": { "name": "web" }, "spec": { "template": pod("git-new") } });
    let mut request = create("apps", "Deployment", &template);
    request["kind"]["version"] = json!("v1");
    let late = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server
            .index
            .write(|index| index.apply_connector(known_connector(&connector("demo", "git-new"))));
    };
    let (answer, ()) = tokio::join!(server.review("/validate", &request), late);
    assert_eq!(answer, json!({ "uid": "u-1", "allowed": true }));
    let request = create(
        "apps",
        "Deployment",
        &json!({ "spec": { "template": pod("git-never") } }),
    );
    let answer = server.review("/validate", &request).await;
    assert_eq!(
        (&answer["allowed"], answer["warnings"].as_array().map(Vec::len)),
        (&json!(true), Some(1))
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_nothing_to_do_with_the_index_is_refused_at_once() {
    let server = server();
    let started = Instant::now();
    assert_eq!(
        server.review("/mutate", &create("", "Pod", &pod(""))).await["allowed"],
        false
    );
    assert_eq!(started.elapsed().as_millis(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_review() {
    let server = server();
    for (body, want) in [
        (
            "",
            "the body is not JSON that can be read: it ends too early at line 1, column 0\n",
        ),
        (
            "{}",
            "the body is not an AdmissionReview of admission.k8s.io/v1\n",
        ),
    ] {
        assert_eq!(
            server.post("/mutate", body).await,
            (StatusCode::BAD_REQUEST, want.to_owned())
        );
    }
    let mut request = create("", "Pod", &pod("git-main"));
    request["object"] = json!("canary");
    assert_eq!(
        server.review("/mutate", &request).await,
        json!({
            "uid": "u-1",
            "allowed": false,
            "status": {
                "status": "Failure",
                "code": 400,
                "reason": "BadRequest",
                "message": "request.object must be an object",
                "details": {},
            },
        })
    );
    assert!(
        server
            .metrics
            .encode()
            .unwrap()
            .contains("reason=\"Malformed\"} 3")
    );
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = server();
    let declared = Request::post("/validate")
        .header("content-type", "application/json")
        .header("content-length", BODY_LIMIT + 1)
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        server.send(declared).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let (status, _) = server.post("/validate", vec![b' '; BODY_LIMIT + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _) = server.post("/validate", vec![b' '; BODY_LIMIT]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let nonsense = Request::post("/validate")
        .header("content-type", "application/json")
        .header("content-length", "-1")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        server.send(nonsense).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let server = server();
    let stream = futures::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
    let started = Instant::now();
    let (status, text) = server
        .post("/validate?timeout=3s", Body::from_stream(stream))
        .await;
    assert_eq!(
        (status, text.as_str()),
        (StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time\n")
    );
    assert_eq!(started.elapsed().as_millis(), 2000);
}

/// Large bodies wait for each other, ordinary ones do not wait for them.
#[tokio::test(start_paused = true)]
async fn there_is_always_a_place_for_an_ordinary_body() {
    let server = server();
    let never = || {
        Body::from_stream(futures::stream::pending::<
            Result<axum::body::Bytes, std::io::Error>,
        >())
    };
    let hostile = futures::future::join_all((0..8).map(|_| server.post("/validate", never())));
    let request = create("", "Pod", &pod("git-main"));
    let ordinary = async {
        let started = Instant::now();
        let body = review(&request);
        let post = Request::post("/mutate").header("content-type", "application/json");
        let post = post
            .header("content-length", body.len())
            .body(Body::from(body))
            .unwrap();
        assert_eq!(server.send(post).await.status(), StatusCode::OK);
        started.elapsed().as_millis()
    };
    let (refusals, took) = tokio::join!(hostile, ordinary);
    assert_eq!(took, 0);
    let count = |wanted: StatusCode| refusals.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!(
        count(StatusCode::REQUEST_TIMEOUT) + count(StatusCode::TOO_MANY_REQUESTS),
        8
    );
}

#[tokio::test]
async fn other_paths_methods_and_types() {
    let server = server();
    assert_eq!(server.post("/", "{}").await.0, StatusCode::NOT_FOUND);
    let get = Request::builder()
        .method(Method::GET)
        .uri("/validate")
        .body(Body::empty())
        .unwrap();
    assert_eq!(server.send(get).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let form = Request::post("/validate")
        .header("content-type", "text/plain")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(
        server.send(form).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

/// A flood of refusals does not keep others waiting: those beyond the limit are not waited for.
#[tokio::test(start_paused = true)]
async fn only_so_many_wait() {
    let server = server();
    let request = create("", "Pod", &pod("nothing"));
    let started = Instant::now();
    let answers = (0..255).map(|_| server.review("/mutate", &request));
    futures::future::join_all(answers).await;
    assert_eq!(started.elapsed().as_millis(), 1000);
}
