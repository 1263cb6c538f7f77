//! MySQL and MariaDB, version 10 of their protocol.
//!
//! Without a login the handshake is ended with an empty user, which servers refuse: one that is left in the middle of it
//! counts that as an error of the connection, and shuts the door after a hundred of them.

use patchbay_model::call::{Encryption, Login as Credential, ServerCall};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::wire::{MAX_MESSAGE, Wire};
use crate::probes::error::ProbeError;
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Login;

const LONG_PASSWORD: u32 = 1;
const CONNECT_WITH_DB: u32 = 8;
const PROTOCOL_41: u32 = 0x200;
const SSL: u32 = 0x800;
const SECURE_CONNECTION: u32 = 0x8000;
const PLUGIN_AUTH: u32 = 0x8_0000;
/// utf8mb4
const CHARSET: u8 = 45;
const QUIT: &[u8] = &[1, 0, 0, 0, 1];
/// Answers that are read until the login is through.
const MAX_ROUNDS: usize = 8;

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
    let mut wire = Wire::new(link, trip, "as MySQL");
    let (mut sequence, first) = packet(&mut wire).await?;
    if let [0xff, rest @ ..] = first.as_slice() {
        return refusal(rest).ok_or_else(|| wire.strange())?;
    }
    let greeting = Greeting::parse(&first).ok_or_else(|| wire.strange())?;
    let capabilities = capabilities(call);
    if call.encryption == Encryption::StartTls {
        if greeting.capabilities & SSL == 0 {
            return Err(ProbeError::NoStartTls);
        }
        sequence = sequence.wrapping_add(1);
        wire.write(&framed(sequence, &head(capabilities))).await?;
        wire = wire.secure(net, way).await?;
    }
    sequence = sequence.wrapping_add(1);
    if let Some(credential) = &call.login {
        wire.login();
        let body = login(&greeting, capabilities, credential, call.database.as_deref())?;
        wire.write(&framed(sequence, &body)).await?;
        let said = answers(&mut wire, credential.password.expose()).await?;
        if said == Login::Accepted {
            wire.farewell(QUIT).await;
        }
        return Ok(said);
    }
    let nobody = Credential {
        username: Vec::new().into(),
        password: Vec::new().into(),
    };
    let body = login(&greeting, capabilities, &nobody, call.database.as_deref())?;
    wire.write(&framed(sequence, &body)).await?;
    match answers(&mut wire, b"").await {
        // Refused or not, it is there.
        Ok(_)
        | Err(ProbeError::LoginMethod | ProbeError::WantsTls | ProbeError::NoDatabase | ProbeError::Closed) =>
        {
            wire.farewell(QUIT).await;
            Ok(Login::NotTried)
        }
        Err(error) => Err(error),
    }
}

/// The login as the server proposes it. It may ask for another way then.
fn login(
    greeting: &Greeting,
    capabilities: u32,
    credential: &Credential,
    database: Option<&str>,
) -> Result<Secret, ProbeError> {
    let (user, password) = (credential.username.expose(), credential.password.expose());
    if user.contains(&0) || password.contains(&0) {
        return Err(ProbeError::LoginForm);
    }
    let proof = match proof(&greeting.plugin, &greeting.salt, password, false) {
        Proof::Bytes(bytes) => bytes,
        Proof::Unknown | Proof::WantsTls => Secret::default(),
    };
    let mut body = Zeroizing::new(head(capabilities));
    body.extend_from_slice(user);
    body.push(0);
    body.push(u8::try_from(proof.len()).unwrap_or_default());
    body.extend_from_slice(&proof);
    if let Some(database) = database {
        body.extend_from_slice(database.as_bytes());
        body.push(0);
    }
    body.extend_from_slice(&greeting.plugin);
    body.push(0);
    Ok(body)
}

