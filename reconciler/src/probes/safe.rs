//! What of the other side's text may be shown to a person. Pure.
//!
//! A server knows what it was sent, and may say it again wherever it likes: in its certificate, in an error, in a
//! redirect. Almost nothing of what it says is ever shown; the few words that are pass through here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::call::{Call, Exchange};
use patchbay_model::secret::SecretBytes;

/// Shorter pieces are no secret, and would hide every name with an "a" in it.
const MIN_PIECE: usize = 3;
/// The longest name that is shown.
const MAX_NAME: usize = 80;

/// What was sent in a call and must not come back out: credentials, whole and in parts.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds credentials")]
pub struct Hidden(Vec<SecretBytes>);

impl Hidden {
    /// What must not be shown after this call.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let mut hidden = Self::default();
        match &call.exchange {
            Exchange::Http(http) => {
                for (name, value) in &http.headers {
                    hidden.header(name, value.expose());
                }
                let path = http.target.expose();
                for piece in path.split(|b| matches!(b, b'/' | b'?' | b'&' | b'=' | b':' | b'@' | b';')) {
                    hidden.add(piece);
                }
            }
            Exchange::Server(server) => {
                if let Some(login) = &server.login {
                    hidden.add(login.password.expose());
                    hidden.add(login.username.expose());
                }
            }
            Exchange::Tcp | Exchange::Tls { .. } | Exchange::Grpc { .. } => {}
        }
        hidden
    }

    fn header(&mut self, name: &str, value: &[u8]) {
        // Everybody knows what these say.
        if matches!(name, "accept" | "user-agent" | "content-type" | "host") {
            return;
        }
        self.add(value);
        for word in value.split(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';' | b'=')) {
            self.add(word);
        }
        if let Some(encoded) = value.rsplit(|b| *b == b' ').next()
            && let Ok(plain) = STANDARD.decode(encoded)
        {
            let plain = SecretBytes::new(plain);
            self.add(plain.expose());
            for part in plain.expose().splitn(2, |b| *b == b':') {
                self.add(part);
            }
        }
    }

    fn add(&mut self, piece: &[u8]) {
        if piece.len() >= MIN_PIECE {
            self.0.push(SecretBytes::new(piece.to_ascii_lowercase()));
        }
    }

    /// Whether a text holds anything that was sent, in any case.
    #[must_use]
    pub fn taints(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let holds = |piece: &SecretBytes| {
            text.as_bytes()
                .windows(piece.len())
                .any(|window| window == piece.expose())
        };
        self.0.iter().any(holds)
    }

    /// A host name out of a certificate, perhaps with a star at its begin, if it is one. That of the host that was
    /// called is no secret.
    #[must_use]
    pub fn host_name(&self, text: &str, called: &str) -> Option<String> {
        let name = text.to_ascii_lowercase();
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let rest = name.strip_prefix("*.").unwrap_or(&name);
        let good = name.len() <= MAX_NAME && rest.contains('.') && rest.split('.').all(label);
        (name == called || (good && !self.taints(&name))).then_some(name)
    }

    /// The name of an authority, if it is plain words.
    #[must_use]
    pub fn words(&self, text: &str, most: usize) -> Option<String> {
        let plain = |c: char| c.is_alphanumeric() || " -_.,()&'".contains(c);
        let good = !text.is_empty() && text.chars().count() <= most && text.chars().all(plain);
        (good && !self.taints(text)).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::call::{HttpCall, Method, Scheme, Success};

    use super::*;

    fn bytes(text: &str) -> SecretBytes {
        SecretBytes::new(text.as_bytes().to_vec())
    }

    #[test]
    fn only_names_and_words_without_a_credential_are_shown() {
        let basic = format!("Basic {}", STANDARD.encode("Alice:open-sesame"));
        let call = Call {
            host: "git.demo".to_owned(),
            port: 443,
            timeout: None,
            exchange: Exchange::Http(HttpCall {
                method: Method::Get,
                scheme: Scheme::Https,
                target: bytes("/x/pathtoken?key=querytoken"),
                headers: vec![
                    ("authorization".to_owned(), bytes(&basic)),
                    ("private-token".to_owned(), bytes("glpat.deadbeef")),
                    ("accept".to_owned(), bytes("application/json")),
                ],
                disable_redirect: false,
                success: Success::Http,
            }),
        };
        let hidden = Hidden::of(&call);
        for (text, want) in [
            ("git.demo", true),
            ("*.demo.example", true),
            ("application.demo", true),
            ("alice.demo", false),
            ("open-sesame.demo", false),
            ("OPEN-Sesame.demo", false),
            ("x.glpat.deadbeef.demo", false),
            ("pathtoken.demo", false),
            ("querytoken.demo", false),
            ("no-dot", false),
            ("a b.demo", false),
            ("a.demo\n", false),
            ("<script>.demo", false),
            ("", false),
        ] {
            assert_eq!(hidden.host_name(text, "git.demo").is_some(), want, "{text}");
        }
        for (text, want) in [
            ("Let's Encrypt", true),
            ("Root CA (2024), Inc.", true),
            ("Büro & Co", true),
            ("open-sesame", false),
            ("the Alice authority", false),
            ("a\nb", false),
            ("a=b;c", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(hidden.words(text, 64).is_some(), want, "{text}");
        }
    }
}
