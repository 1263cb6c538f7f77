//! Mail.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::call::{Encryption, Login as Credential, ServerCall};
use zeroize::Zeroizing;

use super::wire::Wire;
use crate::probes::error::ProbeError;
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Login;

const MAX_LINE: usize = 1024;
const MAX_LINES: usize = 100;
const HELLO: &[u8] = b"EHLO patchbay-probe.invalid\r\n";
const QUIT: &[u8] = b"QUIT\r\n";

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
    let mut wire = Wire::new(link, trip, "as SMTP");
    let banner = reply(&mut wire).await?;
    if banner.code != 220 {
        wire.farewell(QUIT).await;
        return Err(ProbeError::NotReady);
    }
    let mut offers = hello(&mut wire).await?;
    if call.encryption == Encryption::StartTls {
        if !offers.starttls {
            wire.farewell(QUIT).await;
            return Err(ProbeError::NoStartTls);
        }
        wire.write(b"STARTTLS\r\n").await?;
        if reply(&mut wire).await?.code != 220 {
            return Err(ProbeError::NoStartTls);
        }
        wire = wire.secure(net, way).await?;
        offers = hello(&mut wire).await?;
    }
    let said = match &call.login {
        None => Ok(Login::NotTried),
        Some(credential) => {
            wire.login();
            log_in(&mut wire, credential, &offers).await
        }
    };
    wire.farewell(QUIT).await;
    said
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Offers {
    starttls: bool,
    plain: bool,
    login: bool,
}

async fn hello(wire: &mut Wire<'_>) -> Result<Offers, ProbeError> {
    wire.write(HELLO).await?;
    let reply = reply(wire).await?;
    match reply.code {
        250 => Ok(offers(&reply.lines)),
        // An old one, which knows no extensions and so no login.
        500..=504 => Ok(Offers::default()),
        _ => Err(ProbeError::NotReady),
    }
}

fn offers(lines: &[String]) -> Offers {
    let mut offers = Offers::default();
    for line in lines {
        let mut words = line.split([' ', '=']).map(str::to_ascii_uppercase);
        match words.next().as_deref() {
            Some("STARTTLS") => offers.starttls = true,
            Some("AUTH") => {
                for word in words {
                    offers.plain |= word == "PLAIN";
                    offers.login |= word == "LOGIN";
                }
            }
            _ => {}
        }
    }
    offers
}

async fn log_in(wire: &mut Wire<'_>, credential: &Credential, offers: &Offers) -> Result<Login, ProbeError> {
    let (user, password) = (credential.username.expose(), credential.password.expose());
    if user.is_empty() || user.contains(&0) || password.contains(&0) {
        return Err(ProbeError::LoginForm);
    }
    let code = if offers.plain {
        let both = Zeroizing::new([b"\0", user, b"\0", password].concat());
        say(wire, b"AUTH PLAIN ", &both).await?
    } else if offers.login {
        wire.write(b"AUTH LOGIN\r\n").await?;
        match reply(wire).await?.code {
            334 => match say(wire, b"", user).await? {
                334 => say(wire, b"", password).await?,
                code => code,
            },
            code => code,
        }
    } else if offers.starttls {
        return Err(ProbeError::WantsTls);
    } else {
        return Err(ProbeError::LoginMethod);
    };
    match code {
        235 => Ok(Login::Accepted),
        530 | 538 => Err(ProbeError::WantsTls),
        504 => Err(ProbeError::LoginMethod),
        // 534: the password is right, and another way to log in is wanted; 525: the account is disabled.
        534 | 525 => Ok(Login::Forbidden),
        // 535 above all.
        500..=599 => Ok(Login::Refused),
        _ => Err(ProbeError::NotReady),
    }
}

async fn say(wire: &mut Wire<'_>, command: &[u8], secret: &[u8]) -> Result<u16, ProbeError> {
    let encoded = Zeroizing::new(STANDARD.encode(secret));
    let line = Zeroizing::new([command, encoded.as_bytes(), b"\r\n"].concat());
    wire.write(&line).await?;
    Ok(reply(wire).await?.code)
}

struct Reply {
    code: u16,
    lines: Vec<String>,
}

async fn reply(wire: &mut Wire<'_>) -> Result<Reply, ProbeError> {
    let mut lines = Vec::new();
    while lines.len() < MAX_LINES {
        let line = wire.line(MAX_LINE).await?;
        let Some((code, last, text)) = parse(&line) else {
            return Err(wire.strange());
        };
        lines.push(text);
        if last {
            return Ok(Reply { code, lines });
        }
    }
    Err(wire.strange())
}

/// A line of a reply: its code, whether it is the last, its text.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_first_chunk::<3>()?;
    let code: u16 = std::str::from_utf8(code).ok()?.parse().ok()?;
    let last = match rest.first() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned();
    (200..600).contains(&code).then_some((code, last, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        for (line, want) in [
            (&b"220 mail ready"[..], Some((220, true))),
            (b"250-STARTTLS", Some((250, false))),
            (b"250", Some((250, true))),
            (b"25", None),
            (b"999 x", None),
            (b"abc x", None),
            (b"+22 x", None),
            (b"220x", None),
            (b"HTTP/1.1 400", None),
        ] {
            let got = parse(line).map(|(code, last, _)| (code, last));
            assert_eq!(got, want, "{}", String::from_utf8_lossy(line));
        }
        let lines = ["mail", "STARTTLS", "AUTH LOGIN plain", "SIZE 1"].map(str::to_owned);
        let all = Offers {
            starttls: true,
            plain: true,
            login: true,
        };
        assert_eq!(offers(&lines), all);
        assert_eq!(offers(&["AUTHENTIC".to_owned()]), Offers::default());
    }
}
