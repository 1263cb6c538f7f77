//! The attributes of a volume: what the webhook writes, the driver reads and the broker checks again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use patchbay_api::names::attributes as attr;
use serde_json::{Map, Value};

use crate::path::FieldPath;
use crate::violation::{Checked, Report, ViolationKind, Violations};
use crate::{duration, name, show};

/// Connectors of one volume.
pub const CONNECTORS: usize = 16;
/// Names in `configuration.names`, of either sort.
pub const NAMES: usize = 64;
/// The longest value of an attribute, in bytes.
const LONGEST: usize = 16 * 1024;
/// Nesting of a parameter's value.
const DEPTH: usize = 16;
/// The API server gives no token for less.
const SHORTEST_TOKEN: Duration = Duration::from_secs(600);

/// What a volume asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeSource {
    /// In the order in which they were written; a later one wins where two make the same file. Never empty.
    pub connectors: Vec<ConnectorRef>,
    /// Configurations of their classes, without repetition. None: built-in files only.
    pub configurations: Vec<String>,
    /// Names of files to leave out of the result, without repetition.
    pub exclude_files: Vec<String>,
    /// Parameters by configuration.
    pub params: BTreeMap<String, Map<String, Value>>,
    /// How long a token for a proxy lives.
    pub token_expiration: Option<Duration>,
}

/// A Connector, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectorRef {
    /// The pod's own when absent.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// The attributes that a person may write.
const KNOWN: [&str; 6] = [
    attr::CONNECTORS,
    attr::CONNECTOR_NAME,
    attr::CONNECTOR_NAMESPACE,
    attr::CONFIGURATION_NAMES,
    attr::CONFIGURATION_PARAMS,
    attr::TOKEN_EXPIRATION,
];

/// Reads the attributes of a volume. What kubelet adds (`csi.storage.k8s.io/...`) is passed over.
///
/// # Errors
/// Every violation; paths are `volumeAttributes[<name>]`.
pub fn parse_attributes(attributes: &BTreeMap<String, String>) -> Result<Checked<VolumeSource>, Violations> {
    let mut report = Report::default();
    let root = FieldPath::new("volumeAttributes");
    for (key, value) in attributes
        .iter()
        .filter(|(key, _)| !key.starts_with(attr::KUBELET_PREFIX))
    {
        if !KNOWN.contains(&key.as_str()) {
            let near = show::did_you_mean(key, KNOWN);
            let message = format!("is not known, a volume has {}{near}", show::names(&KNOWN));
            report.deny(&root.key(key), ViolationKind::Forbidden, message);
        } else if value.len() > LONGEST {
            let message = format!("got {} bytes, wants at most {LONGEST}", value.len());
            report.deny(&root.key(key), ViolationKind::TooLong, message);
        }
    }
    if !report.is_clean() {
        return report.finish(VolumeSource::default());
    }
    let get = |key: &str| attributes.get(key).map(String::as_str);
    let connectors = read_connectors(&get, &root, &mut report);
    let (configurations, exclude_files) = read_names(&get, &root, &mut report);
    let params = read_params(&get, &root.key(attr::CONFIGURATION_PARAMS), &mut report);
    let path = root.key(attr::TOKEN_EXPIRATION);
    let token_expiration =
        get(attr::TOKEN_EXPIRATION).and_then(|text| read_expiration(text, &path, &mut report));
    let source = VolumeSource {
        connectors,
        configurations,
        exclude_files,
        params,
        token_expiration,
    };
    if report.is_clean() {
        check_into(&source, &root, &mut report);
    }
    report.finish(source)
}

/// Writes the attributes of a volume.
///
/// # Guarantees
/// [`parse_attributes`] gives back what was written, for a source that [`check`] accepts.
#[must_use]
pub fn attributes(source: &VolumeSource) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    let mut put = |key: &str, value: String| {
        if !value.is_empty() {
            attributes.insert(key.to_owned(), value);
        }
    };
    let one = |connector: &ConnectorRef| match &connector.namespace {
        Some(namespace) => format!("{namespace}/{}", connector.name),
        None => connector.name.clone(),
    };
    put(
        attr::CONNECTORS,
        source.connectors.iter().map(one).collect::<Vec<_>>().join(","),
    );
    let excluded = source.exclude_files.iter().map(|file| format!("!{file}"));
    let names: Vec<String> = source.configurations.iter().cloned().chain(excluded).collect();
    put(attr::CONFIGURATION_NAMES, names.join(","));
    if !source.params.is_empty() {
        let params: Map<String, Value> = source
            .params
            .iter()
            .map(|(name, params)| (name.clone(), Value::Object(params.clone())))
            .collect();
        put(attr::CONFIGURATION_PARAMS, Value::Object(params).to_string());
    }
    put(
        attr::TOKEN_EXPIRATION,
        source.token_expiration.map(duration::show).unwrap_or_default(),
    );
    attributes
}

