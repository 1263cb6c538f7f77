//! Config files, checked and compiled.

use std::collections::BTreeMap;
use std::str::FromStr;

use patchbay_api::class::{Configuration as Wire, Env, Format as WireFormat};
use patchbay_api::names::ENV_SERVICE_BINDING_ROOT;
use patchbay_template::format::Format;
use patchbay_template::{Dialect, Engine, Holds, Known, Template};

use super::auth::AuthType;
use super::named::{self, Entry};
use super::{AuthProbe, deny_duplicate, template};
use crate::param::{ParamType, Params, Purpose};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// Files of one configuration.
const FILES: usize = 64;

/// Config files that pods can mount together.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// Its files, by name.
    pub files: Vec<ConfigFile>,
    /// Parameters that a pod may give.
    pub params: Params,
    /// The templates may read the credential.
    pub credentials: bool,
    /// Variables for the containers; each name once.
    pub env: Vec<EnvVar>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Its name; a plain one.
    pub name: String,
    /// What it is made of.
    pub template: Template,
    /// What it has to be.
    pub format: Option<Format>,
}

/// One variable.
#[derive(Clone, Debug)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// What its value is made of; knows `.mountPath`.
    pub template: Template,
}

/// What the rest of the class says to its configurations.
pub(super) struct Declared<'a> {
    pub(super) auth_types: &'a [AuthType],
    pub(super) params: &'a Params,
    pub(super) auth_probes: &'a [AuthProbe],
}

/// Reads `spec.configurations`.
pub(super) fn read(
    wires: &[Wire],
    path: &FieldPath,
    declared: &Declared<'_>,
    report: &mut Report,
) -> Vec<Configuration> {
    let mut configurations: Vec<Configuration> = Vec::new();
    for (i, wire) in wires.iter().enumerate() {
        let at = path.index(i);
        // The name stands in comma lists, where `!` has a meaning.
        if let Err(right) = name::key(&wire.name) {
            report.invalid(
                &at.child("name"),
                format!("got {}, {right}", show::text(&wire.name)),
            );
        }
        deny_duplicate(
            &wire.name,
            configurations.iter().map(|c| c.name.as_str()),
            &at.child("name"),
            report,
        );
        let configuration = read_one(wire, &at, declared, report);
        for file in &configuration.files {
            if let Some(earlier) = configurations
                .iter()
                .find(|c| c.files.iter().any(|f| f.name == file.name))
            {
                let message = format!(
                    "configuration {} has this file too; where a pod mounts both, the one that it names later wins",
                    show::text(&earlier.name)
                );
                report.warn(&at.child("data").key(&file.name), message);
            }
        }
        configurations.push(configuration);
    }
    configurations
}

fn read_one(wire: &Wire, at: &FieldPath, declared: &Declared<'_>, report: &mut Report) -> Configuration {
    let auth_types = declared.auth_types;
    let params = Params::declare(&wire.params, Purpose::Values, &at.child("params"), report);
    let engine = read_engine(wire.engine.as_deref(), &at.child("engine"), report);
    let formats = Formats::read(wire, &at.child("format"), report);
    if wire.credentials && auth_types.is_empty() {
        report.warn(
            &at.child("credentials"),
            "the class has no auth types, so there is no credential to read",
        );
    }
    let types: Vec<&AuthType> = auth_types.iter().collect();
    let known = Known {
        configurations: Some(params.iter().map(|p| (p.name.clone(), holds(p.type_))).collect()),
        params: Some(declared.params.names().map(str::to_owned).collect()),
        auth_params: Some(
            declared
                .auth_probes
                .iter()
                .flat_map(|probe| probe.params.names())
                .map(str::to_owned)
                .collect(),
        ),
        credentials: wire.credentials,
        ..template::known_secrets(&types)
    };
    let files = read_files(wire, &at.child("data"), engine, &formats, &known, report);
    // Where a type is optional, every unguarded reading was warned about already.
    if !known.secret_optional {
        for file in &files {
            let at = at.child("data").key(&file.name);
            template::warn_of_missing_keys(&file.template, auth_types, &at, report);
        }
    }
    let env = read_env(wire.env.as_ref(), &at.child("env"), report);
    if wire.data.is_empty() && env.is_empty() {
        report.warn(at, "has neither files nor env, so it adds nothing to a pod");
    }
    Configuration {
        name: wire.name.clone(),
        files,
        params,
        credentials: wire.credentials,
        env,
    }
}

