//! How often a probe runs, how long it may take, and how often it must say the same to count.

use std::time::Duration;

use patchbay_api::probe as wire;

use crate::path::FieldPath;
use crate::violation::Report;

const PERIOD: (i64, i64) = (1, 24 * 3600);
const TIMEOUT: (i64, i64) = (1, 60);
const THRESHOLD: (i64, i64) = (1, 10);

/// How often a probe runs, how long it may take, and how often it must say the same to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From one run to the next, 1 s to 24 h, where the class says so.
    pub period: Option<Duration>,
    /// How long a run may take, 1 s to 60 s and no longer than the period, where the class says so.
    pub timeout: Option<Duration>,
    /// Successes on end until the tool counts as there again, 1 to 10.
    pub success_threshold: u32,
    /// Failures on end until the tool counts as gone, 1 to 10.
    pub failure_threshold: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            period: None,
            timeout: None,
            success_threshold: 1,
            failure_threshold: 1,
        }
    }
}

/// Reads the four fields. What is out of bounds counts as left out.
pub(super) fn read(wire: &wire::Probe, at: &FieldPath, report: &mut Report) -> Timing {
    let mut bounded = |value: Option<i64>, field: &str, (least, most): (i64, i64), unit: &str| {
        let value = value?;
        if (least..=most).contains(&value) {
            return u32::try_from(value).ok();
        }
        let message = format!("got {value}, wants {least} to {most}{unit}");
        report.invalid(&at.child(field), message);
        None
    };
    let period = bounded(wire.period_seconds, "periodSeconds", PERIOD, " seconds");
    let timeout = bounded(wire.timeout_seconds, "timeoutSeconds", TIMEOUT, " seconds");
    let success = bounded(wire.success_threshold, "successThreshold", THRESHOLD, " times");
    let failure = bounded(wire.failure_threshold, "failureThreshold", THRESHOLD, " times");
    if let (Some(period), Some(timeout)) = (period, timeout)
        && timeout > period
    {
        let message = format!(
            "got {timeout}, wants at most the {period} of periodSeconds: a probe ends before the next begins"
        );
        report.invalid(&at.child("timeoutSeconds"), message);
    }
    let seconds = |value: u32| Duration::from_secs(value.into());
    Timing {
        period: period.map(seconds),
        timeout: timeout.map(seconds),
        success_threshold: success.unwrap_or(1),
        failure_threshold: failure.unwrap_or(1),
    }
}