/// Answers what the server asks for, until it takes the login or not.
async fn answers(wire: &mut Wire<'_>, password: &[u8]) -> Result<Login, ProbeError> {
    for _ in 0..MAX_ROUNDS {
        let (sequence, body) = packet(wire).await?;
        let reply = match body.as_slice() {
            [0, ..] => return Ok(Login::Accepted),
            [0xff, rest @ ..] => return refusal(rest).ok_or_else(|| wire.strange())?,
            // Another way than the one that was proposed.
            [0xfe, rest @ ..] => {
                let (plugin, salt) = split(rest).unwrap_or((b"mysql_old_password", b""));
                let salt = salt.strip_suffix(b"\0").unwrap_or(salt);
                match proof(plugin, salt, password, wire.is_secure()) {
                    Proof::Bytes(bytes) => bytes,
                    Proof::WantsTls => return Err(ProbeError::WantsTls),
                    Proof::Unknown => return Err(ProbeError::LoginMethod),
                }
            }
            // It remembers the password of this user.
            [1, 3] => continue,
            // It does not, and wants it itself.
            [1, 4] if wire.is_secure() => terminated(password),
            [1, 4] => return Err(ProbeError::WantsTls),
            _ => return Err(wire.strange()),
        };
        wire.write(&framed(sequence.wrapping_add(1), &reply)).await?;
    }
    Err(wire.strange())
}

enum Proof {
    Bytes(Secret),
    /// It would be the password itself.
    WantsTls,
    Unknown,
}

fn proof(plugin: &[u8], salt: &[u8], password: &[u8], secure: bool) -> Proof {
    match plugin {
        _ if password.is_empty() => Proof::Bytes(Secret::default()),
        b"mysql_native_password" => Proof::Bytes(native(salt, password)),
        b"caching_sha2_password" => Proof::Bytes(caching(salt, password)),
        b"mysql_clear_password" | b"sha256_password" | b"dialog" if secure => {
            Proof::Bytes(terminated(password))
        }
        b"mysql_clear_password" | b"sha256_password" => Proof::WantsTls,
        _ => Proof::Unknown,
    }
}

/// SHA1(password) XOR SHA1(salt, SHA1(SHA1(password)))
fn native(salt: &[u8], password: &[u8]) -> Secret {
    let once = Sha1::digest(password);
    let twice = Sha1::digest(once);
    let mask = Sha1::new().chain_update(salt).chain_update(twice).finalize();
    Zeroizing::new(once.iter().zip(mask).map(|(a, b)| a ^ b).collect())
}

/// SHA256(password) XOR SHA256(SHA256(SHA256(password)), salt)
fn caching(salt: &[u8], password: &[u8]) -> Secret {
    let once = Sha256::digest(password);
    let twice = Sha256::digest(once);
    let mask = Sha256::new().chain_update(twice).chain_update(salt).finalize();
    Zeroizing::new(once.iter().zip(mask).map(|(a, b)| a ^ b).collect())
}

fn terminated(text: &[u8]) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    out.extend_from_slice(text);
    out.push(0);
    out
}

struct Greeting {
    capabilities: u32,
    salt: Vec<u8>,
    plugin: Vec<u8>,
}

impl Greeting {
    /// The first packet of a server.
    fn parse(body: &[u8]) -> Option<Self> {
        let rest = body.strip_prefix(&[10])?;
        let (_version, rest) = split(rest)?;
        let (_thread, rest) = rest.split_first_chunk::<4>()?;
        let (salt, rest) = rest.split_first_chunk::<8>()?;
        let (filler_and_low, rest) = rest.split_first_chunk::<3>()?;
        let [_, a, b] = *filler_and_low;
        let mut greeting = Self {
            capabilities: u32::from(u16::from_le_bytes([a, b])),
            salt: salt.to_vec(),
            plugin: b"mysql_native_password".to_vec(),
        };
        // Character set, status, the other half of the capabilities, the length of the salt.
        let Some(([_, _, _, c, d, length], rest)) = rest.split_first_chunk::<6>() else {
            return Some(greeting);
        };
        greeting.capabilities |= u32::from(u16::from_le_bytes([*c, *d])) << 16;
        let rest = rest.get(10..)?;
        let more = usize::from(*length).saturating_sub(8).max(13).min(rest.len());
        let (salt, rest) = rest.split_at(more);
        greeting
            .salt
            .extend_from_slice(salt.strip_suffix(b"\0").unwrap_or(salt));
        if greeting.capabilities & PLUGIN_AUTH != 0 {
            greeting.plugin = split(rest).map_or(rest, |(name, _)| name).to_vec();
        }
        Some(greeting)
    }
}

