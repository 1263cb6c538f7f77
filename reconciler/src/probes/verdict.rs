//! What the answer to a probe means for a condition. Pure. No word of what the other side sent gets into a message:
//! a status code, the address that was called, and our own sentences.

use jiff::{SignedDuration, Timestamp};
use patchbay_api::conditions::{Class as ErrorClass, Reason, types};
use patchbay_model::call::{Call, Exchange, HttpCall, Success};
use patchbay_model::render::RenderError;
use patchbay_model::status::{Condition, Status};

use super::error::ProbeError;
use super::outcome::{Answer, Expression, Health, HttpAnswer, Login, Outcome, Place};
use super::words;

/// A certificate that ends within this time is spoken of.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Whether a certificate that ends then is to be renewed now.
#[must_use]
pub fn ends_soon(end: Timestamp, now: Timestamp) -> bool {
    end.duration_since(now) < EXPIRES_SOON
}

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
    /// When the tool's certificate ends, where one was seen.
    pub certificate_not_after: Option<Timestamp>,
    /// The certificate is not good, and the platform's owner lets that pass for this host.
    pub insecure: bool,
}

impl Verdict {
    /// A verdict without a certificate.
    #[must_use]
    pub const fn new(status: Status, reason: Reason, message: String) -> Self {
        Self {
            status,
            reason,
            message,
            certificate_not_after: None,
            insecure: false,
        }
    }

    /// As a condition of this type.
    #[must_use]
    pub fn condition(&self, type_: &'static str) -> Condition {
        Condition::new(type_, self.status, self.reason, self.message.clone())
    }

    /// Whether all is well.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self.status, Status::True)
    }

    /// Whether the tool was not asked, for a cause on our side. What was known before stays.
    #[must_use]
    pub const fn did_not_run(&self) -> bool {
        matches!(self.reason, Reason::Unavailable | Reason::Internal)
    }

    /// Whether the tool could not even be asked.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self.reason,
            Reason::ConnectionFailed
                | Reason::TLSFailed
                | Reason::CertificateInvalid
                | Reason::InvalidPEM
                | Reason::AddressNotAllowed
        )
    }

    /// Whether the tool refused the credential.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self.reason, Reason::AuthenticationFailed)
    }
}

/// Judges what came of a call.
///
/// *Guarantees*: no word of what the other side sent is in the message, but for names of its certificate that
/// [`super::safe`] lets through.
#[must_use]
pub fn judge(kind: Kind, call: &Call, outcome: &Outcome, now: Timestamp) -> Verdict {
    let place = &outcome.place;
    let verdict = match &outcome.result {
        Err(error) => failed(kind, outcome, error),
        Ok(Answer::Http(answer)) => match &call.exchange {
            Exchange::Http(http) => judge_http(kind, place, http, answer),
            _ => failed(kind, outcome, &ProbeError::Internal),
        },
        Ok(Answer::Open) => good(format!("{place} takes connections")),
        Ok(Answer::Secure) => good(format!("{place} speaks TLS")),
        Ok(Answer::Server(login)) => judge_login(kind, place, *login),
        Ok(Answer::Health(health)) => judge_health(kind, place, *health),
    };
    with_certificate(verdict, outcome, now)
}

/// Judges whether something takes connections at a class's URL.
#[must_use]
pub fn judge_reach(url: &str, outcome: &Outcome, now: Timestamp) -> Verdict {
    let verdict = match &outcome.result {
        Ok(_) => good(format!("{url} answers")),
        Err(error) => {
            let mut verdict = failed(Kind::Liveness, outcome, error);
            verdict.message = format!("{url}: {}", verdict.message);
            verdict
        }
    };
    with_certificate(verdict, outcome, now)
}

const fn good(message: String) -> Verdict {
    Verdict::new(Status::True, Reason::ProbeSucceeded, message)
}

fn failed(kind: Kind, outcome: &Outcome, error: &ProbeError) -> Verdict {
    let status = match (kind, error) {
        // What we did not do says nothing about the tool.
        (_, error) if error.is_ours() => Status::Unknown,
        (_, ProbeError::LoginMethod | ProbeError::WantsTls) => Status::Unknown,
        (Kind::Liveness, _)
        | (
            Kind::Auth,
            ProbeError::LoginForm | ProbeError::NoDatabase | ProbeError::BadRequest | ProbeError::Header,
        ) => Status::False,
        // An auth probe that got no answer says nothing about the credential.
        (Kind::Auth, _) => Status::Unknown,
    };
    Verdict::new(status, error.reason(), words::failure(outcome, error))
}

fn judge_http(kind: Kind, place: &Place, call: &HttpCall, answer: &HttpAnswer) -> Verdict {
    let status = answer.status;
    if answer.wants_tls {
        let message =
            format!("{place} answered {status}: it wants TLS on this port; use https:// in spec.address");
        return Verdict::new(Status::False, Reason::UnexpectedStatus, message);
    }
    if kind == Kind::Auth && answer.headers_dropped {
        let message = format!(
            "{place} answered {status}, after a redirect to another port or scheme, where credentials are not sent: put \
             the final address into spec.address"
        );
        return Verdict::new(Status::Unknown, Reason::UnexpectedStatus, message);
    }
    match &answer.expression {
        None => judge_status(kind, place, call, answer),
        Some(Expression::Holds) => good(format!("{place} answered {status}, as the class wants it")),
        // A tool that says so is believed, whatever the class makes of it.
        Some(_) if kind == Kind::Auth && matches!(status, 401 | 403) => {
            judge_status(kind, place, call, answer)
        }
        Some(said) => judge_expression(place, answer, said),
    }
}

