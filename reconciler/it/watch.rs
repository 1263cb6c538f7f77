//! Watch: what is pushed, when, and to whom.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams};
use patchbay_proto::broker as wire;
use patchbay_proto::broker::watch_response::Response;
use tonic::Code;

use crate::bench::{BENCH, CANARY, Demo};
use crate::driver::{Stream, connect, render, request, texts};

const SOON: Duration = Duration::from_secs(5);

async fn secrets(demo: &Demo) -> Api<Secret> {
    let options = patchbay_runtime::client::Options {
        kubeconfig: Some(BENCH.cluster.kubeconfig_path().to_owned()),
        ..Default::default()
    };
    Api::namespaced(
        patchbay_runtime::client::client(&options).await.unwrap(),
        &demo.namespace,
    )
}

async fn set_password(secrets: &Api<Secret>, password: &str) {
    let patch = Patch::Merge(serde_json::json!({"stringData": {"password": password}}));
    secrets
        .patch("git-creds", &PatchParams::default(), &patch)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_from_its_begin_to_its_end() {
    let demo = Demo::new("watch-story", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut stream = Stream::open(&mut client).await;
    let wanted = request(&demo, "app", &["gitconfig"]);
    stream.subscribe(&wanted, "").await;
    let Some(Response::Update(update)) = stream.next(SOON).await else {
        panic!("no update")
    };
    assert_eq!(update.volume_id, wanted.volume_id);
    let version = update.files.as_ref().unwrap().version.clone();
    assert!(texts(update.files)[".gitconfig"].contains(&format!("{CANARY}-1")));

    // A renewal with what the volume has.
    stream.subscribe(&wanted, &version).await;
    assert_eq!(stream.line(SOON).await, "current");
    // One with something else, as after a change of the broker's replica.
    stream.subscribe(&wanted, "other").await;
    assert!(stream.line(SOON).await.starts_with("update "));

    // A change of the Secret, of the class, of the Connector.
    let secrets = secrets(&demo).await;
    set_password(&secrets, &format!("{CANARY}-2")).await;
    assert!(stream.line(SOON).await.contains(&format!("{CANARY}-2")));
    demo.kubectl(&["patch", "connectorclass", "watch-story-git", "--type=json", "-p", r#"[{"op": "replace", "path": "/spec/configurations/0/data/.gitconfig", "value": "by class {{ .secret.password }}\n"}]"#]);
    assert!(stream.line(SOON).await.contains(&format!("by class {CANARY}-2")));
    demo.kubectl(&[
        "patch",
        "connector",
        "git-main",
        "--type=merge",
        "-p",
        r#"{"spec": {"address": "http://127.0.0.1:10"}}"#,
    ]);
    assert!(stream.line(SOON).await.contains("http://127.0.0.1:10"));

    // Sources that go: the volume keeps what it has.
    demo.kubectl(&["delete", "secret", "git-creds"]);
    assert_eq!(
        stream.line(SOON).await,
        "stale SecretNotFound connector \"watch-story/git-main\": Secret \"watch-story/git-creds\" does not exist: create \
         it, or correct the reference"
    );
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: git-creds, namespace: NAMESPACE}}\ntype: kubernetes.io/basic-auth\n\
         stringData: {{username: u, password: {CANARY}-2}}"
    );
    demo.apply(&secret);
    assert_eq!(
        stream.line(SOON).await,
        "current",
        "the files are the same as before"
    );
    demo.kubectl(&["delete", "connector", "git-main"]);
    assert_eq!(
        stream.line(SOON).await,
        "stale ConnectorNotFound connector \"watch-story/git-main\" does not exist"
    );

    // After the end nothing comes any more.
    stream.unsubscribe(&wanted.volume_id).await;
    stream.unsubscribe("never there").await;
    demo.apply(&include_str!("demo.yaml").replace("ADDRESS", "http://127.0.0.1:9"));
    assert_eq!(stream.line(Duration::from_secs(1)).await, "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_is_there_within_milliseconds() {
    const ROUNDS: usize = 50;
    let demo = Demo::new("watch-speed", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[1], "patchbay-system").await;
    let mut stream = Stream::open(&mut client).await;
    let wanted = request(&demo, "app", &["gitconfig"]);
    // A whole node's volumes of one pod's token.
    let volumes: Vec<String> = (0..20).map(|i| format!("csi-speed-{i}")).collect();
    for volume in &volumes {
        stream
            .subscribe(
                &wire::RenderRequest {
                    volume_id: volume.clone(),
                    ..wanted.clone()
                },
                "",
            )
            .await;
        assert!(stream.line(SOON).await.starts_with("update "));
    }
    let secrets = secrets(&demo).await;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let password = format!("{CANARY}-round-{round}");
        let start = Instant::now();
        set_password(&secrets, &password).await;
        for _ in &volumes {
            let line = stream.line(SOON).await;
            assert!(line.contains(&password), "{line}");
        }
        times.push(start.elapsed());
    }
    times.sort();
    let (median, p99) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
    println!(
        "from the write of a Secret to the last of {} volumes: median {median:?}, p99 {p99:?}",
        volumes.len()
    );
    assert!(p99 < Duration::from_secs(1), "median {median:?}, p99 {p99:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_pod_loses_its_files_within_a_minute_and_gets_them_back() {
    let demo = Demo::new("watch-revoked", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut stream = Stream::open(&mut client).await;
    let wanted = request(&demo, "app", &["gitconfig"]);
    stream.subscribe(&wanted, "").await;
    assert!(stream.line(SOON).await.starts_with("update "));
    let binding = demo.get(&["rolebinding", "users"]);
    demo.kubectl(&["delete", "rolebinding", "users"]);
    let start = Instant::now();
    let line = stream.line(Duration::from_secs(60)).await;
    let took = start.elapsed();
    println!("revoked after {took:?}");
    assert!(
        line.starts_with("revoked PermissionDenied service account \"watch-revoked/default\" may not use"),
        "{line}"
    );
    assert!(
        took < Duration::from_secs(45),
        "{took:?}: too close to the minute"
    );
    // A change of the Connector's status may have it checked before the first heartbeat is due.
    assert!(
        stream.heartbeats >= 1 || took < Duration::from_secs(11),
        "the stream was silent for too long"
    );
    // While it is revoked, a new Secret goes nowhere.
    set_password(&secrets(&demo).await, &format!("{CANARY}-secret")).await;
    assert_eq!(stream.line(Duration::from_secs(1)).await, "nothing");
    // Access returns.
    let mut again = binding;
    for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        again["metadata"].as_object_mut().unwrap().remove(field);
    }
    demo.apply(&again.to_string());
    let line = stream.line(Duration::from_secs(45)).await;
    assert!(line.contains(&format!("{CANARY}-secret")), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_asks_again_who_may_have_it() {
    let demo = Demo::new("watch-recheck", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut stream = Stream::open(&mut client).await;
    stream.subscribe(&request(&demo, "app", &["gitconfig"]), "").await;
    assert!(stream.line(SOON).await.starts_with("update "));
    demo.kubectl(&["delete", "rolebinding", "users"]);
    // Longer than an answer about an access counts for a push.
    tokio::time::sleep(Duration::from_secs(6)).await;
    set_password(&secrets(&demo).await, &format!("{CANARY}-new")).await;
    let line = stream.line(SOON).await;
    assert!(line.starts_with("revoked "), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_count_subscribes_nothing() {
    let demo = Demo::new("watch-token", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut stream = Stream::open(&mut client).await;
    let mut wanted = request(&demo, "app", &["gitconfig"]);
    let good = std::mem::replace(&mut wanted.token, "nonsense".to_owned());
    stream.subscribe(&wanted, "").await;
    let line = stream.line(SOON).await;
    assert!(line.starts_with("stale Unauthenticated "), "{line}");
    set_password(&secrets(&demo).await, &format!("{CANARY}-new")).await;
    assert_eq!(stream.line(Duration::from_secs(1)).await, "nothing");
    wanted.token = good;
    stream.subscribe(&wanted, "").await;
    assert!(stream.line(SOON).await.contains(&format!("{CANARY}-new")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_message_ends_its_own_stream_only() {
    let demo = Demo::new("watch-bad", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut good = Stream::open(&mut client).await;
    let bad = Stream::open(&mut client).await;
    let wanted = request(&demo, "app", &["plain"]);
    good.subscribe(&wanted, "").await;
    assert!(good.line(SOON).await.starts_with("update "));
    bad.subscribe(
        &wire::RenderRequest {
            source: None,
            ..wanted.clone()
        },
        "",
    )
    .await;
    let status = bad.end().await;
    assert_eq!(
        (status.code(), status.message()),
        (Code::InvalidArgument, "source: is missing")
    );
    good.subscribe(&wanted, "").await;
    assert!(good.line(SOON).await.starts_with("update "));
    render(&mut client, wanted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_stops_only_itself() {
    let demo = Demo::new("watch-slow", "http://127.0.0.1:9");
    // A file that fills the stream's window.
    demo.kubectl(&["patch", "connectorclass", "watch-slow-git", "--type=json", "-p", r#"[{"op": "replace", "path": "/spec/configurations/1/data/plain.txt", "value": "{{ .connector.metadata.annotations.big }}\n"}]"#]);
    let big = "x".repeat(200_000);
    let annotate = |round: usize| {
        let patch = serde_json::json!({"metadata": {"annotations": {"big": format!("{round}-{big}")}}});
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), patch.to_string()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        demo.kubectl(&[
            "patch",
            "connector",
            "git-main",
            "--type=merge",
            "--patch-file",
            &path,
        ]);
    };
    annotate(0);
    let wanted = request(&demo, "app", &["plain"]);
    let mut slow_client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut slow = Stream::open(&mut slow_client).await;
    let mut quick_client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut quick = Stream::open(&mut quick_client).await;
    slow.subscribe(&wanted, "").await;
    quick.subscribe(&wanted, "").await;
    assert!(quick.line(SOON).await.starts_with("update "));
    for round in 1..=10 {
        annotate(round);
        let line = quick.line(SOON).await;
        assert!(line.contains(&format!("{round}-xxx")), "{}", &line[..40]);
    }
    // The slow one hears a few old things and then the last one, not all ten.
    let mut heard = 0;
    loop {
        let line = slow.line(SOON).await;
        heard += 1;
        if line.contains("10-xxx") {
            break;
        }
        assert!(
            line.starts_with("update ") && heard < 11,
            "{}",
            &line[..40.min(line.len())]
        );
    }
}
