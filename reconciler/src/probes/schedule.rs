//! When a probe runs next. Pure: the time, the dice and the history are arguments.

use std::time::Duration;

/// The longest wait after refused credentials. Longer than the lock-out windows that many tools have, short enough
/// that a person who mends the tool's side is not kept waiting for long; a change of the Secret or the Connector
/// probes at once anyway.
const MAX_AUTH_BACK_OFF: Duration = Duration::from_secs(600);

/// How many times in a row a probe came out the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Refused credentials in a row. A tool that counts failed logins must not be driven into a lock-out by us.
    pub refusals: u32,
}

impl History {
    /// The history after one more probe.
    #[must_use]
    pub const fn after(self, refused: bool) -> Self {
        Self {
            refusals: if refused {
                self.refusals.saturating_add(1)
            } else {
                0
            },
        }
    }
}

/// How long to wait until the next probe: the interval, give or take a tenth, so that Connectors that were made
/// together do not stay together; doubled for each refusal of the credential in a row after the first.
///
/// `dice` is uniform in 0..1.
#[must_use]
pub fn wait(interval: Duration, history: History, dice: f64) -> Duration {
    let doublings = history.refusals.saturating_sub(1).min(16);
    let base = interval.saturating_mul(1_u32 << doublings);
    let capped = if history.refusals > 1 {
        base.min(MAX_AUTH_BACK_OFF.max(interval))
    } else {
        base
    };
    capped.mul_f64(0.9 + 0.2 * dice.clamp(0.0, 1.0))
}

/// How long a new leader waits before it probes what another one probed before: anywhere within the interval, so
/// that a change of the leader is not a burst of requests to every tool at once.
#[must_use]
pub fn spread(interval: Duration, dice: f64) -> Duration {
    interval.mul_f64(dice.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_refusals_and_only_with_them() {
        let interval = Duration::from_secs(45);
        for (refusals, dice, want) in [
            (0, 0.5, 45.0),
            (0, 0.0, 40.5),
            (0, 1.0, 49.5),
            (1, 0.5, 45.0),
            (2, 0.5, 90.0),
            (3, 0.5, 180.0),
            (5, 0.5, 600.0),
            (u32::MAX, 1.0, 660.0),
        ] {
            let got = wait(interval, History { refusals }, dice).as_secs_f64();
            assert!(
                (got - want).abs() < 1e-6,
                "{refusals} refusals, dice {dice}: {got}"
            );
        }
        // An interval above the cap stays what the operator asked for.
        assert_eq!(
            wait(Duration::from_secs(3600), History { refusals: 9 }, 0.5),
            Duration::from_secs(3600)
        );
    }

    #[test]
    fn one_good_answer_ends_the_back_off() {
        let refused = History::default().after(true).after(true);
        assert_eq!(refused, History { refusals: 2 });
        assert_eq!(refused.after(false), History::default());
    }
}