/// Checks what came over the wire: the same rules as for the attributes.
///
/// # Errors
/// Every violation; paths are those of the attributes.
pub fn check(source: &VolumeSource) -> Result<(), Violations> {
    let mut report = Report::default();
    check_into(source, &FieldPath::new("volumeAttributes"), &mut report);
    report.finish(()).map(|checked| checked.value)
}

fn read_connectors<'a>(
    get: &impl Fn(&str) -> Option<&'a str>,
    root: &FieldPath,
    report: &mut Report,
) -> Vec<ConnectorRef> {
    let (list, name, namespace) = (
        get(attr::CONNECTORS),
        get(attr::CONNECTOR_NAME),
        get(attr::CONNECTOR_NAMESPACE),
    );
    match (list, name) {
        (Some(_), Some(_)) => {
            let message = format!(
                "cannot stand beside {}; use {} only",
                attr::CONNECTORS,
                attr::CONNECTORS
            );
            report.deny(&root.key(attr::CONNECTOR_NAME), ViolationKind::Forbidden, message);
            vec![]
        }
        (Some(list), None) => {
            if namespace.is_some() {
                let message = format!(
                    "belongs to {}; write namespace/name in {}",
                    attr::CONNECTOR_NAME,
                    attr::CONNECTORS
                );
                report.deny(
                    &root.key(attr::CONNECTOR_NAMESPACE),
                    ViolationKind::Forbidden,
                    message,
                );
            }
            words(list, &root.key(attr::CONNECTORS), report)
                .into_iter()
                .map(connector_ref)
                .collect()
        }
        (None, Some(name)) => {
            let namespace = namespace
                .map(str::trim)
                .filter(|n| !n.is_empty())
                .map(str::to_owned);
            let name = name.trim().to_owned();
            report.warn(
                &root.key(attr::CONNECTOR_NAME),
                format!("is the old form; use {}", attr::CONNECTORS),
            );
            if name.is_empty() {
                vec![]
            } else {
                vec![ConnectorRef { namespace, name }]
            }
        }
        (None, None) => vec![],
    }
}

fn connector_ref(word: &str) -> ConnectorRef {
    match word.split_once('/') {
        Some((namespace, name)) => ConnectorRef {
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        },
        None => ConnectorRef {
            namespace: None,
            name: word.to_owned(),
        },
    }
}

/// The words of a comma list, without space around them. Empty ones are warned about, repeated ones too.
fn words<'a>(list: &'a str, path: &FieldPath, report: &mut Report) -> Vec<&'a str> {
    let mut words: Vec<&str> = Vec::new();
    for word in list.split(',').map(str::trim) {
        if word.is_empty() {
            if !list.trim().is_empty() {
                report.warn(path, "has a comma too many");
            }
        } else if words.contains(&word) {
            report.warn(path, format!("{} is there twice", show::text(word)));
        } else {
            words.push(word);
        }
    }
    words
}

fn read_names<'a>(
    get: &impl Fn(&str) -> Option<&'a str>,
    root: &FieldPath,
    report: &mut Report,
) -> (Vec<String>, Vec<String>) {
    let Some(list) = get(attr::CONFIGURATION_NAMES) else {
        return (vec![], vec![]);
    };
    let path = root.key(attr::CONFIGURATION_NAMES);
    let (mut names, mut excluded) = (Vec::new(), Vec::new());
    for word in words(list, &path, report) {
        match word.strip_prefix('!').map(str::trim) {
            None => names.push(word.to_owned()),
            Some("") => report.invalid(&path, "got a \"!\" alone, wants the name of a file after it"),
            Some(file) if excluded.iter().any(|e| e == file) => {
                report.warn(&path, format!("{} is left out twice", show::text(file)));
            }
            Some(file) => excluded.push(file.to_owned()),
        }
    }
    (names, excluded)
}

