//! Conditions: how they are made, summed up and merged into a status.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use patchbay_api::conditions::{Condition as WireCondition, Reason, types};

/// Messages are cut at this many bytes.
pub const MESSAGE_LIMIT: usize = 1024;

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Good.
    True,
    /// Bad.
    False,
    /// Not known yet, or not any more.
    Unknown,
}

impl Status {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition without the times that are kept from one writing to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// One of [`types`].
    pub type_: &'static str,
    /// Its status.
    pub status: Status,
    /// Why, in one word.
    pub reason: Reason,
    /// Why, and what to do; at most [`MESSAGE_LIMIT`] bytes.
    pub message: String,
    /// When the tool was last asked, where it was.
    pub probed: Option<Time>,
}

impl Condition {
    /// A condition; a longer message is cut.
    #[must_use]
    pub fn new(type_: &'static str, status: Status, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            type_,
            status,
            reason,
            message: shorten(message.into()),
            probed: None,
        }
    }

    /// Whether the reference knows this reason for this status. `Ready` takes over those of any other condition.
    #[must_use]
    pub fn is_in_reference(&self) -> bool {
        let lists = |facts: &types::Facts| facts.reasons(self.status.as_str()).contains(&self.reason);
        match self.type_ {
            types::READY => types::ALL.iter().any(lists),
            other => types::facts(other).is_some_and(lists),
        }
    }

    /// The same, found by a probe at this time.
    #[must_use]
    pub fn probed_at(self, time: Time) -> Self {
        Self {
            probed: Some(time),
            ..self
        }
    }

    /// It is good.
    #[must_use]
    pub fn good(type_: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(type_, Status::True, reason, message)
    }

    /// It is bad.
    #[must_use]
    pub fn bad(type_: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(type_, Status::False, reason, message)
    }

    /// It is not known.
    #[must_use]
    pub fn unknown(type_: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(type_, Status::Unknown, reason, message)
    }
}

/// Cuts a message at a character boundary, so that it and the ellipsis fit into [`MESSAGE_LIMIT`] bytes.
fn shorten(mut message: String) -> String {
    const ELLIPSIS: char = '…';
    if message.len() > MESSAGE_LIMIT {
        let end = (0..=MESSAGE_LIMIT - ELLIPSIS.len_utf8())
            .rev()
            .find(|end| message.is_char_boundary(*end));
        message.truncate(end.unwrap_or_default());
        message.push(ELLIPSIS);
    }
    message
}

/// The `Ready` of an object: False if any condition is, else Unknown if any is, else True. Those that only inform do not
/// count, and neither does a `Ready` among them. Takes over the reason and message of the condition that decides.
#[must_use]
pub fn aggregate(conditions: &[Condition]) -> Condition {
    let counted = || conditions.iter().filter(|c| types::counts(c.type_));
    let decides = counted()
        .find(|c| c.status == Status::False)
        .or_else(|| counted().find(|c| c.status == Status::Unknown));
    match decides {
        Some(c) => Condition::new(
            types::READY,
            c.status,
            c.reason,
            format!("{}: {}", c.type_, c.message),
        ),
        None if counted().next().is_none() => {
            Condition::unknown(types::READY, Reason::Checking, "not checked yet")
        }
        None => Condition::good(types::READY, Reason::Ready, "all conditions are True"),
    }
}

/// The next list of conditions of a status.
///
/// # Guarantees
/// `lastTransitionTime` of a condition changes only with its `status`. `lastProbeTime` of a condition that does not know
/// it stays while its status and reason do. Conditions of `old` that `new` does not have are
/// dropped. The order is that of `new`.
#[must_use]
pub fn merge(
    old: &[WireCondition],
    new: &[Condition],
    observed_generation: Option<i64>,
    now: &Time,
) -> Vec<WireCondition> {
    let next = |condition: &Condition| {
        let before = old
            .iter()
            .find(|c| c.type_ == condition.type_ && c.status == condition.status.as_str());
        let same_reason = before.filter(|c| c.reason == condition.reason.as_str());
        WireCondition {
            type_: condition.type_.to_owned(),
            status: condition.status.as_str().to_owned(),
            reason: condition.reason.as_str().to_owned(),
            message: condition.message.clone(),
            observed_generation,
            severity: types::severity(condition.type_).map(str::to_owned),
            last_probe_time: (condition.probed.clone())
                .or_else(|| same_reason.and_then(|c| c.last_probe_time.clone())),
            last_transition_time: before.map_or_else(|| now.clone(), |c| c.last_transition_time.clone()),
        }
    };
    new.iter().map(next).collect()
}

/// Whether two lists differ in nothing but times, so that no write is needed. The order does not count.
#[must_use]
pub fn unchanged_but_for_time(old: &[WireCondition], new: &[WireCondition]) -> bool {
    let same = |a: &WireCondition, b: &WireCondition| {
        a.type_ == b.type_
            && a.status == b.status
            && a.reason == b.reason
            && a.message == b.message
            && a.observed_generation == b.observed_generation
            && a.severity == b.severity
    };
    old.len() == new.len() && new.iter().all(|n| old.iter().any(|o| same(o, n)))
}

#[cfg(test)]
mod tests;
