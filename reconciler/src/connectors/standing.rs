//! What a row of results means for a condition: which one stands, and since when it has been so. Pure.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use patchbay_api::conditions::Reason;
use patchbay_model::status::Status;

use crate::probes::verdict::Verdict;

/// How many results in a row it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Good ones, until the condition is True. At least 1.
    pub success: u32,
    /// Others, until it is not True any more. At least 1.
    pub failure: u32,
}

impl Thresholds {
    /// One result is enough.
    pub const ONE: Self = Self {
        success: 1,
        failure: 1,
    };

    const fn of(self, good: bool) -> u32 {
        if good { self.success } else { self.failure }
    }
}

/// What probes found so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The result that stands; `None` until a threshold was reached for the first time.
    stands: Option<Verdict>,
    /// The last result.
    last: Verdict,
    /// When it was found.
    at: Timestamp,
    /// How many results in a row were good, or were not.
    row: u32,
    /// How many in a row had the same status and reason, and when the first of them was found.
    same: u32,
    since: Timestamp,
}

impl Standing {
    /// After one more result.
    #[must_use]
    pub fn after(before: Option<&Self>, verdict: Verdict, at: Timestamp, thresholds: Thresholds) -> Self {
        let good = is_good(&verdict);
        let row = before
            .filter(|before| is_good(&before.last) == good)
            .map_or(1, |before| before.row.saturating_add(1));
        let (same, since) = before
            .filter(|before| (before.last.status, before.last.reason) == (verdict.status, verdict.reason))
            .map_or((1, at), |before| (before.same.saturating_add(1), before.since));
        let kept = before.and_then(|before| before.stands.clone());
        let agrees = kept.as_ref().is_some_and(|kept| is_good(kept) == good);
        let stands = if agrees || row >= thresholds.of(good) {
            Some(verdict.clone())
        } else {
            kept
        };
        Self {
            stands,
            last: verdict,
            at,
            row,
            same,
            since,
        }
    }

    /// What another process found and wrote into the status: the message tells how often and since when.
    #[must_use]
    pub fn adopt(verdict: &Verdict, at: Timestamp) -> Self {
        let (message, same, since) = split(&verdict.message);
        let verdict = Verdict {
            message: message.to_owned(),
            ..verdict.clone()
        };
        Self {
            stands: Some(verdict.clone()),
            last: verdict,
            at,
            row: same,
            same,
            since: since.unwrap_or(at),
        }
    }

    /// When the last result was found.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The last result, whether it stands or not.
    #[must_use]
    pub const fn last(&self) -> &Verdict {
        &self.last
    }

    /// What the condition says.
    ///
    /// *Guarantees*: a result that is found again and again changes the text a few times only, in longer and longer
    /// intervals, so that a tool that is down for a week does not cause a write a minute.
    #[must_use]
    pub fn verdict(&self, thresholds: Thresholds) -> Verdict {
        let good = is_good(&self.last);
        let progress = || format!("({} of {})", self.row, thresholds.of(good));
        match &self.stands {
            Some(stands) if is_good(stands) == good => Verdict {
                message: if good {
                    stands.message.clone()
                } else {
                    with_count(&stands.message, self.same, self.since)
                },
                ..stands.clone()
            },
            Some(stands) => {
                let message = if good {
                    format!("{}; the last probe succeeded {}", stands.message, progress())
                } else {
                    format!(
                        "{}; the last probe failed {}: {}",
                        stands.message,
                        progress(),
                        self.last.message
                    )
                };
                Verdict {
                    message,
                    ..stands.clone()
                }
            }
            None => Verdict {
                status: Status::Unknown,
                reason: Reason::Checking,
                message: format!(
                    "the probe {} {}: {}",
                    if good { "succeeded" } else { "failed" },
                    progress(),
                    self.last.message
                ),
                ..self.last.clone()
            },
        }
    }
}

/// Whether a result is one.
#[must_use]
pub fn is_good(verdict: &Verdict) -> bool {
    verdict.status == Status::True
}

const PROBED: &str = "; probed ";
const SINCE: &str = " since ";

fn with_count(message: &str, count: u32, since: Timestamp) -> String {
    let times = match shown(count) {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    // Cut off, as the API server does it in the fields that are times.
    let seconds = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Trunc);
    let since = since.round(seconds).unwrap_or(since);
    format!("{message}{PROBED}{times}{SINCE}{since}")
}

/// 1, 2, 3, 5, 10, 20, 30, 50 and so on: the largest of them that is not above `count`.
fn shown(count: u32) -> u32 {
    let mut unit = 1_u32;
    while count >= unit.saturating_mul(10) && unit < 1_000_000_000 {
        unit = unit.saturating_mul(10);
    }
    let steps = [5, 3, 2, 1].map(|step: u32| step.saturating_mul(unit));
    steps.into_iter().find(|step| *step <= count).unwrap_or(1)
}

