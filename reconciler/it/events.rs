//! What a pod is told, and which trace a request has.

use std::time::Duration;

use serde_json::Value;

use crate::bench::{BENCH, Bench, CANARY, Demo, wait};
use crate::driver::{Stream, connect, request};

const SOON: Duration = Duration::from_secs(5);

/// Reasons and texts of the events on the pod, in the order of time.
fn events(demo: &Demo) -> Vec<(String, String)> {
    let list = demo.get(&["events.events.k8s.io", "--field-selector", "regarding.kind=Pod"]);
    let mut items: Vec<Value> = list["items"].as_array().cloned().unwrap_or_default();
    items.sort_by_key(|event| event["eventTime"].as_str().unwrap_or_default().to_owned());
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    items
        .iter()
        .map(|event| (text(event, "reason"), text(event, "note")))
        .collect()
}

fn wait_events(demo: &Demo, want: &[&str]) -> Vec<(String, String)> {
    wait("the events", Duration::from_secs(10), || {
        let events = events(demo);
        let reasons: Vec<&str> = events.iter().map(|(reason, _)| reason.as_str()).collect();
        if reasons == want {
            Ok(events)
        } else {
            Err(format!("{events:?}"))
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_is_told_once_when_its_files_cannot_be_made_anew() {
    let demo = Demo::new("events-pod", "http://127.0.0.1:9");
    let wanted = request(&demo, "app", &["gitconfig"]);
    // Both replicas have the volume, as while a driver changes from one to the other.
    let mut streams = Vec::new();
    for replica in &BENCH.replicas {
        let mut client = connect(&BENCH, replica, "patchbay-system").await;
        let mut stream = Stream::open(&mut client).await;
        stream.subscribe(&wanted, "").await;
        assert!(stream.line(SOON).await.starts_with("update "));
        streams.push(stream);
    }
    let versions = events(&demo);
    assert!(versions.is_empty(), "{versions:?}");

    demo.kubectl(&["delete", "secret", "git-creds"]);
    for stream in &mut streams {
        assert!(stream.line(SOON).await.starts_with("stale SecretNotFound "));
    }
    let told = wait_events(&demo, &["SecretNotFound"]);
    let note = &told[0].1;
    assert!(
        note.contains("the files stay as they are")
            && note.contains("Secret \"events-pod/git-creds\" does not exist"),
        "{note}"
    );
    demo.apply(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: git-creds, namespace: NAMESPACE}}\n\
         type: kubernetes.io/basic-auth\nstringData: {{username: u, password: {CANARY}-9}}"
    ));
    for stream in &mut streams {
        assert!(stream.line(SOON).await.starts_with("update "));
    }
    let told = wait_events(&demo, &["SecretNotFound", "Ready"]);
    assert!(
        told.iter()
            .all(|(_, note)| note.len() <= 1024 && !note.contains(CANARY))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_the_driver_is_in_the_log_of_the_broker() {
    let demo = Demo::new("events-trace", "http://127.0.0.1:9");
    demo.kubectl(&["delete", "connector", "git-main"]);
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    for (given, taken) in [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("00-forged-line-in-the-log", false),
    ] {
        let mut message = tonic::Request::new(request(&demo, "app", &["gitconfig"]));
        message
            .metadata_mut()
            .insert("traceparent", given.parse().unwrap());
        assert!(client.render(message).await.is_err());
        let trace = given.split('-').nth(1).unwrap();
        let logged = || Bench::logs().contains(&format!("trace_id={trace}"));
        if taken {
            wait("the trace is logged", SOON, || {
                logged().then_some(()).ok_or_else(String::new)
            });
        } else {
            assert!(!logged());
        }
    }
}
