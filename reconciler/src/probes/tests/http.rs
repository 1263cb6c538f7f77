//! HTTP, against real sockets on loopback.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use patchbay_cluster::Authority;
use patchbay_model::call::{Call, Method, Scheme, Success};
use patchbay_model::secret::{SecretBytes, SecretData};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::support::{Names, Server, built_in, client, client_with, http, plan, verdict};
use crate::probes::Client;
use crate::probes::error::{ProbeError, Stage};
use crate::probes::http::exchange::{MAX_BODY, MAX_HEAD, MAX_HEADERS};
use crate::probes::http::target::StopReason;
use crate::probes::net::certificate::CertificateProblem;
use crate::probes::net::connect::ConnectProblem;
use crate::probes::net::policy::{Denied, Policy};
use crate::probes::net::resolve::{DnsProblem, Resolve};
use crate::probes::net::tls::Roots;
use crate::probes::outcome::Answer;
use crate::probes::sniff::Speaks;
use crate::probes::verdict::Kind;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

type Said = Result<(u16, Option<StopReason>, bool), ProbeError>;

const fn answer(status: u16) -> Said {
    Ok((status, None, false))
}

trait SendHttp {
    async fn send(&self, call: &Call, ca: Option<&SecretData>) -> Said;
}

impl SendHttp for Client {
    async fn send(&self, call: &Call, ca: Option<&SecretData>) -> Said {
        match self.call(call, ca).await.result? {
            Answer::Http(answer) => Ok((answer.status, answer.stopped, answer.headers_dropped)),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_request_looks_like_this() {
    let server = Server::start(&[OK, OK], None).await;
    let mut request = plan(Scheme::Http, "git.demo", server.port);
    assert_eq!(client(built_in()).send(&request, None).await, answer(200));
    http(&mut request).method = Method::Post;
    http(&mut request).headers = vec![("accept".to_owned(), SecretBytes::new(b"text/x".to_vec()))];
    assert_eq!(client(built_in()).send(&request, None).await, answer(200));
    let asked = server.asked();
    let agent = concat!("patchbay-probe/", env!("CARGO_PKG_VERSION"));
    let port = server.port;
    assert_eq!(
        asked[0],
        format!(
            "GET /info/refs?service=git-upload-pack HTTP/1.1\r\nauthorization: Basic canary\r\nhost: git.demo:{port}\r\n\
             user-agent: {agent}\r\naccept: */*\r\naccept-encoding: identity\r\nconnection: close\r\n\r\n"
        )
    );
    assert!(
        asked[1].starts_with("POST ") && asked[1].contains("accept: text/x\r\n"),
        "{}",
        asked[1]
    );
    assert_eq!(asked[1].matches("accept:").count(), 1);
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_and_credentials_stay_where_they_belong() {
    let go = |to: &str| format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
    // To the same origin: with the header.
    let server = Server::start(&[&go("/there?x=1"), OK], None).await;
    let request = plan(Scheme::Http, "git.demo", server.port);
    assert_eq!(client(built_in()).send(&request, None).await, answer(200));
    let asked = server.asked();
    assert!(
        asked[1].starts_with("GET /there?x=1 ") && asked[1].contains("Basic canary"),
        "{asked:?}"
    );

    // To another port of the host: without it.
    let other = Server::start(&[OK], None).await;
    let server = Server::start(&[&go(&format!("http://git.demo:{}/", other.port))], None).await;
    let request = plan(Scheme::Http, "git.demo", server.port);
    let got = client(built_in()).send(&request, None).await;
    assert_eq!(got, Ok((200, None, true)));
    assert!(!other.asked()[0].contains("canary"), "{:?}", other.asked());

    // To another host: not at all.
    let other = Server::start(&[OK], None).await;
    let server = Server::start(&[&go(&format!("http://evil.demo:{}/", other.port))], None).await;
    let request = plan(Scheme::Http, "git.demo", server.port);
    let got = client(built_in()).send(&request, None).await;
    assert_eq!(got, Ok((302, Some(StopReason::OtherHost), false)));
    assert!(other.asked().is_empty());

    // Round and round.
    let round = go("/");
    let server = Server::start(&[round.as_str(); 7], None).await;
    let got = client(built_in())
        .send(&plan(Scheme::Http, "git.demo", server.port), None)
        .await;
    assert_eq!(got, Ok((302, Some(StopReason::TooMany), false)));

    // Not wanted by the class.
    let server = Server::start(&[&go("/there"), OK], None).await;
    let mut request = plan(Scheme::Http, "git.demo", server.port);
    http(&mut request).disable_redirect = true;
    let got = client(built_in()).send(&request, None).await;
    assert_eq!(got, Ok((302, Some(StopReason::Disabled), false)));
}

#[tokio::test]
async fn a_denied_address_is_not_even_connected_to() {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let two = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let good = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let denied = |address| {
        Err(ProbeError::Denied(Denied {
            address,
            what: "loopback",
        }))
    };
    for (host, names, want) in [
        ("127.0.0.2", Names::default(), two),
        ("git.demo", Names([("git.demo", vec![two])].into()), two),
        // One bad address among good ones spoils the name.
        ("git.demo", Names([("git.demo", vec![good, two])].into()), two),
        (
            "::ffff:127.0.0.2",
            Names::default(),
            "::ffff:127.0.0.2".parse().unwrap(),
        ),
        ("::1", Names::default(), "::1".parse().unwrap()),
    ] {
        let client = client_with(built_in(), names, Duration::from_secs(5));
        assert_eq!(
            client.send(&plan(Scheme::Http, host, port), None).await,
            denied(want),
            "{host}"
        );
    }
    // After a redirect just as before one.
    let go = format!("HTTP/1.1 302 Found\r\nlocation: http://git.demo:{port}/\r\ncontent-length: 0\r\n\r\n");
    let server = Server::start(&[&go], None).await;
    /// Says one thing the first time and another the second.
    struct Rebinding(Mutex<Vec<IpAddr>>);
    impl Resolve for Rebinding {
        fn resolve(&self, _: String) -> BoxFuture<'static, Result<Vec<IpAddr>, DnsProblem>> {
            let address = self.0.lock().remove(0);
            Box::pin(async move { Ok(vec![address]) })
        }
    }
    let policy = Policy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        ..Policy::default()
    };
    let names = Arc::new(Rebinding(Mutex::new(vec![good, two])));
    let client = Client::new(policy, built_in(), names, Duration::from_secs(5));
    assert_eq!(
        client
            .send(&plan(Scheme::Http, "git.demo", server.port), None)
            .await,
        denied(two)
    );
    // Nobody knocked.
    let knocked = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(knocked.is_err());
}

#[tokio::test]
async fn a_name_without_an_address_and_a_port_without_a_listener() {
    let names = || Names([("nowhere.demo", vec![])].into());
    let client = client_with(built_in(), names(), Duration::from_secs(5));
    let got = client.send(&plan(Scheme::Http, "nowhere.demo", 80), None).await;
    assert_eq!(got, Err(ProbeError::Lookup(DnsProblem::NoSuchHost)));
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let got = client.send(&plan(Scheme::Http, "git.demo", free), None).await;
    assert_eq!(got, Err(ProbeError::Connect(ConnectProblem::Refused)));
}

#[tokio::test]
async fn a_tool_that_hangs_is_given_up_in_time_at_every_stage() {
    let after = Duration::from_millis(300);
    let impatient = |names| client_with(built_in(), names, after);
    let timeout = |stage| Err(ProbeError::Timeout { stage, after });

    // Connects, and says nothing.
    let server = Server::start(&[], None).await;
    let got = impatient(Names::default())
        .send(&plan(Scheme::Http, "git.demo", server.port), None)
        .await;
    assert_eq!(got, timeout(Stage::Answer));
    let got = impatient(Names::default())
        .send(&plan(Scheme::Https, "git.demo", server.port), None)
        .await;
    assert_eq!(got, timeout(Stage::Tls));

    // Never ends its body.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
            .await
            .unwrap();
        std::future::pending::<()>().await;
    });
    let got = impatient(Names::default())
        .send(&plan(Scheme::Http, "git.demo", port), None)
        .await;
    assert_eq!(got, timeout(Stage::Body));

