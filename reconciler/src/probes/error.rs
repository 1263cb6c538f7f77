//! Why a probe got no answer.

use std::time::Duration;

use patchbay_api::conditions::Reason;

use super::policy::Denied;
use super::target::TargetError;

/// How far a probe had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Looking the name up.
    Resolve,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for the head of the answer.
    Head,
    /// Reading the body of the answer.
    Body,
}

impl Stage {
    const fn doing(self) -> &'static str {
        match self {
            Self::Resolve => "looking its name up",
            Self::Connect => "connecting",
            Self::Tls => "the TLS handshake",
            Self::Head => "waiting for an answer",
            Self::Body => "reading the answer",
        }
    }
}

/// Why the other side's certificate is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No known authority signed it.
    UnknownIssuer,
    /// It is for another name.
    OtherName,
    /// It is past its end.
    Expired,
    /// It is before its begin.
    NotYetValid,
    /// Anything else.
    Other,
}

impl CertificateProblem {
    const fn sentence(self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "its certificate is signed by an unknown authority: put the authority's certificate into a Secret and name it in spec.caCertSecretRef"
            }
            Self::OtherName => "its certificate is for another host name",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::Other => "its certificate is not acceptable",
        }
    }
}

/// Why a probe got no answer. Carries nothing that the other side sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The URL cannot be probed.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// The address policy forbids it.
    #[error("the address may not be probed: {0}")]
    Denied(Denied),
    /// The name has no address.
    #[error("the name {0} has no address")]
    NoAddress(String),
    /// Nothing could be connected to.
    #[error("cannot connect: {0}")]
    Connect(&'static str),
    /// TLS failed because of the certificate.
    #[error("{}", .0.sentence())]
    Certificate(CertificateProblem),
    /// TLS failed for another cause.
    #[error("the TLS handshake failed: does it speak TLS on this port?")]
    Tls,
    /// The certificates of `caCertSecretRef` cannot be read.
    #[error("the Secret of spec.caCertSecretRef holds no usable PEM certificate")]
    CaBundle,
    /// The answer is not HTTP, or is too large.
    #[error("the answer is not HTTP, or its head is too large")]
    NotHttp,
    /// The connection broke.
    #[error("the connection was closed before an answer came")]
    Closed,
    /// A header or the path cannot be sent.
    #[error("the probe's path or a header has characters that cannot be sent")]
    BadRequest,
    /// It took too long.
    #[error("gave up after {} s while {}", .after.as_secs_f32(), .stage.doing())]
    Timeout {
        /// While doing what.
        stage: Stage,
        /// The deadline of the whole probe.
        after: Duration,
    },
}

impl ProbeError {
    /// The reason of the condition, event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Denied(_) | Self::Target(_) => Reason::AddressNotAllowed,
            Self::BadRequest => Reason::TemplateFailed,
            Self::CaBundle => Reason::Invalid,
            Self::NoAddress(_)
            | Self::Connect(_)
            | Self::Certificate(_)
            | Self::Tls
            | Self::NotHttp
            | Self::Closed
            | Self::Timeout { .. } => Reason::ConnectionFailed,
        }
    }
}

/// Why a connection was not opened, in words that are the same on every machine.
pub(super) fn connect_problem(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::ConnectionRefused => "connection refused: nothing listens there",
        K::ConnectionReset | K::ConnectionAborted => "connection reset",
        K::HostUnreachable => "host unreachable",
        K::NetworkUnreachable => "network unreachable",
        K::AddrNotAvailable => "address not available",
        K::PermissionDenied => "not permitted on this network",
        K::TimedOut => "no answer",
        _ => "the network refused it",
    }
}

/// What a failed handshake means.
pub(super) fn tls_problem(error: &std::io::Error) -> ProbeError {
    use rustls::CertificateError as C;
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::InvalidCertificate(problem)) => ProbeError::Certificate(match problem {
            C::UnknownIssuer => CertificateProblem::UnknownIssuer,
            C::NotValidForName | C::NotValidForNameContext { .. } => CertificateProblem::OtherName,
            C::Expired | C::ExpiredContext { .. } => CertificateProblem::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => CertificateProblem::NotYetValid,
            _ => CertificateProblem::Other,
        }),
        Some(_) => ProbeError::Tls,
        None => ProbeError::Closed,
    }
}
