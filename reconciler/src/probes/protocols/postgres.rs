//! PostgreSQL, version 3 of its protocol.
//!
//! Without a login it is asked whether it speaks TLS, which only a PostgreSQL answers with one letter, and which it does
//! not write into its logs. A server that is just starting up answers that as well.

use patchbay_model::call::{Encryption, Login as Credential, ServerCall};
use zeroize::Zeroizing;

use super::scram::Scram;
use super::wire::{MAX_MESSAGE, MAX_MESSAGES, Wire};
use crate::probes::error::ProbeError;
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Login;

const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const VERSION: [u8; 4] = [0, 3, 0, 0];
const TERMINATE: &[u8] = b"X\0\0\0\x04";

pub(super) async fn exchange(
    net: &Net,
    way: &Way<'_>,
    call: &ServerCall,
    trip: &Trip,
) -> Result<Login, ProbeError> {
    let mut link = net.open(way, trip).await?;
    if call.encryption == Encryption::Tls {
        link = net.secure(link, way, None, &[b"postgresql"], trip).await?;
    }
    let mut wire = Wire::new(link, trip, "as PostgreSQL");
    let Some(credential) = &call.login else {
        return alive(net, way, call.encryption, wire).await;
    };
    if call.encryption == Encryption::StartTls {
        wire.write(&SSL_REQUEST).await?;
        match wire.array().await? {
            [b'S'] => wire = wire.secure(net, way).await?,
            [b'N'] => return Err(ProbeError::NoStartTls),
            _ => return Err(wire.strange()),
        }
    }
    wire.login();
    log_in(wire, credential, call.database.as_deref()).await
}

async fn alive(
    net: &Net,
    way: &Way<'_>,
    encryption: Encryption,
    mut wire: Wire<'_>,
) -> Result<Login, ProbeError> {
    if encryption == Encryption::Tls {
        wire.farewell(b"").await;
        return Ok(Login::NotTried);
    }
    wire.write(&SSL_REQUEST).await?;
    match (wire.array().await?, encryption) {
        ([b'S'], Encryption::StartTls) => wire.secure(net, way).await?.farewell(b"").await,
        // It waits for TLS now, and would complain about a connection that ends before.
        ([b'S'], _) => wire.secure_blindly(net, way).await,
        ([b'N'], Encryption::StartTls) => return Err(ProbeError::NoStartTls),
        ([b'N'], _) => wire.farewell(b"").await,
        ([b'E'], _) => return Err(ProbeError::NotReady),
        _ => return Err(wire.strange()),
    }
    Ok(Login::NotTried)
}

async fn log_in(
    mut wire: Wire<'_>,
    credential: &Credential,
    database: Option<&str>,
) -> Result<Login, ProbeError> {
    let user = credential.username.expose();
    let database = database.map_or(user, str::as_bytes);
    let password = credential.password.expose();
    if user.is_empty() || [user, password, database].iter().any(|text| text.contains(&0)) {
        return Err(ProbeError::LoginForm);
    }
    wire.write(&startup(user, database)).await?;
    let mut talk = Talk {
        user,
        password,
        scram: None,
    };
    for _ in 0..MAX_MESSAGES {
        let (kind, body) = message(&mut wire).await?;
        match kind {
            b'R' => {
                let answer = talk.answer(&body).await.ok_or_else(|| wire.strange())??;
                if let Some(answer) = answer {
                    wire.write(&framed(b'p', &answer)).await?;
                }
            }
            b'Z' => {
                wire.farewell(TERMINATE).await;
                return Ok(Login::Accepted);
            }
            b'E' => return refusal(&body).ok_or_else(|| wire.strange())?,
            b'S' | b'K' | b'N' | b'v' => {}
            _ => return Err(wire.strange()),
        }
    }
    Err(wire.strange())
}

struct Talk<'a> {
    user: &'a [u8],
    password: &'a [u8],
    scram: Option<Scram>,
}

type Secret = Zeroizing<Vec<u8>>;

