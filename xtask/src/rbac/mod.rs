//! Compares what the chart grants with what the programs ask for.
//!
//! Both ways: a grant that nobody uses is a hole kept open for nothing, and a call that no grant of ours covers works
//! only by luck. The calls come from the API server's audit log of a run that does everything (the end-to-end test).

mod access;
mod allowed;
mod audit;
mod grants;

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

pub use access::Access;
pub use allowed::{ALLOWED_UNUSED, Allowed};
pub use audit::Call;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Granted, never used, and not excused by [`ALLOWED_UNUSED`].
    pub unused: BTreeSet<Access>,
    /// Asked for, and covered by no grant of the chart.
    pub missing: BTreeSet<Call>,
    /// Granted, never used, excused.
    pub excused: BTreeSet<Access>,
    /// How many different calls the log has.
    pub calls: usize,
    /// How many grants the chart has.
    pub grants: usize,
}

impl Report {
    /// Whether grants and calls are equal.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unused.is_empty() && self.missing.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} grants in the chart, {} different calls in the audit log",
            self.grants, self.calls
        )?;
        for grant in &self.unused {
            writeln!(
                f,
                "unused:  {grant}: take it out of the chart, or say in xtask/src/rbac/allowed.rs why it stays"
            )?;
        }
        for call in &self.missing {
            let answer = if call.refused {
                "was refused"
            } else {
                "was let through by somebody else's role"
            };
            writeln!(
                f,
                "missing: {}: {answer}; grant it in the chart, or do not ask",
                call.access
            )?;
        }
        for grant in &self.excused {
            writeln!(f, "excused: {grant}")?;
        }
        Ok(())
    }
}

/// Compares the output of `helm template` with an audit log (one JSON event per line).
///
/// # Errors
/// When either cannot be read, or when the log has no call of ours at all, which would make the comparison idle.
pub fn compare(manifests: &str, audit: impl BufRead, namespace: &str) -> anyhow::Result<Report> {
    let grants = grants::of_manifests(manifests)?;
    let calls = audit::calls(audit, namespace)?;
    if calls.is_empty() {
        bail!("the audit log has no call by a service account of the namespace {namespace}");
    }
    Ok(difference(&grants, &calls, ALLOWED_UNUSED))
}

/// The comparison itself.
#[must_use]
pub fn difference(grants: &BTreeSet<Access>, calls: &BTreeSet<Call>, allowed: &[Allowed]) -> Report {
    let unused = grants
        .iter()
        .filter(|grant| !calls.iter().any(|call| grant.covers(&call.access)))
        .cloned();
    let (excused, unused) = unused.partition(|grant| allowed.iter().any(|entry| entry.excuses(grant)));
    let missing = calls
        .iter()
        .filter(|call| !grants.iter().any(|grant| grant.covers(&call.access)))
        .cloned()
        .collect();
    Report {
        unused,
        missing,
        excused,
        calls: calls.len(),
        grants: grants.len(),
    }
}

/// What `helm template` makes of the chart, with its defaults.
///
/// # Errors
/// When helm is missing or refuses the chart.
pub fn helm_template(helm: &Path, chart: &Path, namespace: &str) -> anyhow::Result<String> {
    let output = Command::new(helm)
        .args(["template", "patchbay"])
        .arg(chart)
        .args(["--namespace", namespace])
        .output()
        .with_context(|| format!("cannot run {}", helm.display()))?;
    if !output.status.success() {
        bail!(
            "helm template failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("helm template does not write UTF-8")
}

#[cfg(test)]
mod tests;
