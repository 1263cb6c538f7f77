//! Types and reasons of conditions: the words that users, alerts, events and metrics share.

/// Types of conditions. All are positive: `True` is good.
pub mod types {
    /// The summary of the others.
    pub const READY: &str = "Ready";
    /// Connector: its class exists, and the Connector fits it.
    pub const CONNECTOR_CLASS_READY: &str = "ConnectorClassReady";
    /// Connector: its Secret exists, has the right type and all keys.
    pub const SECRET_READY: &str = "SecretReady";
    /// Connector: the tool answers.
    pub const LIVENESS_READY: &str = "LivenessReady";
    /// Connector: the tool takes the credential.
    pub const AUTH_READY: &str = "AuthReady";
    /// Connector: the proxy before it is there.
    pub const PROXY_SERVICE_READY: &str = "ProxyServiceReady";
    /// Class: its API service is there.
    pub const API_READY: &str = "APIReady";
    /// Class: its proxy is there.
    pub const PROXY_READY: &str = "ProxyReady";
    /// Class: everything it uses is supported. Not part of `Ready`.
    pub const SUPPORTED: &str = "Supported";
}

/// The bounded set of reasons. One word serves as condition reason, event reason and metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// All is well.
    Ready,
    /// Not looked at yet.
    Checking,
    /// Another condition of the object is not True; see there.
    DependencyNotReady,
    /// The class does not exist.
    ConnectorClassNotFound,
    /// The class exists but cannot be used.
    ConnectorClassInvalid,
    /// The Connector does not fit its class (any more).
    SchemaViolation,
    /// The object breaks a rule that needs no other object.
    Invalid,
    /// The class lets this Connector go without a Secret, and it does.
    SecretOptional,
    /// The Secret does not exist, or the Connector may not use it: the two read the same.
    SecretNotFound,
    /// The Secret has another type than the class asks for.
    SecretTypeMismatch,
    /// The Secret lacks keys that the class asks for.
    SecretKeyMissing,
    /// The API server did not let us read it.
    SecretNotReadable,
    /// The class has no liveness probe.
    NonLivenessProbe,
    /// The class has no auth probe for this auth type.
    NonAuthProbe,
    /// The tool answered as it should.
    ProbeSucceeded,
    /// The tool could not be reached.
    ConnectionFailed,
    /// The tool answered something else than success.
    UnexpectedStatus,
    /// The tool refused the credential.
    AuthenticationFailed,
    /// The address may not be called from here.
    AddressNotAllowed,
    /// The probe's template could not be rendered.
    TemplateFailed,
    /// The class uses something that is not supported yet.
    NotSupported,
    /// The class has no API service.
    NonAPI,
    /// The class has no proxy.
    NonProxy,
    /// The proxy's Service does not exist.
    ProxyServiceNotFound,
    /// The caller may not use the Connector, or it does not exist: the two read the same.
    PermissionDenied,
    /// The caller's token is not good.
    Unauthenticated,
    /// The Connector of a mount does not exist.
    ConnectorNotFound,
    /// A configuration of a mount does not exist in the class.
    ConfigurationNotFound,
    /// A rendered file is larger than allowed, or there are too many.
    LimitExceeded,
    /// A rendered file is not what its `format` says.
    FormatInvalid,
    /// The API server, or another part that we need, does not answer.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl Reason {
    /// The word itself.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Checking => "Checking",
            Self::DependencyNotReady => "DependencyNotReady",
            Self::ConnectorClassNotFound => "ConnectorClassNotFound",
            Self::ConnectorClassInvalid => "ConnectorClassInvalid",
            Self::SchemaViolation => "SchemaViolation",
            Self::Invalid => "Invalid",
            Self::SecretOptional => "SecretOptional",
            Self::SecretNotFound => "SecretNotFound",
            Self::SecretTypeMismatch => "SecretTypeMismatch",
            Self::SecretKeyMissing => "SecretKeyMissing",
            Self::SecretNotReadable => "SecretNotReadable",
            Self::NonLivenessProbe => "NonLivenessProbe",
            Self::NonAuthProbe => "NonAuthProbe",
            Self::ProbeSucceeded => "ProbeSucceeded",
            Self::ConnectionFailed => "ConnectionFailed",
            Self::UnexpectedStatus => "UnexpectedStatus",
            Self::AuthenticationFailed => "AuthenticationFailed",
            Self::AddressNotAllowed => "AddressNotAllowed",
            Self::TemplateFailed => "TemplateFailed",
            Self::NotSupported => "NotSupported",
            Self::NonAPI => "NonAPI",
            Self::NonProxy => "NonProxy",
            Self::ProxyServiceNotFound => "ProxyServiceNotFound",
            Self::PermissionDenied => "PermissionDenied",
            Self::Unauthenticated => "Unauthenticated",
            Self::ConnectorNotFound => "ConnectorNotFound",
            Self::ConfigurationNotFound => "ConfigurationNotFound",
            Self::LimitExceeded => "LimitExceeded",
            Self::FormatInvalid => "FormatInvalid",
            Self::Unavailable => "Unavailable",
            Self::Internal => "Internal",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The user must change something: wait for the change.
    Invalid,
    /// Something is not there yet: not an error, look again later.
    Waiting,
    /// It may work the next time: back off and try again.
    Transient,
    /// Somebody else wrote first: read again and try at once.
    Conflict,
}
