//! When a job has taken too long.

use std::time::Duration;

use crate::Options;

/// What to do about a job that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again after this time.
    Wait(Duration),
    /// It has had its time.
    Over,
    /// The machine was too busy to give it its time.
    Starved,
}

/// A job is stopped when it has used up its processor time; or all of its patience, so that nothing waits for ever. One
/// that had little of the processor until then is not to blame for it. Where the processor time of another process cannot be asked for, the wall clock counts.
pub(crate) fn verdict(wall: Duration, processor: Option<Duration>, options: &Options) -> Verdict {
    let used = processor.unwrap_or(wall);
    if used >= options.time {
        return Verdict::Over;
    }
    if wall >= options.patience {
        let little = used < options.time / 2;
        return if little { Verdict::Starved } else { Verdict::Over };
    }
    let left = (options.time - used).min(options.patience - wall);
    Verdict::Wait(left.max(Duration::from_millis(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_counts_and_patience_ends() {
        let options = Options {
            time: Duration::from_millis(100),
            patience: Duration::from_millis(1000),
            ..Options::default()
        };
        let ms = Duration::from_millis;
        for (wall, processor, wants) in [
            (0, Some(0), Verdict::Wait(ms(100))),
            (99, None, Verdict::Wait(ms(1))),
            (100, None, Verdict::Over),
            (100, Some(30), Verdict::Wait(ms(70))),
            (990, Some(30), Verdict::Wait(ms(10))),
            (1000, Some(30), Verdict::Starved),
            (1000, Some(50), Verdict::Over),
            (120, Some(100), Verdict::Over),
        ] {
            assert_eq!(
                verdict(ms(wall), processor.map(ms), &options),
                wants,
                "{wall} {processor:?}"
            );
        }
    }
}
