//! Logs, and what else makes the process fit to run: no core dumps, panics in the log.
//!
//! Logs go to standard error: standard output belongs to whatever a program prints as its result. They are JSON, one
//! object per line, except on a terminal.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// The variable that sets the filter, such as `info,patchbay_webhook=debug`.
pub const FILTER_VARIABLE: &str = "PATCHBAY_LOG";

/// Our own crates at `info`, libraries at `warn`: a library's `info` is rarely about us.
const DEFAULT_FILTER: &str = "warn,patchbay=info,patchbay_runtime=info,patchbay_model=info,patchbay_template=info,\
     patchbay_webhook=info,patchbay_csi_driver=info,patchbay_reconciler=info";

/// Holds whatever the filter says: kube's client logs the whole body of an answer that it cannot read, at `warn`, and
/// that body may be a Secret. Our own errors say that an answer could not be read.
const ALWAYS: &str = "kube_client::client=off";

/// Sends the process's logs and panics to standard error. Once per process; a second call changes nothing.
///
/// A filter that does not parse is reported in the log and replaced by the default: a typo in an environment variable
/// must not keep a node plugin from starting.
pub fn init(program: &'static str) {
    let (filter, problem) = match std::env::var(FILTER_VARIABLE) {
        Ok(text) if !text.trim().is_empty() => match EnvFilter::try_new(&text) {
            Ok(filter) => (filter, None),
            Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error.to_string())),
        },
        _ => (EnvFilter::new(DEFAULT_FILTER), None),
    };
    let filter = filter.add_directive(ALWAYS.parse().expect("a constant"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    let installed = if std::io::stderr().is_terminal() {
        builder.compact().try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
    if installed.is_err() {
        return;
    }
    std::panic::set_hook(Box::new(log_panic));
    if let Some(problem) = problem {
        tracing::warn!(program, variable = FILTER_VARIABLE, %problem, "the log filter does not parse; using the default");
    }
}

/// Keeps secrets in memory from reaching the disk: no core file, and no other process of the same user may attach.
///
/// # Errors
/// The system call that failed. The caller logs it and goes on.
pub fn harden_process() -> Result<(), nix::Error> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    prctl::set_dumpable(false)
}

/// The panic's text may hold a value that was being worked on, but a panic without its text cannot be debugged: our
/// secret types have no text, so nothing of a Secret can be in it.
fn log_panic(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    tracing::error!(%location, thread = thread.name().unwrap_or("unnamed"), message, "panic");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_filter_parses() {
        EnvFilter::try_new(DEFAULT_FILTER).unwrap();
        ALWAYS.parse::<tracing_subscriber::filter::Directive>().unwrap();
    }

    #[test]
    fn a_hardened_process_writes_no_core() {
        harden_process().unwrap();
        assert_eq!(
            nix::sys::resource::getrlimit(Resource::RLIMIT_CORE).unwrap(),
            (0, 0)
        );
        assert!(!prctl::get_dumpable().unwrap());
    }
}
