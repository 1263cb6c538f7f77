//! A worker and nothing else, for the tests of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    patchbay_tera_worker::run_if_asked().unwrap_or(ExitCode::FAILURE)
}
