//! Render: who gets files, and who does not.

use patchbay_proto::broker as wire;
use tonic::Code;

use crate::bench::{BENCH, CANARY, Demo};
use crate::driver::{connect, render, request};

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_pod_that_may_have_them() {
    let demo = Demo::new("render-good", "http://127.0.0.1:9");
    for replica in &BENCH.replicas {
        let mut client = connect(&BENCH, replica, "patchbay-system").await;
        let files = render(&mut client, request(&demo, "app", &["gitconfig", "plain"]))
            .await
            .unwrap();
        assert_eq!(
            files[".gitconfig"].trim(),
            format!("[user]\n    password = {CANARY}-1")
        );
        assert_eq!(files["plain.txt"].trim(), "address = http://127.0.0.1:9");
        let tera = render(&mut client, request(&demo, "app", &["tera"]))
            .await
            .unwrap();
        assert_eq!(
            tera["tera.json"].trim(),
            format!("{{\"user\": \"{CANARY}-user\", \"depth\": 1}}")
        );
        let (code, message) = render(&mut client, request(&demo, "app", &["wild"]))
            .await
            .unwrap_err();
        assert_eq!(code, Code::FailedPrecondition);
        assert!(
            message.ends_with("the template took more than 100 ms"),
            "{message}"
        );
        // The entries of servicebinding.io.
        assert_eq!(files["uri"].trim(), "http://127.0.0.1:9");
        assert_eq!(files["host"].trim(), "127.0.0.1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_its_own_pod_only() {
    let demo = Demo::new("render-token", "http://127.0.0.1:9");
    demo.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: other, namespace: NAMESPACE}\nspec: {nodeName: node-b, serviceAccountName: \
         default, terminationGracePeriodSeconds: 0, containers: [{name: app, image: none}]}",
    );
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let good = request(&demo, "app", &["plain"]);
    type Edit<'a> = Box<dyn Fn(&mut wire::RenderRequest) + 'a>;
    let other_uid = demo.uid("other");
    let api_token = demo.token("app", "https://kubernetes.default.svc");
    let other_token = demo.token("other", patchbay_api::names::BROKER_AUDIENCE);
    let unbound = demo.kubectl(&[
        "create",
        "token",
        "default",
        "--audience",
        patchbay_api::names::BROKER_AUDIENCE,
    ]);
    let cases: Vec<(&str, Edit<'_>, &str)> = vec![
        (
            "another node",
            Box::new(|r| r.node_name = "node-b".to_owned()),
            "its node is another one",
        ),
        (
            "another UID",
            Box::new(|r| r.pod.as_mut().unwrap().uid = other_uid.clone()),
            "its pod UID is another one",
        ),
        (
            "another name",
            Box::new(|r| r.pod.as_mut().unwrap().name = "other".to_owned()),
            "its pod name is another one",
        ),
        (
            "another namespace",
            Box::new(|r| r.pod.as_mut().unwrap().namespace = "kube-system".to_owned()),
            "its namespace is another one",
        ),
        (
            "another account",
            Box::new(|r| r.pod.as_mut().unwrap().service_account = "admin".to_owned()),
            "its service account is another one",
        ),
        (
            "another pod's token",
            Box::new(|r| r.token = other_token.clone()),
            "its pod name is another one",
        ),
        (
            "another audience",
            Box::new(|r| r.token = api_token.clone()),
            "the pod's token is not valid",
        ),
        (
            "no token at all",
            Box::new(|r| r.token = "not-a-token".to_owned()),
            "the pod's token is not valid",
        ),
        (
            "a token of no pod",
            Box::new(|r| r.token = unbound.trim().to_owned()),
            "not bound to a pod",
        ),
    ];
    for (name, edit, want) in cases {
        let mut bad = good.clone();
        edit(&mut bad);
        let (code, message) = render(&mut client, bad.clone()).await.unwrap_err();
        assert_eq!(code, Code::Unauthenticated, "{name}: {message}");
        assert!(message.contains(want), "{name}: {message}");
        assert!(!message.contains(&bad.token), "{name}");
    }
    render(&mut client, good.clone()).await.unwrap();

    // A token outlives its pod by what the API server and we remember, and no longer. One token for each try: what was
    // refused or granted before must not answer.
    let tokens: Vec<String> = (0..15)
        .map(|_| demo.token("app", patchbay_api::names::BROKER_AUDIENCE))
        .collect();
    demo.kubectl(&["delete", "pod", "app", "--force", "--grace-period=0"]);
    let mut refused = None;
    for token in tokens {
        let tried = wire::RenderRequest {
            token,
            ..good.clone()
        };
        match render(&mut client, tried).await {
            Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(500)).await,
            Err(refusal) => {
                refused = Some(refusal);
                break;
            }
        }
    }
    let (code, message) = refused.expect("a deleted pod's token is refused");
    assert_eq!(code, Code::Unauthenticated, "{message}");
    assert!(message.contains("its pod is gone"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_and_forbidden_read_the_same_and_say_how_to_grant() {
    let demo = Demo::new("render-denied", "http://127.0.0.1:9");
    demo.kubectl(&["delete", "rolebinding", "users"]);
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let mut wanted = request(&demo, "app", &["plain"]);
    let (code, forbidden) = render(&mut client, wanted.clone()).await.unwrap_err();
    assert_eq!(code, Code::PermissionDenied);
    assert_eq!(
        forbidden,
        "service account \"render-denied/default\" may not use connector \"render-denied/git-main\", or it does not \
         exist: kubectl -n render-denied create rolebinding default-uses-connectors --clusterrole=patchbay-connector-user \
         --serviceaccount=render-denied:default"
    );
    let name = |r: &mut wire::RenderRequest, namespace: &str, name: &str| {
        r.source.as_mut().unwrap().connectors[0] = wire::ConnectorRef {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
    };
    name(&mut wanted, "", "nosuch");
    let (code, absent) = render(&mut client, wanted.clone()).await.unwrap_err();
    assert_eq!(
        (code, absent),
        (Code::PermissionDenied, forbidden.replace("git-main", "nosuch"))
    );

    // Another namespace: the same whether it is there or not.
    let there = Demo::new("render-elsewhere", "http://127.0.0.1:9");
    let mut messages = Vec::new();
    for connector in ["git-main", "nosuch"] {
        name(&mut wanted, &there.namespace, connector);
        let (code, message) = render(&mut client, wanted.clone()).await.unwrap_err();
        assert_eq!(code, Code::PermissionDenied);
        messages.push(message.replace(connector, "X"));
    }
    assert_eq!(messages[0], messages[1]);

    // What the sentence says helps.
    let command = forbidden.split("exist: kubectl ").nth(1).unwrap();
    BENCH
        .cluster
        .client()
        .run(&command.split(' ').collect::<Vec<_>>())
        .unwrap();
    name(&mut wanted, "", "git-main");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while let Err((code, message)) = render(&mut client, wanted.clone()).await {
        assert_eq!(code, Code::PermissionDenied, "{message}");
        assert!(std::time::Instant::now() < deadline, "{message}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named() {
    let demo = Demo::new("render-missing", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let wanted = request(&demo, "app", &["gitconfig"]);
    render(&mut client, wanted.clone()).await.unwrap();
    demo.kubectl(&["delete", "secret", "git-creds"]);
    let refusal = |code, want: &'static str| {
        let (mut client, wanted) = (client.clone(), wanted.clone());
        async move {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
            loop {
                let got = render(&mut client, wanted.clone()).await.map(|_| ());
                if got == Err((code, want.to_owned())) {
                    return;
                }
                assert!(std::time::Instant::now() < deadline, "got {got:?}, wanted {want}");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    };
    refusal(
        Code::FailedPrecondition,
        "connector \"render-missing/git-main\": Secret \"render-missing/git-creds\" does not exist: create it, or correct \
         the reference",
    )
    .await;
    demo.kubectl(&["delete", "connectorclass", "render-missing-git"]);
    refusal(
        Code::FailedPrecondition,
        "connector \"render-missing/git-main\": ConnectorClass \"render-missing-git\" does not exist: create it, or correct \
         spec.connectorClassName",
    )
    .await;
    demo.kubectl(&["delete", "connector", "git-main"]);
    refusal(
        Code::FailedPrecondition,
        "connector \"render-missing/git-main\" does not exist",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused_by_field() {
    let demo = Demo::new("render-hostile", "http://127.0.0.1:9");
    let mut client = connect(&BENCH, &BENCH.replicas[0], "patchbay-system").await;
    let good = request(&demo, "app", &["plain"]);
    type Edit = fn(&mut wire::RenderRequest);
    let cases: &[(Edit, Code, &str)] = &[
        (
            |r| r.token = "x".repeat(20_000),
            Code::InvalidArgument,
            "token: is too long",
        ),
        (|r| r.source = None, Code::InvalidArgument, "source: is missing"),
        (
            |r| r.source.as_mut().unwrap().connectors.clear(),
            Code::InvalidArgument,
            "source:",
        ),
        (
            |r| r.source.as_mut().unwrap().exclude_files = vec!["../x".to_owned()],
            Code::InvalidArgument,
            "source:",
        ),
        (
            |r| r.source.as_mut().unwrap().configurations = vec!["c".to_owned(); 65],
            Code::InvalidArgument,
            "at most 64",
        ),
        (|r| r.token = "x".repeat(3 << 20), Code::OutOfRange, ""),
    ];
    for (edit, code, want) in cases {
        let mut bad = good.clone();
        edit(&mut bad);
        let (got, message) = render(&mut client, bad).await.unwrap_err();
        assert_eq!(got, *code, "{message}");
        assert!(message.contains(want), "{message}");
    }
    render(&mut client, good).await.unwrap();
}