fn judge_expression(place: &Place, answer: &HttpAnswer, said: &Expression) -> Verdict {
    let status = answer.status;
    let (reason, mut message) = match said {
        Expression::Failed(why) => (
            Reason::ExpressionFailed,
            format!("{place} answered {status}, and response.cel of the class fails: {why}"),
        ),
        Expression::DoesNotHold | Expression::Holds => (
            Reason::ExpressionFalse,
            format!("{place} answered {status}, and response.cel of the class does not hold for that"),
        ),
    };
    if answer.body_cut {
        message += "; the answer is longer than 64 KiB, and the expression saw its begin only";
    }
    if let Some(why) = answer.stopped {
        message += &format!("; {}", why.sentence());
    }
    Verdict::new(Status::False, reason, message)
}

fn judge_status(kind: Kind, place: &Place, call: &HttpCall, answer: &HttpAnswer) -> Verdict {
    // An API of the class says by these codes what it thinks of the credential, whatever it is asked for.
    let kind = if call.success == Success::Api {
        Kind::Auth
    } else {
        kind
    };
    let (reason, rest) = match (answer.status, kind) {
        (200, _) => return good(format!("{place} answered 200")),
        (401, Kind::Auth) => (
            Reason::AuthenticationFailed,
            ": it refused the credential; check the values in the Secret and the parameters in spec.auth",
        ),
        (403, Kind::Auth) => (
            Reason::Forbidden,
            ": it knows the credential, and does not allow what the probe asks for; give its account the right to it",
        ),
        (401 | 403, Kind::Liveness) => (
            Reason::UnexpectedStatus,
            ", 200 is wanted: it answers, and wants a login there; the class should probe a path without one",
        ),
        (300..=399, _) if answer.to_login => (
            Reason::UnexpectedStatus,
            ", a redirect to what looks like a page to log in: it did not take the credential, or the path is not one \
             for programs",
        ),
        _ => match answer.stopped {
            Some(why) => {
                let message = format!("{place} answered {}, {}", answer.status, why.sentence());
                return Verdict::new(Status::False, Reason::UnexpectedStatus, message);
            }
            None => (Reason::UnexpectedStatus, ", 200 is wanted"),
        },
    };
    let message = format!("{place} answered {}{rest}", answer.status);
    Verdict::new(Status::False, reason, message)
}

fn judge_login(kind: Kind, place: &Place, login: Login) -> Verdict {
    let (reason, message) = match (login, kind) {
        (Login::NotTried, _) => return good(format!("{place} answers")),
        (Login::Accepted, _) => return good(format!("{place} takes the login")),
        (Login::Refused, Kind::Liveness) => return good(format!("{place} answers, and refuses the login")),
        (Login::Forbidden, Kind::Liveness) => return good(format!("{place} answers, and forbids the login")),
        (Login::Refused, Kind::Auth) => (
            Reason::AuthenticationFailed,
            format!("{place} refused the login; check user and password in the Secret"),
        ),
        (Login::Forbidden, Kind::Auth) => (
            Reason::Forbidden,
            format!(
                "{place} does not let this user in; check that the user exists, may come from here, and may use the \
                 database"
            ),
        ),
    };
    Verdict::new(Status::False, reason, message)
}

fn judge_health(kind: Kind, place: &Place, health: Health) -> Verdict {
    let bad = |reason, message| Verdict::new(Status::False, reason, message);
    match health {
        Health::Serving => good(format!("{place} is serving")),
        Health::NotServing => bad(
            Reason::UnexpectedAnswer,
            format!("{place} answers that it is not serving; what do its own logs say?"),
        ),
        Health::UnknownService => bad(
            Reason::UnexpectedAnswer,
            format!("{place} does not know the service that the class asks about; correct its name"),
        ),
        Health::NoHealthService => bad(
            Reason::UnexpectedAnswer,
            format!("{place} speaks gRPC and has no health service; the class should use tcp or tls"),
        ),
        Health::Unauthenticated if kind == Kind::Auth => bad(
            Reason::AuthenticationFailed,
            format!("{place} refused the credential; check the values in the Secret"),
        ),
        Health::Unauthenticated | Health::PermissionDenied => bad(
            Reason::UnexpectedAnswer,
            format!("{place} answers, and wants a login for its health; the class should use tcp or tls"),
        ),
        Health::Code(code) => bad(
            Reason::UnexpectedAnswer,
            format!("{place} answered with code {code} of gRPC; what do its own logs say?"),
        ),
    }
}

/// Adds what is known of the tool's certificate.
fn with_certificate(mut verdict: Verdict, outcome: &Outcome, now: Timestamp) -> Verdict {
    let Some(facts) = &outcome.tls else {
        return verdict;
    };
    verdict.certificate_not_after = facts.not_after;
    if outcome.result.is_err() {
        return verdict;
    }
    verdict.insecure = facts.problem.is_some();
    if !verdict.is_good() {
        return verdict;
    }
    if verdict.insecure {
        verdict.reason = Reason::CertificateNotVerified;
        verdict.message +=
            "; its certificate is not good, and the chart's values let that pass for this host";
    } else if let Some(end) = facts.not_after.filter(|end| ends_soon(*end, now)) {
        verdict.reason = Reason::CertificateExpiring;
        verdict.message += &format!("; its certificate ends on {}, renew it", words::date(end));
    }
    verdict
}

/// A request that could not be made: its template failed, or something that it needs is not there (yet).
#[must_use]
pub fn unrendered(error: &RenderError) -> Verdict {
    let status = match error.class() {
        ErrorClass::Invalid | ErrorClass::Conflict => Status::False,
        ErrorClass::Waiting | ErrorClass::Transient => Status::Unknown,
    };
    Verdict::new(status, error.reason(), error.public().to_owned())
}

#[cfg(test)]
mod tests;
