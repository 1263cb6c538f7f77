//! What the answer to a probe means for a condition. Pure. No word of what the other side sent gets into a message:
//! a status code, the address that was called, and our own sentences.

use patchbay_api::conditions::{Reason, types};
use patchbay_model::render::RenderError;
use patchbay_model::status::{Condition, Status};

use super::error::ProbeError;
use super::http::Answer;

/// Which of a Connector's probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Whether the tool is there.
    Liveness,
    /// Whether the tool takes the credential.
    Auth,
}

impl Kind {
    /// For metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Auth => "auth",
        }
    }

    /// The condition that the probe decides.
    #[must_use]
    pub const fn condition(self) -> &'static str {
        match self {
            Self::Liveness => types::LIVENESS_READY,
            Self::Auth => types::AUTH_READY,
        }
    }
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Good, bad or not known.
    pub status: Status,
    /// In one word.
    pub reason: Reason,
    /// For a person.
    pub message: String,
}

impl Verdict {
    /// As a condition of this type.
    #[must_use]
    pub fn condition(&self, type_: &'static str) -> Condition {
        Condition::new(type_, self.status, self.reason, self.message.clone())
    }

    /// Whether the tool could not even be asked.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self.reason, Reason::ConnectionFailed | Reason::AddressNotAllowed)
    }

    /// Whether the tool refused the credential.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self.reason, Reason::AuthenticationFailed)
    }
}

/// Judges what came of a request to `place` (host and port).
#[must_use]
pub fn judge(kind: Kind, place: &str, result: &Result<Answer, ProbeError>) -> Verdict {
    match result {
        Ok(answer) => judge_answer(kind, place, answer),
        Err(error) => {
            // An auth probe that got no answer says nothing about the credential.
            let status = match kind {
                Kind::Liveness => Status::False,
                Kind::Auth => Status::Unknown,
            };
            Verdict {
                status,
                reason: error.reason(),
                message: format!("{place}: {error}"),
            }
        }
    }
}

fn judge_answer(kind: Kind, place: &str, answer: &Answer) -> Verdict {
    let Answer {
        status,
        stopped,
        headers_dropped,
    } = *answer;
    let (verdict, reason, rest) = match (status, kind) {
        (200, Kind::Liveness) => (Status::True, Reason::ProbeSucceeded, String::new()),
        (200, Kind::Auth) if !headers_dropped => (Status::True, Reason::ProbeSucceeded, String::new()),
        (_, Kind::Auth) if headers_dropped => (
            Status::Unknown,
            Reason::UnexpectedStatus,
            ", after a redirect to another port or scheme, where credentials are not sent: put the final address into \
             spec.address"
                .to_owned(),
        ),
        (401 | 403, Kind::Auth) => (
            Status::False,
            Reason::AuthenticationFailed,
            ": it refused the credential; check the values in the Secret and the parameters in spec.auth".to_owned(),
        ),
        _ => match stopped {
            Some(why) => (Status::False, Reason::UnexpectedStatus, format!(", {}", why.sentence())),
            None => (Status::False, Reason::UnexpectedStatus, ", 200 is wanted".to_owned()),
        },
    };
    Verdict {
        status: verdict,
        reason,
        message: format!("{place} answered {status}{rest}"),
    }
}

/// A request that could not be made: its template failed.
#[must_use]
pub fn unrendered(error: &RenderError) -> Verdict {
    Verdict {
        status: Status::False,
        reason: error.reason(),
        message: error.public().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::Denied;
    use super::super::target::StopReason;
    use super::*;

    const fn answer(status: u16) -> Result<Answer, ProbeError> {
        Ok(Answer {
            status,
            stopped: None,
            headers_dropped: false,
        })
    }

    #[test]
    fn verdicts() {
        let redirected = Ok(Answer {
            status: 302,
            stopped: Some(StopReason::OtherHost),
            headers_dropped: false,
        });
        let dropped = |status| {
            Ok(Answer {
                status,
                stopped: None,
                headers_dropped: true,
            })
        };
        let denied = Err(ProbeError::Denied(Denied {
            address: [127, 0, 0, 1].into(),
            what: "loopback",
        }));
        for (kind, result, want) in [
            (
                Kind::Liveness,
                answer(200),
                "True ProbeSucceeded git:80 answered 200",
            ),
            (
                Kind::Liveness,
                answer(204),
                "False UnexpectedStatus git:80 answered 204, 200 is wanted",
            ),
            (
                Kind::Liveness,
                answer(401),
                "False UnexpectedStatus git:80 answered 401, 200 is wanted",
            ),
            (
                Kind::Liveness,
                dropped(200),
                "True ProbeSucceeded git:80 answered 200",
            ),
            (
                Kind::Liveness,
                redirected,
                "False UnexpectedStatus git:80 answered 302, a redirect to another host, which a probe does not follow: \
                 put the final address into spec.address",
            ),
            (
                Kind::Liveness,
                denied,
                "False AddressNotAllowed git:80: the address may not be probed: 127.0.0.1 is loopback",
            ),
            (
                Kind::Liveness,
                Err(ProbeError::Closed),
                "False ConnectionFailed git:80: the connection was closed before an answer came",
            ),
            (Kind::Auth, answer(200), "True ProbeSucceeded git:80 answered 200"),
            (
                Kind::Auth,
                answer(401),
                "False AuthenticationFailed git:80 answered 401: it refused the credential; check the values in the \
                 Secret and the parameters in spec.auth",
            ),
            (
                Kind::Auth,
                answer(500),
                "False UnexpectedStatus git:80 answered 500, 200 is wanted",
            ),
            (
                Kind::Auth,
                dropped(401),
                "Unknown UnexpectedStatus git:80 answered 401, after a redirect to another port or scheme, where \
                 credentials are not sent: put the final address into spec.address",
            ),
            (
                Kind::Auth,
                dropped(200),
                "Unknown UnexpectedStatus git:80 answered 200, after a redirect to another port or scheme, where \
                 credentials are not sent: put the final address into spec.address",
            ),
            (
                Kind::Auth,
                Err(ProbeError::Tls),
                "Unknown ConnectionFailed git:80: the TLS handshake failed: does it speak TLS on this port?",
            ),
        ] {
            let v = judge(kind, "git:80", &result);
            assert_eq!(
                format!("{} {} {}", v.status.as_str(), v.reason, v.message),
                want,
                "{kind:?} {result:?}"
            );
        }
    }
}
