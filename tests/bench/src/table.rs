//! Figures as text.

use std::time::Duration;

/// Sorted measurements.
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn new(mut values: Vec<Duration>) -> Self {
        values.sort_unstable();
        Self(values)
    }

    /// The value below which this part of the values lies.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "an index into a list in memory"
        )]
        let at = ((self.0.len() as f64 * part).ceil() as usize).saturating_sub(1);
        self.0.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Prints a line. The only place that does.
#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Microseconds with one place.
pub(crate) fn micros(duration: Duration) -> String {
    format!("{:.1} µs", duration.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_short_list() {
        let sample = Sample::new((1..=100).rev().map(Duration::from_millis).collect());
        for (part, want) in [(0.5, 50), (0.99, 99), (1.0, 100)] {
            assert_eq!(sample.quantile(part), Duration::from_millis(want));
        }
        assert_eq!(Sample::new(vec![]).quantile(0.5), Duration::ZERO);
    }
}
