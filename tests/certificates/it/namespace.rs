//! A mount namespace for each test.

use std::process::Command;

/// Each test measures calls and brings programs of its own: side by side they would measure each other.
static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

/// Set in the process that runs inside.
const INSIDE: &str = "PATCHBAY_TEST_INSIDE";

/// Runs an async test as root in a mount namespace of its own.
macro_rules! in_namespace {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            $crate::namespace::run(concat!(module_path!(), "::", stringify!($name)), async $body);
        }
    };
}
pub(crate) use in_namespace;

/// Runs `test` when inside already, else starts this program again for the one test called `name`.
pub(crate) fn run(name: &str, test: impl Future<Output = ()>) {
    if std::env::var_os(INSIDE).is_some() {
        patchbay_runtime::tls::install_provider();
        patchbay_runtime::telemetry::init("test");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test);
        return;
    }
    if !nix::unistd::geteuid().is_root() {
        let text = "mount tests need root: run them with sudo";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{text}");
        eprintln!("NOT TESTED: {name}: {text}");
        return;
    }
    let _alone = ALONE.lock();
    let (_crate_name, name) = name.split_once("::").unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private"])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare, of the package util-linux, makes the mount namespace");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    stdout
        .lines()
        .filter(|line| line.contains(" after ") || line.contains(" good, ") || line.contains(" in "))
        .for_each(|line| println!("{line}"));
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{name} failed inside:\n{stdout}\n{stderr}"
    );
}