fn read_params<'a>(
    get: &impl Fn(&str) -> Option<&'a str>,
    path: &FieldPath,
    report: &mut Report,
) -> BTreeMap<String, Map<String, Value>> {
    const WANTED: &str = "wants JSON such as {\"npmrc\": {\"scope\": \"@acme\"}}";
    let text = get(attr::CONFIGURATION_PARAMS)
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let Some(text) = text else {
        return BTreeMap::new();
    };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            report.invalid(path, format!("is not JSON ({place}), {WANTED}"));
            return BTreeMap::new();
        }
    };
    let Value::Object(configurations) = value else {
        report.deny(
            path,
            ViolationKind::TypeInvalid,
            format!("got {}, {WANTED}", show::value(&value)),
        );
        return BTreeMap::new();
    };
    let mut params = BTreeMap::new();
    for (name, value) in configurations {
        match value {
            Value::Object(values) => {
                params.insert(name, values);
            }
            other => {
                let message = format!("got {}, wants an object of parameters", show::value(&other));
                report.deny(&path.key(&name), ViolationKind::TypeInvalid, message);
            }
        }
    }
    params
}

fn read_expiration(text: &str, path: &FieldPath, report: &mut Report) -> Option<Duration> {
    let read = duration::parse(text.trim());
    if read.is_none() {
        report.invalid(
            path,
            format!("got {}, wants a duration such as 30m or 1h30m", show::text(text)),
        );
    }
    read
}

fn check_into(source: &VolumeSource, root: &FieldPath, report: &mut Report) {
    check_connectors(source, &root.key(attr::CONNECTORS), report);
    check_names(source, &root.key(attr::CONFIGURATION_NAMES), report);
    check_params(source, &root.key(attr::CONFIGURATION_PARAMS), report);
    if let Some(expiration) = source.token_expiration
        && expiration < SHORTEST_TOKEN
    {
        let got = duration::show(expiration);
        let message = format!("got {got}, wants at least 10m: the API server gives no shorter token");
        report.invalid(&root.key(attr::TOKEN_EXPIRATION), message);
    }
}

fn check_connectors(source: &VolumeSource, path: &FieldPath, report: &mut Report) {
    if source.connectors.is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is missing, wants the name of a Connector",
        );
    }
    deny_too_many(source.connectors.len(), CONNECTORS, "Connector", path, report);
    for connector in source.connectors.iter().take(CONNECTORS) {
        if let Err(right) = name::dns_subdomain(&connector.name) {
            report.invalid(path, format!("got {}, {right}", show::text(&connector.name)));
        }
        if let Some(Err(right)) = connector.namespace.as_deref().map(name::dns_label) {
            let got = show::text(connector.namespace.as_deref().unwrap_or_default());
            report.invalid(path, format!("got the namespace {got}, {right}"));
        }
    }
    deny_repeated(&source.connectors, path, report);
}

fn check_names(source: &VolumeSource, path: &FieldPath, report: &mut Report) {
    let count = source.configurations.len() + source.exclude_files.len();
    deny_too_many(count, NAMES, "name", path, report);
    for (names, rule) in [
        (&source.configurations, name::key as Rule),
        (&source.exclude_files, name::file as Rule),
    ] {
        for word in names.iter().take(NAMES) {
            if let Err(right) = rule(word) {
                report.invalid(path, format!("got {}, {right}", show::text(word)));
            }
        }
        deny_repeated(names, path, report);
    }
}

fn check_params(source: &VolumeSource, path: &FieldPath, report: &mut Report) {
    for (name, values) in source.params.iter().take(NAMES) {
        let at = path.key(name);
        if !source.configurations.contains(name) {
            let near = show::did_you_mean(name, source.configurations.iter().map(String::as_str));
            let list = attr::CONFIGURATION_NAMES;
            let message = format!("is not one of the configurations in {list}{near}");
            report.deny(&at, ViolationKind::NotFound, message);
        }
        for (param, _) in values.iter().filter(|(_, value)| depth(value) > DEPTH) {
            report.deny(&at.key(param), ViolationKind::TooLong, "is nested too deep");
        }
    }
}

type Rule = fn(&str) -> Result<(), &'static str>;

fn deny_too_many(got: usize, limit: usize, noun: &str, path: &FieldPath, report: &mut Report) {
    if got > limit {
        report.deny(
            path,
            ViolationKind::TooMany,
            format!("got {}, wants at most {limit}", show::count(got, noun)),
        );
    }
}

fn deny_repeated<T: Ord>(items: &[T], path: &FieldPath, report: &mut Report) {
    if items.iter().collect::<BTreeSet<_>>().len() < items.len() {
        report.deny(path, ViolationKind::Duplicate, "names something twice");
    }
}

/// How deep a value is nested. Values come from a JSON reader that bounds the depth, so recursion is safe.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests;
