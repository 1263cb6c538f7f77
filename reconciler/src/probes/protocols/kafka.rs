//! Kafka: which versions a broker speaks, and a login with SASL/PLAIN.

use patchbay_model::call::{Encryption, Login as Credential, ServerCall};
use zeroize::Zeroizing;

use super::wire::{MAX_MESSAGE, Wire};
use crate::probes::error::ProbeError;
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Login;

const API_VERSIONS: i16 = 18;
const SASL_HANDSHAKE: i16 = 17;
const SASL_AUTHENTICATE: i16 = 36;
const CLIENT: &[u8] = b"patchbay-probe";
const MECHANISM: &[u8] = b"PLAIN";

const UNSUPPORTED_VERSION: i16 = 35;
const UNSUPPORTED_MECHANISM: i16 = 33;
const ILLEGAL_STATE: i16 = 34;
const AUTHENTICATION_FAILED: i16 = 58;

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
    let mut wire = Wire::new(link, trip, "as Kafka");
    let answer = ask(&mut wire, 1, API_VERSIONS, 0, b"").await?;
    match versions(&answer) {
        Some(0 | UNSUPPORTED_VERSION) => {}
        Some(_) => return Err(ProbeError::NotReady),
        None => return Err(wire.strange()),
    }
    let said = match &call.login {
        None => Ok(Login::NotTried),
        Some(credential) => {
            wire.login();
            log_in(&mut wire, credential).await
        }
    };
    wire.farewell(b"").await;
    said
}

async fn log_in(wire: &mut Wire<'_>, credential: &Credential) -> Result<Login, ProbeError> {
    let (user, password) = (credential.username.expose(), credential.password.expose());
    if user.is_empty() || user.contains(&0) || password.contains(&0) {
        return Err(ProbeError::LoginForm);
    }
    let answer = ask(wire, 2, SASL_HANDSHAKE, 1, &short(MECHANISM)).await?;
    match code(&answer) {
        Some(0) => {}
        // Another mechanism, or no login at all on this port.
        Some(UNSUPPORTED_MECHANISM | ILLEGAL_STATE) => return Err(ProbeError::LoginMethod),
        Some(_) => return Err(ProbeError::NotReady),
        None => return Err(wire.strange()),
    }
    let both = Zeroizing::new([b"\0", user, b"\0", password].concat());
    let length = u32::try_from(both.len()).map_err(|_| ProbeError::LoginForm)?;
    let body = Zeroizing::new([length.to_be_bytes().as_slice(), &both].concat());
    let answer = ask(wire, 3, SASL_AUTHENTICATE, 0, &body).await?;
    match code(&answer) {
        Some(0) => Ok(Login::Accepted),
        Some(AUTHENTICATION_FAILED) => Ok(Login::Refused),
        Some(_) => Err(ProbeError::NotReady),
        None => Err(wire.strange()),
    }
}

/// Sends a request; gives back what is after the number of the answer.
async fn ask(
    wire: &mut Wire<'_>,
    number: u32,
    key: i16,
    version: i16,
    body: &[u8],
) -> Result<Vec<u8>, ProbeError> {
    let mut request = Zeroizing::new(Vec::with_capacity(body.len() + 32));
    request.extend_from_slice(&key.to_be_bytes());
    request.extend_from_slice(&version.to_be_bytes());
    request.extend_from_slice(&number.to_be_bytes());
    request.extend_from_slice(&short(CLIENT));
    request.extend_from_slice(body);
    let length = u32::try_from(request.len()).map_err(|_| ProbeError::LoginForm)?;
    let framed = Zeroizing::new([length.to_be_bytes().as_slice(), &request].concat());
    wire.write(&framed).await?;
    let length = u32::from_be_bytes(wire.array().await?);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if !(4..=MAX_MESSAGE).contains(&length) {
        return Err(wire.strange());
    }
    if u32::from_be_bytes(wire.array().await?) != number {
        return Err(wire.strange());
    }
    wire.read(length - 4).await
}

/// A text with its length. Ours are short.
fn short(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or_default();
    [length.to_be_bytes().as_slice(), text].concat()
}

fn code(answer: &[u8]) -> Option<i16> {
    answer.first_chunk().map(|bytes| i16::from_be_bytes(*bytes))
}

/// The code of an answer about versions, if it looks like one: a code, a count, and three numbers for each.
fn versions(answer: &[u8]) -> Option<i16> {
    let code = code(answer)?;
    if code == UNSUPPORTED_VERSION {
        return Some(code);
    }
    let (count, rest) = answer.get(2..)?.split_first_chunk()?;
    let count = usize::try_from(i32::from_be_bytes(*count)).ok()?;
    (count > 0 && rest.len() == count.checked_mul(6)?).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_about_versions() {
        for (answer, want) in [
            (&b"\0\0\0\0\0\x01\0\x12\0\0\0\x03"[..], Some(0)),
            (b"\0\x23\0\0\0\0", Some(UNSUPPORTED_VERSION)),
            (b"\0\0\0\0\0\x02\0\x12\0\0\0\x03", None),
            (b"\0\0\xff\xff\xff\xff", None),
            (b"\0\0\0\0\0\0", None),
            (b"\0", None),
            (b"", None),
        ] {
            assert_eq!(versions(answer), want, "{answer:?}");
        }
    }
}
