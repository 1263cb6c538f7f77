//! Changing a class must not strand its Connectors.

use std::collections::BTreeSet;

use patchbay_api::ConnectorClass;
use patchbay_api::names::ANNOTATION_ALLOW_BREAKING;

use super::Class;
use crate::connector::{self, Connector};
use crate::path::FieldPath;
use crate::violation::{Checked, Report, Violation, ViolationKind, Violations};
use crate::{ratchet, show};

/// How to do it all the same.
pub(crate) const WAY_OUT: &str =
    "; if that is meant, set the annotation patchbay.dev/allow-breaking: \"true\"";

/// So many Connectors are named; the others are counted.
const NAMED: usize = 10;

/// A Connector that an update of its class would strand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependant {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What would be wrong with it, and is not wrong now.
    pub violation: Violation,
}

/// What an update of a class would strand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependants {
    /// Connectors that fit the old class and not the new one: the first ten by namespace and name.
    pub broken: Vec<Dependant>,
    /// How many there are in all.
    pub broken_count: usize,
    /// What pods may have mounted and the new class does not have any more, or not in the same way, each as a
    /// sentence. Empty while the class has no Connectors.
    pub lost: Vec<Lost>,
    /// How many Connectors the class has.
    pub connectors: usize,
}

/// Something of a configuration that is not there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The configuration.
    pub configuration: String,
    /// What, for a person.
    pub what: String,
}

/// What an update of a class would strand. `connectors` may hold those of other classes. Without an old class nothing
/// can be stranded.
pub fn dependants<'a>(
    new: &Class,
    old: Option<&Class>,
    connectors: impl IntoIterator<Item = &'a Connector>,
) -> Dependants {
    let mut dependants = Dependants::default();
    let Some(old) = old else {
        return dependants;
    };
    let mut broken: Vec<(&Connector, Violation)> = Vec::new();
    for connector in connectors.into_iter().filter(|c| c.class_name == new.name) {
        dependants.connectors += 1;
        if let Some(violation) = newly_wrong(connector, old, new) {
            dependants.broken_count += 1;
            broken.push((connector, violation));
            // Keeps the memory bounded whatever the number of Connectors.
            if broken.len() >= 2 * NAMED {
                keep_first(&mut broken);
            }
        }
    }
    keep_first(&mut broken);
    let named = |(c, violation): (&Connector, Violation)| Dependant {
        namespace: c.namespace.clone(),
        name: c.name.clone(),
        violation,
    };
    dependants.broken = broken.into_iter().map(named).collect();
    if dependants.connectors > 0 {
        dependants.lost = lost(old, new);
    }
    dependants
}

fn keep_first(broken: &mut Vec<(&Connector, Violation)>) {
    broken.sort_by(|(a, _), (b, _)| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    broken.truncate(NAMED);
}

/// The first thing that is wrong under the new class and was not wrong under the old one.
fn newly_wrong(connector: &Connector, old: &Class, new: &Class) -> Option<Violation> {
    let violations = connector::check(connector, new).err()?;
    let before = connector::check(connector, old).err();
    let same = |a: &Violation, b: &Violation| a.path == b.path && a.kind == b.kind;
    let known = |v: &Violation| before.iter().flatten().any(|b| same(v, b));
    violations.iter().find(|v| !known(v)).cloned()
}

fn lost(old: &Class, new: &Class) -> Vec<Lost> {
    let mut lost = Vec::new();
    let mut note = |configuration: &str, what: String| {
        lost.push(Lost {
            configuration: configuration.to_owned(),
            what,
        });
    };
    for before in &old.configurations {
        let Some(after) = new.configuration(&before.name) else {
            note(&before.name, "is not there any more".to_owned());
            continue;
        };
        let files: BTreeSet<&str> = after.files.iter().map(|f| f.name.as_str()).collect();
        for file in before.files.iter().filter(|f| !files.contains(f.name.as_str())) {
            note(
                &before.name,
                format!("has no file {} any more", show::text(&file.name)),
            );
        }
        for param in after.params.iter().filter(|p| p.default.is_none()) {
            if before.params.get(&param.name).is_none_or(|p| p.default.is_some()) {
                note(
                    &before.name,
                    format!("requires the parameter {} now", show::text(&param.name)),
                );
            }
        }
        for param in before.params.iter() {
            match after.params.get(&param.name) {
                None => note(
                    &before.name,
                    format!("does not know the parameter {} any more", show::text(&param.name)),
                ),
                Some(now) if now.type_ != param.type_ => {
                    let what = format!("wants {} as {} now", show::text(&param.name), now.type_.as_str());
                    note(&before.name, what);
                }
                Some(_) => {}
            }
        }
    }
    lost
}

/// Whether the annotations of a class say that those who depend on it may be stranded.
pub(crate) fn allows_breaking<'a>(annotation: impl Fn(&str) -> Option<&'a str>) -> bool {
    annotation(ANNOTATION_ALLOW_BREAKING) == Some("true")
}

