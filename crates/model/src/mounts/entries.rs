//! The YAML form: a list of entries.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Mount, MountTarget, short};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

const FIELDS: [&str; 7] = [
    "connector",
    "connection",
    "namespace",
    "configurations",
    "mountPath",
    "containers",
    "params",
];
/// Items of a list in an entry.
const ITEMS: usize = 64;

pub(super) fn read(text: &str, path: &FieldPath, report: &mut Report) -> Vec<Mount> {
    let value = match yaml(text) {
        Ok(value) => value,
        Err(problem) => {
            report.invalid(
                path,
                format!("is neither a comma list of names nor YAML: {problem}"),
            );
            return vec![];
        }
    };
    let Value::Array(items) = value else {
        let message = format!(
            "got {}, wants a list: begin each mount with \"- \"",
            show::value(&value)
        );
        report.deny(path, ViolationKind::TypeInvalid, message);
        return vec![];
    };
    if items.is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is an empty list, wants at least one mount; or remove the annotation",
        );
    }
    items
        .iter()
        .enumerate()
        .filter_map(|(i, item)| entry(item, path.index(i), report))
        .collect()
}

/// Reads YAML of people: no aliases, shallow, one document. Says what is wrong, and where in the annotation.
fn yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_depth: 16,
            flow_nesting_limit: 16,
            max_documents: 1,
            max_nodes: 4_000,
            max_events: 10_000,
        },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let why: String = error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect();
        why
    })
}

fn entry(item: &Value, at: FieldPath, report: &mut Report) -> Option<Mount> {
    let fields = match item {
        Value::Object(fields) => fields,
        // A plain name in a list is as clear as in the short form.
        Value::String(name) => {
            return short::connector(name, None, &at, report).map(|target| Mount::whole(at, target));
        }
        other => {
            let message = format!("got {}, wants an object with connector", show::value(other));
            report.deny(&at, ViolationKind::TypeInvalid, message);
            return None;
        }
    };
    for field in fields.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
        let near = show::did_you_mean(field, FIELDS);
        let known: Vec<&str> = FIELDS.into_iter().filter(|f| *f != "connection").collect();
        let message = format!("is not known, a mount has {}{near}", show::names(&known));
        report.deny(&at.property(field), ViolationKind::Forbidden, message);
    }
    let target = target(fields, &at, report);
    let (configurations, exclude_files) = configurations(fields, &at.child("configurations"), report);
    let mount_path = string(fields, "mountPath", &at, report).and_then(|text| {
        let path = at.child("mountPath");
        mount_path(text, &path, report).then(|| text.to_owned())
    });
    let containers = containers(fields, &at.child("containers"), report);
    let params = params(fields, &at.child("params"), report);
    Some(Mount {
        path: at,
        target: target?,
        configurations,
        exclude_files,
        mount_path,
        containers,
        params,
    })
}

fn target(fields: &Map<String, Value>, at: &FieldPath, report: &mut Report) -> Option<MountTarget> {
    if fields.contains_key("connection") {
        let message = "Connections are not available in this version";
        report.deny(&at.child("connection"), ViolationKind::NotSupported, message);
        return None;
    }
    if !fields.contains_key("connector") {
        report.deny(
            &at.child("connector"),
            ViolationKind::Required,
            "is missing, wants the name of a Connector",
        );
        return None;
    }
    let name = string(fields, "connector", at, report)?;
    let namespace = string(fields, "namespace", at, report);
    if let Some(Err(right)) = namespace.map(name::dns_label) {
        let got = show::text(namespace.unwrap_or_default());
        report.invalid(&at.child("namespace"), format!("got {got}, {right}"));
    }
    let path = at.child("connector");
    if let Some((namespace, name)) = name.split_once('/') {
        let message = format!(
            "got {}, wants the name alone: write connector: {} and namespace: {}",
            show::text(&format!("{namespace}/{name}")),
            show::bare(name),
            show::bare(namespace)
        );
        report.invalid(&path, message);
        return None;
    }
    short::connector(name, namespace.map(str::to_owned), &path, report)
}

/// A field that is a string, if it is there.
fn string<'a>(
    fields: &'a Map<String, Value>,
    field: &str,
    at: &FieldPath,
    report: &mut Report,
) -> Option<&'a str> {
    match fields.get(field)? {
        Value::String(text) => Some(text),
        other => {
            not_a_string(other, &at.child(field), report);
            None
        }
    }
}

fn not_a_string(value: &Value, path: &FieldPath, report: &mut Report) {
    let hint = if matches!(value, Value::Number(_) | Value::Bool(_)) {
        ": put it in quotes"
    } else {
        ""
    };
    let message = format!("got {}, wants a string{hint}", show::value(value));
    report.deny(path, ViolationKind::TypeInvalid, message);
}

