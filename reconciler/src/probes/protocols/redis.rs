//! Redis, and what speaks its protocol.

use patchbay_model::call::{Encryption, Login as Credential, ServerCall};
use zeroize::Zeroizing;

use super::wire::Wire;
use crate::probes::error::ProbeError;
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Login;

const MAX_LINE: usize = 1024;
const QUIT: &[u8] = b"*1\r\n$4\r\nQUIT\r\n";

pub(super) async fn exchange(
    net: &Net,
    way: &Way<'_>,
    call: &ServerCall,
    trip: &Trip,
) -> Result<Login, ProbeError> {
    let mut link = net.open(way, trip).await?;
    match call.encryption {
        Encryption::Plain => {}
        Encryption::Tls => link = net.secure(link, way, None, &[], trip).await?,
        // The protocol has no such thing.
        Encryption::StartTls => return Err(ProbeError::NoStartTls),
    }
    let mut wire = Wire::new(link, trip, "as Redis");
    let said = match &call.login {
        None => alive(&mut wire).await?,
        Some(credential) => {
            wire.login();
            log_in(&mut wire, credential, call.database.as_deref()).await?
        }
    };
    wire.farewell(QUIT).await;
    Ok(said)
}

async fn alive(wire: &mut Wire<'_>) -> Result<Login, ProbeError> {
    match ask(wire, &[b"PING"]).await? {
        Reply::Good | Reply::NoAuth | Reply::NoPermission => Ok(Login::NotTried),
        Reply::Wrong => Err(wire.strange()),
        Reply::NotReady | Reply::Error => Err(ProbeError::NotReady),
    }
}

async fn log_in(
    wire: &mut Wire<'_>,
    credential: &Credential,
    database: Option<&str>,
) -> Result<Login, ProbeError> {
    let (user, password) = (credential.username.expose(), credential.password.expose());
    let reply = if user.is_empty() {
        ask(wire, &[b"AUTH", password]).await?
    } else {
        ask(wire, &[b"AUTH", user, password]).await?
    };
    match reply {
        Reply::Good => {}
        Reply::NotReady => return Err(ProbeError::NotReady),
        // "WRONGPASS", "invalid password", "called without any password configured".
        Reply::Wrong | Reply::Error | Reply::NoAuth => return Ok(Login::Refused),
        Reply::NoPermission => return Ok(Login::Forbidden),
    }
    if let Some(database) = database {
        match ask(wire, &[b"SELECT", database.as_bytes()]).await? {
            Reply::Good => {}
            Reply::NoPermission => return Ok(Login::Forbidden),
            Reply::NotReady => return Err(ProbeError::NotReady),
            Reply::Wrong | Reply::Error | Reply::NoAuth => return Err(ProbeError::NoDatabase),
        }
    }
    match ask(wire, &[b"PING"]).await? {
        Reply::NotReady => Err(ProbeError::NotReady),
        _ => Ok(Login::Accepted),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Good,
    /// It wants a login first.
    NoAuth,
    /// The user may not do this.
    NoPermission,
    /// It loads its data, has no master, has too many clients, or only speaks with its own machine.
    NotReady,
    /// Another error.
    Error,
    /// A wrong password.
    Wrong,
}

async fn ask(wire: &mut Wire<'_>, words: &[&[u8]]) -> Result<Reply, ProbeError> {
    let mut out = Zeroizing::new(format!("*{}\r\n", words.len()).into_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
    wire.write(&out).await?;
    let line = wire.line(MAX_LINE).await?;
    reply(&line).ok_or_else(|| wire.strange())
}

fn reply(line: &[u8]) -> Option<Reply> {
    let error = match line {
        b"+PONG" | b"+OK" => return Some(Reply::Good),
        [b'-', rest @ ..] => rest,
        _ => return None,
    };
    let word = error.split(|b| *b == b' ').next().unwrap_or_default();
    let text = String::from_utf8_lossy(error).to_ascii_lowercase();
    Some(match word {
        b"NOAUTH" => Reply::NoAuth,
        b"NOPERM" => Reply::NoPermission,
        b"WRONGPASS" => Reply::Wrong,
        b"LOADING" | b"MASTERDOWN" | b"DENIED" | b"BUSY" | b"CLUSTERDOWN" => Reply::NotReady,
        b"ERR" if text.contains("max number of clients") => Reply::NotReady,
        b"ERR" if text.contains("operation not permitted") => Reply::NoAuth,
        word if !word.is_empty() && word.iter().all(u8::is_ascii_uppercase) => Reply::Error,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies() {
        for (line, want) in [
            (&b"+PONG"[..], Some(Reply::Good)),
            (b"+OK", Some(Reply::Good)),
            (b"-NOAUTH Authentication required.", Some(Reply::NoAuth)),
            (b"-ERR operation not permitted", Some(Reply::NoAuth)),
            (b"-WRONGPASS invalid username-password pair", Some(Reply::Wrong)),
            (
                b"-LOADING Redis is loading the dataset in memory",
                Some(Reply::NotReady),
            ),
            (b"-ERR max number of clients reached", Some(Reply::NotReady)),
            (b"-ERR invalid password", Some(Reply::Error)),
            (b"-NOPERM User x has no permissions", Some(Reply::NoPermission)),
            (b"HTTP/1.1 400 Bad Request", None),
            (b"+whatever", None),
            (b"-", None),
            (b"", None),
        ] {
            assert_eq!(reply(line), want, "{}", String::from_utf8_lossy(line));
        }
    }
}
