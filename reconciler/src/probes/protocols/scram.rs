//! The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
//!
//! *Caveat*: a password with characters beyond ASCII is sent as it is written, without the normalisation of SASLprep.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

/// Rounds that are computed for a server. PostgreSQL's own number is 4096; a server that asks for millions wants our
/// processor.
const MAX_ROUNDS: u32 = 200_000;
const MECHANISM: &[u8] = b"SCRAM-SHA-256";
/// `n,,`: no channel binding, no other identity.
const HEADER: &str = "n,,";

/// One login.
pub(super) struct Scram {
    nonce: String,
    server_signature: Option<Vec<u8>>,
}

impl Scram {
    /// Begins, if the server takes this mechanism. Its names end in noughts.
    pub(super) fn begin(mechanisms: &[u8]) -> Option<Self> {
        let known = mechanisms.split(|b| *b == 0).any(|name| name == MECHANISM);
        let mut nonce = [0; 18];
        SystemRandom::new().fill(&mut nonce).ok()?;
        known.then(|| Self {
            nonce: STANDARD.encode(nonce),
            server_signature: None,
        })
    }

    #[cfg(test)]
    fn with_nonce(nonce: &str) -> Self {
        Self {
            nonce: nonce.to_owned(),
            server_signature: None,
        }
    }

    /// The first message: the mechanism, and the user as the server knows it already.
    pub(super) fn first(&self) -> Zeroizing<Vec<u8>> {
        let text = format!("{HEADER}{}", self.first_bare());
        let length = u32::try_from(text.len()).unwrap_or_default().to_be_bytes();
        Zeroizing::new([MECHANISM, b"\0", &length, text.as_bytes()].concat())
    }

    fn first_bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// The last message: the proof that we know the password. `None`: what the server said is not SCRAM.
    pub(super) async fn prove(self, server: &[u8], password: &[u8]) -> Option<(Self, Zeroizing<Vec<u8>>)> {
        let server = std::str::from_utf8(server).ok()?.to_owned();
        let password = Zeroizing::new(password.to_vec());
        // Some milliseconds of computing.
        tokio::task::spawn_blocking(move || self.compute(&server, &password))
            .await
            .ok()?
    }

    fn compute(mut self, server: &str, password: &[u8]) -> Option<(Self, Zeroizing<Vec<u8>>)> {
        let mut fields = server.split(',');
        let nonce = fields.next()?.strip_prefix("r=")?;
        let salt = STANDARD.decode(fields.next()?.strip_prefix("s=")?).ok()?;
        let rounds: NonZeroU32 = fields.next()?.strip_prefix("i=")?.parse().ok()?;
        let extends = nonce.starts_with(&self.nonce) && nonce.len() > self.nonce.len();
        if !extends || rounds.get() > MAX_ROUNDS {
            return None;
        }
        let mut salted = Zeroizing::new([0; digest::SHA256_OUTPUT_LEN]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password, &mut *salted);
        let client_key = sign(&*salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let bare = format!("c={},r={nonce}", STANDARD.encode(HEADER));
        let auth = format!("{},{server},{bare}", self.first_bare());
        let signature = sign(stored_key.as_ref(), auth.as_bytes());
        let proof: Vec<u8> = client_key
            .as_ref()
            .iter()
            .zip(signature.as_ref())
            .map(|(a, b)| a ^ b)
            .collect();
        let server_key = sign(&*salted, b"Server Key");
        self.server_signature = Some(sign(server_key.as_ref(), auth.as_bytes()).as_ref().to_vec());
        let last = format!("{bare},p={}", STANDARD.encode(proof));
        Some((self, Zeroizing::new(last.into_bytes())))
    }

    /// Whether the server knows the password, too.
    pub(super) fn verify(&self, server: &[u8]) -> bool {
        let Some(ours) = &self.server_signature else {
            return false;
        };
        let theirs = server.strip_prefix(b"v=").and_then(|text| {
            STANDARD
                .decode(text.split(|b| *b == b',').next().unwrap_or_default())
                .ok()
        });
        theirs.is_some_and(|theirs| theirs == *ours)
    }
}

fn sign(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server's answers are computed with the numbers of RFC 7677; its user name is not sent here, so the proof
    /// differs from the one printed there.
    #[test]
    fn what_a_server_says_is_bounded_and_checked() {
        let good = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        for (server, want) in [
            (good, true),
            ("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", false),
            ("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", false),
            (
                "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000",
                false,
            ),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0", false),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=???,i=4096", false),
            ("", false),
            (",,,", false),
        ] {
            let scram = Scram::with_nonce("rOprNGfwEbeRWgbNEkqO");
            assert_eq!(scram.compute(server, b"pencil").is_some(), want, "{server}");
        }
        let (scram, _) = Scram::with_nonce("rOprNGfwEbeRWgbNEkqO")
            .compute(good, b"pencil")
            .unwrap();
        let signature = STANDARD.encode(scram.server_signature.clone().unwrap());
        assert!(scram.verify(format!("v={signature}").as_bytes()));
        assert!(!scram.verify(b"v=AAAA"));
        assert!(!scram.verify(b"e=invalid-proof"));
        assert!(Scram::begin(b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0").is_some());
        assert!(Scram::begin(b"SCRAM-SHA-1\0\0").is_none());
    }
}
