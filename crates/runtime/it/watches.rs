//! Guarded watches.

use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::BoxStream;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, CustomResource, ResourceExt};
use patchbay_cluster::Fault;
use patchbay_runtime::backoff::Policy;
use patchbay_runtime::clock;
use patchbay_runtime::lease::{Claim, Leadership};
use patchbay_runtime::metrics::Metrics;
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::watch::{self, Change, WatchMetrics, guarded, guarded_in};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::world::{apply, client, client_of, cluster, eventually, namespace, soon};

#[derive(CustomResource, Clone, Debug, Deserialize, Serialize, PartialEq)]
#[kube(
    group = "watches.example.com",
    version = "v1",
    kind = "Widget",
    namespaced,
    schema = "disabled",
    status = "Value"
)]
struct WidgetSpec {
    size: u32,
}

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.watches.example.com}
spec:
  group: watches.example.com
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// Changes as lines, for comparing.
async fn next<K: kube::Resource<DynamicType = ()>>(changes: &mut BoxStream<'static, Change<K>>) -> String {
    match soon("a change", async {
        changes.next().await.map(|change| line(&change))
    })
    .await
    {
        Some(line) => line,
        None => panic!("the stream ended"),
    }
}

fn line<K: kube::Resource<DynamicType = ()>>(change: &Change<K>) -> String {
    let names = |objects: &[K]| {
        objects
            .iter()
            .map(|object| object.name_any())
            .collect::<Vec<_>>()
            .join(" ")
    };
    match change {
        Change::Reset(objects) => format!("reset [{}]", names(objects)),
        Change::Applied(object) => format!("apply {}", object.name_any()),
        Change::Deleted { namespace, name } => format!("delete {namespace}/{name}"),
        Change::Invalid {
            namespace,
            name,
            error,
        } => format!("invalid {namespace}/{name}: {error}"),
    }
}

fn map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name, "labels": {"watched": "yes"}}})).unwrap()
}