/// A list of strings, if it is there.
fn strings<'a>(
    value: Option<&'a Value>,
    path: &FieldPath,
    report: &mut Report,
) -> Option<Vec<(FieldPath, &'a str)>> {
    let items = match value? {
        Value::Array(items) => items,
        other => {
            let message = format!("got {}, wants a list of strings", show::value(other));
            report.deny(path, ViolationKind::TypeInvalid, message);
            return None;
        }
    };
    if items.len() > ITEMS {
        report.deny(
            path,
            ViolationKind::TooMany,
            format!("got {} items, wants at most {ITEMS}", items.len()),
        );
        return None;
    }
    let mut strings: Vec<(FieldPath, &str)> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let at = path.index(i);
        match item {
            Value::String(text) if strings.iter().any(|(_, s)| s == text) => {
                report.deny(
                    &at,
                    ViolationKind::Duplicate,
                    format!("{} is there twice", show::text(text)),
                );
            }
            Value::String(text) => strings.push((at, text)),
            other => not_a_string(other, &at, report),
        }
    }
    Some(strings)
}

/// Configurations, and the files to leave out.
fn configurations(
    fields: &Map<String, Value>,
    path: &FieldPath,
    report: &mut Report,
) -> (Option<Vec<String>>, Vec<String>) {
    let Some(words) = strings(fields.get("configurations"), path, report) else {
        return (None, vec![]);
    };
    let (mut names, mut excluded) = (Vec::new(), Vec::new());
    for (at, word) in &words {
        let (list, name, rule): (_, _, fn(&str) -> _) = match word.strip_prefix('!') {
            Some(file) => (&mut excluded, file, name::file),
            None => (&mut names, *word, name::key),
        };
        match rule(name) {
            Ok(()) => list.push(name.to_owned()),
            Err(right) => report.invalid(at, format!("got {}, {right}", show::text(word))),
        }
    }
    // Leaving files out of nothing would be meaningless: exclusions alone are exclusions from everything.
    let all = names.is_empty() && !excluded.is_empty();
    (if all { None } else { Some(names) }, excluded)
}

fn containers(fields: &Map<String, Value>, path: &FieldPath, report: &mut Report) -> Option<Vec<String>> {
    let names = strings(fields.get("containers"), path, report)?;
    if names.is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is empty, wants names of containers; leave it out for all of them",
        );
    }
    for (at, name) in &names {
        if let Err(right) = name::dns_label(name) {
            report.invalid(at, format!("got {}, {right}", show::text(name)));
        }
    }
    Some(names.into_iter().map(|(_, name)| name.to_owned()).collect())
}

fn params(
    fields: &Map<String, Value>,
    path: &FieldPath,
    report: &mut Report,
) -> BTreeMap<String, Map<String, Value>> {
    let configurations = match fields.get("params") {
        None => return BTreeMap::new(),
        Some(Value::Object(configurations)) => configurations,
        Some(other) => {
            let message = format!(
                "got {}, wants an object of parameters by configuration",
                show::value(other)
            );
            report.deny(path, ViolationKind::TypeInvalid, message);
            return BTreeMap::new();
        }
    };
    let mut params = BTreeMap::new();
    for (name, values) in configurations {
        if let Value::Object(values) = values {
            params.insert(name.clone(), values.clone());
        } else {
            let message = format!("got {}, wants an object of parameters", show::value(values));
            report.deny(&path.key(name), ViolationKind::TypeInvalid, message);
        }
    }
    params
}

/// Whether a container can mount something there.
fn mount_path(text: &str, path: &FieldPath, report: &mut Report) -> bool {
    /// The container's runtime owns these.
    const TAKEN: [&str; 3] = ["/proc", "/sys", "/dev"];
    let clean = format!(
        "/{}",
        text.split('/')
            .filter(|p| !p.is_empty() && *p != ".")
            .collect::<Vec<_>>()
            .join("/")
    );
    let problem = if text.is_empty() {
        "wants an absolute path such as /home/app; leave it out for the usual place".to_owned()
    } else if !text.starts_with('/') {
        "wants an absolute path, which begins with /".to_owned()
    } else if text.split('/').any(|part| part == "..") {
        "wants a path without ..".to_owned()
    } else if clean == "/" {
        "would cover the whole container; wants a directory such as /home/app".to_owned()
    } else if text.len() > 1024 {
        "wants at most 1024 bytes".to_owned()
    } else if text.contains(':') || text.chars().any(char::is_control) {
        "wants a path without ':' and control characters".to_owned()
    } else if TAKEN
        .iter()
        .any(|t| clean == *t || clean.starts_with(&format!("{t}/")))
    {
        "belongs to the container's runtime".to_owned()
    } else if clean != text {
        format!("wants it without needless parts: {clean}")
    } else {
        return true;
    };
    report.invalid(path, format!("got {}, {problem}", show::text(text)));
    false
}
