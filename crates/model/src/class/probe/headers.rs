//! Headers of a probe, in both spellings.

use patchbay_api::probe::HttpHeaders;
use patchbay_template::{Dialect, Engine, Known, Template};

use super::super::template;
use super::deny_duplicate;
use super::named::{self, Entry};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// More than any tool asks for.
const MOST: usize = 32;
/// The templates of all headers of a probe, in bytes.
const LONGEST: usize = 64 * 1024;

/// What the HTTP client sets itself. Two of them would make two programs read two different requests, or make a
/// different kind of exchange of the request.
const SET_BY_CLIENT: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Why a class may not set a header, if so. `lower` is its name in lower case.
fn forbidden(lower: &str) -> Option<&'static str> {
    match lower {
        "host" => Some("is set by Patchbay: to call another host, use host beside httpHeaders"),
        _ if lower.starts_with(':') => {
            Some("belongs to HTTP/2 and is set by Patchbay: use path, scheme and host")
        }
        _ if lower.starts_with("proxy-") => Some("speaks to proxies, and a probe calls the tool itself"),
        _ if SET_BY_CLIENT.contains(&lower) => Some("is set by Patchbay and cannot be set here"),
        _ => None,
    }
}

/// Reads headers: names in lower case, each once.
pub(super) fn read(
    headers: Option<&HttpHeaders>,
    path: &FieldPath,
    known: &Known,
    report: &mut Report,
) -> Vec<(String, Template)> {
    let mut read: Vec<(String, Template)> = Vec::new();
    let entries = entries(headers, path, report);
    if !is_bounded(&entries, path, report) {
        return read;
    }
    for Entry {
        name,
        value,
        name_path,
        value_path,
    } in entries
    {
        let lower = name.to_ascii_lowercase();
        if let Some(why) = forbidden(&lower) {
            report.deny(
                &name_path,
                ViolationKind::Forbidden,
                format!("{} {why}", show::text(&name)),
            );
        } else if let Err(right) = name::header(&name) {
            report.invalid(&name_path, format!("got {}, {right}", show::text(&name)));
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

fn is_bounded(entries: &[Entry], path: &FieldPath, report: &mut Report) -> bool {
    let bytes: usize = entries.iter().map(|e| e.name.len() + e.value.len()).sum();
    if entries.len() > MOST {
        let message = format!("got {} headers, wants at most {MOST}", entries.len());
        report.deny(path, ViolationKind::TooMany, message);
    } else if bytes > LONGEST {
        let message = format!("got {bytes} bytes in all, wants at most {LONGEST}");
        report.deny(path, ViolationKind::TooLong, message);
    }
    entries.len() <= MOST && bytes <= LONGEST
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
