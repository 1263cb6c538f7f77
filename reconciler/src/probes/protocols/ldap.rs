//! Directories: LDAP version 3, in the little of BER that this takes.

use patchbay_model::call::{Encryption, Login as Credential, ServerCall};
use zeroize::Zeroizing;

use super::wire::{MAX_MESSAGE, MAX_MESSAGES, Wire};
use crate::probes::error::ProbeError;
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Login;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const BOOLEAN: u8 = 0x01;
const BIND: u8 = 0x60;
const BIND_DONE: u8 = 0x61;
const SEARCH: u8 = 0x63;
const SEARCH_DONE: u8 = 0x65;
const EXTENDED: u8 = 0x77;
const EXTENDED_DONE: u8 = 0x78;
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
/// Message 9, unbind.
const UNBIND: &[u8] = &[SEQUENCE, 5, INTEGER, 1, 9, 0x42, 0];

type Secret = Zeroizing<Vec<u8>>;

pub(super) async fn exchange(
    net: &Net,
    way: &Way<'_>,
    call: &ServerCall,
    trip: &Trip,
) -> Result<Login, ProbeError> {
    let mut link = net.open(way, trip).await?;
    if call.encryption == Encryption::Tls {
        link = net.secure(link, way, None, &[], trip).await?;
    }
    let mut wire = Wire::new(link, trip, "as LDAP");
    if call.encryption == Encryption::StartTls {
        let body = element(0x80, START_TLS);
        if ask(&mut wire, 1, EXTENDED, &body, EXTENDED_DONE).await? != 0 {
            wire.farewell(UNBIND).await;
            return Err(ProbeError::NoStartTls);
        }
        wire = wire.secure(net, way).await?;
    }
    let said = match &call.login {
        // Anybody may ask a directory what it is; one that says no to that says so as LDAP.
        None => match ask(&mut wire, 2, SEARCH, &root(), SEARCH_DONE).await? {
            51 | 52 => Err(ProbeError::NotReady),
            _ => Ok(Login::NotTried),
        },
        Some(credential) => {
            wire.login();
            log_in(&mut wire, credential).await
        }
    };
    wire.farewell(UNBIND).await;
    said
}

async fn log_in(wire: &mut Wire<'_>, credential: &Credential) -> Result<Login, ProbeError> {
    let (name, password) = (credential.username.expose(), credential.password.expose());
    // A bind without a name or a password succeeds as nobody, and would prove nothing.
    if name.is_empty() || password.is_empty() {
        return Err(ProbeError::LoginForm);
    }
    let body = Zeroizing::new(
        [
            element(INTEGER, &[3]).as_slice(),
            &element(OCTETS, name),
            &element(0x80, password),
        ]
        .concat(),
    );
    match ask(wire, 3, BIND, &body, BIND_DONE).await? {
        0 => Ok(Login::Accepted),
        // No such object, a name that is none, the wrong kind of login, the wrong password.
        32 | 34 | 48 | 49 => Ok(Login::Refused),
        50 | 53 => Ok(Login::Forbidden),
        8 | 13 => Err(ProbeError::WantsTls),
        7 | 14 => Err(ProbeError::LoginMethod),
        _ => Err(ProbeError::NotReady),
    }
}

/// The entry of the directory itself, without its attributes.
fn root() -> Secret {
    let attributes = element(SEQUENCE, &element(OCTETS, b"1.1"));
    let parts = [
        element(OCTETS, b""),
        element(ENUMERATED, &[0]),
        element(ENUMERATED, &[0]),
        element(INTEGER, &[1]),
        element(INTEGER, &[5]),
        element(BOOLEAN, &[0xff]),
        element(0x87, b"objectClass"),
        attributes,
    ];
    Zeroizing::new(parts.iter().flat_map(|part| part.iter().copied()).collect())
}

/// Sends a request and gives back the code of its result.
async fn ask(wire: &mut Wire<'_>, id: u8, kind: u8, body: &[u8], done: u8) -> Result<u8, ProbeError> {
    let inner = Zeroizing::new([element(INTEGER, &[id]).as_slice(), &element(kind, body)].concat());
    wire.write(&element(SEQUENCE, &inner)).await?;
    for _ in 0..MAX_MESSAGES {
        let message = message(wire).await?;
        match parse(&message).ok_or_else(|| wire.strange())? {
            (found, kind, rest) if found == id && kind == done => {
                return code(rest).ok_or_else(|| wire.strange());
            }
            // A notice of the server that it ends the connection, which has the number nought.
            (0, EXTENDED_DONE, _) => return Err(ProbeError::NotReady),
            // Entries and references before the result.
            _ => {}
        }
    }
    Err(wire.strange())
}

/// The inside of the next message.
async fn message(wire: &mut Wire<'_>) -> Result<Vec<u8>, ProbeError> {
    let [tag, first] = wire.array().await?;
    if tag != SEQUENCE {
        return Err(wire.strange());
    }
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81..=0x84 => {
            let bytes = wire.read(usize::from(first & 0x7f)).await?;
            bytes.iter().fold(0, |length, b| (length << 8) | usize::from(*b))
        }
        _ => return Err(wire.strange()),
    };
    if length > MAX_MESSAGE {
        return Err(wire.strange());
    }
    wire.read(length).await
}

/// The number of a message, the kind of its content and the content.
fn parse(message: &[u8]) -> Option<(u8, u8, &[u8])> {
    let (tag, id, rest) = take(message)?;
    let (kind, content, _) = take(rest)?;
    (tag == INTEGER && id.len() == 1).then_some((*id.first()?, kind, content))
}

/// The code of a result.
fn code(content: &[u8]) -> Option<u8> {
    let (tag, value, _) = take(content)?;
    (tag == ENUMERATED && value.len() == 1).then_some(*value.first()?)
}

/// Takes one element off: its tag, its content, what is after it.
fn take(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let ([tag, first], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = bytes.iter().fold(0, |length, b| (length << 8) | usize::from(*b));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn element(tag: u8, content: &[u8]) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(content.len() + 6));
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            out.push(0x84);
            out.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_there_and_back() {
        for length in [0, 1, 127, 128, 300, 70_000] {
            let content = vec![7; length];
            let out = element(OCTETS, &content);
            assert_eq!(
                take(&out),
                Some((OCTETS, content.as_slice(), &b""[..])),
                "{length}"
            );
        }
        let result = [
            element(ENUMERATED, &[49]),
            element(OCTETS, b""),
            element(OCTETS, b""),
        ];
        let result: Vec<u8> = result.iter().flat_map(|e| e.to_vec()).collect();
        let message = [
            element(INTEGER, &[3]).to_vec(),
            element(BIND_DONE, &result).to_vec(),
        ]
        .concat();
        let (id, kind, rest) = parse(&message).unwrap();
        assert_eq!((id, kind, code(rest)), (3, BIND_DONE, Some(49)));
        for bad in [
            &b""[..],
            b"\x02",
            b"\x02\x05\x01",
            b"\x02\x80",
            b"\x02\x84\xff\xff\xff\xff",
            b"\x02\x85\0\0\0\0\0",
        ] {
            assert_eq!(take(bad), None, "{bad:?}");
        }
    }
}
