//! Two replicas: one writes, both answer, and the other takes over.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bench::{ASIDE, BENCH, CANARY, Demo, Replica, wait};
use crate::driver::{Stream, connect, render, request};
use crate::tool::Tool;

async fn get(admin: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(admin).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_replica_takes_over() {
    // A pair of its own, with a Lease of its own, so that it can be stopped.
    let system = "patchbay-pair";
    let client = ASIDE.cluster.client();
    client
        .apply_ok(&include_str!("rbac.yaml").replace("SYSTEM", system))
        .unwrap();
    let kubeconfig = ASIDE.cluster.user_kubeconfig("patchbay-reconciler", &[]).unwrap();
    // This role is bound per namespace, and the last apply has bound it in this one.
    let mut pair = [
        Replica::start(&kubeconfig, system, "first"),
        Replica::start(&kubeconfig, system, "second"),
    ];
    for replica in &pair {
        replica.wait_ready();
    }
    let holder = || {
        wait("somebody leads", Duration::from_secs(30), || {
            let lease = client
                .json(&["-n", system, "get", "lease", "patchbay-reconciler"])
                .map_err(|e| e.to_string())?;
            let holder = lease["spec"]["holderIdentity"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if holder.is_empty() {
                Err(lease.to_string())
            } else {
                Ok(holder)
            }
        })
    };
    let leader = usize::from(holder().starts_with("second"));
    let other = 1 - leader;

    let demo = Demo::on(&ASIDE, "replicas", "http://127.0.0.1:9");
    let wanted = request(&demo, "app", &["gitconfig"]);
    for replica in &pair {
        let mut client = connect(&ASIDE, replica, system).await;
        render(&mut client, wanted.clone()).await.unwrap();
    }
    let mut doomed_client = connect(&ASIDE, &pair[leader], system).await;
    let stream = Stream::open(&mut doomed_client).await;
    stream.subscribe(&wanted, "").await;

    // What a person sees who looks into the leader.
    let page = get(pair[leader].running.admin, "/debug/queues").await;
    for line in [
        "connectors: leading",
        "connectorclasses: leading",
        "  connectors  ",
    ] {
        assert!(page.contains(line), "{line:?} in {page}");
    }
    let page = get(pair[other].running.admin, "/debug/queues").await;
    assert!(page.contains("connectors: not leading"), "{page}");

    let began = Instant::now();
    pair[leader].stop();
    wait("the other one leads", Duration::from_secs(30), || {
        let metrics = pair[other].metrics();
        if metrics.contains("patchbay_lease_held 1") {
            Ok(())
        } else {
            Err("not yet".to_owned())
        }
    });
    let took = began.elapsed();
    println!("hand-over after an orderly stop: {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    let status = stream.end().await;
    assert!(
        matches!(status.code(), tonic::Code::Unavailable | tonic::Code::Unknown),
        "{status}"
    );
    let before = leader;
    wait("the other one leads", Duration::from_secs(30), || {
        let now = holder();
        let first = now.starts_with("first");
        if usize::from(!first) == other && other != before {
            Ok(())
        } else {
            Err(now)
        }
    });
    // Files without a break, from the one that is left.
    let mut left = connect(&ASIDE, &pair[other], system).await;
    let files = render(&mut left, wanted).await.unwrap();
    assert!(files[".gitconfig"].contains(CANARY));
    pair[other].stop();
}

#[test]
fn conditions_are_written_once_however_many_replicas_there_are() {
    let tool = Tool::start(&format!("{CANARY}-1"));
    let demo = Demo::new("replicas-once", &tool.url());
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    let audit = std::fs::read_to_string(BENCH.cluster.audit_log_path()).unwrap();
    let writes = audit
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|event| {
            event["objectRef"]["subresource"] == "status"
                && event["objectRef"]["namespace"] == "replicas-once"
                && event["stage"] == "ResponseComplete"
                && event["verb"] == "patch"
        });
    let users: Vec<_> = writes
        .map(|event| event["userAgent"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!((1..=4).contains(&users.len()), "{users:?}");
    assert!(
        users.iter().all(|agent| agent == "patchbay-reconciler"),
        "{users:?}"
    );
}
