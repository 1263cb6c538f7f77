//! What was decided, as data.

use std::collections::BTreeMap;

use json_patch::PatchOperation;
use patchbay_model::Warning;
use patchbay_model::admission::{Decision, Problems, Why};

/// The operations of a patch.
pub type Patch = Vec<PatchOperation>;

/// A decision on a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// In one word, for metrics and logs.
    pub outcome: Outcome,
    /// Why it is refused; `None` when it is allowed.
    pub denial: Option<Denial>,
    /// What is to be changed in the object. Empty unless it is allowed.
    pub patch: Patch,
    /// What the person should know although it is allowed.
    pub warnings: Vec<String>,
    /// For the API server's audit log.
    pub audit: BTreeMap<&'static str, String>,
    /// It is allowed, and yet something that it looked for was not there: worth a second look if that turns up.
    pub incomplete: bool,
}

/// A decision in one word: the label `reason` of the metric. A bounded set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Allowed as it is.
    Accepted,
    /// Allowed, with a patch.
    Mutated,
    /// Allowed: nothing of it concerns us.
    NotConcerned,
    /// Refused: the object breaks a rule.
    Invalid,
    /// Refused: the object is not of the form of its kind.
    Malformed,
    /// Refused: the class that a Connector names does not exist.
    ConnectorClassNotFound,
    /// Refused: the class that a Connector names cannot be used.
    ConnectorClassInvalid,
    /// Refused: a pod names a Connector that does not exist.
    ConnectorNotFound,
    /// Refused: others need the object that is to be deleted.
    InUse,
    /// Refused: we are not ready to decide.
    Unavailable,
    /// Refused: too many requests at a time.
    Overloaded,
    /// Refused: deciding took too long.
    TimedOut,
    /// Refused, or let pass: a fault of ours.
    Internal,
}

impl Outcome {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Mutated => "Mutated",
            Self::NotConcerned => "NotConcerned",
            Self::Invalid => "Invalid",
            Self::Malformed => "Malformed",
            Self::ConnectorClassNotFound => "ConnectorClassNotFound",
            Self::ConnectorClassInvalid => "ConnectorClassInvalid",
            Self::ConnectorNotFound => "ConnectorNotFound",
            Self::InUse => "InUse",
            Self::Unavailable => "Unavailable",
            Self::Overloaded => "Overloaded",
            Self::TimedOut => "TimedOut",
            Self::Internal => "Internal",
        }
    }
}

impl From<Why> for Outcome {
    fn from(why: Why) -> Self {
        match why {
            Why::Invalid => Self::Invalid,
            Why::Malformed => Self::Malformed,
            Why::ConnectorClassNotFound => Self::ConnectorClassNotFound,
            Why::ConnectorClassInvalid => Self::ConnectorClassInvalid,
            Why::ConnectorNotFound => Self::ConnectorNotFound,
            Why::InUse => Self::InUse,
        }
    }
}

/// Why a request is refused, in the form of Kubernetes' `Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// HTTP status.
    pub code: u16,
    /// Kubernetes' word for it.
    pub reason: &'static str,
    /// For a person: all of it, as some clients show nothing else.
    pub message: String,
    /// Each violation with its place.
    pub causes: Vec<Cause>,
    /// Clients that honour it try again after this time.
    pub retry_after_seconds: Option<u32>,
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Where.
    pub field: String,
    /// Of what kind, in Kubernetes' words.
    pub reason: &'static str,
    /// What.
    pub message: String,
}

impl Denial {
    fn plain(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            causes: vec![],
            retry_after_seconds: None,
        }
    }
}

impl Verdict {
    /// What admission says of an object.
    #[must_use]
    pub fn of(decision: Decision) -> Self {
        match decision.refusal {
            Some(refusal) => Self::invalid(refusal.why.into(), &refusal.problems),
            None => Self::accepted()
                .with_warnings(decision.warnings)
                .with_incomplete(decision.incomplete),
        }
    }

    /// Allowed as it is.
    #[must_use]
    pub fn accepted() -> Self {
        Self::allowed(Outcome::Accepted)
    }

    /// Allowed, as it is no business of ours.
    #[must_use]
    pub fn not_concerned() -> Self {
        Self::allowed(Outcome::NotConcerned)
    }

    fn allowed(outcome: Outcome) -> Self {
        Self {
            outcome,
            denial: None,
            patch: vec![],
            warnings: vec![],
            audit: BTreeMap::new(),
            incomplete: false,
        }
    }

    /// Allowed, with a patch. An empty one means that nothing is left to do.
    #[must_use]
    pub fn mutated(patch: Patch) -> Self {
        let outcome = if patch.is_empty() {
            Outcome::Accepted
        } else {
            Outcome::Mutated
        };
        Self {
            patch,
            ..Self::allowed(outcome)
        }
    }

    /// Refused.
    #[must_use]
    pub fn denied(outcome: Outcome, denial: Denial) -> Self {
        Self {
            denial: Some(denial),
            ..Self::allowed(outcome)
        }
    }

    /// Refused, for what is wrong with the object.
    #[must_use]
    pub fn invalid(outcome: Outcome, violations: &Problems) -> Self {
        let causes = violations
            .iter()
            .map(|violation| Cause {
                field: violation.path.to_string(),
                reason: violation.kind.reason(),
                message: violation.message.clone(),
            })
            .collect();
        let denial = Denial {
            causes,
            ..Denial::plain(422, "Invalid", violations.to_string())
        };
        Self::denied(outcome, denial)
    }

    /// Refused: the request cannot be read.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::denied(Outcome::Malformed, Denial::plain(400, "BadRequest", message))
    }

    /// Refused for now: clients such as kubectl try again by themselves.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        let denial = Denial::plain(503, "ServiceUnavailable", message);
        Self::denied(
            Outcome::Unavailable,
            Denial {
                retry_after_seconds: Some(1),
                ..denial
            },
        )
    }

    /// Refused for now: too many at a time.
    #[must_use]
    pub fn overloaded() -> Self {
        let message = "the Patchbay webhook has too many requests to answer; try again";
        let denial = Denial::plain(429, "TooManyRequests", message);
        Self::denied(
            Outcome::Overloaded,
            Denial {
                retry_after_seconds: Some(1),
                ..denial
            },
        )
    }

    /// Refused: it took too long.
    #[must_use]
    pub fn timed_out() -> Self {
        let message = "the Patchbay webhook could not decide in time; try again";
        Self::denied(Outcome::TimedOut, Denial::plain(504, "Timeout", message))
    }

    /// Refused: a fault of ours.
    #[must_use]
    pub fn internal() -> Self {
        let message =
            "a fault in the Patchbay webhook, not in this object: see its log, and please report it";
        Self::denied(Outcome::Internal, Denial::plain(500, "InternalError", message))
    }

    /// Let pass without a decision.
    #[must_use]
    pub fn unchecked(warning: impl Into<String>) -> Self {
        Self {
            warnings: vec![warning.into()],
            ..Self::allowed(Outcome::Internal)
        }
    }

    /// Whether the request is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// The same with warnings.
    #[must_use]
    pub fn with_warnings(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.warnings
            .extend(warnings.into_iter().map(|warning| warning.to_string()));
        self
    }

    /// The same, for want of something that may turn up.
    #[must_use]
    pub fn with_incomplete(mut self, incomplete: bool) -> Self {
        self.incomplete = incomplete;
        self
    }

    /// The same with an annotation for the audit log.
    #[must_use]
    pub fn with_audit(mut self, key: &'static str, value: String) -> Self {
        self.audit.insert(key, value);
        self
    }
}
