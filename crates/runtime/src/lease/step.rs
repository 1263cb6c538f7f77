//! The decision of one candidate. Pure.

use std::time::Duration;

use tokio::time::Instant;

use super::Params;

/// What matters of the Lease in the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Who holds it; empty when it was released.
    pub holder: String,
    /// How long the holder asks others to wait. Zero when it does not say.
    pub duration: Duration,
    /// Its resourceVersion: differs after every renewal.
    pub version: String,
}

/// Since when this candidate knows the Lease as it is now, by its own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The version.
    pub version: String,
    /// When it was first seen.
    pub since: Instant,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is no Lease: create it as mine.
    Create,
    /// It is mine: write it again.
    Renew,
    /// Nobody holds it, or its holder is gone: take it.
    Acquire,
    /// Somebody else holds it: look again after this long.
    Wait(Duration),
}

/// No holder is waited for longer, whatever it asks for: a typo must not stop the election for a year.
const MAX_DURATION: Duration = Duration::from_secs(600);

/// Remembers when the Lease was first seen as it is.
#[must_use]
pub fn see(before: Option<Seen>, held: Option<&Held>, now: Instant) -> Option<Seen> {
    let held = held?;
    match before {
        Some(seen) if seen.version == held.version => Some(seen),
        _ => Some(Seen {
            version: held.version.clone(),
            since: now,
        }),
    }
}

/// Decides.
///
/// # Guarantees
/// - Another holder's Lease is taken only when it has not changed for as long as that holder asked for, measured from
///   when *this* candidate saw the change, on this candidate's clock: the clocks of others, and the times that they
///   wrote, do not matter.
/// - Every write goes with the version that was read, so two candidates that decide the same do not both win.
#[must_use]
pub fn step(held: Option<&Held>, seen: Option<&Seen>, me: &str, now: Instant, params: &Params) -> Next {
    let Some(held) = held else { return Next::Create };
    if held.holder == me {
        return Next::Renew;
    }
    if held.holder.is_empty() {
        return Next::Acquire;
    }
    let asked = if held.duration.is_zero() {
        params.duration
    } else {
        held.duration.min(MAX_DURATION)
    };
    let since = seen
        .filter(|seen| seen.version == held.version)
        .map_or(now, |seen| seen.since);
    let expiry = since + asked;
    if now >= expiry {
        Next::Acquire
    } else {
        Next::Wait((expiry - now).min(params.retry))
    }
}

/// Until when a holder may believe in its Lease after a successful write.
///
/// `asked` is when the request was sent, not when the answer came: others count from when they see the write, which
/// is later than that.
#[must_use]
pub fn claim_until(asked: Instant, params: &Params) -> Instant {
    asked + params.renew_deadline
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: Params = Params {
        duration: Duration::from_secs(15),
        renew_deadline: Duration::from_secs(10),
        retry: Duration::from_secs(2),
    };

    fn held(holder: &str, seconds: u64, version: &str) -> Held {
        Held {
            holder: holder.to_owned(),
            duration: Duration::from_secs(seconds),
            version: version.to_owned(),
        }
    }

    #[test]
    fn decides_by_its_own_clock() {
        let start = Instant::now();
        let seen = Seen {
            version: "7".to_owned(),
            since: start,
        };
        let second = Duration::from_secs;
        for (what, held, after, expected) in [
            ("no Lease", None, 0, Next::Create),
            ("mine", Some(held("me", 15, "7")), 0, Next::Renew),
            ("mine, and old", Some(held("me", 15, "7")), 900, Next::Renew),
            ("released", Some(held("", 15, "7")), 0, Next::Acquire),
            ("another's", Some(held("you", 15, "7")), 0, Next::Wait(second(2))),
            (
                "another's, almost over",
                Some(held("you", 15, "7")),
                14,
                Next::Wait(second(1)),
            ),
            ("another's, over", Some(held("you", 15, "7")), 15, Next::Acquire),
            (
                "another's, just renewed",
                Some(held("you", 15, "8")),
                15,
                Next::Wait(second(2)),
            ),
            (
                "it asked for longer",
                Some(held("you", 60, "7")),
                59,
                Next::Wait(second(1)),
            ),
            (
                "it asked for nothing",
                Some(held("you", 0, "7")),
                15,
                Next::Acquire,
            ),
            (
                "it asked for years",
                Some(held("you", 1 << 40, "7")),
                600,
                Next::Acquire,
            ),
        ] {
            let next = step(held.as_ref(), Some(&seen), "me", start + second(after), &PARAMS);
            assert_eq!(next, expected, "{what}");
        }
        assert_eq!(
            step(Some(&held("you", 15, "7")), None, "me", start, &PARAMS),
            Next::Wait(second(2))
        );
    }

    #[test]
    fn counts_from_when_the_change_was_seen() {
        let start = Instant::now();
        let later = start + Duration::from_secs(5);
        let first = see(None, Some(&held("you", 15, "7")), start);
        assert_eq!(see(first.clone(), Some(&held("you", 15, "7")), later), first);
        assert_eq!(
            see(first.clone(), Some(&held("you", 15, "8")), later)
                .unwrap()
                .since,
            later
        );
        assert_eq!(see(first, None, later), None);
    }
}
