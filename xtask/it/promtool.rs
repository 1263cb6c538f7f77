//! Prometheus's own tool, which knows what a rule means.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use patchbay_cluster::{Error, capable};

/// promtool, from `PATH` or unpacked from Debian's package.
pub(crate) struct Promtool(String);

impl Promtool {
    /// Nothing where it cannot be had, which is a failure where `CI=true`.
    pub(crate) fn find() -> Option<Self> {
        let output = Command::new(xtask::root().join("tests/promtool"))
            .output()
            .expect("the script runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            return Some(Self(text(&output.stdout)));
        }
        capable(Err(Error::Capability(text(&output.stderr))));
        None
    }

    /// Runs it in a folder; what it wrote if it complains.
    pub(crate) fn run(&self, folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Result<(), String> {
        let output = Command::new(&self.0)
            .current_dir(folder)
            .args(arguments)
            .output()
            .expect("promtool runs");
        if output.status.success() {
            return Ok(());
        }
        let text = [output.stdout, output.stderr].concat();
        Err(String::from_utf8_lossy(&text).into_owned())
    }
}