    // Never finds the name.
    struct Lost;
    impl Resolve for Lost {
        fn resolve(&self, _: String) -> BoxFuture<'static, Result<Vec<IpAddr>, DnsProblem>> {
            Box::pin(std::future::pending())
        }
    }
    let client = Client::new(Policy::default(), built_in(), Arc::new(Lost), after);
    assert_eq!(
        client.send(&plan(Scheme::Http, "git.demo", port), None).await,
        timeout(Stage::Resolve)
    );
}

const fn not_http() -> Said {
    Err(ProbeError::NotThis {
        expected: "HTTP",
        speaks: Some(Speaks::Http),
    })
}

#[tokio::test]
async fn a_hostile_answer_is_an_error_and_a_long_body_is_not_read() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(2 * MAX_HEAD));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
    let broken = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    let long = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n{}",
        "a".repeat(4 * MAX_BODY)
    );
    for (text, want) in [
        (
            "220 smtp.demo ESMTP\r\n".to_owned(),
            Err(ProbeError::NotThis {
                expected: "HTTP",
                speaks: Some(Speaks::Smtp),
            }),
        ),
        (endless, not_http()),
        (many, not_http()),
        (String::new(), Err(ProbeError::Closed)),
        (broken, Err(ProbeError::Closed)),
        (long, answer(200)),
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), answer(204)),
        (
            "HTTP/1.1 302 Found\r\nlocation: \u{fffd}\u{1}\r\n\r\n".to_owned(),
            not_http(),
        ),
    ] {
        let server = Server::start(&[&text], None).await;
        let got = client(built_in())
            .send(&plan(Scheme::Http, "git.demo", server.port), None)
            .await;
        assert_eq!(got, want, "{:.40}", text);
    }
}

