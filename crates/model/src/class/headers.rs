//! Headers of a probe, in both spellings.

use patchbay_api::probe::HttpHeaders;
use patchbay_template::{Dialect, Engine, Known, Template};

use super::named::{self, Entry};
use super::{deny_duplicate, template};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// What the HTTP client sets itself. Two of them would make two programs read two different requests.
const SET_BY_CLIENT: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Reads headers: names in lower case, each once.
pub(super) fn read(
    headers: Option<&HttpHeaders>,
    path: &FieldPath,
    known: &Known,
    report: &mut Report,
) -> Vec<(String, Template)> {
    let mut read: Vec<(String, Template)> = Vec::new();
    for Entry {
        name,
        value,
        name_path,
        value_path,
    } in entries(headers, path, report)
    {
        let lower = name.to_ascii_lowercase();
        if let Err(right) = name::header(&name) {
            report.invalid(&name_path, format!("got {}, {right}", show::text(&name)));
        } else if SET_BY_CLIENT.contains(&lower.as_str()) {
            let message = format!("{} is set by Patchbay and cannot be set here", show::text(&name));
            report.deny(&name_path, ViolationKind::Forbidden, message);
        } else {
            deny_duplicate(&lower, read.iter().map(|(n, _)| n.as_str()), &name_path, report);
        }
        if !value.contains("{{") && value.chars().any(|c| c.is_control() && c != '\t') {
            report.invalid(
                &value_path,
                "has a line break or another control character, which no header can carry",
            );
        }
        if let Some(template) =
            template::compile(&value, Engine::Go, Dialect::Probe, known, &value_path, report)
        {
            read.push((lower, template));
        }
    }
    read
}

/// Both spellings in one form.
fn entries(headers: Option<&HttpHeaders>, path: &FieldPath, report: &mut Report) -> Vec<Entry> {
    match headers {
        None => vec![],
        Some(HttpHeaders::List(list)) => list
            .iter()
            .enumerate()
            .map(|(i, h)| Entry::in_list(&h.name, &h.value, &path.index(i)))
            .collect(),
        Some(HttpHeaders::Map(map)) => named::in_map(map, path, report),
        Some(HttpHeaders::Other(other)) => named::in_other(other, path, report),
    }
}
