//! Spellings of addresses that must not be called, against a real resolver and real listeners, and of those that must.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use patchbay_model::call::{Call, Encryption, Exchange, Protocol, Scheme};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::dns::{Dns, Record};
use super::support::{Server, built_in, call, plan, server_call};
use crate::probes::Client;
use crate::probes::error::ProbeError;
use crate::probes::http::target::StopReason;
use crate::probes::net::policy::Policy;
use crate::probes::net::resolve::{Resolve, SystemResolver};
use crate::probes::outcome::Answer;

/// Addresses in every spelling.
const SPELLINGS: &[&str] = &[
    // Loopback: decimal, octal, hexadecimal, mixed, short, wide, and with what does not belong there.
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.00.00.01",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.1",
    "0x7f.0.0.1",
    "0x7F.0x0.0x0.0x1",
    "0x7f.1",
    "0x7f000001",
    "0X7F000001",
    "2130706433",
    "2130706433.",
    "017700000001",
    "127.255.255.254",
    "127.0.0.2",
    "127.65535",
    "１２７.0.0.1",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "127%2e0%2e0%2e1",
    "%31%32%37.0.0.1",
    "127.0.0.1%00",
    "127.0.0.1\u{0}.git.demo",
    "127.0.0.1 ",
    " 127.0.0.1",
    "127.0.0.1\t",
    "127.0.0.1\r\nhost: git.demo",
    "127.0.0.1/",
    "127.0.0.1#.git.demo",
    "127.0.0.1?.git.demo",
    "127.0.0.1\\.git.demo",
    "git.demo@127.0.0.1",
    "git.demo:80@127.0.0.1",
    "git.demo\\@127.0.0.1",
    "127.0.0.1:80",
    "12\u{200b}7.0.0.1",
    "127\u{ad}.0.0.1",
    // Nowhere, which is here.
    "0",
    "0.0.0.0",
    "0.0",
    "00.0.0.0",
    "0x0",
    "0x0.0x0",
    "0.0.0.1",
    "0。0。0。0",
    // Version 6.
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "::",
    "[::]",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "[::ffff:127.0.0.1]",
    "0:0:0:0:0:ffff:127.0.0.1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "::ffff:0.0.0.0",
    "64:ff9b::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::127.0.0.1",
    "2002:7f00:1::",
    "2002:7f00:0001::1",
    "2001:0:7f00:1::",
    "2001:0000:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::5efe:127.0.0.1",
    "2001:db8::5efe:7f00:1",
    "fd00::200:5efe:127.0.0.1",
    "fe80::1",
    "fe80::1%lo",
    "fe80::1%25lo",
    "[fe80::1%lo]",
    "::1%lo",
    "fec0::1",
    "ff02::1",
    "[::1",
    "::1]",
    // Metadata services.
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "metadata.google.internal",
    "METADATA.google.internal.",
    // Multicast, broadcast, reserved.
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "4294967295",
    "198.18.0.1",
    // Names.
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ｌｏｃａｌｈｏｓｔ",
    "loc\u{ad}alhost",
    "a.localhost",
    "git.demo.localhost.",
    "localhost.localdomain",
    "ip6-localhost",
    "ip6-loopback",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local.",
    // The API server and ourselves.
    "10.96.0.1",
    "10.6291457",
    "012.0140.0.1",
    "::ffff:10.96.0.1",
    "64:ff9b::10.96.0.1",
    "10.0.0.7",
    "fd12::7",
    // Names that the DNS gives such addresses.
    "loop.demo",
    "LOOP.demo.",
    "loop6.demo",
    "mapped.demo",
    "meta.demo",
    "apiserver.demo",
    "chain.demo",
    "mixed.demo",
    "mixed6.demo",
    "nowhere.demo",
];

fn records(dns: &Dns) {
    let of = |list: &[&str]| list.iter().map(|text| Record::of(text)).collect::<Vec<_>>();
    dns.says("loop.demo", &of(&["127.0.0.1"]));
    dns.says("loop6.demo", &of(&["::1"]));
    dns.says("mapped.demo", &of(&["::ffff:127.0.0.1"]));
    dns.says("meta.demo", &of(&["169.254.169.254"]));
    dns.says("apiserver.demo", &of(&["10.96.0.1"]));
    dns.says("nowhere.demo", &of(&["0.0.0.0"]));
    dns.says("mixed.demo", &of(&["10.1.2.3", "127.0.0.1"]));
    dns.says("mixed6.demo", &of(&["10.1.2.3", "fe80::1"]));
    dns.says("chain.demo", &[Record::Cname("chain2.demo")]);
    dns.says("chain2.demo", &[Record::Cname("chain3.demo")]);
    dns.says("chain3.demo", &[Record::Cname("loop.demo")]);
}

