//! Wakes watches that wait after a failure, when one of them has reached the API server again. There may be hundreds of
//! watches, so each must wait long between attempts; with one that tries often, all are back soon.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Whoever is woken comes back within this time, so that not all come at once.
const SPREAD: Duration = Duration::from_secs(1);

/// What watches of one API server share. Clones share it.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<watch::Sender<u64>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Pulse {
    /// The API server was reached after a failure.
    pub(super) fn beat(&self) {
        self.0.send_modify(|beats| *beats = beats.wrapping_add(1));
    }

    /// Waits; once somebody reaches the API server, for a part (`dice` in 0..1) of a second at most.
    pub async fn wait(&self, wait: Duration, dice: f64) {
        let mut beats = self.0.subscribe();
        let woken = async {
            if beats.changed().await.is_ok() {
                tokio::time::sleep(SPREAD.mul_f64(dice.clamp(0.0, 1.0))).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = woken => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_beat_ends_the_wait_within_a_second() {
        let pulse = Pulse::default();
        let long = Duration::from_secs(30);
        for (dice, want) in [(0.0, 5.0), (0.5, 5.5), (1.0, 6.0)] {
            let start = Instant::now();
            let beat = async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                pulse.beat();
            };
            tokio::join!(pulse.wait(long, dice), beat);
            assert!((start.elapsed().as_secs_f64() - want).abs() < 0.01, "{dice}");
        }
        let start = Instant::now();
        pulse.wait(Duration::from_millis(200), 0.5).await;
        assert_eq!(
            start.elapsed(),
            Duration::from_millis(200),
            "without a beat: all of it"
        );
    }
}