/// The opposite of [`with_count`]. A text without a count was found once.
fn split(message: &str) -> (&str, u32, Option<Timestamp>) {
    let found = message.rsplit_once(PROBED).and_then(|(text, rest)| {
        let (times, since) = rest.split_once(SINCE)?;
        let count = match times {
            "once" => 1,
            many => many.strip_suffix(" times")?.parse().ok()?,
        };
        Some((text, count, Some(since.parse().ok()?)))
    });
    found.unwrap_or((message, 1, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::verdict;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    /// `+` is a good result, `-` a bad one, `?` one that says nothing.
    fn shown_after(results: &str, thresholds: Thresholds) -> String {
        let mut standing: Option<Standing> = None;
        for (n, result) in results.chars().enumerate() {
            let verdict = match result {
                '+' => verdict(Status::True, Reason::ProbeSucceeded),
                '-' => verdict(Status::False, Reason::ConnectionFailed),
                _ => verdict(Status::Unknown, Reason::ConnectionFailed),
            };
            let time = at(60 * i64::try_from(n).unwrap());
            standing = Some(Standing::after(standing.as_ref(), verdict, time, thresholds));
        }
        let v = standing.unwrap().verdict(thresholds);
        format!("{} {} {}", v.status.as_str(), v.reason, v.message)
    }

    #[test]
    fn thresholds() {
        let three = Thresholds {
            success: 2,
            failure: 3,
        };
        for (results, thresholds, want) in [
            ("+", Thresholds::ONE, "True ProbeSucceeded as the tool said"),
            (
                "-",
                Thresholds::ONE,
                "False ConnectionFailed as the tool said; probed once since 1970-01-12T13:46:40Z",
            ),
            (
                "--",
                Thresholds::ONE,
                "False ConnectionFailed as the tool said; probed 2 times since 1970-01-12T13:46:40Z",
            ),
            (
                "----",
                Thresholds::ONE,
                "False ConnectionFailed as the tool said; probed 3 times since 1970-01-12T13:46:40Z",
            ),
            (
                "+-",
                Thresholds::ONE,
                "False ConnectionFailed as the tool said; probed once since 1970-01-12T13:47:40Z",
            ),
            ("-+", Thresholds::ONE, "True ProbeSucceeded as the tool said"),
            (
                "-?",
                Thresholds::ONE,
                "Unknown ConnectionFailed as the tool said; probed once since 1970-01-12T13:47:40Z",
            ),
            // Nothing stands before a threshold was reached.
            (
                "+",
                three,
                "Unknown Checking the probe succeeded (1 of 2): as the tool said",
            ),
            (
                "--",
                three,
                "Unknown Checking the probe failed (2 of 3): as the tool said",
            ),
            ("++", three, "True ProbeSucceeded as the tool said"),
            (
                "---",
                three,
                "False ConnectionFailed as the tool said; probed 3 times since 1970-01-12T13:46:40Z",
            ),
            // What stands goes on standing.
            (
                "++-",
                three,
                "True ProbeSucceeded as the tool said; the last probe failed (1 of 3): as the tool said",
            ),
            ("++--+", three, "True ProbeSucceeded as the tool said"),
            (
                "++--+--",
                three,
                "True ProbeSucceeded as the tool said; the last probe failed (2 of 3): as the tool said",
            ),
            (
                "++---",
                three,
                "False ConnectionFailed as the tool said; probed 3 times since 1970-01-12T13:48:40Z",
            ),
            (
                "---+",
                three,
                "False ConnectionFailed as the tool said; the last probe succeeded (1 of 2)",
            ),
            ("---++", three, "True ProbeSucceeded as the tool said"),
        ] {
            assert_eq!(shown_after(results, thresholds), want, "{results} {thresholds:?}");
        }
    }

    #[test]
    fn a_week_of_failures_is_a_few_texts() {
        let mut standing = None;
        let mut texts = std::collections::BTreeSet::new();
        for n in 0..10_080 {
            let bad = verdict(Status::False, Reason::ConnectionFailed);
            let next = Standing::after(standing.as_ref(), bad, at(n * 60), Thresholds::ONE);
            texts.insert(next.verdict(Thresholds::ONE).message);
            standing = Some(next);
        }
        assert_eq!(texts.len(), 17);
    }

    #[test]
    fn what_was_written_is_read_back() {
        for count in [1, 2, 3, 7, 40, 123_456, u32::MAX] {
            let text = with_count("a; probed b", count, at(5));
            assert_eq!(split(&text), ("a; probed b", shown(count), Some(at(5))), "{text}");
        }
        for odd in [
            "",
            "; probed ",
            "x; probed 3 times since",
            "x; probed many times since then",
            "x; probed -1 times since 1970-01-12T13:46:40Z",
        ] {
            assert_eq!(split(odd), (odd, 1, None));
        }
        let bad = verdict(Status::False, Reason::ConnectionFailed);
        let first = Standing::after(None, bad.clone(), at(0), Thresholds::ONE);
        let second = Standing::after(Some(&first), bad.clone(), at(60), Thresholds::ONE);
        let adopted = Standing::adopt(&second.verdict(Thresholds::ONE), at(90));
        assert_eq!(adopted.verdict(Thresholds::ONE), second.verdict(Thresholds::ONE));
        let third = Standing::after(Some(&adopted), bad, at(120), Thresholds::ONE);
        assert!(
            third
                .verdict(Thresholds::ONE)
                .message
                .ends_with("; probed 3 times since 1970-01-12T13:46:40Z")
        );
    }

    #[test]
    fn steps() {
        for (count, want) in [
            (0, 1),
            (1, 1),
            (4, 3),
            (9, 5),
            (10, 10),
            (19, 10),
            (99, 50),
            (100, 100),
            (4_000_000_000, 3_000_000_000),
        ] {
            assert_eq!(shown(count), want, "{count}");
        }
    }
}
