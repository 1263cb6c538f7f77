//! Events that the API server takes.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use patchbay_runtime::events::{Happening, Recorder, Severity};

use crate::world::{client, namespace};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_is_published_once_and_fits() {
    namespace("events");
    let client = client().await;
    let recorder = Recorder::new(client.clone(), "patchbay.dev/it", "replica-0");
    let object = ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("ConfigMap".to_owned()),
        namespace: Some("events".to_owned()),
        name: Some("a".repeat(253)),
        ..ObjectReference::default()
    };
    let happening = |note: &str| Happening {
        severity: Severity::Warning,
        reason: "ConnectionFailed",
        action: "Probe",
        note: note.to_owned(),
        related: Some(object.clone()),
    };
    for note in ["refused", "refused", &"ö".repeat(5000), "refused"] {
        recorder.record(&object, happening(note)).await;
    }
    // Cluster-scoped objects have their events in the namespace "default".
    let cluster_scoped = ObjectReference {
        namespace: None,
        name: Some("events-class".to_owned()),
        ..object.clone()
    };
    recorder.record(&cluster_scoped, happening("of a class")).await;

    let list = |namespace: &str| {
        let events: Api<Event> = Api::namespaced(client.clone(), namespace);
        async move { events.list(&ListParams::default()).await.unwrap().items }
    };
    let mut notes: Vec<_> = list("events")
        .await
        .into_iter()
        .map(|event| event.note.unwrap().len())
        .collect();
    notes.sort_unstable();
    assert_eq!(notes, [7, 7, 1023]);
    let classes = list("default").await;
    assert!(
        classes
            .iter()
            .any(|event| event.note.as_deref() == Some("of a class"))
    );
}
