//! Why files or a request could not be made.

use patchbay_api::conditions::{Class as ErrorClass, Reason};
use patchbay_template::RenderErrorKind;

use crate::class::is_proxy_read;
use crate::violation::Violations;

/// Why files or a request could not be made. Carries no value of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    reason: Reason,
    message: String,
}

impl RenderError {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// A template that failed. `what` says which: `file .npmrc of configuration "npmrc" of class "npm"`.
    pub(crate) fn template(what: &str, error: &patchbay_template::RenderError) -> Self {
        let hint = match &error.kind {
            RenderErrorKind::NoValue(read) if is_proxy_read(read) => {
                "; it comes from a secretless proxy, and this Connector has none: use a configuration that reads \
                 .secret (credentials: true) instead"
            }
            _ => "",
        };
        let reason = match &error.kind {
            RenderErrorKind::Limit(_) => Reason::LimitExceeded,
            RenderErrorKind::Unavailable(_) => Reason::Unavailable,
            _ => Reason::TemplateFailed,
        };
        Self::new(
            reason,
            format!("{what} cannot be rendered: {}{hint}", error.public()),
        )
    }

    /// What the user asked for breaks a rule.
    pub(crate) fn invalid(violations: &Violations) -> Self {
        Self::new(Reason::Invalid, violations.to_string())
    }

    /// The reason of the condition, event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self.reason {
            Reason::SecretNotFound | Reason::ConnectorNotFound | Reason::DependencyNotReady => {
                ErrorClass::Waiting
            }
            Reason::Unavailable => ErrorClass::Transient,
            _ => ErrorClass::Invalid,
        }
    }

    /// For a person; carries no value.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.message
    }
}
