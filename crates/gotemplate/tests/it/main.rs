//! What the engine promises, over cases that were answered by Go, and over those that mean harm.

mod canary;
mod checks;
#[allow(
    unreachable_pub,
    reason = "tests/oracle has this file too, and reads it from its programs"
)]
mod golden;
mod hostile;
#[allow(
    unreachable_pub,
    reason = "tests/oracle has this file too, and measures the cases"
)]
mod hostile_cases;
mod oracle;