#[tokio::test]
async fn the_expression_of_a_class_decides() {
    let json = r#"{"status":"UP","canary":"canary-7"}"#;
    let answer = format!(
        "HTTP/1.1 203 X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
        json.len()
    );
    for (source, want) in [
        ("response.body.status == 'UP'", "True ProbeSucceeded"),
        (
            "response.statusCode == 203 && response.bodyString.contains('UP')",
            "True ProbeSucceeded",
        ),
        (
            "response.headers['Content-Type'][0] == 'application/json'",
            "True ProbeSucceeded",
        ),
        ("response.body.status == 'DOWN'", "False ExpressionFalse"),
        ("response.body.missing == 'UP'", "False ExpressionFailed"),
        ("response.body.status > 5", "False ExpressionFailed"),
        ("response.body.canary > 5", "False ExpressionFailed"),
    ] {
        let program = patchbay_cel::compile(
            source,
            &patchbay_model::response::env(),
            &patchbay_cel::Type::Bool,
        )
        .unwrap();
        let server = Server::start(&[&answer], None).await;
        let mut call = plan(Scheme::Http, "git.demo", server.port);
        http(&mut call).success = Success::Cel(program);
        let got = verdict(&client(built_in()), Kind::Liveness, &call, None).await;
        assert!(
            got.starts_with(want) && !got.contains("canary-7"),
            "{source}: {got}"
        );
    }
}

#[tokio::test]
async fn a_header_with_a_line_break_is_not_sent() {
    let server = Server::start(&[OK], None).await;
    let mut request = plan(Scheme::Http, "git.demo", server.port);
    http(&mut request).headers = vec![("x".to_owned(), SecretBytes::new(b"a\r\nb: c".to_vec()))];
    assert_eq!(
        client(built_in()).send(&request, None).await,
        Err(ProbeError::BadRequest)
    );
    http(&mut request).headers.clear();
    http(&mut request).target = SecretBytes::new(b"/a b\r\nc".to_vec());
    assert_eq!(
        client(built_in()).send(&request, None).await,
        Err(ProbeError::BadRequest)
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn tls_is_checked_against_the_authorities_that_are_given() {
    patchbay_runtime::tls::install_provider();
    let ours = Authority::new("ours").unwrap();
    let pair = ours.server("git", &["git.demo"]).unwrap();
    let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes())
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let config = Arc::new(
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap(),
    );
    let server = Server::start(&[OK; 9], Some(config)).await;
    let secret = |key: &str, text: &str| {
        let data = [(key.to_owned(), SecretBytes::new(text.as_bytes().to_vec()))].into();
        SecretData {
            type_: "Opaque".to_owned(),
            data,
        }
    };
    let certificate = ours.certificate();
    for (host, ca, want) in [
        (
            "git.demo",
            None,
            Err(ProbeError::Certificate(CertificateProblem::UnknownIssuer)),
        ),
        ("git.demo", Some(secret("ca.crt", certificate)), answer(200)),
        ("git.demo", Some(secret("anything", certificate)), answer(200)),
        (
            "other.demo",
            Some(secret("ca.pem", certificate)),
            Err(ProbeError::Certificate(CertificateProblem::OtherName)),
        ),
        (
            "git.demo",
            Some(secret("ca.crt", "no certificate")),
            Err(ProbeError::CaBundle),
        ),
        (
            "git.demo",
            Some(secret("password", "canary")),
            Err(ProbeError::CaBundle),
        ),
    ] {
        let got = client(built_in())
            .send(&plan(Scheme::Https, host, server.port), ca.as_ref())
            .await;
        assert_eq!(got, want, "{host}");
    }
    // The operator's bundle instead of the built-in one.
    let roots = Roots::from_pem(certificate.as_bytes()).unwrap();
    let url = format!("https://git.demo:{}/", server.port);
    assert_eq!(
        client(roots.clone())
            .send(&plan(Scheme::Https, "git.demo", server.port), None)
            .await,
        answer(200)
    );
    assert!(client(roots).reach(&url, None).await.result.is_ok());
    assert!(
        client(built_in())
            .reach(&url, Some(certificate))
            .await
            .result
            .is_ok()
    );
    assert!(Roots::from_pem(b"nothing").is_err());
    // What is not TLS is said so.
    let plain = Server::start(&[OK], None).await;
    let got = client_with(built_in(), Names::default(), Duration::from_millis(300))
        .send(&plan(Scheme::Https, "git.demo", plain.port), None)
        .await;
    assert!(
        matches!(
            got,
            Err(ProbeError::Tls(_)
                | ProbeError::Timeout {
                    stage: Stage::Tls,
                    ..
                })
        ),
        "{got:?}"
    );
}