/// Decides on a new class, or on the update of one.
///
/// # Guarantees
/// An update of the metadata only, and any update of an object that is being deleted, passes. A violation that the
/// stored object already has at the same place with the same value is a warning. The value is `None` when such
/// violations remain.
///
/// # Errors
/// Every violation, including that the update would strand Connectors, unless the annotation
/// `patchbay.dev/allow-breaking: "true"` is there, when that is a warning.
pub fn admit<'a>(
    new: &ConnectorClass,
    old: Option<&ConnectorClass>,
    connectors: impl IntoIterator<Item = &'a Connector>,
) -> Result<Checked<Option<Class>>, Violations> {
    let parsed = super::parse(new);
    if new.metadata.deletion_timestamp.is_some() {
        return Ok(Checked {
            value: parsed.ok().map(|checked| checked.value),
            warnings: vec![],
        });
    }
    let Some(old) = old else {
        return Ok(parsed?.map(Some));
    };
    let before = super::parse(old);
    let checked = match parsed {
        Ok(checked) => checked,
        Err(violations) => {
            let json = |object: &ConnectorClass| serde_json::json!({ "spec": object.spec });
            let forgiven = ratchet::forgive(violations, before.as_ref().err(), &json(old), &json(new))?;
            return Ok(forgiven.map(|()| None));
        }
    };
    let stranded = match &before {
        Ok(before) if old.spec != new.spec => dependants(&checked.value, Some(&before.value), connectors),
        _ => Dependants::default(),
    };
    judge(checked, &stranded, new)
}

fn judge(
    checked: Checked<Class>,
    stranded: &Dependants,
    new: &ConnectorClass,
) -> Result<Checked<Option<Class>>, Violations> {
    let annotations = new.metadata.annotations.as_ref();
    let allowed = allows_breaking(|name| annotations.and_then(|all| all.get(name)).map(String::as_str));
    let mut report = Report::default();
    report.extend_warnings(checked.warnings);
    let (spec, configurations) = (
        FieldPath::new("spec"),
        FieldPath::new("spec").child("configurations"),
    );
    let mut note = |path: &FieldPath, message: String| {
        if allowed {
            report.warn(path, message);
        } else {
            report.deny(path, ViolationKind::Forbidden, format!("{message}{WAY_OUT}"));
        }
    };
    if stranded.broken_count > 0 {
        note(&spec, broken_message(stranded));
    }
    for lost in &stranded.lost {
        let count = show::count(stranded.connectors, "Connector");
        let message = format!("{}, and pods may mount it: the class has {count}", lost.what);
        note(&configurations.key(&lost.configuration), message);
    }
    report.finish(Some(checked.value))
}

fn broken_message(stranded: &Dependants) -> String {
    let mut lines: Vec<String> = stranded
        .broken
        .iter()
        .map(|d| format!("{}/{} ({})", d.namespace, d.name, d.violation))
        .collect();
    let unnamed = stranded.broken_count - stranded.broken.len();
    if unnamed > 0 {
        lines.push(format!("{unnamed} more"));
    }
    let count = show::count(stranded.broken_count, "Connector");
    format!("the change would make {count} invalid: {}", lines.join("; "))
}

#[cfg(test)]
mod tests;
