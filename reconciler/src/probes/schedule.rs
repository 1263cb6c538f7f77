//! When a probe runs next. Pure: the time and the history are arguments.
//!
//! Every call has a place of its own in the period, so that ten thousand Connectors that were made together do not ask
//! together; and all who share a call look at the same moment, so that they share what it finds.

use std::time::Duration;

use tokio::time::Instant;

/// The longest wait after refused credentials. Longer than the lock-out windows that many tools have, short enough
/// that a person who mends the tool's side is not kept waiting for long; a change of the Secret or the Connector
/// probes at once anyway.
const MAX_AUTH_BACK_OFF: Duration = Duration::from_secs(600);

/// The place of a call in the period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Where periods are counted from: any time that is the same for all calls of a process.
    pub origin: Instant,
    /// The place, in 0..1.
    pub phase: f64,
}

/// The period after this many refusals of the credential in a row: doubled for each after the first, for a tool that
/// counts failed logins must not be driven into a lock-out by us.
fn backed_off(period: Duration, refusals: u32) -> Duration {
    let doublings = refusals.saturating_sub(1).min(16);
    if doublings == 0 {
        return period;
    }
    period
        .saturating_mul(1_u32 << doublings)
        .min(MAX_AUTH_BACK_OFF.max(period))
}

/// When the call is made again whose answer was there at `now`, after this many refusals of the credential in a row.
///
/// *Guarantees*: without refusals at its place in the next period: not later than a period and a twentieth of it after
/// `now`, and not earlier than that twentieth, however long the call took; once a call is at its place, exactly one
/// period later. It depends on the call alone, so all who share it look at the same moment.
#[must_use]
pub fn next(slot: Slot, now: Instant, period: Duration, refusals: u32) -> Instant {
    if refusals > 1 {
        return now + wait(backed_off(period, refusals), slot.phase);
    }
    let period_s = period.as_secs_f64();
    if period_s <= 0.0 {
        return now;
    }
    let least = period_s / 20.0;
    let earliest = now.saturating_duration_since(slot.origin).as_secs_f64() + least;
    let place = slot.phase.clamp(0.0, 1.0) * period_s;
    let periods = ((earliest - place) / period_s).ceil().max(0.0);
    let wait = (place + periods * period_s - earliest).clamp(0.0, period_s) + least;
    now + Duration::from_secs_f64(wait)
}

/// When a call is tried again that could not be made, for a cause on our side: within ten seconds, not all at once.
#[must_use]
pub fn soon(slot: Slot, now: Instant, period: Duration) -> Instant {
    let most = period.min(Duration::from_secs(10));
    now + most.mul_f64(0.5 + slot.phase.clamp(0.0, 1.0) / 2.0)
}

/// How long a new leader waits before it probes what another one probed before: anywhere within the period, so that a
/// change of the leader is not a burst of requests to every tool at once.
#[must_use]
pub fn spread(period: Duration, dice: f64) -> Duration {
    period.mul_f64(dice.clamp(0.0, 1.0))
}

/// How long to wait until a look that nothing else depends on: the period, give or take a tenth.
#[must_use]
pub fn wait(period: Duration, dice: f64) -> Duration {
    period.mul_f64(0.9 + 0.2 * dice.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_period_grows_with_refusals_and_only_with_them() {
        let period = Duration::from_secs(45);
        for (refusals, want) in [
            (0, 45),
            (1, 45),
            (2, 90),
            (3, 180),
            (4, 360),
            (5, 600),
            (u32::MAX, 600),
        ] {
            assert_eq!(
                backed_off(period, refusals),
                Duration::from_secs(want),
                "{refusals}"
            );
        }
        // A period above the cap stays what the operator asked for.
        let hour = Duration::from_secs(3600);
        assert_eq!(backed_off(hour, 9), hour);
    }

    #[test]
    fn what_could_not_be_asked_is_asked_soon() {
        let now = Instant::now();
        for (period, phase, want) in [
            (60, 0.0, 5.0),
            (60, 0.5, 7.5),
            (60, 1.0, 10.0),
            (2, 0.0, 1.0),
            (2, 1.0, 2.0),
        ] {
            let slot = Slot { origin: now, phase };
            let got = soon(slot, now, Duration::from_secs(period)).duration_since(now);
            assert!(
                (got.as_secs_f64() - want).abs() < 1e-6,
                "{period} {phase}: {got:?}"
            );
        }
    }

    #[test]
    fn a_call_finds_its_place_and_stays_there() {
        let origin = Instant::now();
        let period = Duration::from_secs(60);
        let slot = Slot { origin, phase: 0.25 };
        let at = |seconds: f64| origin + Duration::from_secs_f64(seconds);
        let seconds = |t: Instant| t.duration_since(origin).as_secs_f64();
        for (ended, want) in [
            (0.0, 15.0),
            (10.0, 15.0),
            (12.5, 75.0),
            (15.0, 75.0),
            (15.4, 75.0),
            (74.0, 135.0),
        ] {
            let got = seconds(next(slot, at(ended), period, 0));
            assert!((got - want).abs() < 1e-3, "{ended}: {got}, wants {want}");
        }
    }

    #[test]
    fn what_began_together_is_spread_over_the_period() {
        let origin = Instant::now();
        let period = Duration::from_secs(60);
        let mut seconds = [0_u32; 60];
        for i in 0..6000_u32 {
            let slot = Slot {
                origin,
                phase: f64::from(i) / 6000.0,
            };
            let first = next(slot, origin + Duration::from_secs(7), period, 1);
            let second = next(slot, first, period, 0);
            let n = second.duration_since(origin).as_secs() % 60;
            seconds[usize::try_from(n).unwrap()] += 1;
        }
        assert!(
            seconds.iter().all(|n| *n <= 200),
            "never more than twice the mean: {seconds:?}"
        );
    }

    proptest! {
        #[test]
        fn the_next_time_is_within_a_period(phase in 0.0..1.0_f64, ended in 0_u64..10_000_000, period in 1_u64..86_400) {
            let origin = Instant::now();
            let ended = origin + Duration::from_millis(ended);
            let period = Duration::from_secs(period);
            let wait = next(Slot { origin, phase }, ended, period, 1).duration_since(ended);
            let slack = Duration::from_millis(2);
            prop_assert!(wait + slack >= period / 20 && wait <= period + period / 20 + slack, "{wait:?} of {period:?}");
        }
    }
}
