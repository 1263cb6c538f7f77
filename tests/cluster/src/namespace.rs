//! A mount namespace for each test.

use std::{
    env,
    process::{Command, Output},
    sync::{Mutex, PoisonError},
};

use crate::{Error, Result, capable, error::Doing as _};

/// Set in the process that runs inside.
const INSIDE: &str = "PATCHBAY_TEST_INSIDE";

/// For tests that measure: side by side they would measure each other.
static ALONE: Mutex<()> = Mutex::new(());

/// Makes a test of an async function, which runs as root in a mount namespace of its own. So it can leave no mount
/// behind.
///
/// The test starts its program again under `unshare`, for itself alone. Inside, the program's `crate::prepare()` is called
/// first. With `one at a time:` in front, no other test that says so runs meanwhile. The calling crate needs Tokio.
#[expect(clippy::crate_in_macro_def, reason = "the program's own preparation is meant")]
#[macro_export]
macro_rules! in_namespace {
    (one at a time: $($test:tt)*) => {
        $crate::in_namespace! { @ one_at_a_time $($test)* }
    };
    (@ $run:ident $(#[$meta:meta])* async fn $name:ident() $body:block) => {
        $(#[$meta])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if $crate::namespace::$run(concat!(module_path!(), "::", stringify!($name))) {
                crate::prepare();
                $body
            }
        }
    };
    ($($test:tt)*) => {
        $crate::in_namespace! { @ side_by_side $($test)* }
    };
}

/// Whether this is the process inside. Outside, it runs the test of this path inside, and fails where that fails.
#[must_use]
pub fn side_by_side(test: &str) -> bool {
    let is_inside = env::var_os(INSIDE).is_some();
    if !is_inside && capable(can_have_namespace()) {
        run(test);
    }
    is_inside
}

/// Like [`side_by_side`], after all others that call this.
#[must_use]
pub fn one_at_a_time(test: &str) -> bool {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    side_by_side(test)
}

fn can_have_namespace() -> Result<()> {
    if nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    Err(Error::capability(
        "tests that mount need root: run them with sudo.",
    ))
}

#[expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "the failure of a test, and what it printed"
)]
fn run(test: &str) {
    // The name of the crate is no part of the name that the test has in its program.
    let name = test.split_once("::").map_or(test, |(_crate, name)| name);
    let Output {
        status,
        stdout,
        stderr,
    } = unshared(name).unwrap_or_else(|error| panic!("{error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    println!("{stdout}");
    let is_good = status.success() && stdout.contains("1 passed");
    assert!(is_good, "{name} failed inside:\n{stderr}");
}

fn unshared(name: &str) -> Result<Output> {
    let program = env::current_exe().doing(|| "find the test program".to_owned())?;
    Command::new("unshare")
        .args(["--mount", "--propagation", "private"])
        .arg(program)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .output()
        .doing(|| "run unshare, of the package util-linux".to_owned())
}
