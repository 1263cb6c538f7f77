//! Logs, and what else makes the process fit to run: no core dumps, panics in the log.
//!
//! Logs go to standard error: standard output belongs to whatever a program prints as its result. They are JSON, one
//! object per line, except on a terminal or where [`FORMAT_VARIABLE`] says so.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// The variable that sets the filter, such as `info,patchbay_webhook=debug`.
pub const FILTER_VARIABLE: &str = "PATCHBAY_LOG";

/// The variable that sets the format: `json`, `text`, or `auto` (text on a terminal, else JSON).
pub const FORMAT_VARIABLE: &str = "PATCHBAY_LOG_FORMAT";

/// Our own crates at `info`, libraries at `warn`: a library's `info` is rarely about us.
const DEFAULT_FILTER: &str = "warn,patchbay=info,patchbay_runtime=info,patchbay_model=info,patchbay_template=info,\
     patchbay_webhook=info,patchbay_csi_driver=info,patchbay_reconciler=info";

/// Whoever asks for `debug` means ours, not each frame of a connection. Each can still be asked for by its name.
const TAMED: &str = "h2=warn,hyper=warn,hyper_util=warn,rustls=warn,tonic=warn,tower=warn,tower_http=warn,\
     kube=warn,kube_client=warn,kube_runtime=warn";

/// Holds whatever the filter says: kube's client logs the whole body of an answer that it cannot read, at `warn`, and
/// that body may be a Secret. Our own errors say that an answer could not be read.
const ALWAYS: &str = "kube_client::client=off";

/// Sends the process's logs and panics to standard error. Once per process; a second call changes nothing.
///
/// A filter that does not parse is reported in the log and replaced by the default: a typo in an environment variable
/// must not keep a node plugin from starting.
pub fn init(program: &'static str) {
    let (filter, problem) = filter(std::env::var(FILTER_VARIABLE).ok().as_deref());
    let wanted = std::env::var(FORMAT_VARIABLE).ok();
    let format = format(wanted.as_deref(), std::io::stderr().is_terminal());
    let filter = filter.add_directive(ALWAYS.parse().expect("a constant"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    let installed = match format.unwrap_or(Format::Json) {
        Format::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .compact()
            .try_init(),
        Format::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    if installed.is_err() {
        return;
    }
    std::panic::set_hook(Box::new(log_panic));
    if let Some(problem) = problem {
        tracing::warn!(program, variable = FILTER_VARIABLE, %problem, "the log filter does not parse; using the default");
    }
    if format.is_none() {
        tracing::warn!(
            program,
            variable = FORMAT_VARIABLE,
            "the log format is none of json, text and auto; using json"
        );
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Text,
}

/// What the variable says; `None` for a word that is none.
fn format(wanted: Option<&str>, terminal: bool) -> Option<Format> {
    match wanted.unwrap_or_default().trim() {
        "json" => Some(Format::Json),
        "text" => Some(Format::Text),
        "" | "auto" if terminal => Some(Format::Text),
        "" | "auto" => Some(Format::Json),
        _ => None,
    }
}

/// The filter, and what is wrong with the one that was wanted.
fn filter(wanted: Option<&str>) -> (EnvFilter, Option<String>) {
    let default = || EnvFilter::new(DEFAULT_FILTER);
    match wanted.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => match EnvFilter::try_new(format!("{TAMED},{text}")) {
            Ok(filter) => (filter, None),
            Err(error) => (default(), Some(error.to_string())),
        },
        None => (default(), None),
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
    fn the_format_is_what_was_asked_for() {
        for (wanted, terminal, want) in [
            (None, true, Some(Format::Text)),
            (None, false, Some(Format::Json)),
            (Some("auto"), true, Some(Format::Text)),
            (Some(""), false, Some(Format::Json)),
            (Some("json"), true, Some(Format::Json)),
            (Some(" text "), false, Some(Format::Text)),
            (Some("yaml"), true, None),
        ] {
            assert_eq!(format(wanted, terminal), want, "{wanted:?}");
        }
    }

    #[test]
    fn libraries_stay_quiet_unless_they_are_asked_for() {
        let shown = |wanted: &str| filter(Some(wanted)).0.to_string();
        assert!(shown("debug").contains("h2=warn"));
        assert!(!shown("debug,h2=trace").contains("h2=warn"));
        assert!(shown("debug,h2=trace").contains("h2=trace"));
        let (fallback, problem) = filter(Some("=,=x="));
        assert!(problem.is_some() && fallback.to_string().contains("patchbay=info"));
        assert!(filter(Some("  ")).1.is_none());
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