/// Listens at every address of this machine, and counts.
struct Ears {
    port: u16,
    heard: Arc<Mutex<usize>>,
    _tasks: JoinSet<()>,
}

impl Ears {
    async fn start() -> Self {
        let heard = Arc::new(Mutex::new(0));
        let four = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let port = four.local_addr().unwrap().port();
        let mut listeners = vec![four];
        // A machine without version 6 has nobody to protect there.
        if let Ok(six) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            listeners.push(six);
        }
        let mut tasks = JoinSet::new();
        for listener in listeners {
            let heard = heard.clone();
            tasks.spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    *heard.lock() += 1;
                    let _sent = stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                        .await;
                }
            });
        }
        Self {
            port,
            heard,
            _tasks: tasks,
        }
    }
}

fn own() -> Vec<ipnet::IpNet> {
    ["10.96.0.1/32", "10.0.0.7/32", "fd12::7/128"]
        .iter()
        .map(|net| net.parse().unwrap())
        .collect()
}

fn is_refusal(error: &ProbeError) -> bool {
    matches!(
        error,
        ProbeError::Host(_) | ProbeError::Denied(_) | ProbeError::DeniedName(_)
    )
}

fn every_way(host: &str, port: u16) -> Vec<Call> {
    let mut all = vec![
        plan(Scheme::Http, host, port),
        plan(Scheme::Https, host, port),
        call(Exchange::Tcp, port),
        server_call(Protocol::Postgres, Encryption::StartTls, None, None, port),
    ];
    for call in &mut all {
        call.host = host.to_owned();
    }
    all
}

#[tokio::test]
async fn no_spelling_of_a_denied_address_is_called() {
    let (dns, ears) = (Dns::start().await, Ears::start().await);
    records(&dns);
    let client = Client::new(
        Policy::default(),
        built_in(),
        dns.resolver(),
        Duration::from_secs(5),
    );
    client.set_own(own());
    let mut refused = 0;
    for host in SPELLINGS {
        for call in every_way(host, ears.port) {
            let result = client.call(&call, None).await.result;
            let error = result.expect_err(host);
            assert!(is_refusal(&error), "{host:?}: {error:?}");
        }
        refused += 1;
    }
    let heard = *ears.heard.lock();
    println!(
        "denied spellings: {refused} of {} refused, over {} protocols each; connections: {heard}",
        SPELLINGS.len(),
        every_way("x", 1).len()
    );
    assert!(refused >= 80 && refused == SPELLINGS.len());
    assert_eq!(heard, 0);
}

/// The C library reads more as an address than the standards say. What it gives is checked like everything else.
#[tokio::test]
async fn what_the_c_library_takes_for_an_address_is_denied_as_well() {
    let resolver = SystemResolver::default();
    let mut seen = 0;
    for host in [
        "0x7f.1",
        "127.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0",
        "0.0.0.0",
        "127.0.0.1",
        "localhost",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1",
        "169.254.169.254",
        "0xa9fea9fe",
    ] {
        let found = resolver.resolve(host.to_owned()).await.unwrap_or_default();
        seen += usize::from(!found.is_empty());
        for address in found {
            assert!(
                Policy::default().check(address, false).is_err(),
                "{host} is {address}"
            );
        }
    }
    assert!(seen > 5, "the C library knows at least the plain ones: {seen}");
}

#[tokio::test]
async fn an_answer_that_changes_changes_nothing() {
    let dns = Dns::start().await;
    let other = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await.unwrap();
    let port = other.local_addr().unwrap().port();
    let policy = Policy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        ..Policy::default()
    };
    let client = Client::new(policy, built_in(), dns.resolver(), Duration::from_secs(5));
    // Good when it is looked up, bad a moment later: the connection goes to what was looked up.
    dns.says("flips.demo", &[Record::of("127.0.0.1")]);
    dns.says("flips.demo", &[Record::of("127.0.0.2")]);
    let go =
        format!("HTTP/1.1 302 Found\r\nlocation: http://flips.demo:{port}/\r\ncontent-length: 0\r\n\r\n");
    let server = Server::start(&[&go], None).await;
    let result = client
        .call(&plan(Scheme::Http, "flips.demo", server.port), None)
        .await
        .result;
    assert!(matches!(result, Err(ProbeError::Denied(_))), "{result:?}");
    assert_eq!(server.asked().len(), 1);
    let knocked = tokio::time::timeout(Duration::from_millis(50), other.accept()).await;
    assert!(knocked.is_err(), "nobody knocked");
}

