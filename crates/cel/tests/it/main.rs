//! What the crate promises, over cases that were answered by cel-go, and over those that mean harm.

// Marked as tests, so that the lints for tests apply to their helpers as well.
#[cfg(test)]
mod canary;
#[allow(
    unreachable_pub,
    reason = "tests/cel-oracle has this file too, and reads it from its programs"
)]
mod golden;
#[cfg(test)]
mod hostile;
#[allow(
    unreachable_pub,
    reason = "tests/cel-oracle has this file too, and measures the cases"
)]
mod hostile_cases;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