/// Up to a nought, and what is after it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == 0)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

fn capabilities(call: &ServerCall) -> u32 {
    let mut all = LONG_PASSWORD | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH;
    if call.encryption == Encryption::StartTls {
        all |= SSL;
    }
    if call.database.is_some() {
        all |= CONNECT_WITH_DB;
    }
    all
}

/// What the request for TLS and the login begin with.
fn head(capabilities: u32) -> Vec<u8> {
    let mut out = capabilities.to_le_bytes().to_vec();
    out.extend_from_slice(&u32::try_from(MAX_MESSAGE).unwrap_or(u32::MAX).to_le_bytes());
    out.push(CHARSET);
    out.extend_from_slice(&[0; 23]);
    out
}

fn framed(sequence: u8, body: &[u8]) -> Secret {
    let [a, b, c, _] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = Zeroizing::new(Vec::with_capacity(body.len() + 4));
    out.extend_from_slice(&[a, b, c, sequence]);
    out.extend_from_slice(body);
    out
}

async fn packet(wire: &mut Wire<'_>) -> Result<(u8, Vec<u8>), ProbeError> {
    let [a, b, c, sequence] = wire.array().await?;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, 0])).unwrap_or(usize::MAX);
    Ok((sequence, wire.read(length).await?))
}

/// What an error of the server means, by its number. `None`: it has none.
fn refusal(body: &[u8]) -> Option<Result<Login, ProbeError>> {
    let (code, _) = body.split_first_chunk()?;
    Some(match u16::from_le_bytes(*code) {
        1045 | 1698 => Ok(Login::Refused),
        // No right to the database, not from this address, locked, or the password has ended.
        1044 | 1130 | 3118 | 1820 | 1862 | 4151 => Ok(Login::Forbidden),
        1049 => Err(ProbeError::NoDatabase),
        3159 => Err(ProbeError::WantsTls),
        1251 | 2059 | 1524 => Err(ProbeError::LoginMethod),
        _ => Err(ProbeError::NotReady),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings() {
        let mut body = b"\x0a8.0.36\0\x01\0\0\0abcdefgh\0\xff\xff\x2d\x02\0\xff\xdf\x15".to_vec();
        body.extend_from_slice(&[0; 10]);
        body.extend_from_slice(b"ijklmnopqrst\0caching_sha2_password\0");
        let greeting = Greeting::parse(&body).unwrap();
        assert_eq!(greeting.salt, b"abcdefghijklmnopqrst");
        assert_eq!(greeting.plugin, b"caching_sha2_password");
        assert!(greeting.capabilities & SSL != 0);
        // However much of it there is.
        for end in 0..body.len() {
            let _parsed = Greeting::parse(&body[..end]);
        }
        assert!(Greeting::parse(b"\x09old\0").is_none());
        assert!(Greeting::parse(b"HTTP/1.1 400 Bad Request").is_none());
    }

    #[test]
    fn proofs() {
        // As the client library computes them for this salt.
        assert_eq!(native(b"01234567890123456789", b"").len(), 20);
        assert_ne!(*native(b"a", b"x"), *native(b"b", b"x"));
        assert_eq!(caching(b"01234567890123456789", b"secret").len(), 32);
        assert!(matches!(
            proof(b"mysql_clear_password", b"", b"x", false),
            Proof::WantsTls
        ));
        assert!(matches!(
            proof(b"client_ed25519", b"", b"x", true),
            Proof::Unknown
        ));
    }
}