impl Talk<'_> {
    /// What is answered to a request for authentication. `None`: the request is not one.
    async fn answer(&mut self, body: &[u8]) -> Option<Result<Option<Secret>, ProbeError>> {
        let (code, rest) = body.split_first_chunk()?;
        Some(match u32::from_be_bytes(*code) {
            0 => Ok(None),
            3 => Ok(Some(terminated(self.password))),
            5 => Ok(Some(md5(self.user, self.password, rest.first_chunk::<4>()?))),
            10 => match Scram::begin(rest) {
                Some(scram) => Ok(Some(self.scram.insert(scram).first())),
                None => Err(ProbeError::LoginMethod),
            },
            11 => {
                let proven = self.scram.take()?.prove(rest, self.password).await?;
                let (scram, last) = proven;
                self.scram = Some(scram);
                Ok(Some(last))
            }
            12 if self.scram.as_ref()?.verify(rest) => Ok(None),
            12 => return None,
            _ => Err(ProbeError::LoginMethod),
        })
    }
}

fn terminated(text: &[u8]) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    out.extend_from_slice(text);
    out.push(0);
    out
}

fn md5(user: &[u8], password: &[u8], salt: &[u8; 4]) -> Secret {
    use md5::{Digest, Md5};
    let inner = Md5::new().chain_update(password).chain_update(user).finalize();
    let inner = Zeroizing::new(hex::encode(inner));
    let outer = Md5::new()
        .chain_update(inner.as_bytes())
        .chain_update(salt)
        .finalize();
    terminated(format!("md5{}", hex::encode(outer)).as_bytes())
}

fn startup(user: &[u8], database: &[u8]) -> Vec<u8> {
    let mut body = VERSION.to_vec();
    for text in [
        b"user".as_slice(),
        user,
        b"database",
        database,
        b"application_name",
        b"patchbay-probe",
    ] {
        body.extend_from_slice(text);
        body.push(0);
    }
    body.push(0);
    let mut out = length(body.len()).to_vec();
    out.append(&mut body);
    out
}

/// A length that counts itself. Secrets are at most 1 MiB.
fn length(body: usize) -> [u8; 4] {
    u32::try_from(body.saturating_add(4))
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}

fn framed(kind: u8, body: &[u8]) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(body.len() + 5));
    out.push(kind);
    out.extend_from_slice(&length(body.len()));
    out.extend_from_slice(body);
    out
}

async fn message(wire: &mut Wire<'_>) -> Result<(u8, Vec<u8>), ProbeError> {
    let [kind, a, b, c, d] = wire.array().await?;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    let Some(length) = length.checked_sub(4).filter(|length| *length <= MAX_MESSAGE) else {
        return Err(wire.strange());
    };
    Ok((kind, wire.read(length).await?))
}

/// What an error of the server means, by its code. `None`: it has none.
fn refusal(body: &[u8]) -> Option<Result<Login, ProbeError>> {
    let code = body
        .split(|b| *b == 0)
        .find_map(|field| field.strip_prefix(b"C"))?;
    Some(match code {
        b"28P01" => Ok(Login::Refused),
        // No such user, not from this address, not without TLS, no right to connect.
        b"28000" | b"42501" => Ok(Login::Forbidden),
        b"3D000" => Err(ProbeError::NoDatabase),
        _ => Err(ProbeError::NotReady),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_their_code() {
        for (body, want) in [
            (&b"SFATAL\0C28P01\0Mwrong\0\0"[..], Some(Ok(Login::Refused))),
            (b"SFATAL\0C28000\0\0", Some(Ok(Login::Forbidden))),
            (b"C3D000\0\0", Some(Err(ProbeError::NoDatabase))),
            (b"C53300\0\0", Some(Err(ProbeError::NotReady))),
            (b"Mno code\0", None),
            (b"", None),
        ] {
            assert_eq!(refusal(body), want, "{body:?}");
        }
    }

    #[test]
    fn the_old_way_to_log_in() {
        // As `SELECT 'md5' || md5(md5('secret' || 'alice') || '\x01020304')` says.
        let inner = "md5".to_owned();
        let answer = md5(b"alice", b"secret", &[1, 2, 3, 4]);
        assert!(answer.starts_with(inner.as_bytes()) && answer.len() == 36);
    }
}
