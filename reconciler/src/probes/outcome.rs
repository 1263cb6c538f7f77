//! What came of a call: data, without a word about what it means.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use patchbay_model::call::{Call, Exchange};
use patchbay_model::secret::SecretBytes;

use super::error::{ProbeError, Stage};
use super::http::target::StopReason;
use super::net::certificate::TlsFacts;

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The host and port that the call is for, as they are shown.
    pub place: Place,
    /// The address that was dialled last.
    pub peer: Option<SocketAddr>,
    /// The other side's certificate.
    pub tls: Option<Arc<TlsFacts>>,
    /// How far it came.
    pub stage: Stage,
    /// How long it took, without waiting for a place.
    pub took: Duration,
    /// How long it waited for a place.
    pub waited: Duration,
    /// The answer, or why there is none.
    pub result: Result<Answer, ProbeError>,
}

/// The word for what a call speaks, for metrics.
#[must_use]
pub const fn protocol(call: &Call) -> &'static str {
    match &call.exchange {
        Exchange::Http(_) => "http",
        Exchange::Tcp => "tcp",
        Exchange::Tls { .. } => "tls",
        Exchange::Grpc { .. } => "grpc",
        Exchange::Server(call) => call.protocol.as_str(),
    }
}

/// A host and a port, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The host: a name, or an address with brackets where it is one of version 6.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the tool said.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It answered HTTP.
    Http(HttpAnswer),
    /// It takes connections.
    Open,
    /// It speaks TLS, with a good certificate.
    Secure,
    /// It speaks the protocol. What it said of the login, where there was one.
    Server(Login),
    /// What the health service of gRPC says.
    Health(Health),
}

/// What a server said of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// There was none.
    NotTried,
    /// It was taken.
    Accepted,
    /// User or password are wrong.
    Refused,
    /// They are right, and may not do this.
    Forbidden,
}

/// What the health service of gRPC says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Well.
    Serving,
    /// Not well.
    NotServing,
    /// It does not know the service, or not yet.
    UnknownService,
    /// There is no health service, but gRPC is spoken.
    NoHealthService,
    /// It wants a login.
    Unauthenticated,
    /// It does not let us ask.
    PermissionDenied,
    /// It answers with another code of gRPC.
    Code(u32),
}

/// What the expression of a class says of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// It is a success.
    Holds,
    /// It is none.
    DoesNotHold,
    /// It cannot be evaluated over this answer; why, without a value of the answer.
    Failed(String),
}

/// An answer in HTTP. Its headers and its body are the other side's, and are never shown.
#[derive(Clone)]
pub struct HttpAnswer {
    /// The status of the last answer.
    pub status: u16,
    /// Names in lower case, in the order in which they came, and values.
    pub headers: Vec<(String, SecretBytes)>,
    /// The body, as it came, as far as it was read.
    pub body: SecretBytes,
    /// There was more of it.
    pub body_cut: bool,
    /// Why a redirect was not followed.
    pub stopped: Option<StopReason>,
    /// A redirect was followed without the headers of the class.
    pub headers_dropped: bool,
    /// What the expression of the class says, where it has one.
    pub expression: Option<Expression>,
    /// The redirect that was not followed leads to what looks like a page for people to log in.
    pub to_login: bool,
    /// It says that it wants TLS on this port.
    pub wants_tls: bool,
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .field("body_cut", &self.body_cut)
            .field("stopped", &self.stopped)
            .field("headers_dropped", &self.headers_dropped)
            .field("expression", &self.expression)
            .field("to_login", &self.to_login)
            .field("wants_tls", &self.wants_tls)
            .finish()
    }
}
