//! Sentences about calls, for people. Pure.
//!
//! No word of what the other side sent gets into them, except names of a certificate that [`super::safe`] lets through:
//! addresses, names that the Connector has, codes, and our own words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::error::{ProbeError, Stage};
use super::net::certificate::{CertificateProblem, TlsFacts};
use super::net::connect::ConnectProblem;
use super::net::resolve::DnsProblem;
use super::net::tls::TlsProblem;
use super::outcome::Outcome;

/// The sentence about a call that failed.
#[must_use]
pub fn failure(outcome: &Outcome, error: &ProbeError) -> String {
    let host = &outcome.place.host;
    let at = spot(outcome);
    match error {
        ProbeError::Host(e) => format!("{e}; correct it in spec.address"),
        ProbeError::Target(e) => e.to_string(),
        ProbeError::DeniedName(denied) => {
            format!("{host} is {}, and may not be probed; {ASK_OWNER}", denied.what)
        }
        ProbeError::Denied(denied) if host_is(host, &denied.address.to_string()) => {
            format!("{denied}, and may not be probed; {ASK_OWNER}")
        }
        ProbeError::Denied(denied) => {
            format!(
                "{host} has the address {}, which is {} and may not be probed; {ASK_OWNER}",
                denied.address, denied.what
            )
        }
        ProbeError::Lookup(problem) => format!("lookup {host}: {}", lookup(*problem)),
        ProbeError::Connect(problem) => format!("dial tcp {at}: {}", connect(*problem)),
        ProbeError::Certificate(problem) => {
            format!("tls {at}: {}", certificate(*problem, outcome.tls.as_deref(), host))
        }
        ProbeError::Tls(problem) => format!("tls {at}: {}", tls(*problem)),
        ProbeError::CaBundle => {
            "the Secret of spec.caCertSecretRef holds no usable PEM certificate".to_owned()
        }
        ProbeError::NotThis { expected, speaks } => match speaks {
            Some(speaks) => format!(
                "{at} does not answer {expected}: it speaks {}; correct the scheme or the port",
                speaks.as_str()
            ),
            None => format!("{at} does not answer {expected}, or more than fits; is the port right?"),
        },
        ProbeError::TooMuch => format!("{at} sends more than a probe reads; is the port right?"),
        ProbeError::Closed => format!(
            "{at} closed the connection {}; what do its own logs say?",
            before(outcome.stage)
        ),
        ProbeError::BadRequest => "the probe's path or a header has characters that cannot be sent; correct the \
                                   value in the Secret, or the template in the class"
            .to_owned(),
        ProbeError::Header => {
            "the class sets a header that only the probe itself may set; correct the class".to_owned()
        }
        ProbeError::NoStartTls => {
            format!("{at} does not offer TLS, which the class asks for; turn TLS on there")
        }
        ProbeError::WantsTls => {
            format!("{at} wants TLS before it takes a login; set the encryption in the class")
        }
        ProbeError::LoginMethod => {
            format!("{at} wants a way to log in that a probe does not know; the login is not checked")
        }
        ProbeError::LoginForm => {
            "the user or the password is empty, too long, or has characters that this protocol cannot carry; correct \
             the Secret"
                .to_owned()
        }
        ProbeError::NotReady => format!("{at} answers that it is not ready, or has no place; try again later"),
        ProbeError::NoDatabase => format!("{at} takes the login, and has no such database; correct its name"),
        ProbeError::Timeout { stage, after } => timeout(*stage, &seconds(*after), host, &at),
        ProbeError::Busy => "not probed: too many probes at once; the result before stays".to_owned(),
        ProbeError::Internal => "not probed, for a fault of Patchbay; look at the reconciler's logs".to_owned(),
    }
}

const ASK_OWNER: &str = "use another address, or ask the platform's owner to allow it in the chart's values";

/// The address that was dialled, and the name it came from.
fn spot(outcome: &Outcome) -> String {
    let host = &outcome.place.host;
    match outcome.peer {
        None => outcome.place.to_string(),
        Some(peer) if host_is(host, &peer.ip().to_string()) => peer.to_string(),
        Some(peer) => format!("{peer} ({host})"),
    }
}

fn host_is(host: &str, address: &str) -> bool {
    host.trim_matches(['[', ']']) == address
}

const fn lookup(problem: DnsProblem) -> &'static str {
    match problem {
        DnsProblem::NoSuchHost => "no such host; is the name right, and does the Service exist?",
        DnsProblem::NoAnswer => "the DNS does not answer, or cannot say; does the cluster's DNS work?",
        DnsProblem::Other => "the name cannot be looked up; is it right?",
    }
}

