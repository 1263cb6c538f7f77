//! Servers that mean harm: each call ends in time, with an error, and reads no more than so much.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use parking_lot::Mutex;
use patchbay_model::call::{Call, Encryption, Exchange, Protocol, Scheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{Anything, Names, built_in, call, client_with, plan, server_call};
use crate::probes::net::stream::MAX_HEARD;

const DEADLINE: Duration = Duration::from_millis(700);
/// What a busy machine may take on top.
const SLACK: Duration = Duration::from_secs(4);
/// What the kernel takes off a server's hands although nobody reads it.
const BUFFERS: usize = 16 * 1024 * 1024;

/// What a server does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Says nothing.
    Silent,
    /// Closes at once.
    Closes,
    /// Resets at once.
    Resets,
    /// Says this and waits.
    Says(&'static [u8]),
    /// Says this and resets.
    SaysAndResets(&'static [u8]),
    /// Says this, and then this again and again.
    Forever(&'static [u8], &'static [u8]),
    /// The same, a byte at a time with pauses.
    Drips(&'static [u8], &'static [u8]),
}

async fn act(mut stream: TcpStream, deed: Deed, sent: Arc<Mutex<usize>>) {
    let mut asked = [0; 4096];
    match deed {
        Deed::Silent => while matches!(stream.read(&mut asked).await, Ok(1..)) {},
        Deed::Closes => {}
        Deed::Resets => reset(stream),
        Deed::Says(text) => {
            if stream.write_all(text).await.is_ok() {
                while matches!(stream.read(&mut asked).await, Ok(1..)) {}
            }
        }
        Deed::SaysAndResets(text) => {
            let _read = stream.read(&mut asked).await;
            let _written = stream.write_all(text).await;
            reset(stream);
        }
        Deed::Forever(first, again) => {
            // In pieces of some KiB, or the test would be what is slow.
            let piece = again.repeat(1 + 8192 / again.len());
            let mut next = stream.write_all(first).await;
            while next.is_ok() {
                *sent.lock() += piece.len();
                next = stream.write_all(&piece).await;
            }
        }
        Deed::Drips(first, again) => {
            for byte in first.iter().chain(again.iter().cycle()) {
                if stream.write_all(&[*byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

const GARBAGE: &[u8] = b"\x00\xff\x13garbage\r\n\xfe\x80\x00\x7f\n\n";
const HUGE: &[u8] = &[0xff; 64];
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// What any server may do, whatever is spoken.
const ANY: &[Deed] = &[
    Deed::Silent,
    Deed::Closes,
    Deed::Resets,
    Deed::SaysAndResets(b""),
    Deed::SaysAndResets(b"\0"),
    Deed::Says(GARBAGE),
    Deed::Says(HUGE),
    Deed::Says(b"\0"),
    Deed::Forever(b"", GARBAGE),
    Deed::Forever(b"", HUGE),
    Deed::Forever(b"", b"\0"),
    Deed::Forever(b"", b"a"),
    Deed::Forever(b"", b"\r\n"),
    Deed::Drips(b"", GARBAGE),
    Deed::Drips(b"", b"\0"),
    Deed::Drips(b"", b"a"),
];

const OF_HTTP: &[Deed] = &[
    // Headers without end, in one line and in many, fast and slow.
    Deed::Forever(b"HTTP/1.1 200 OK\r\nx: ", b"a"),
    Deed::Forever(HEAD, b"a: b\r\n"),
    Deed::Drips(HEAD, b"a: b\r\n"),
    Deed::Drips(b"", b"HTTP/1.1 200 OK\r\na: b\r\n"),
    // Answers before the answer, without end.
    Deed::Forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    Deed::Forever(b"", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"),
    // Bodies.
    Deed::Drips(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"a"),
    Deed::SaysAndResets(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
    Deed::Says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
    Deed::Says(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nabc"),
    Deed::Says(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nabc"),
    Deed::Says(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nabc"),
    Deed::Says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzzz\r\n"),
    Deed::Says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
    Deed::Forever(CHUNKED, b"1;a=b"),
    Deed::Forever(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
        b"a: b\r\n",
    ),
    Deed::Drips(CHUNKED, b"1\r\na\r\n"),
    // Not HTTP.
    Deed::Says(b"<html>version 0.9</html>"),
    Deed::Says(b"HTTP/2.0 200 OK\r\n\r\n"),
    Deed::Says(b"HTTP/1.1 99999 OK\r\n\r\n"),
    Deed::Says(b"HTTP/1.1 200 O\x01K\x00\r\n\r\n"),
    Deed::Says(b"HTTP/1.1 200 OK\r\na\x01: b\r\n\r\n"),
    Deed::Says(b"HTTP/1.1 200 OK\r\na: \x00b\x1b[31m\r\n\r\n"),
    Deed::Says(b"HTTP/1.1 200 OK\r\n a: folded\r\n\r\n"),
    Deed::Says(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
];

const OF_TLS: &[Deed] = &[
    // A record, and a message in it, of the greatest length, and then nothing.
    Deed::Says(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff"),
    Deed::Says(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"),
    Deed::Says(b"\x15\x03\x03\x00\x02\x02\x28"),
    Deed::Says(b"\x15\x03\x03\x00\x02\x01\x00"),
    Deed::Forever(b"", b"\x15\x03\x03\x00\x02\x01\x00"),
    Deed::Forever(b"", b"\x16\x03\x03\x00\x00"),
    Deed::Forever(b"", b"\x14\x03\x03\x00\x01\x01"),
    Deed::Forever(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff", b"a"),
    Deed::Drips(b"\x16\x03\x03\x40\x00\x02\x00\xff\xff\x03\x03", b"a"),
    Deed::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    Deed::SaysAndResets(b"\x16\x03\x03\x00\x40\x02"),
];

const OF_SERVERS: &[(Protocol, &[Deed])] = &[
    (
        Protocol::Postgres,
        &[
            Deed::Says(b"R\xff\xff\xff\xff"),
            Deed::Says(b"R\0\0\0\x03"),
            Deed::Forever(b"", b"N\0\0\0\x04"),
            Deed::Forever(b"", b"S\0\0\0\x08a\0b\0"),
            Deed::Forever(b"R\0\0\0\x08\0\0\0\x03", b"R\0\0\0\x08\0\0\0\x03"),
            Deed::Says(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x20\0\0\0\x0br=x,s=AAAA,i=2000000000"),
            Deed::Says(b"R\0\0\0\x0c\0\0\0\x0cv=AA"),
        ],
    ),
    (
        Protocol::Mysql,
        &[
            Deed::Says(b"\xff\xff\xff\0\x0a"),
            Deed::Says(b"\x01\0\0\0\x0a"),
            Deed::Says(b"\x03\0\0\0\xff\x10\x04"),
            Deed::Forever(b"", b"\0\0\0\0"),
        ],
    ),
    (
        Protocol::Redis,
        &[
            Deed::Says(b"$99999999999\r\n"),
            Deed::Says(b"*1000000000\r\n"),
            Deed::Forever(b"+", b"P"),
            Deed::Says(b"-LOADING wait\r\n"),
        ],
    ),
    (
        Protocol::Smtp,
        &[
            Deed::Forever(b"", b"220-hello\r\n"),
            Deed::Forever(b"220 hi\r\n", b"250-X\r\n"),
            Deed::Says(b"554 no\r\n"),
            Deed::Drips(b"220 ", b"x"),
        ],
    ),
    (
        Protocol::Ldap,
        &[
            Deed::Says(b"\x30\x84\xff\xff\xff\xff"),
            Deed::Says(b"\x30\x80"),
            Deed::Says(b"\x30\x00"),
            Deed::Forever(b"", b"\x30\x07\x02\x01\x02\x64\x02\x04\x00"),
        ],
    ),
    (
        Protocol::Kafka,
        &[
            Deed::Says(b"\x7f\xff\xff\xff\0\0\0\x01"),
            Deed::Says(b"\0\0\0\x04\0\0\0\x02"),
            Deed::Says(b"\0\0\0\x0a\0\0\0\x01\0\0\x7f\xff\xff\xff"),
        ],
    ),
];

/// A name, how it is called, what the servers do.
type Try = (String, Box<dyn Fn(u16) -> Call>, Vec<Deed>);

/// What is tried.
fn tries() -> Vec<Try> {
    let mut tries: Vec<Try> = vec![
        (
            "http".to_owned(),
            Box::new(|port| plan(Scheme::Http, "git.demo", port)),
            [ANY, OF_HTTP].concat(),
        ),
        (
            "https".to_owned(),
            Box::new(|port| plan(Scheme::Https, "git.demo", port)),
            [ANY, OF_TLS].concat(),
        ),
        (
            "tls".to_owned(),
            Box::new(|port| call(Exchange::Tls { server_name: None }, port)),
            [ANY, OF_TLS].concat(),
        ),
        (
            "grpc".to_owned(),
            Box::new(|port| {
                let service = String::new();
                call(Exchange::Grpc { service, tls: false }, port)
            }),
            [
                ANY,
                &[
                    Deed::Says(b"\0\0\0\x04\0\0\0\0\0"),
                    Deed::Forever(b"", b"\0\0\0\x04\0\0\0\0\0"),
                    Deed::Forever(b"\0\0\0\x04\0\0\0\0\0", b"\0\0\x08\x06\0\0\0\0\0abcdefgh"),
                    Deed::Says(b"\xff\xff\xff\x04\0\0\0\0\0"),
                    Deed::Forever(
                        b"\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\0\0\0\0\x01\x88",
                        b"\0\0\x01\x09\0\0\0\0\x01\x88",
                    ),
                    Deed::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                ],
            ]
            .concat(),
        ),
    ];
    for (protocol, own) in OF_SERVERS {
        for encryption in [Encryption::Plain, Encryption::StartTls, Encryption::Tls] {
            let deeds = match encryption {
                Encryption::Plain | Encryption::StartTls => [ANY, own].concat(),
                Encryption::Tls => [ANY, OF_TLS].concat(),
            };
            let make = move |port| {
                server_call(
                    *protocol,
                    encryption,
                    Some(("alice", "open-sesame")),
                    Some("0"),
                    port,
                )
            };
            tries.push((
                format!("{} {encryption:?}", protocol.as_str()),
                Box::new(make),
                deeds,
            ));
        }
    }
    tries
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_server_is_an_error_in_time() {
    let client = client_with(built_in(), Names::default(), DEADLINE);
    let mut count = 0;
    for (name, make, deeds) in tries() {
        count += deeds.len();
        let all = deeds.iter().map(|deed| {
            let (client, make, name) = (client.clone(), &make, &name);
            async move {
                let sent = Arc::new(Mutex::new(0));
                let (deed, seen) = (*deed, sent.clone());
                let server = Anything::start(move |stream| act(stream, deed, seen.clone())).await;
                let start = Instant::now();
                let outcome = client.call(&make(server.port), None).await;
                let took = start.elapsed();
                assert!(took < DEADLINE + SLACK, "{name} {deed:?} took {took:?}");
                assert!(outcome.result.is_err(), "{name} {deed:?}: {outcome:?}");
                let sent = *sent.lock();
                assert!(sent < MAX_HEARD + BUFFERS, "{name} {deed:?}: sent {sent}");
            }
        });
        join_all(all).await;
    }
    println!("hostile servers: {count} of {count} ended with an error in time");
    assert!(count > 300, "{count}");
}
