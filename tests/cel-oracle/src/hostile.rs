//! What expressions that mean harm cost.

use std::time::{Duration, Instant};

use anyhow::Result;
use patchbay_cel::{Limits, Type, compile};

use crate::{golden, hostile_cases};

/// Each case is done so often, and the shortest time counts: the machine may be busy with something else.
const TIMES: usize = 7;

/// What a case cost.
#[derive(Debug, Clone)]
pub struct Cost {
    /// The expression, or its start.
    pub source: String,
    /// To compile it.
    pub compiling: Duration,
    /// To run it.
    pub running: Duration,
    /// The most memory that the process has had, in KiB, above what it had before.
    pub memory: u64,
    /// What it came to.
    pub answer: String,
}

/// Measures all hostile cases, one after the other.
///
/// # Errors
/// The data is not of its types.
pub fn all() -> Result<Vec<Cost>> {
    let data = hostile_cases::data();
    let variables = golden::variables(&data).map_err(anyhow::Error::msg)?;
    let env = golden::env();
    let mut costs = Vec::new();
    for source in hostile_cases::cases() {
        let before = memory(true);
        let (mut compiling, mut running) = (Duration::MAX, Duration::MAX);
        let mut answer = String::new();
        for _ in 0..TIMES {
            let start = Instant::now();
            let compiled = compile(&source, &env, &Type::Dyn);
            compiling = compiling.min(start.elapsed());
            let start = Instant::now();
            answer = match &compiled {
                Err(problems) => format!("{} problems", problems.len()),
                Ok(program) => match program.run(&variables, &Limits::default()) {
                    Ok(value) => format!("{value:?}"),
                    Err(error) => format!("{:?}", error.kind),
                },
            };
            running = running.min(start.elapsed());
        }
        costs.push(Cost {
            source: source.chars().take(90).collect(),
            compiling,
            running,
            memory: memory(false).saturating_sub(before),
            answer,
        });
    }
    Ok(costs)
}

/// The most memory since it was last reset, in KiB; nought where the system does not tell.
fn memory(reset: bool) -> u64 {
    if reset {
        // Resets the mark. Where that is not allowed, the figures are only an upper bound of all cases so far.
        drop(std::fs::write("/proc/self/clear_refs", "5"));
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}
