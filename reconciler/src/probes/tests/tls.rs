//! What a person is told of certificates and of schemes that do not fit, with real handshakes.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use patchbay_model::call::{Exchange, Scheme};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{
    Anything, Names, Server, built_in, call, client, plan, secret, server_config, tls, verdict,
};
use crate::probes::Client;
use crate::probes::error::ProbeError;
use crate::probes::net::gate::{Bounds, Gate};
use crate::probes::net::policy::Policy;
use crate::probes::verdict::Kind::Liveness;

/// A certificate that signs itself, for these names, from the first to the second year.
fn certificate(names: &[&str], from: i32, to: i32) -> (String, Arc<ServerConfig>) {
    patchbay_runtime::tls::install_provider();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Tool & Co");
    params.distinguished_name = name;
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = server_config(&certificate.pem(), &key.serialize_pem());
    (certificate.pem(), config)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_certificate_that_is_not_good_is_named() {
    for (names, from, to, trusted, want) in [
        (
            &["git.demo", "*.git.demo"][..],
            2001,
            2002,
            true,
            "its certificate (for git.demo, *.git.demo) has expired on 2002-01-01 00:00 UTC; renew it",
        ),
        (
            &["git.demo"],
            3000,
            3001,
            true,
            "its certificate (for git.demo) is not valid before 3000-01-01 00:00 UTC; are the clocks right?",
        ),
        (
            &["a.demo", "b.demo", "c.demo", "d.demo", "10.0.0.1"],
            2001,
            3000,
            true,
            "its certificate (for a.demo, b.demo, c.demo and 2 more) is not for git.demo; use a name that it is for, or \
             have it issued for this one",
        ),
        (
            &["git.demo"],
            2001,
            3000,
            false,
            "its certificate (for git.demo) is signed by itself; put it, or the certificate of an authority that signs \
             it, into a Secret and name that in spec.caCertSecretRef",
        ),
    ] {
        let (pem, config) = certificate(names, from, to);
        let server = Server::start(&[OK], Some(config)).await;
        let ca = secret(&pem);
        let call = plan(Scheme::Https, "git.demo", server.port);
        let got = verdict(&client(built_in()), Liveness, &call, trusted.then_some(&ca)).await;
        assert_eq!(
            got,
            format!("False CertificateInvalid tls 127.0.0.1:PORT (git.demo): {want}")
        );
    }
    // Signed by somebody whom nobody trusts.
    let (config, _) = tls(&["git.demo"]);
    let server = Server::start(&[OK], Some(config)).await;
    let call = plan(Scheme::Https, "git.demo", server.port);
    let got = verdict(&client(built_in()), Liveness, &call, None).await;
    assert_eq!(
        got,
        "False CertificateInvalid tls 127.0.0.1:PORT (git.demo): its certificate (for git.demo) is signed by \"ours\", \
         which is not trusted here; put its certificate into a Secret and name that in spec.caCertSecretRef"
    );
}

#[tokio::test]
async fn a_certificate_is_let_pass_only_where_the_owner_says_so_and_shows() {
    let (_, config) = certificate(&["other.demo"], 2001, 2002);
    let server = Server::start(&[OK; 4], Some(config)).await;
    let policy = Policy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        insecure: vec!["lab.demo".parse().unwrap()],
        ..Policy::default()
    };
    let client = Client::new(
        policy,
        built_in(),
        Arc::new(Names::default()),
        Duration::from_secs(5),
    );
    let mut call = plan(Scheme::Https, "lab.demo", server.port);
    assert_eq!(
        verdict(&client, Liveness, &call, None).await,
        "True CertificateNotVerified lab.demo:PORT answered 200; its certificate is not good, and the chart's values \
         let that pass for this host"
    );
    call.host = "git.demo".to_owned();
    assert!(
        verdict(&client, Liveness, &call, None)
            .await
            .starts_with("False CertificateInvalid")
    );
}

#[tokio::test]
async fn tcp_and_tls_by_themselves() {
    let (config, ca) = tls(&["inner.demo"]);
    let server = Server::start(&[OK; 4], Some(config)).await;
    let client = client(built_in());
    let by_name = |name: Option<&str>| {
        let server_name = name.map(str::to_owned);
        call(Exchange::Tls { server_name }, server.port)
    };
    for (call, want) in [
        (
            call(Exchange::Tcp, server.port),
            "True ProbeSucceeded git.demo:PORT takes connections",
        ),
        (
            by_name(Some("inner.demo")),
            "True ProbeSucceeded git.demo:PORT speaks TLS",
        ),
        (
            by_name(None),
            "False CertificateInvalid tls 127.0.0.1:PORT (git.demo): its certificate (for inner.demo) is not for \
             git.demo; use a name that it is for, or have it issued for this one",
        ),
    ] {
        assert_eq!(verdict(&client, Liveness, &call, Some(&ca)).await, want);
    }
    let outcome = client.call(&by_name(Some("inner.demo")), Some(&ca)).await;
    assert!(
        outcome
            .tls
            .is_some_and(|facts| facts.not_after.is_some() && facts.problem.is_none())
    );
}

