//! The report for people.

use std::fmt::Write as _;

use super::finding::{Finding, Report, Summary, Where};
use crate::output::{Message, Severity};
use crate::source::Source;

/// Each finding with its line, and one line at the end that sums up.
pub(super) fn show(report: &Report, sources: &[Source], colour: bool) -> String {
    let mut shown = String::new();
    for finding in &report.findings {
        shown.push_str(&one(finding, sources, colour));
    }
    shown.push_str(&sum(&report.summary));
    shown
}

fn one(finding: &Finding, sources: &[Source], colour: bool) -> String {
    let source = match &finding.file {
        Where::Source(index) => sources.get(*index),
        Where::Missing(_) => None,
    };
    let file = match (&finding.file, source) {
        (Where::Missing(name), _) => name.as_str(),
        (_, Some(source)) => source.name.as_str(),
        (Where::Source(_), None) => "",
    };
    let text = if finding.path.is_empty() {
        finding.message.clone()
    } else {
        format!("{}: {}", finding.path, finding.message)
    };
    let line = finding.place.and_then(|place| Some(source?.line(place.line)));
    let note = finding.object.as_ref().map(super::ObjectName::shown);
    Message {
        severity: finding.severity,
        text: &text,
        file: if file == "-" { "standard input" } else { file },
        place: finding.place,
        line: line.filter(|_| finding.is_public),
        note: note.as_deref(),
    }
    .show(colour)
}

fn sum(summary: &Summary) -> String {
    let mut text = String::new();
    let found = match (summary.errors, summary.warnings) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, warnings) => count(warnings, Severity::Warning.word()),
        (errors, 0) => count(errors, Severity::Error.word()),
        (errors, warnings) => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
    };
    let _fits = write!(
        text,
        "{found} in {} of {}",
        count(summary.objects, "object"),
        count(summary.files, "file")
    );
    if summary.ignored > 0 {
        let _fits = write!(text, "; {} passed over", count(summary.ignored, "other"));
    }
    if summary.unreadable > 0 {
        let _fits = write!(text, "; {} not read", count(summary.unreadable, "file"));
    }
    text.push('\n');
    text
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}