async fn create(client: &Client, namespace: &str, name: &str) {
    Api::namespaced(client.clone(), namespace)
        .create(&PostParams::default(), &map(name))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_does_not_parse_stops_nothing_and_shows_no_value() {
    apply(CRD);
    namespace("watch-invalid");
    let client = client().await;
    let api: Api<kube::core::DynamicObject> = Api::namespaced_with(
        client.clone(),
        "watch-invalid",
        &kube::core::ApiResource::erase::<Widget>(&()),
    );
    let widget = |name: &str, size: Value| -> kube::core::DynamicObject {
        let (version, kind) = ("watches.example.com/v1", "Widget");
        let object =
            json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": {"size": size}});
        serde_json::from_value(object).unwrap()
    };
    let params = PostParams::default();
    // The API server serves the kind a moment after the definition was applied.
    eventually("the kind is served", || async {
        api.create(&params, &widget("a-good", json!(1))).await.ok()
    })
    .await;
    api.create(&params, &widget("b-bad", json!("hunter2")))
        .await
        .unwrap();

    let gate = Gate::detached("widgets");
    let mut changes = guarded_in::<Widget>(
        &client,
        "watch-invalid",
        watch::Options::new("widgets"),
        gate.clone(),
        &WatchMetrics::default(),
    );
    assert_eq!(next(&mut changes).await, "reset [a-good]");
    assert!(!gate.is_open());
    assert_eq!(
        next(&mut changes).await,
        "invalid watch-invalid/b-bad: spec.size: expected u32"
    );
    assert!(gate.is_open());
    api.create(&params, &widget("c-good", json!(3))).await.unwrap();
    assert_eq!(next(&mut changes).await, "apply c-good");
    let merge = |spec: Value| Patch::Merge(json!({"spec": spec}));
    api.patch("b-bad", &PatchParams::default(), &merge(json!({"size": 2})))
        .await
        .unwrap();
    assert_eq!(next(&mut changes).await, "apply b-bad");
    api.patch("a-good", &PatchParams::default(), &merge(json!({"size": null})))
        .await
        .unwrap();
    assert_eq!(
        next(&mut changes).await,
        "invalid watch-invalid/a-good: spec: missing field `size`"
    );
    api.delete("a-good", &DeleteParams::default()).await.unwrap();
    assert_eq!(next(&mut changes).await, "delete watch-invalid/a-good");

    // A status is written by the leader only, and only over what it was decided on.
    let typed: Api<Widget> = Api::namespaced(client, "watch-invalid");
    let claim = |holder: &str| Claim {
        holder: holder.to_owned(),
        expiry: clock::mono() + Duration::from_secs(60),
    };
    let (claims, receiver) = tokio::sync::watch::channel(claim("me"));
    let guard = Leadership::for_test("me".to_owned(), receiver).guard();
    let read = typed.get("c-good").await.unwrap();
    let write = async |of: &Widget, seen: bool| {
        let status = json!({"seen": seen});
        let written = patchbay_runtime::apply::status(&guard, &typed, of, "it", &status).await;
        written.map_err(|error| error.reason())
    };
    let version = write(&read, true).await.unwrap();
    let now = typed.get("c-good").await.unwrap();
    assert_eq!(
        (&now.status, &now.metadata.resource_version),
        (&Some(json!({"seen": true})), &version)
    );
    assert_eq!(write(&read, false).await, Err("Conflict"));
    claims.send_replace(claim("another"));
    assert_eq!(write(&now, false).await, Err("NotLeading"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selectors_pages_and_metadata_only() {
    namespace("watch-select");
    let client = client().await;
    for index in 0..7 {
        create(&client, "watch-select", &format!("map-{index}")).await;
    }
    let options = watch::Options {
        page: 3,
        ..watch::Options::new("maps")
    }
    .labels("watched=yes");
    let metrics = Metrics::new();
    let gate = Gate::detached("maps");
    let mut changes = guarded_in::<ConfigMap>(
        &client,
        "watch-select",
        options,
        gate,
        &WatchMetrics::register(&metrics),
    );
    assert_eq!(
        next(&mut changes).await,
        "reset [map-0 map-1 map-2 map-3 map-4 map-5 map-6]"
    );
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "watch-select");
    let unlabel = Patch::Merge(json!({"metadata": {"labels": {"watched": null}}}));
    maps.patch("map-3", &PatchParams::default(), &unlabel)
        .await
        .unwrap();
    assert_eq!(next(&mut changes).await, "delete watch-select/map-3");
    assert!(
        metrics
            .encode()
            .unwrap()
            .contains("patchbay_watch_objects{watch=\"maps\"} 6")
    );

    let secret = json!({"metadata": {"name": "s"}, "stringData": {"password": "hunter2"}});
    let secrets: Api<Secret> = Api::namespaced(client.clone(), "watch-select");
    secrets
        .create(&PostParams::default(), &serde_json::from_value(secret).unwrap())
        .await
        .unwrap();
    let options = watch::Options::new("secrets").named("s");
    let mut changes =
        guarded::<PartialObjectMeta<Secret>>(&client, options, Gate::detached("s"), &WatchMetrics::default());
    let Some(Change::Reset(objects)) = soon("the list", changes.next()).await else {
        panic!("no reset")
    };
    let text = serde_json::to_string(&objects).unwrap();
    assert!(
        text.contains("\"name\":\"s\"") && !text.contains("password"),
        "{text}"
    );
    assert!(!text.contains("managedFields"), "{text}");
}

/// Short times, so that an outage of seconds shows what one of minutes does.
fn impatient(name: &'static str) -> watch::Options {
    watch::Options {
        timeout: Duration::from_secs(4),
        idle: Duration::from_secs(2),
        deadline: Duration::from_secs(1),
        backoff: Policy::new(Duration::from_millis(100), Duration::from_secs(1)),
        ..watch::Options::new(name)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn survives_an_api_server_that_hangs_resets_and_refuses() {
    namespace("watch-outage");
    let direct = client().await;
    let proxy = cluster().fault_proxy().unwrap();
    let through = client_of(&cluster().kubeconfig_through(&proxy).unwrap()).await;
    create(&direct, "watch-outage", "before").await;
    let metrics = Metrics::new();
    let gate = Gate::detached("maps");
    let watch_metrics = WatchMetrics::register(&metrics);
    let mut changes = guarded_in::<ConfigMap>(
        &through,
        "watch-outage",
        impatient("maps").labels("watched=yes"),
        gate.clone(),
        &watch_metrics,
    );
    assert_eq!(next(&mut changes).await, "reset [before]");

    for (fault, name) in [
        (Fault::Hang, "hang"),
        (Fault::Reset, "reset"),
        (Fault::Refuse, "refuse"),
    ] {
        proxy.set(fault).unwrap();
        create(&direct, "watch-outage", name).await;
        // Long enough for the watch to be found silent, and for several attempts to fail.
        let nothing = tokio::time::timeout(Duration::from_secs(4), changes.next()).await;
        assert!(nothing.is_err(), "{fault:?}: {nothing:?}");
        proxy.set(Fault::None).unwrap();
        let began = Instant::now();
        // Either resumed or listed anew, but nothing is lost.
        loop {
            let line = next(&mut changes).await;
            if line == format!("apply {name}") || (line.starts_with("reset") && line.contains(name)) {
                break;
            }
        }
        assert!(
            began.elapsed() < Duration::from_secs(40),
            "{fault:?}: {:?}",
            began.elapsed()
        );
        assert!(gate.is_open());
    }
    let text = metrics.encode().unwrap();
    assert!(
        text.contains("cause=\"silent\"") || text.contains("cause=\"broken\""),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_whose_time_is_over_goes_on_without_a_list() {
    namespace("watch-timeout");
    let client = client().await;
    let metrics = Metrics::new();
    let watch_metrics = WatchMetrics::register(&metrics);
    let options = watch::Options {
        timeout: Duration::from_secs(1),
        ..watch::Options::new("maps")
    }
    .labels("watched=yes");
    let mut changes = guarded_in::<ConfigMap>(
        &client,
        "watch-timeout",
        options,
        Gate::detached("maps"),
        &watch_metrics,
    );
    assert_eq!(next(&mut changes).await, "reset []");
    // Nothing happens for several lives of the watch.
    let nothing = tokio::time::timeout(Duration::from_secs(4), changes.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    create(&client, "watch-timeout", "late").await;
    assert_eq!(next(&mut changes).await, "apply late");
    let text = metrics.encode().unwrap();
    assert!(
        text.contains("patchbay_watch_restarts_total{watch=\"maps\",cause=\"closed\"}"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_to_a_hung_server_ends_at_its_deadline() {
    let proxy = cluster().fault_proxy().unwrap();
    let client = client_of(&cluster().kubeconfig_through(&proxy).unwrap()).await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "default");
    let deadline = Duration::from_millis(500);
    let read = || patchbay_runtime::client::call_opt(deadline, "read a ConfigMap", maps.get("no-such-map"));
    assert!(
        eventually("an answer", || async { read().await.ok() })
            .await
            .is_none()
    );
    proxy.set(Fault::Hang).unwrap();
    let began = Instant::now();
    assert_eq!(read().await.unwrap_err().reason(), "Timeout");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    proxy.set(Fault::None).unwrap();
    assert!(
        eventually("an answer", || async { read().await.ok() })
            .await
            .is_none()
    );
}