/// What a template finds in a param.
fn holds(type_: ParamType) -> Holds {
    match type_ {
        ParamType::String | ParamType::Boolean | ParamType::Number => Holds::Scalar,
        ParamType::Integer => Holds::Whole,
        ParamType::Array => Holds::List,
        ParamType::Object => Holds::Any,
    }
}

fn read_engine(word: Option<&str>, path: &FieldPath, report: &mut Report) -> Engine {
    match word.map(Engine::from_str) {
        None => Engine::Go,
        Some(Ok(engine)) => engine,
        Some(Err(right)) => {
            let got = show::text(word.unwrap_or_default());
            report.deny(path, ViolationKind::NotSupported, format!("got {got}: {right}"));
            Engine::Go
        }
    }
}

fn read_files(
    wire: &Wire,
    path: &FieldPath,
    engine: Engine,
    formats: &Formats,
    known: &Known,
    report: &mut Report,
) -> Vec<ConfigFile> {
    if wire.data.len() > FILES {
        let message = format!(
            "got {}, wants at most {FILES}",
            show::count(wire.data.len(), "file")
        );
        report.deny(path, ViolationKind::TooMany, message);
        return vec![];
    }
    let mut files = Vec::new();
    for (file, text) in &wire.data {
        let at = path.key(file);
        if let Err(right) = name::file(file) {
            report.invalid(&at, format!("got {}, {right}", show::text(file)));
        }
        if let Some(template) = template::compile(text, engine, Dialect::Configuration, known, &at, report) {
            files.push(ConfigFile {
                name: file.clone(),
                template,
                format: formats.of(file),
            });
        }
    }
    files
}

/// What the files have to be.
#[derive(Default)]
struct Formats {
    all: Option<Format>,
    by_file: BTreeMap<String, Format>,
}

impl Formats {
    fn of(&self, file: &str) -> Option<Format> {
        self.by_file.get(file).copied().or(self.all)
    }

    fn read(wire: &Wire, path: &FieldPath, report: &mut Report) -> Self {
        let mut formats = Self::default();
        match &wire.format {
            None => {}
            Some(WireFormat::All(word)) => formats.all = read_format(word, path, report),
            Some(WireFormat::ByFile(words)) => {
                for (file, word) in words {
                    let at = path.key(file);
                    if !wire.data.contains_key(file) {
                        let near = show::did_you_mean(file, wire.data.keys().map(String::as_str));
                        let message = format!("the configuration has no file {}{near}", show::text(file));
                        report.deny(&at, ViolationKind::NotFound, message);
                    }
                    if let Some(format) = read_format(word, &at, report) {
                        formats.by_file.insert(file.clone(), format);
                    }
                }
            }
            Some(WireFormat::Other(other)) => {
                let message = format!(
                    "got {}, wants one word or a map from file name to word",
                    show::value(other)
                );
                report.deny(path, ViolationKind::TypeInvalid, message);
            }
        }
        formats
    }
}

fn read_format(word: &str, path: &FieldPath, report: &mut Report) -> Option<Format> {
    match Format::from_str(word) {
        Ok(format) => Some(format),
        Err(right) => {
            report.deny(
                path,
                ViolationKind::NotSupported,
                format!("got {}, {right}", show::text(word)),
            );
            None
        }
    }
}

fn read_env(env: Option<&Env>, path: &FieldPath, report: &mut Report) -> Vec<EnvVar> {
    let mut read: Vec<EnvVar> = Vec::new();
    for Entry {
        name,
        value,
        name_path,
        value_path,
    } in env_entries(env, path, report)
    {
        if let Err(right) = name::variable(&name) {
            report.invalid(&name_path, format!("got {}, {right}", show::text(&name)));
        } else if name == ENV_SERVICE_BINDING_ROOT {
            let message = "says where all connections of a container are, and cannot be set by one of them";
            report.deny(&name_path, ViolationKind::Forbidden, message);
        }
        deny_duplicate(&name, read.iter().map(|v| v.name.as_str()), &name_path, report);
        let known = Known::default();
        if let Some(template) =
            template::compile(&value, Engine::Go, Dialect::Env, &known, &value_path, report)
        {
            read.push(EnvVar { name, template });
        }
    }
    read
}

/// Both spellings in one form.
fn env_entries(env: Option<&Env>, path: &FieldPath, report: &mut Report) -> Vec<Entry> {
    match env {
        None => vec![],
        Some(Env::List(list)) => list
            .iter()
            .enumerate()
            .map(|(i, v)| Entry::in_list(&v.name, &v.value, &path.index(i)))
            .collect(),
        Some(Env::Map(map)) => named::in_map(map, path, report),
        Some(Env::Other(other)) => named::in_other(other, path, report),
    }
}
