//! The report for programs. `docs/cli.md` promises this shape.

use serde::Serialize;

use super::finding::{ObjectName, Report, Summary, Where};
use crate::output::Severity;
use crate::source::Source;

#[derive(Serialize)]
struct Shape<'a> {
    findings: Vec<One<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct One<'a> {
    severity: Severity,
    file: &'a str,
    /// From 1; null where the file as a whole is meant.
    line: Option<usize>,
    /// In characters, from 1.
    column: Option<usize>,
    path: &'a str,
    reason: &'a str,
    message: &'a str,
    object: Option<&'a ObjectName>,
}

/// All of it, with a line break at the end.
pub(super) fn show(report: &Report, sources: &[Source]) -> String {
    let findings = report
        .findings
        .iter()
        .map(|finding| One {
            severity: finding.severity,
            file: match &finding.file {
                Where::Source(index) => sources.get(*index).map_or("", |source| source.name.as_str()),
                Where::Missing(name) => name,
            },
            line: finding.place.map(|place| place.line),
            column: finding.place.map(|place| place.column),
            path: &finding.path,
            reason: finding.reason,
            message: &finding.message,
            object: finding.object.as_ref(),
        })
        .collect();
    let shape = Shape {
        findings,
        summary: report.summary,
    };
    // Nothing in it can fail: text, numbers, and no map with other keys than text.
    let mut text = serde_json::to_string_pretty(&shape).unwrap_or_default();
    text.push('\n');
    text
}