#[tokio::test]
async fn no_redirect_leads_to_another_host_however_it_is_spelt() {
    let (dns, ears) = (Dns::start().await, Ears::start().await);
    records(&dns);
    dns.says("git.demo", &[Record::of("127.0.0.1")]);
    let policy = Policy {
        allow_hosts: vec!["git.demo".parse().unwrap()],
        ..Policy::default()
    };
    let client = Client::new(policy, built_in(), dns.resolver(), Duration::from_secs(5));
    let mut count = 0;
    for host in SPELLINGS {
        // In a URL a backslash ends the host: this one is git.demo, and the rest is a path.
        if host.starts_with("git.demo\\") {
            continue;
        }
        for location in [
            format!("http://{host}:{}/", ears.port),
            format!("//{host}:{}/x", ears.port),
        ] {
            // What cannot even be a header never leaves a server.
            if location.chars().any(char::is_control) {
                continue;
            }
            let go = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            let server = Server::start(&[&go], None).await;
            let outcome = client
                .call(&plan(Scheme::Http, "git.demo", server.port), None)
                .await;
            match outcome.result {
                Ok(Answer::Http(answer)) => {
                    assert!(
                        matches!(
                            answer.stopped,
                            Some(StopReason::OtherHost | StopReason::BadLocation)
                        ),
                        "{location}: {answer:?}"
                    );
                }
                other => panic!("{location}: {other:?}"),
            }
            count += 1;
        }
    }
    println!(
        "redirects to denied hosts: {count} of {count} not followed; connections: {}",
        *ears.heard.lock()
    );
    assert_eq!(*ears.heard.lock(), 0);
}

#[tokio::test]
async fn what_is_legitimate_is_called() {
    let (dns, ears) = (Dns::start().await, Ears::start().await);
    for (name, address) in [
        ("git.demo", "127.0.0.1"),
        ("a-b.git.demo", "127.0.0.1"),
        ("_srv.git.demo", "127.0.0.1"),
        ("registry.team-a.svc.cluster.local", "127.0.0.3"),
        ("registry.team-a.svc", "127.0.0.3"),
        ("xn--bcher-kva.example", "127.0.0.4"),
        ("1.2.3.demo", "127.0.0.1"),
        ("0x7f.demo", "127.0.0.1"),
        ("127.0.0.1.nip.demo", "127.0.0.1"),
        ("localhost.demo", "127.0.0.1"),
        ("kubernetes.team-a.svc", "127.0.0.1"),
    ] {
        dns.says(name, &[Record::of(address)]);
    }
    dns.says("two.demo", &["127.0.0.1", "127.0.0.3"].map(Record::of));
    dns.says("alias.demo", &[Record::Cname("git.demo")]);
    dns.says("both.demo", &["127.0.0.1", "::1"].map(Record::of));
    let policy = Policy {
        allow: ["127.0.0.0/29", "::1/128"]
            .iter()
            .map(|net| net.parse().unwrap())
            .collect(),
        allow_hosts: ["*.dev.localhost", "tool.corp"]
            .iter()
            .map(|p| p.parse().unwrap())
            .collect(),
        ..Policy::default()
    };
    dns.says("x.dev.localhost", &[Record::of("127.0.0.1")]);
    dns.says("tool.corp", &[Record::of("127.9.9.9")]);
    let client = Client::new(policy.clone(), built_in(), dns.resolver(), Duration::from_secs(5));
    client.set_own(own());
    let mut count = 0;
    for host in [
        "git.demo",
        "GIT.demo",
        "git.demo.",
        "a-b.git.demo",
        "_srv.git.demo",
        "registry.team-a.svc.cluster.local",
        "registry.team-a.svc.cluster.local.",
        "registry.team-a.svc",
        "bücher.example",
        "1.2.3.demo",
        "0x7f.demo",
        "127.0.0.1.nip.demo",
        "localhost.demo",
        "kubernetes.team-a.svc",
        "two.demo",
        "alias.demo",
        "both.demo",
        "x.dev.localhost",
        "tool.corp",
        "127.0.0.1",
        "127.0.0.7",
        "127.1",
        "[::ffff:127.0.0.1]",
    ] {
        let outcome = client.call(&plan(Scheme::Http, host, ears.port), None).await;
        assert!(
            matches!(&outcome.result, Ok(Answer::Http(answer)) if answer.status == 200),
            "{host}: {outcome:?}"
        );
        count += 1;
    }
    let addresses = [
        "10.96.0.2",
        "10.0.0.8",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.1.1",
        "100.64.0.1",
        "8.8.8.8",
        "93.184.216.34",
        "fd12::8",
        "fdff::1",
        "2606:4700::1111",
        "2a00:1450::5efe",
        "64:ff9b::8.8.8.8",
    ];
    for address in addresses {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(policy.check(address, false), Ok(()), "{address}");
        count += 1;
    }
    println!(
        "legitimate targets: {count} of {count} allowed, {} connections",
        *ears.heard.lock()
    );
    assert!(count >= 20);
}
