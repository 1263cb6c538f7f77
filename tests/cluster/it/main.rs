//! Tests that start real clusters. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, its helpers too")]
#![expect(clippy::indexing_slicing, reason = "on JSON, where a missing field is null")]

mod control_plane;
mod node;

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// Polls a condition; false when it did not hold within the limit.
fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !condition() {
        if started.elapsed() > limit {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Processes that carry a cluster's name, by these tests' own look at /proc.
fn processes_of(marker: &str) -> usize {
    let wanted = format!("PATCHBAY_CLUSTER={marker}").into_bytes();
    let has = |path: PathBuf| {
        fs::read(path).is_ok_and(|text| text.split(|&byte| byte == 0).any(|variable| variable == wanted))
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| has(entry.path().join("environ")))
        .count()
}