const fn connect(problem: ConnectProblem) -> &'static str {
    match problem {
        ConnectProblem::Refused => "connection refused; is the service running?",
        ConnectProblem::Reset => "connection reset; is something between that breaks it off?",
        ConnectProblem::NoAnswer => "no answer; does a firewall or a NetworkPolicy drop it?",
        ConnectProblem::HostUnreachable => "no route to host; is the machine up?",
        ConnectProblem::NotPermitted => "not permitted; does a NetworkPolicy forbid it?",
        ConnectProblem::NetworkUnreachable => {
            "network is unreachable; does the cluster have this version of IP?"
        }
        ConnectProblem::Other => "the connection failed",
    }
}

fn tls(problem: TlsProblem) -> String {
    let sentence = match problem {
        TlsProblem::NotTls(Some(speaks)) => {
            return format!(
                "it speaks {} and not TLS on this port; use the scheme without TLS, or the port with it",
                speaks.as_str()
            );
        }
        TlsProblem::NotTls(None) => {
            "what answers does not speak TLS, perhaps plain text; use the scheme without TLS, or the port with it"
        }
        TlsProblem::Closed => "the connection was closed in the handshake; does it speak TLS on this port?",
        TlsProblem::WantsClientCertificate => "it wants a client's certificate, which a probe does not have",
        TlsProblem::UnknownName => "it has no certificate for this name; is the host right?",
        TlsProblem::NothingInCommon => {
            "no version or cipher of TLS in common; it needs TLS 1.2 with a modern cipher, or 1.3"
        }
        TlsProblem::Refused => "it broke the handshake off; what do its own logs say?",
        TlsProblem::Other => "the handshake failed",
    };
    sentence.to_owned()
}

const fn before(stage: Stage) -> &'static str {
    match stage {
        Stage::Login => "before the login was through",
        Stage::Body => "in the middle of its answer",
        Stage::Resolve | Stage::Connect | Stage::Tls | Stage::Answer => "before an answer came",
    }
}

fn timeout(stage: Stage, after: &str, host: &str, at: &str) -> String {
    match stage {
        Stage::Resolve => {
            format!("lookup {host}: no answer from the DNS within {after}; does the cluster's DNS work?")
        }
        Stage::Connect => {
            format!("dial tcp {at}: no answer within {after}; does a firewall or a NetworkPolicy drop it?")
        }
        Stage::Tls => {
            format!("tls {at}: the handshake did not end within {after}; does it speak TLS on this port?")
        }
        Stage::Answer => {
            format!("{at} takes connections, and did not answer within {after}; is it overloaded?")
        }
        Stage::Login => format!("{at} did not answer the login within {after}; is it overloaded?"),
        Stage::Body => format!("{at} began its answer, and did not end it within {after}; is it overloaded?"),
    }
}

fn certificate(problem: CertificateProblem, facts: Option<&TlsFacts>, host: &str) -> String {
    let Some(facts) = facts else {
        return "its certificate is not acceptable".to_owned();
    };
    let which = which(facts);
    let date = |time: Option<Timestamp>| time.map_or_else(|| "an unknown time".to_owned(), self::date);
    match problem {
        CertificateProblem::UnknownIssuer if facts.self_signed => format!(
            "{which} is signed by itself; put it, or the certificate of an authority that signs it, into a Secret and \
             name that in spec.caCertSecretRef"
        ),
        CertificateProblem::UnknownIssuer => format!(
            "{which} is signed by {}, which is not trusted here; put its certificate into a Secret and name that in \
             spec.caCertSecretRef",
            facts
                .issuer
                .as_ref()
                .map_or_else(|| "an authority".to_owned(), |name| format!("{name:?}"))
        ),
        CertificateProblem::OtherName => {
            format!("{which} is not for {host}; use a name that it is for, or have it issued for this one")
        }
        CertificateProblem::Expired => {
            format!("{which} has expired on {}; renew it", date(facts.not_after))
        }
        CertificateProblem::NotYetValid => format!(
            "{which} is not valid before {}; are the clocks right?",
            date(facts.not_before)
        ),
        CertificateProblem::OtherPurpose => format!("{which} is not one for servers"),
        CertificateProblem::Revoked => format!("{which} is revoked; have it issued anew"),
        CertificateProblem::Unreadable => "its certificate cannot be read".to_owned(),
        CertificateProblem::Other => format!("{which} is not acceptable"),
    }
}

/// Which certificate: its names, as far as they can be shown.
fn which(facts: &TlsFacts) -> String {
    match (facts.names.as_slice(), facts.more_names) {
        ([], _) => "its certificate".to_owned(),
        (names, 0) => format!("its certificate (for {})", names.join(", ")),
        (names, more) => format!("its certificate (for {} and {more} more)", names.join(", ")),
    }
}

/// A day and a minute.
#[must_use]
pub fn date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M UTC")
        .to_string()
}

fn seconds(after: std::time::Duration) -> String {
    format!("{} s", after.as_secs_f32())
}
