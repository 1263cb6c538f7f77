//! How fresh a volume's files are. Pure.

use std::time::Duration;

use jiff::Timestamp;

/// A break of the stream to the broker shorter than this is a restart of the broker, not a staleness.
pub const GRACE: Duration = Duration::from_secs(60);
/// Kubelet brings a token at the first sync of a pod after the driver's restart: at most 1.5 minutes by default.
pub const TOKEN_GRACE: Duration = Duration::from_secs(180);
/// An answer to a subscription that takes longer than this is not coming.
pub const ANSWER_GRACE: Duration = Duration::from_secs(60);

/// What the broker or the node last said of a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// The files are current.
    #[default]
    Current,
    /// The files could not be made anew, or not be written.
    Stale(Problem),
    /// The pod may no longer have them; the volume is empty.
    Revoked(Problem),
}

/// What is wrong, since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// When it began.
    pub since: Timestamp,
    /// A bounded CamelCase word.
    pub reason: String,
    /// For a person.
    pub message: String,
}

/// What is known of a volume, for [`condition`].
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What was last said of it.
    pub said: &'a Said,
    /// Since when the driver has it, without a token for it.
    pub without_token_since: Option<Timestamp>,
    /// Since when the broker owes an answer about it.
    pub asked_since: Option<Timestamp>,
    /// Since when the stream to the broker is broken.
    pub disconnected_since: Option<Timestamp>,
}

/// How fresh a volume is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The broker vouches for its files.
    Fresh,
    /// It holds the last good files, and a change would not arrive.
    Stale(Problem),
    /// It is empty because the pod may no longer have its files.
    Revoked(Problem),
}

/// The condition of a volume at `now`.
///
/// *Guarantees:* what was said of this volume comes before what holds for all of them: it says more.
#[must_use]
pub fn condition(facts: &Facts<'_>, now: Timestamp) -> Condition {
    match facts.said {
        Said::Revoked(problem) => return Condition::Revoked(problem.clone()),
        Said::Stale(problem) => return Condition::Stale(problem.clone()),
        Said::Current => {}
    }
    let causes = [
        (
            facts.disconnected_since,
            GRACE,
            "BrokerUnreachable",
            "there is no connection to the broker",
        ),
        (
            facts.without_token_since,
            TOKEN_GRACE,
            "WaitingForToken",
            "kubelet has brought no token for the pod",
        ),
        (
            facts.asked_since,
            ANSWER_GRACE,
            "BrokerSilent",
            "the broker does not answer for this volume",
        ),
    ];
    for (since, grace, reason, message) in causes {
        if let Some(since) = since.filter(|since| older(*since, grace, now)) {
            return Condition::Stale(Problem {
                since,
                reason: reason.to_owned(),
                message: message.to_owned(),
            });
        }
    }
    Condition::Fresh
}

/// Whether `since` is more than `grace` before `now`.
pub(super) fn older(since: Timestamp, grace: Duration, now: Timestamp) -> bool {
    now.duration_since(since) > jiff::SignedDuration::try_from(grace).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn problem(reason: &str) -> Problem {
        Problem {
            since: at(5),
            reason: reason.into(),
            message: "m".into(),
        }
    }

    #[test]
    fn table() {
        let current = Said::Current;
        let stale = Said::Stale(problem("SecretMissing"));
        let revoked = Said::Revoked(problem("NotGranted"));
        // said, without token, asked, disconnected, now -> condition and reason
        for (said, token, asked, gone, now, want) in [
            (&current, None, None, None, 1000, "fresh"),
            (&current, None, None, Some(940), 1000, "fresh"),
            (&current, None, None, Some(939), 1000, "stale BrokerUnreachable"),
            (&current, Some(900), None, None, 1000, "fresh"),
            (&current, Some(800), None, None, 1000, "stale WaitingForToken"),
            (&current, None, Some(939), None, 1000, "stale BrokerSilent"),
            (
                &current,
                Some(0),
                Some(0),
                Some(0),
                1000,
                "stale BrokerUnreachable",
            ),
            (&stale, None, None, Some(0), 1000, "stale SecretMissing"),
            (&revoked, None, None, Some(0), 1000, "revoked NotGranted"),
            (&current, None, None, Some(2000), 1000, "fresh"),
        ] {
            let facts = Facts {
                said,
                without_token_since: token.map(at),
                asked_since: asked.map(at),
                disconnected_since: gone.map(at),
            };
            let got = match condition(&facts, at(now)) {
                Condition::Fresh => "fresh".to_owned(),
                Condition::Stale(problem) => format!("stale {}", problem.reason),
                Condition::Revoked(problem) => format!("revoked {}", problem.reason),
            };
            assert_eq!(got, want, "{facts:?} at {now}");
        }
    }
}
