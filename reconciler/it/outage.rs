//! The API server hangs: what is known goes on being served.

use std::time::{Duration, Instant};

use patchbay_cluster::Fault;
use tonic::Code;

use crate::bench::{ASIDE, CANARY, Demo, Replica};
use crate::driver::{Stream, connect, expiry, render, request};

#[tokio::test(flavor = "multi_thread")]
async fn files_come_from_the_last_good_copy() {
    let demo = Demo::on(&ASIDE, "outage", "http://127.0.0.1:9");
    let system = "patchbay-outage";
    ASIDE
        .cluster
        .client()
        .apply_ok(&include_str!("rbac.yaml").replace("SYSTEM", system))
        .unwrap();
    let proxy = ASIDE.cluster.fault_proxy().unwrap();
    let kubeconfig = ASIDE.cluster.kubeconfig_through(&proxy).unwrap();
    let mut replica = Replica::start(&kubeconfig, system, "outage");
    replica.wait_ready();
    let mut client = connect(&ASIDE, &replica, system).await;
    let known = request(&demo, "app", &["gitconfig"]);
    let want = render(&mut client, known.clone()).await.unwrap();
    let mut stream = Stream::open(&mut client).await;
    stream.subscribe(&known, "").await;
    assert!(stream.line(Duration::from_secs(5)).await.starts_with("update "));
    // A token that nobody has asked about yet.
    let mut unknown = known.clone();
    unknown.token = demo.token("app", patchbay_api::names::BROKER_AUDIENCE);
    assert!(expiry(&unknown.token) > 0);

    proxy.set(Fault::Hang).unwrap();
    // Longer than a good answer about an access counts: the last one has to stand in.
    tokio::time::sleep(Duration::from_secs(31)).await;
    let start = Instant::now();
    let response = client.render(known.clone()).await.unwrap().into_inner();
    let took = start.elapsed();
    println!("from the last good copy after {took:?}");
    assert!(took < Duration::from_secs(15), "{took:?}");
    let age = jiff_now() - response.as_of;
    assert!((25..120).contains(&age), "as of {age} s ago");
    let got = crate::driver::texts(response.files);
    assert_eq!(got, want);
    assert!(got[".gitconfig"].contains(CANARY));
    let (code, message) = render(&mut client, unknown).await.unwrap_err();
    assert_eq!(code, Code::Unavailable, "{message}");
    // Nobody was revoked by an API server that said nothing, and the stream lives.
    assert_eq!(stream.line(Duration::from_secs(12)).await, "nothing");
    assert!(stream.heartbeats >= 1);

    proxy.set(Fault::None).unwrap();
    demo.kubectl(&[
        "patch",
        "secret",
        "git-creds",
        "-p",
        &format!(r#"{{"stringData": {{"password": "{CANARY}-after"}}}}"#),
    ]);
    let line = stream.line(Duration::from_secs(90)).await;
    assert!(line.contains(&format!("{CANARY}-after")), "{line}");
    replica.stop();
}

fn jiff_now() -> i64 {
    patchbay_runtime::clock::now().as_second()
}
