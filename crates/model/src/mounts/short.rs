//! The short form: `git-main, npm`.

use super::{Mount, MountTarget};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// Whether a text is meant as the short form: names, commas and spaces only.
pub(super) fn is_short(text: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "-_./, \t\r\n!".contains(c);
    text.chars().all(may_stand) && !text.starts_with("- ") && !text.starts_with("-\n")
}

pub(super) fn read(text: &str, path: &FieldPath, report: &mut Report) -> Vec<Mount> {
    let mut mounts = Vec::new();
    for word in text.split(',').map(str::trim) {
        if word.is_empty() {
            report.warn(path, "has a comma too many");
        } else if let Some(target) = target(word, path, report) {
            mounts.push(Mount::whole(path.clone(), target));
        }
    }
    if mounts.is_empty() && report.is_clean() {
        report.deny(
            path,
            ViolationKind::Required,
            "names nothing, wants the name of a Connector",
        );
    }
    mounts
}

/// A name, with the kind before it where it is not a Connector.
fn target(word: &str, path: &FieldPath, report: &mut Report) -> Option<MountTarget> {
    let name = match word.split_once('/') {
        None => word,
        Some(("connector", name)) => name,
        Some(("connection", _)) => {
            let message = format!(
                "got {}: Connections are not available in this version",
                show::text(word)
            );
            report.deny(path, ViolationKind::NotSupported, message);
            return None;
        }
        Some((kind, name)) => {
            let message = format!(
                "got {}, and {} is no kind that can be mounted; for a Connector of another namespace write the YAML \
                 form: - {{connector: {}, namespace: {}}}",
                show::text(word),
                show::text(kind),
                show::bare(name),
                show::bare(kind)
            );
            report.deny(path, ViolationKind::NotSupported, message);
            return None;
        }
    };
    connector(name, None, path, report)
}

/// A Connector whose name is right.
pub(super) fn connector(
    name: &str,
    namespace: Option<String>,
    path: &FieldPath,
    report: &mut Report,
) -> Option<MountTarget> {
    if let Err(right) = name::dns_subdomain(name) {
        let hint = if name.contains(char::is_whitespace) {
            "; names are separated by commas"
        } else {
            ""
        };
        report.invalid(
            path,
            format!(
                "got {}, which is no name of a Connector: {right}{hint}",
                show::text(name)
            ),
        );
        return None;
    }
    Some(MountTarget::Connector {
        name: name.to_owned(),
        namespace,
    })
}