#[tokio::test]
async fn the_wrong_scheme_is_told_apart() {
    // Plain text where TLS is wanted.
    let speaks_http = Anything::start(|mut stream| async move {
        let mut asked = [0; 1024];
        let _read = stream.read(&mut asked).await;
        let _said = stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            .await;
    })
    .await;
    let call = plan(Scheme::Https, "git.demo", speaks_http.port);
    assert_eq!(
        verdict(&client(built_in()), Liveness, &call, None).await,
        "False TLSFailed tls 127.0.0.1:PORT (git.demo): it speaks plain HTTP and not TLS on this port; use the scheme \
         without TLS, or the port with it"
    );
    // TLS where plain text is wanted: one server answers with an alert, and another in words.
    let alert = Server::start(&["\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{a}"], None).await;
    let call = plan(Scheme::Http, "git.demo", alert.port);
    assert_eq!(
        verdict(&client(built_in()), Liveness, &call, None).await,
        "False UnexpectedAnswer 127.0.0.1:PORT (git.demo) does not answer HTTP: it speaks TLS; correct the scheme or \
         the port"
    );
    let words = "Client sent an HTTP request to an HTTPS server.\n";
    let words = format!(
        "HTTP/1.0 400 Bad Request\r\ncontent-length: {}\r\n\r\n{words}",
        words.len()
    );
    let words = Server::start(&[&words], None).await;
    let call = plan(Scheme::Http, "git.demo", words.port);
    assert_eq!(
        verdict(&client(built_in()), Liveness, &call, None).await,
        "False UnexpectedStatus git.demo:PORT answered 400: it wants TLS on this port; use https:// in spec.address"
    );
}

/// A chain of certificates that is larger than anybody needs, and one certificate with thousands of names.
#[tokio::test]
async fn a_huge_certificate_is_an_error_in_time() {
    patchbay_runtime::tls::install_provider();
    let (pem, _) = certificate(&["git.demo"], 2001, 3000);
    let many: Vec<String> = (0..4000).map(|n| format!("name-{n}.demo")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let key = KeyPair::generate().unwrap();
    let long = CertificateParams::new(vec!["git.demo".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let chain = server_config(&long.pem().repeat(400), &key.serialize_pem());
    let (_, wide) = certificate(&many, 2001, 3000);
    for config in [chain, wide] {
        let server = Server::start(&[OK], Some(config)).await;
        let call = plan(Scheme::Https, "git.demo", server.port);
        let outcome = client(built_in()).call(&call, Some(&secret(&pem))).await;
        assert!(outcome.result.is_err(), "{outcome:?}");
        assert!(outcome.took < Duration::from_secs(5), "{outcome:?}");
    }
}

/// Many calls to a tool that hangs, and one to a tool that does not.
#[tokio::test]
async fn a_slow_tool_holds_up_nobody_but_itself() {
    let most = Arc::new(parking_lot::Mutex::new((0_usize, 0_usize)));
    let counted = most.clone();
    let slow = Anything::start(move |mut stream| {
        let counted = counted.clone();
        async move {
            {
                let mut now = counted.lock();
                now.0 += 1;
                now.1 = now.1.max(now.0);
            }
            let mut asked = [0; 1024];
            while matches!(stream.read(&mut asked).await, Ok(1..)) {}
            counted.lock().0 -= 1;
        }
    })
    .await;
    let fast = Server::start(&[OK], None).await;
    let policy = Policy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        ..Policy::default()
    };
    let gate = Gate::new(
        Bounds {
            per_host: 4,
            ..Bounds::new(6)
        },
        Duration::from_millis(500),
    );
    let limit = Duration::from_millis(400);
    let client = Client::with_gate(policy, built_in(), Arc::new(Names::default()), limit, gate);
    let slow_call = plan(Scheme::Http, "git.demo", slow.port);
    let fast_call = plan(Scheme::Http, "git.demo", fast.port);
    let (outcomes, quick) = tokio::join!(
        join_all((0..24).map(|_| client.call(&slow_call, None))),
        client.call(&fast_call, None)
    );
    assert!(quick.result.is_ok() && quick.waited < limit, "{quick:?}");
    let busy = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.result, Err(ProbeError::Busy)));
    let asked = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.result, Err(ProbeError::Timeout { .. })));
    let (busy, asked) = (busy.count(), asked.count());
    assert_eq!(busy + asked, 24);
    assert!(asked >= 4 && busy >= 8, "{asked} asked, {busy} turned away");
    assert!(
        *slow.taken.lock() == asked && most.lock().1 <= 5,
        "{:?}",
        most.lock()
    );
    // Waiting is none of the tool's time.
    assert!(
        outcomes.iter().all(|outcome| outcome.took < limit * 3),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn a_name_of_which_one_address_answers_is_up() {
    let server = Server::start(&[OK], None).await;
    let names = ["127.0.0.1", "127.0.0.2"].map(|a| a.parse().unwrap());
    let names = Names([("git.demo", vec![names[1], names[0]])].into());
    let policy = Policy {
        allow: vec!["127.0.0.0/29".parse().unwrap()],
        ..Policy::default()
    };
    let client = Client::new(policy, built_in(), Arc::new(names), Duration::from_secs(5));
    let call = plan(Scheme::Http, "git.demo", server.port);
    assert_eq!(
        verdict(&client, Liveness, &call, None).await,
        "True ProbeSucceeded git.demo:PORT answered 200"
    );
}
