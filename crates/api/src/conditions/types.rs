//! Types of conditions. All are positive: `True` is good.

use super::Reason as R;
use super::Reason;

/// The kind of object that carries a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// `Connector`
    Connector,
    /// `ConnectorClass`
    ConnectorClass,
    /// Every kind.
    Every,
}

/// What is known of a type of condition.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The word.
    pub name: &'static str,
    /// What it means when it is True.
    pub meaning: &'static str,
    /// Which kind carries it.
    pub of: Carrier,
    /// It is part of `Ready`. The others only inform: their severity is `Info`.
    pub counts: bool,
    /// The reasons of True.
    pub good: &'static [Reason],
    /// The reasons of False.
    pub bad: &'static [Reason],
    /// The reasons of Unknown.
    pub unknown: &'static [Reason],
}

/// Makes a constant for each type, and the list of all.
macro_rules! types {
    ($($(#[doc = $meaning:literal])+ $name:ident = $word:literal of $of:ident, counts: $counts:literal,
        good: [$($good:ident),*], bad: [$($bad:ident),*], unknown: [$($unknown:ident),*];)+) => {
        $($(#[doc = $meaning])+ pub const $name: &str = $word;)+

        /// All types.
        pub const ALL: &[Facts] = &[$(Facts {
            name: $word,
            meaning: concat!($($meaning),+).trim_ascii(),
            of: Carrier::$of,
            counts: $counts,
            good: &[$(R::$good),*],
            bad: &[$(R::$bad),*],
            unknown: &[$(R::$unknown),*],
        }),+];
    };
}

types! {
    /// The summary of the others: False if one of them is, else Unknown if one of them is, else True. Unless it is
    /// True, its reason and message are those of the condition that decides.
    READY = "Ready" of Every, counts: false,
        good: [Ready], bad: [ConnectorClassInvalid], unknown: [Checking];
    /// The class exists, and the Connector fits it.
    CONNECTOR_CLASS_READY = "ConnectorClassReady" of Connector, counts: true,
        good: [Ready], bad: [ConnectorClassNotFound, ConnectorClassInvalid, SchemaViolation], unknown: [];
    /// The Secret exists, has the right type and all keys.
    SECRET_READY = "SecretReady" of Connector, counts: true,
        good: [Ready, SecretOptional],
        bad: [SecretNotFound, SecretTypeMismatch, SecretKeyMissing],
        unknown: [Checking, DependencyNotReady, SecretNotReadable];
    /// The tool answers.
    LIVENESS_READY = "LivenessReady" of Connector, counts: true,
        good: [ProbeSucceeded, NonLivenessProbe, CertificateExpiring, CertificateNotVerified],
        bad: [ConnectionFailed, TLSFailed, CertificateInvalid, UnexpectedStatus, UnexpectedAnswer, ExpressionFalse,
            ExpressionFailed, AuthenticationFailed, Forbidden, AddressNotAllowed, TemplateFailed, LimitExceeded,
            Invalid, InvalidPEM],
        unknown: [Checking, DependencyNotReady, NotSupported, Unavailable, Internal];
    /// The tool takes the credential.
    AUTH_READY = "AuthReady" of Connector, counts: true,
        good: [ProbeSucceeded, NonAuthProbe, CertificateExpiring, CertificateNotVerified],
        bad: [AuthenticationFailed, Forbidden, UnexpectedStatus, UnexpectedAnswer, ExpressionFalse, ExpressionFailed,
            TemplateFailed, LimitExceeded, Invalid],
        unknown: [Checking, DependencyNotReady, ConnectionFailed, TLSFailed, CertificateInvalid, UnexpectedStatus,
            UnexpectedAnswer, AddressNotAllowed, Invalid, InvalidPEM, NotSupported, TemplateFailed, Unavailable,
            Internal];
    /// The proxy before the tool is there.
    PROXY_SERVICE_READY = "ProxyServiceReady" of Connector, counts: true,
        good: [Ready, NonProxy], bad: [ProxyServiceNotFound], unknown: [Checking, DependencyNotReady];
    /// The certificates of the tool's authority can be read, and the tool's certificate is verified.
    CA_CERT_READY = "CACertReady" of Connector, counts: false,
        good: [Valid, NoCACert],
        bad: [SecretNotFound, InvalidPEM, CertificateNotVerified],
        unknown: [Checking, DependencyNotReady, SecretNotReadable];
    /// The class's API service can be connected to. What it answers does not count.
    API_READY = "APIReady" of ConnectorClass, counts: true,
        good: [Ready, NonAPI, ProbeSucceeded, CertificateNotVerified],
        bad: [ConnectionFailed, TLSFailed, CertificateInvalid, UnexpectedStatus, UnexpectedAnswer, AddressNotAllowed, InvalidPEM, Invalid, TemplateFailed,
            EndpointKindNotFound, EndpointNotFound, EndpointWithoutAddress, EndpointAddressInvalid],
        unknown: [Checking, EndpointNotReadable, NotSupported, Unavailable, Internal];
    /// The class's proxy can be connected to. What it answers does not count.
    PROXY_READY = "ProxyReady" of ConnectorClass, counts: true,
        good: [Ready, NonProxy, ProbeSucceeded, CertificateNotVerified],
        bad: [ConnectionFailed, TLSFailed, CertificateInvalid, UnexpectedStatus, UnexpectedAnswer, AddressNotAllowed, InvalidPEM, Invalid, TemplateFailed,
            EndpointKindNotFound, EndpointNotFound, EndpointWithoutAddress, EndpointAddressInvalid],
        unknown: [Checking, EndpointNotReadable, NotSupported, Unavailable, Internal];
    /// Everything that the class uses is supported.
    SUPPORTED = "Supported" of ConnectorClass, counts: false,
        good: [Ready], bad: [NotSupported], unknown: [];
}

impl Facts {
    /// The reasons of a status: `True`, `False` or `Unknown`.
    #[must_use]
    pub fn reasons(&self, status: &str) -> &'static [Reason] {
        match status {
            "True" => self.good,
            "False" => self.bad,
            "Unknown" => self.unknown,
            _ => &[],
        }
    }
}

/// What is known of the type of this name.
#[must_use]
pub fn facts(name: &str) -> Option<&'static Facts> {
    ALL.iter().find(|facts| facts.name == name)
}

/// `Info` for conditions that only inform.
#[must_use]
pub fn severity(name: &str) -> Option<&'static str> {
    (!counts(name) && name != READY).then_some("Info")
}

/// Whether conditions of this type are part of `Ready`. The others only inform.
#[must_use]
pub fn counts(name: &str) -> bool {
    facts(name).is_none_or(|facts| facts.counts)
}
