//! Why a probe got no answer.

use std::time::Duration;

use patchbay_api::conditions::Reason;

use super::http::target::TargetError;
use super::net::certificate::CertificateProblem;
use super::net::connect::ConnectProblem;
use super::net::host::HostError;
use super::net::policy::{Denied, DeniedName};
use super::net::resolve::DnsProblem;
use super::net::tls::TlsProblem;
use super::sniff::Speaks;

/// How far a probe had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Looking the name up.
    Resolve,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for an answer.
    Answer,
    /// The login.
    Login,
    /// Reading the body of the answer.
    Body,
}

impl Stage {
    /// For metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Answer => "answer",
            Self::Login => "login",
            Self::Body => "body",
        }
    }
}

/// Why a probe got no answer. Carries nothing that the other side sent; [`super::words`] makes sentences of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeError {
    /// The host cannot be called.
    Host(HostError),
    /// The URL cannot be called.
    Target(TargetError),
    /// The policy forbids the name.
    DeniedName(DeniedName),
    /// The policy forbids the address.
    Denied(Denied),
    /// The name has no address.
    Lookup(DnsProblem),
    /// Nothing could be connected to.
    Connect(ConnectProblem),
    /// The server's certificate is not good.
    Certificate(CertificateProblem),
    /// TLS failed for another cause.
    Tls(TlsProblem),
    /// The certificates of `caCertSecretRef` cannot be read.
    CaBundle,
    /// The answer is not of the protocol that was expected.
    NotThis {
        /// The protocol.
        expected: &'static str,
        /// What it looks like instead.
        speaks: Option<Speaks>,
    },
    /// More came than is read.
    TooMuch,
    /// The connection broke.
    Closed,
    /// A header or the path cannot be sent.
    BadRequest,
    /// The class sets a header that it may not set.
    Header,
    /// The server does not offer what the encryption of the class asks for.
    NoStartTls,
    /// The server wants TLS before it takes a login.
    WantsTls,
    /// The server wants a way to log in that is not known here.
    LoginMethod,
    /// The credential cannot be used with this protocol, as an empty password.
    LoginForm,
    /// The server says that it is not ready yet, or too busy.
    NotReady,
    /// The server does not have the database.
    NoDatabase,
    /// It took too long.
    Timeout {
        /// While doing what.
        stage: Stage,
        /// The deadline of the whole call.
        after: Duration,
    },
    /// There was no place among the calls at once. The call was not made.
    Busy,
    /// A fault of ours.
    Internal,
}

impl ProbeError {
    /// The reason of the condition, event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Denied(_) | Self::DeniedName(_) | Self::Target(_) | Self::Host(_) => {
                Reason::AddressNotAllowed
            }
            Self::BadRequest | Self::Header => Reason::TemplateFailed,
            Self::LoginForm => Reason::Invalid,
            Self::CaBundle => Reason::InvalidPEM,
            Self::LoginMethod | Self::WantsTls => Reason::NotSupported,
            Self::Busy => Reason::Unavailable,
            Self::Internal => Reason::Internal,
            Self::Certificate(_) => Reason::CertificateInvalid,
            Self::Tls(_) | Self::NoStartTls => Reason::TLSFailed,
            Self::NotThis { .. } | Self::TooMuch | Self::NoDatabase | Self::NotReady => {
                Reason::UnexpectedAnswer
            }
            Self::Lookup(_) | Self::Connect(_) | Self::Closed | Self::Timeout { .. } => {
                Reason::ConnectionFailed
            }
        }
    }

    /// Whether the fault is ours: it says nothing about the tool, and what was known before stays.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        matches!(self, Self::Busy | Self::Internal)
    }
}
