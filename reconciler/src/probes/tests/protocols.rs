//! Other protocols, against small servers of their kind.

use std::sync::Arc;

use bytes::Bytes;
use patchbay_model::call::{Encryption, Exchange, Protocol};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::support::{Anything, built_in, call, client, server_call, tls, verdict};
use crate::probes::verdict::Kind::{Auth, Liveness};

type Said = Option<()>;

async fn redis(stream: TcpStream) -> Said {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut known = false;
    loop {
        let words = redis_command(&mut read).await?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = match words.as_slice() {
            ["AUTH", "open-sesame"] | ["AUTH", "alice", "open-sesame"] => {
                known = true;
                "+OK"
            }
            ["AUTH", ..] => "-WRONGPASS invalid username-password pair or user is disabled.",
            ["QUIT"] => return write.write_all(b"+OK\r\n").await.ok(),
            _ if !known => "-NOAUTH Authentication required.",
            ["SELECT", "0"] => "+OK",
            ["SELECT", _] => "-ERR DB index is out of range",
            _ => "+PONG",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

async fn redis_command<R: AsyncRead + Unpin>(read: &mut BufReader<R>) -> Option<Vec<String>> {
    let mut line = String::new();
    let mut next = async || {
        line.clear();
        read.read_line(&mut line).await.ok().filter(|count| *count > 0)?;
        Some(line.trim_end().to_owned())
    };
    let count: usize = next().await?.strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..count {
        next().await?;
        words.push(next().await?);
    }
    Some(words)
}

#[tokio::test]
async fn redis_with_and_without_a_login() {
    let server = Anything::start(|stream| async { redis(stream).await.unwrap_or_default() }).await;
    let client = client(built_in());
    for (kind, login, database, want) in [
        (Liveness, None, None, "True ProbeSucceeded git.demo:PORT answers"),
        (
            Auth,
            Some(("", "open-sesame")),
            None,
            "True ProbeSucceeded git.demo:PORT takes the login",
        ),
        (
            Auth,
            Some(("alice", "open-sesame")),
            Some("0"),
            "True ProbeSucceeded git.demo:PORT takes the login",
        ),
        (
            Auth,
            Some(("alice", "wrong")),
            None,
            "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret",
        ),
        (
            Auth,
            Some(("alice", "open-sesame")),
            Some("99"),
            "False UnexpectedAnswer 127.0.0.1:PORT (git.demo) takes the login, and has no such database; correct its \
             name",
        ),
    ] {
        let call = server_call(Protocol::Redis, Encryption::Plain, login, database, server.port);
        assert_eq!(verdict(&client, kind, &call, None).await, want);
    }
}

trait Both: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Both for S {}

async fn smtp(stream: Box<dyn Both>, acceptor: Option<TlsAcceptor>, greet: bool) -> Said {
    let mut stream = BufReader::new(stream);
    if greet {
        stream.write_all(b"220 mail.demo ESMTP\r\n").await.ok()?;
    }
    loop {
        let mut line = String::new();
        stream
            .read_line(&mut line)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        let answer = match (line.trim_end(), &acceptor) {
            (hello, Some(_)) if hello.starts_with("EHLO") => "250-mail.demo\r\n250 STARTTLS\r\n",
            (hello, None) if hello.starts_with("EHLO") => "250-mail.demo\r\n250 AUTH PLAIN LOGIN\r\n",
            ("STARTTLS", Some(acceptor)) => {
                stream.write_all(b"220 go\r\n").await.ok()?;
                let secure = acceptor.accept(stream.into_inner()).await.ok()?;
                return Box::pin(smtp(Box::new(secure), None, false)).await;
            }
            // \0alice\0open-sesame
            ("AUTH PLAIN AGFsaWNlAG9wZW4tc2VzYW1l", None) => "235 yes\r\n",
            (auth, _) if auth.starts_with("AUTH") => "535 no\r\n",
            ("QUIT", _) => return stream.write_all(b"221 bye\r\n").await.ok(),
            _ => "500 what?\r\n",
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

#[tokio::test]
async fn smtp_with_tls_and_a_login() {
    let (config, ca) = tls(&["git.demo"]);
    let acceptor = TlsAcceptor::from(config);
    let server = Anything::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            smtp(Box::new(stream), Some(acceptor), true)
                .await
                .unwrap_or_default()
        }
    })
    .await;
    let client = client(built_in());
    let good = Some(("alice", "open-sesame"));
    for (kind, encryption, login, want) in [
        (
            Liveness,
            Encryption::Plain,
            None,
            "True ProbeSucceeded git.demo:PORT answers",
        ),
        (
            Liveness,
            Encryption::StartTls,
            None,
            "True ProbeSucceeded git.demo:PORT answers",
        ),
        (
            Auth,
            Encryption::StartTls,
            good,
            "True ProbeSucceeded git.demo:PORT takes the login",
        ),
        (
            Auth,
            Encryption::StartTls,
            Some(("alice", "wrong")),
            "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret",
        ),
        (
            Auth,
            Encryption::Plain,
            good,
            "Unknown NotSupported 127.0.0.1:PORT (git.demo) wants TLS before it takes a login; set the encryption in \
             the class",
        ),
    ] {
        let call = server_call(Protocol::Smtp, encryption, login, None, server.port);
        assert_eq!(
            verdict(&client, kind, &call, Some(&ca)).await,
            want,
            "{encryption:?}"
        );
    }
    let call = server_call(Protocol::Smtp, Encryption::StartTls, good, None, server.port);
    let untrusted = verdict(&client, Auth, &call, None).await;
    assert!(untrusted.starts_with("Unknown CertificateInvalid"), "{untrusted}");
}

/// A directory: knows one name and password, and answers a question for its root.
async fn ldap(mut stream: TcpStream) -> Said {
    loop {
        let mut head = [0; 2];
        stream.read_exact(&mut head).await.ok()?;
        let length = match head[1] {
            0x84 => stream.read_u32().await.ok()? as usize,
            short => usize::from(short),
        };
        let mut message = vec![0; length];
        stream.read_exact(&mut message).await.ok()?;
        let id = message[2];
        let text = String::from_utf8_lossy(&message).into_owned();
        let (kind, code) = match message[3] {
            0x60 if text.contains("cn=alice") && text.contains("open-sesame") => (0x61, 0),
            0x60 => (0x61, 49),
            0x63 => (0x65, 50),
            0x77 => (0x78, 2),
            0x42 => return Some(()),
            _ => return None,
        };
        let answer = [0x30, 0x0c, 2, 1, id, kind, 7, 0x0a, 1, code, 4, 0, 4, 0];
        stream.write_all(&answer).await.ok()?;
    }
}

#[tokio::test]
async fn a_directory_with_and_without_a_login() {
    let server = Anything::start(|stream| async { ldap(stream).await.unwrap_or_default() }).await;
    let client = client(built_in());
    for (kind, encryption, login, want) in [
        (
            Liveness,
            Encryption::Plain,
            None,
            "True ProbeSucceeded git.demo:PORT answers",
        ),
        (
            Auth,
            Encryption::Plain,
            Some(("cn=alice", "open-sesame")),
            "True ProbeSucceeded git.demo:PORT takes the login",
        ),
        (
            Auth,
            Encryption::Plain,
            Some(("cn=alice", "wrong")),
            "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret",
        ),
        (
            Auth,
            Encryption::Plain,
            Some(("cn=alice", "")),
            "False Invalid the user or the password is empty, too long, or has characters that this protocol cannot \
             carry; correct the Secret",
        ),
        (
            Liveness,
            Encryption::StartTls,
            None,
            "False TLSFailed 127.0.0.1:PORT (git.demo) does not offer TLS, which the class asks for; turn TLS on there",
        ),
    ] {
        let call = server_call(Protocol::Ldap, encryption, login, None, server.port);
        assert_eq!(verdict(&client, kind, &call, None).await, want, "{login:?}");
    }
}

async fn kafka(mut stream: TcpStream) -> Said {
    loop {
        let length = stream.read_u32().await.ok()? as usize;
        let mut request = vec![0; length];
        stream.read_exact(&mut request).await.ok()?;
        let body: &[u8] = match request[1] {
            18 => b"\0\0\0\0\0\x01\0\x12\0\0\0\x03",
            17 => b"\0\0\0\0\0\x01\0\x05PLAIN",
            36 if request.ends_with(b"\0alice\0open-sesame") => b"\0\0\xff\xff\0\0\0\0",
            36 => b"\0\x3a\xff\xff\0\0\0\0",
            _ => return None,
        };
        let mut answer = u32::try_from(4 + body.len()).unwrap().to_be_bytes().to_vec();
        answer.extend_from_slice(&request[4..8]);
        answer.extend_from_slice(body);
        stream.write_all(&answer).await.ok()?;
    }
}

#[tokio::test]
async fn kafka_with_and_without_a_login() {
    let server = Anything::start(|stream| async { kafka(stream).await.unwrap_or_default() }).await;
    let client = client(built_in());
    for (kind, login, want) in [
        (Liveness, None, "True ProbeSucceeded git.demo:PORT answers"),
        (
            Auth,
            Some(("alice", "open-sesame")),
            "True ProbeSucceeded git.demo:PORT takes the login",
        ),
        (
            Auth,
            Some(("alice", "wrong")),
            "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret",
        ),
    ] {
        let call = server_call(Protocol::Kafka, Encryption::Plain, login, None, server.port);
        assert_eq!(verdict(&client, kind, &call, None).await, want, "{login:?}");
    }
}

/// Knows `alice` with an empty salt's worth of arithmetic: whoever sends 20 or 32 bytes that are not noughts is told
/// what the first of them says, so that the exchange can be followed and not the hashes.
async fn mysql(mut stream: TcpStream, plugin: &'static str) -> Said {
    let mut greeting = b"\x0a8.0.36\0\x01\0\0\0abcdefgh\0\x0f\xa2\x2d\x02\0\x08\0\x15".to_vec();
    greeting.extend_from_slice(&[0; 10]);
    greeting.extend_from_slice(b"ijklmnopqrst\0");
    greeting.extend_from_slice(plugin.as_bytes());
    greeting.push(0);
    let head = |length: usize, sequence| [u8::try_from(length).unwrap(), 0, 0, sequence];
    stream.write_all(&head(greeting.len(), 0)).await.ok()?;
    stream.write_all(&greeting).await.ok()?;
    let mut got = [0; 4];
    stream.read_exact(&mut got).await.ok()?;
    let mut login = vec![0; usize::from(got[0])];
    stream.read_exact(&mut login).await.ok()?;
    let user = login.get(32..)?.split(|b| *b == 0).next()?;
    let (answer, more): (&[u8], bool) = match (user, plugin) {
        (b"alice", "caching_sha2_password") => (b"\x01\x04", true),
        (b"alice", _) => (b"\0\0\0\x02\0\0\0", false),
        _ => (b"\xff\x15\x04#28000Access denied", false),
    };
    stream.write_all(&head(answer.len(), 2)).await.ok()?;
    stream.write_all(answer).await.ok()?;
    if more {
        return None;
    }
    // COM_QUIT
    stream.read_exact(&mut got).await.ok()?;
    (got[0] == 1).then_some(())
}

#[tokio::test]
async fn mysql_with_and_without_a_login() {
    let native =
        Anything::start(|stream| async { mysql(stream, "mysql_native_password").await.unwrap_or_default() });
    let caching =
        Anything::start(|stream| async { mysql(stream, "caching_sha2_password").await.unwrap_or_default() });
    let (native, caching) = (native.await, caching.await);
    let client = client(built_in());
    let good = Some(("alice", "open-sesame"));
    for (kind, port, encryption, login, want) in [
        (
            Liveness,
            native.port,
            Encryption::Plain,
            None,
            "True ProbeSucceeded git.demo:PORT answers",
        ),
        (
            Auth,
            native.port,
            Encryption::Plain,
            good,
            "True ProbeSucceeded git.demo:PORT takes the login",
        ),
        (
            Auth,
            native.port,
            Encryption::Plain,
            Some(("bob", "x")),
            "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret",
        ),
        (
            Auth,
            caching.port,
            Encryption::Plain,
            good,
            "Unknown NotSupported 127.0.0.1:PORT (git.demo) wants TLS before it takes a login; set the encryption in \
             the class",
        ),
        (
            Liveness,
            native.port,
            Encryption::StartTls,
            None,
            "False TLSFailed 127.0.0.1:PORT (git.demo) does not offer TLS, which the class asks for; turn TLS on there",
        ),
    ] {
        let call = server_call(Protocol::Mysql, encryption, login, None, port);
        assert_eq!(
            verdict(&client, kind, &call, None).await,
            want,
            "{login:?} {encryption:?}"
        );
    }
}

/// A health service that knows one service, or none at all.
async fn health<S: AsyncRead + AsyncWrite + Unpin>(stream: S, known: &'static str) -> Said {
    let mut connection = h2::server::handshake(stream).await.ok()?;
    while let Some(next) = connection.accept().await {
        let (request, mut respond) = next.ok()?;
        let mut body = request.into_body();
        // The body comes while the connection is driven, which `accept` does; it is short, and may be there already.
        let asked = tokio::select! {
            data = body.data() => data.and_then(Result::ok).unwrap_or_default(),
            _ = connection.accept() => Bytes::new(),
        };
        let (code, message): (&str, &[u8]) = match known {
            "" => ("12", b""),
            _ if asked.ends_with(known.as_bytes()) => ("0", b"\0\0\0\0\x02\x08\x01"),
            _ if asked.ends_with(b"sick") => ("0", b"\0\0\0\0\x02\x08\x02"),
            _ => ("5", b""),
        };
        let head = http::Response::builder()
            .header("content-type", "application/grpc")
            .body(())
            .ok()?;
        let mut stream = respond.send_response(head, false).ok()?;
        if !message.is_empty() {
            stream.send_data(Bytes::from_static(message), false).ok()?;
        }
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", code.parse().ok()?);
        stream.send_trailers(trailers).ok()?;
    }
    Some(())
}

#[tokio::test]
async fn the_health_service_of_grpc() {
    let (config, ca) = tls(&["git.demo"]);
    let mut config = rustls::ServerConfig::clone(&config);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let well = Anything::start(|stream| async { health(stream, "well").await.unwrap_or_default() }).await;
    let none = Anything::start(|stream| async { health(stream, "").await.unwrap_or_default() }).await;
    let secure = Anything::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                health(stream, "well").await.unwrap_or_default();
            }
        }
    })
    .await;
    let client = client(built_in());
    for (port, service, tls, want) in [
        (
            well.port,
            "well",
            false,
            "True ProbeSucceeded git.demo:PORT is serving",
        ),
        (
            secure.port,
            "well",
            true,
            "True ProbeSucceeded git.demo:PORT is serving",
        ),
        (
            well.port,
            "sick",
            false,
            "False UnexpectedAnswer git.demo:PORT answers that it is not serving; what do its own logs say?",
        ),
        (
            well.port,
            "other",
            false,
            "False UnexpectedAnswer git.demo:PORT does not know the service that the class asks about; correct its name",
        ),
        (
            none.port,
            "well",
            false,
            "False UnexpectedAnswer git.demo:PORT speaks gRPC and has no health service; the class should use tcp or tls",
        ),
    ] {
        let service = service.to_owned();
        let call = call(Exchange::Grpc { service, tls }, port);
        assert_eq!(verdict(&client, Liveness, &call, Some(&ca)).await, want);
    }
}
