//! What both controllers do with conditions: which changes are worth an event. Pure.

use patchbay_api::conditions::{Condition as WireCondition, Reason, types};
use patchbay_model::status::{Condition, Status};
use patchbay_runtime::events::{Happening, Severity};

/// The events of a change from `old` to `new`: a Warning for each condition that turned bad or is bad for another
/// reason, and one Normal event when the object becomes ready.
///
/// *Guarantees*: equal conditions make no event, so a probe that finds the same again is silent; what is not known
/// (yet) makes none either.
#[must_use]
pub fn events(old: &[WireCondition], new: &[Condition], action: &'static str) -> Vec<Happening> {
    let before = |type_: &str| old.iter().find(|c| c.type_ == type_);
    let bad = |c: &&Condition| c.status == Status::False && c.type_ != types::SUPPORTED;
    let others_bad = new.iter().filter(bad).any(|c| c.type_ != types::READY);
    let mut events = Vec::new();
    for condition in new.iter().filter(bad) {
        // Ready repeats what another condition says, unless it is the only one that says it.
        if condition.type_ == types::READY && others_bad {
            continue;
        }
        let same = before(condition.type_)
            .is_some_and(|b| b.status == Status::False.as_str() && b.reason == condition.reason.as_str());
        if !same {
            let note = format!("{}: {}", condition.type_, condition.message);
            events.push(Happening {
                severity: Severity::Warning,
                reason: condition.reason.as_str(),
                action,
                note,
                related: None,
            });
        }
    }
    let ready = new
        .iter()
        .any(|c| c.type_ == types::READY && c.status == Status::True);
    if ready && before(types::READY).is_none_or(|b| b.status != Status::True.as_str()) {
        let note = "everything is in order".to_owned();
        events.push(Happening {
            severity: Severity::Normal,
            reason: Reason::Ready.as_str(),
            action,
            note,
            related: None,
        });
    }
    events
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use patchbay_model::status::merge;

    use super::*;

    fn lines(old: &[Condition], new: &[Condition]) -> Vec<String> {
        let now = Time(jiff::Timestamp::UNIX_EPOCH);
        let line = |e: Happening| format!("{:?} {} {}", e.severity, e.reason, e.note);
        events(&merge(&[], old, Some(1), &now), new, "Check")
            .into_iter()
            .map(line)
            .collect()
    }

    #[test]
    fn only_a_change_for_the_worse_or_to_ready_is_an_event() {
        let secret = |reason, message| Condition::bad(types::SECRET_READY, reason, message);
        let bad = |reason, message| {
            vec![
                secret(reason, message),
                Condition::bad(types::READY, reason, message),
            ]
        };
        let good = || {
            vec![
                Condition::good(types::SECRET_READY, Reason::Ready, ""),
                Condition::good(types::READY, Reason::Ready, ""),
            ]
        };
        let unknown = || vec![Condition::unknown(types::READY, Reason::Checking, "")];
        let invalid = || vec![Condition::bad(types::READY, Reason::ConnectorClassInvalid, "no")];
        let missing = || bad(Reason::SecretNotFound, "missing");
        let none = Vec::<&str>::new;
        for (old, new, want) in [
            (vec![], unknown(), none()),
            (
                vec![],
                missing(),
                vec!["Warning SecretNotFound SecretReady: missing"],
            ),
            (missing(), missing(), none()),
            (missing(), bad(Reason::SecretNotFound, "still missing"), none()),
            (
                missing(),
                bad(Reason::SecretKeyMissing, "key"),
                vec!["Warning SecretKeyMissing SecretReady: key"],
            ),
            (missing(), good(), vec!["Normal Ready everything is in order"]),
            (unknown(), good(), vec!["Normal Ready everything is in order"]),
            (good(), good(), none()),
            (good(), unknown(), none()),
            (
                good(),
                missing(),
                vec!["Warning SecretNotFound SecretReady: missing"],
            ),
            (good(), invalid(), vec!["Warning ConnectorClassInvalid Ready: no"]),
        ] {
            assert_eq!(lines(&old, &new), want, "{old:?} -> {new:?}");
        }
    }
}
