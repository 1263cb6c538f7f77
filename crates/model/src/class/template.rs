//! Templates of a class: compiled, and checked against what their place offers.

use std::collections::BTreeSet;

use patchbay_template::{Dialect, Engine, Known, Severity, Source, Template};

use super::auth::{AuthType, SecretType};
use crate::path::FieldPath;
use crate::show;
use crate::violation::Report;

/// What templates may read that only a secretless proxy gives.
const PROXY_READS: [&[&str]; 4] = [
    &["context", "token"],
    &["context", "proxy"],
    &["connector", "status", "proxyAddress"],
    &["connectorclass", "proxyAddress"],
];

/// Compiles a template and checks what it reads.
pub(super) fn compile(
    text: &str,
    engine: Engine,
    dialect: Dialect,
    known: &Known,
    path: &FieldPath,
    report: &mut Report,
) -> Option<Template> {
    let source = Source {
        engine,
        ..Source::go(path.as_str(), text)
    };
    let template = match Template::compile(source) {
        Ok(template) => template,
        Err(error) => {
            report.invalid(path, error.public());
            return None;
        }
    };
    for finding in patchbay_template::check(template.references(), dialect, known) {
        match finding.severity {
            Severity::Error => report.invalid(path, finding.public()),
            Severity::Warning => report.warn(path, finding.public()),
        }
    }
    if dialect == Dialect::Configuration {
        warn_of_proxy(&template, path, report);
    }
    Some(template)
}

/// Warns of keys of the Secret that some auth type does not have: a Connector that uses that type could not mount the
/// file.
pub(super) fn warn_of_missing_keys(
    template: &Template,
    auth_types: &[AuthType],
    path: &FieldPath,
    report: &mut Report,
) {
    let keys = template.references().keys_below(&["secret"]);
    let unguarded: BTreeSet<&str> = keys
        .filter(|(_, read)| !read.proven)
        .map(|(key, _)| key)
        .collect();
    for key in unguarded {
        let has = |t: &&AuthType| t.keys().contains(key);
        let lacking: Vec<&str> = auth_types
            .iter()
            .filter(|t| !has(t))
            .map(|t| t.name.as_str())
            .collect();
        if !lacking.is_empty() && lacking.len() < auth_types.len() {
            let lacking = show::names(&lacking);
            let message = match template.engine() {
                Engine::Go => format!(
                    ".secret.{key} has no value under auth type {lacking}; guard it with {{{{ if .secret.{key} }}}}"
                ),
                Engine::Tera => format!(
                    "secret.{key} has no value under auth type {lacking}; guard it with {{% if secret?.{key} %}}"
                ),
            };
            report.warn(path, message);
        }
    }
}

fn warn_of_proxy(template: &Template, path: &FieldPath, report: &mut Report) {
    let needs = |read: &&patchbay_template::Reference| {
        PROXY_READS.iter().any(|proxy| {
            read.path.len() >= proxy.len()
                && read.path.iter().zip(*proxy).all(|(s, key)| s.key() == Some(*key))
        })
    };
    let reads: BTreeSet<String> = template
        .references()
        .reads
        .iter()
        .filter(|read| !read.guarded)
        .filter(needs)
        .map(|r| r.dotted())
        .collect();
    let dot = |read: &str| match template.engine() {
        Engine::Go => read.to_owned(),
        Engine::Tera => read.trim_start_matches('.').to_owned(),
    };
    for read in reads.iter().map(|read| dot(read)) {
        report.warn(path, format!("{read} has a value only where a secretless proxy runs; without one the file cannot be rendered"));
    }
}

/// Whether a rendering failed for want of a proxy.
pub(crate) fn is_proxy_read(read: &str) -> bool {
    let path: Vec<&str> = read.trim_start_matches('.').split('.').collect();
    PROXY_READS.iter().any(|proxy| path.starts_with(proxy)) || path == ["context"]
}

/// What is known of Secrets of these auth types.
pub(super) fn known_secrets(types: &[&AuthType]) -> Known {
    let mut tolerated = BTreeSet::new();
    if types.iter().any(|t| t.secret_type == SecretType::BasicAuth) {
        // Printed by the seed, although a Secret for basic auth has no such key.
        tolerated.insert("token".to_owned());
    }
    Known {
        secret_keys: Some(types.iter().flat_map(|t| t.keys()).map(str::to_owned).collect()),
        tolerated_secret_keys: tolerated,
        secret_optional: types.iter().any(|t| t.optional),
        ..Known::default()
    }
}
