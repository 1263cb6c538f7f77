//! `validate`: what admission would say of files.
//!
//! `input` (read) → `objects` (find them in documents) → `judge` (ask `patchbay_model::admission`) → `text` or `json`
//! (show). All but the first are plain functions.

mod finding;
mod json;
mod judge;
mod known;
mod objects;
mod place;
mod text;

use std::io::{Read, Write};
use std::path::Path;

pub use finding::{Finding, ObjectName, Report, Summary};

use crate::args::{Format, Validate};
use crate::input::{self, Inputs};
use crate::output::{Exit, Severity, Streams};

/// Runs the command.
///
/// # Errors
/// When the output cannot be written.
pub fn run(
    args: &Validate,
    stdin: impl Read,
    streams: &mut Streams<impl Write, impl Write>,
) -> std::io::Result<Exit> {
    let paths: Vec<&Path> = args
        .filename
        .iter()
        .chain(&args.files)
        .map(AsRef::as_ref)
        .collect();
    if paths.is_empty() {
        streams.complain("error: nothing to validate: name files or folders, or - for standard input\n")?;
        return Ok(Exit::Unusable);
    }
    let inputs = input::read_all(&paths, stdin);
    let report = validate(&inputs, &args.namespace);
    let shown = match args.output {
        Format::Text => text::show(&report, &inputs.sources, streams.colour),
        Format::Json => json::show(&report, &inputs.sources),
    };
    streams.print(shown.as_bytes())?;
    Ok(exit(&report, args.strict))
}

/// Judges what was read. Objects without a namespace are in the one that is given.
#[must_use]
pub fn validate(inputs: &Inputs, namespace: &str) -> Report {
    let mut found = objects::find(&inputs.sources, namespace);
    let mut findings = std::mem::take(&mut found.findings);
    let judged = judge::judge(&found.objects, &inputs.sources, &mut findings);
    // In the order of the files; of one place, in the order in which they were found.
    findings.sort_by_key(|finding| finding.order);
    findings.extend(inputs.missing.iter().map(Finding::missing));
    let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let summary = Summary {
        files: inputs.sources.len(),
        objects: judged,
        ignored: (found.objects.len() + found.ignored).saturating_sub(judged),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        unreadable: findings.iter().filter(|it| it.is_unreadable()).count(),
    };
    Report { findings, summary }
}

fn exit(report: &Report, strict: bool) -> Exit {
    let summary = &report.summary;
    if summary.unreadable > 0 {
        Exit::Unusable
    } else if summary.errors > 0 || (strict && summary.warnings > 0) {
        Exit::Findings
    } else {
        Exit::Fine
    }
}
