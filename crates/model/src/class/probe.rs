//! Probes, checked and compiled.

use crate::param::Params;

/// One probe.
#[derive(Debug)]
pub enum Probe {
    /// A request to the tool.
    Http(HttpProbe),
    /// A request to the class's API service.
    Api(ApiProbe),
}

/// A request to the tool. Answer 200 is success.
#[derive(Debug)]
pub struct HttpProbe {
    /// The method.
    pub method: Method,
    /// Instead of the Connector's host.
    pub host: Option<String>,
    /// Instead of the Connector's scheme.
    pub scheme: Option<Scheme>,
    /// Do not follow redirects.
    pub disable_redirect: bool,
}

/// A request to the class's API service. 200 is success; 401 and 403 say that the credential is wrong.
#[derive(Debug)]
pub struct ApiProbe {}

/// The method of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`, with an empty body.
    Post,
}

impl Method {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The scheme of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// How the credential of one auth type is checked.
#[derive(Debug)]
pub struct AuthProbe {
    /// The auth type.
    pub auth_name: String,
    /// Parameters that a Connector gives in `spec.auth.params`.
    pub params: Params,
    /// The probe.
    pub probe: Probe,
}
