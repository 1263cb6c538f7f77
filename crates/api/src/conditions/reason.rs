//! The bounded set of reasons. A reason cannot be added without a meaning and a word of advice.

use std::fmt;

use super::REFERENCE;

/// Makes the enum, its words, and what is said of each: the doc comment is the meaning, the text the advice.
macro_rules! reasons {
    ($($(#[doc = $meaning:literal])+ $name:ident => $advice:literal,)+) => {
        /// The bounded set of reasons. One word serves as condition reason, event reason and metric label.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word itself.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// What it means, in a sentence or two.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($meaning),+).trim_ascii(),)+
                }
            }

            /// What a person does about it, in a sentence or two.
            #[must_use]
            pub const fn what_to_do(self) -> &'static str {
                match self {
                    $(Self::$name => $advice,)+
                }
            }
        }
    };
}

reasons! {
    /// All is well.
    Ready => "Nothing.",
    /// Not looked at yet.
    Checking => "Wait a few seconds. If it stays, see whether the reconciler runs and has a leader.",
    /// Another condition of the object is not True, and this one depends on it.
    DependencyNotReady => "Look at the condition that the message names.",

    /// The class does not exist.
    ConnectorClassNotFound => "Create the ConnectorClass, or correct `spec.connectorClassName`.",
    /// The class exists but cannot be used.
    ConnectorClassInvalid => "Correct the ConnectorClass at the fields that the message names.",
    /// The Connector does not fit its class (any more).
    SchemaViolation => "Correct the Connector at the fields that the message names. If the class changed, its author \
        can say what is wanted now.",
    /// The object breaks a rule that needs no other object.
    Invalid => "Correct the field that the message names.",

    /// The class lets this Connector go without a Secret, and it does.
    SecretOptional => "Nothing.",
    /// The Secret does not exist, or the Connector may not use it: the two read the same.
    SecretNotFound => "Create the Secret in the Connector's namespace, or correct the reference.",
    /// The Secret has another type than the class asks for.
    SecretTypeMismatch => "Create the Secret again with the type that the message names; the type of a Secret cannot \
        be changed.",
    /// The Secret lacks keys that the class asks for.
    SecretKeyMissing => "Add the keys that the message names to the Secret.",
    /// The API server did not let Patchbay read the Secret.
    SecretNotReadable => "See whether the API server answers, and whether the chart's role for Secrets is still there.",

    /// The certificates of the Connector's authority can be read.
    Valid => "Nothing.",
    /// The Connector names no authority of its own.
    NoCACert => "Nothing.",
    /// The Secret of `spec.caCertSecretRef` holds no certificate in PEM form, or one that cannot be read.
    InvalidPEM => "Put at least one certificate (`-----BEGIN CERTIFICATE-----`) into a key of the Secret that ends \
        in `.crt` or `.pem`.",

    /// The class has no liveness probe.
    NonLivenessProbe => "Nothing. To have the tool checked, add `spec.livenessProbe` to the class.",
    /// The class has no auth probe for this auth type.
    NonAuthProbe => "Nothing. To have credentials checked, add one to `spec.authProbes` of the class.",
    /// The tool answered as it should.
    ProbeSucceeded => "Nothing.",
    /// The tool could not be reached: its name has no address, nothing listens there, or it did not answer in time.
    ConnectionFailed => "See whether the tool runs, whether the address and port are right, and whether a firewall or \
        NetworkPolicy is in between.",
    /// The tool answers, but not with TLS.
    TLSFailed => "See whether the tool speaks TLS on this port; if it does not, use its other scheme or another port.",
    /// The tool's certificate is not acceptable: unknown issuer, other name, or out of its time.
    CertificateInvalid => "Renew the tool's certificate, correct the host in the address, or name the authority that \
        signed it in `spec.caCertSecretRef`, as the message says.",
    /// All is well today, and the tool's certificate ends soon.
    CertificateExpiring => "Renew the tool's certificate before the date in the message.",
    /// The tool answers, and its certificate is not verified, because the platform's owner allows that for its host.
    CertificateNotVerified => "Name the authority that signed the certificate in `spec.caCertSecretRef`, and take the \
        host out of the chart's list.",
    /// The tool answered with another status than success.
    UnexpectedStatus => "See whether the path of the probe and the address are right, and what the tool's own logs say.",
    /// What answered does not speak the protocol that the probe expects, or not to its end.
    UnexpectedAnswer => "See whether the address and port are those of such a server, and whether it expects TLS.",
    /// The probe's expression over the answer is false.
    ExpressionFalse => "See what the tool answers to the probe; if it is right, correct `response.cel` in the class.",
    /// The probe's expression could not be evaluated over this answer.
    ExpressionFailed => "Correct `response.cel` in the class. `has()` tests whether a field is there.",
    /// The tool refused the credential.
    AuthenticationFailed => "Put a valid credential into the Secret. It may have ended, or been revoked.",
    /// The tool knows the credential, and does not let it do what the probe asks for.
    Forbidden => "Give the tool's account the right to what the probe asks for, or correct `spec.auth.params`.",
    /// The address may not be called from here.
    AddressNotAllowed => "Use an address that is allowed, or ask the platform's owner to allow it in the chart's \
        values.",
    /// A template could not be rendered, or gives what cannot be sent.
    TemplateFailed => "Correct the template in the class, or the parameter that it reads.",
    /// The class or the tool needs something that Patchbay does not do.
    NotSupported => "Do without what the message names; the rest works.",

    /// The class has no API service.
    NonAPI => "Nothing.",
    /// The class has no proxy.
    NonProxy => "Nothing.",
    /// The proxy's Service does not exist, or does not answer.
    ProxyServiceNotFound => "See the condition `ProxyReady` of the class.",
    /// The API server has no kind as `ref` says.
    EndpointKindNotFound => "Install the operator that brings the kind, or correct `apiVersion` and `kind` of `ref`.",
    /// The object that `ref` names does not exist.
    EndpointNotFound => "Create the object, or correct `ref`.",
    /// Patchbay may not read the object that `ref` names.
    EndpointNotReadable => "Label a ClusterRole that grants `list` and `watch` of the kind with \
        `patchbay.dev/addressable: \"true\"`.",
    /// The object that `ref` names has no address in its status.
    EndpointWithoutAddress => "See what the object's own conditions say. An address stands in `status.address.url` or \
        `status.addresses`.",
    /// What stands in the status of the object that `ref` names is not an HTTP URL.
    EndpointAddressInvalid => "See what made the address, or write another one into `uri`, with scheme and host.",

    /// The caller may not use the Connector, or it does not exist: the two read the same.
    PermissionDenied => "Create the Connector, or give the pod's ServiceAccount the verb `use` on it.",
    /// The caller's token is not good.
    Unauthenticated => "See whether the node's clock is right, and whether the CSIDriver object asks for tokens.",
    /// The Connector of a mount does not exist.
    ConnectorNotFound => "Create the Connector, or correct the pod's annotation.",
    /// A configuration of a mount does not exist in the class.
    ConfigurationNotFound => "Correct the pod's annotation: the message lists what the class has.",
    /// What is rendered is larger than allowed, or there is too much of it.
    LimitExceeded => "Make the template's output smaller, or split the configuration.",
    /// A rendered file is not what its `format` says.
    FormatInvalid => "Correct the template in the class: quote values with the function for this format.",
    /// The API server, or another part that is needed, does not answer.
    Unavailable => "Wait. If it stays, look at the reconciler's logs.",
    /// A fault of Patchbay's own.
    Internal => "Look at the reconciler's logs and report it.",
}

impl Reason {
    /// The reason of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == word)
    }

    /// Where the reference explains it: a path from the root of the repository, with an anchor.
    #[must_use]
    pub fn reference(self) -> String {
        format!("{REFERENCE}#{}", self.as_str().to_ascii_lowercase())
    }

    /// Reasons that mounting a volume can fail with: events on the pod, and labels of the driver's metrics.
    pub const OF_MOUNTS: &'static [Self] = &[
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::ConnectorNotFound,
        Self::ConnectorClassNotFound,
        Self::ConnectorClassInvalid,
        Self::SchemaViolation,
        Self::ConfigurationNotFound,
        Self::SecretNotFound,
        Self::SecretTypeMismatch,
        Self::SecretKeyMissing,
        Self::SecretNotReadable,
        Self::Invalid,
        Self::TemplateFailed,
        Self::FormatInvalid,
        Self::LimitExceeded,
        Self::NotSupported,
        Self::Unavailable,
        Self::Internal,
    ];
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
