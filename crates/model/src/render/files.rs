//! The files of a volume.

use std::collections::{BTreeMap, BTreeSet};

use patchbay_api::conditions::Reason;
use patchbay_template::tera::{NoWorker, Worker};
use patchbay_template::{Limits, SecretScope, format};
use serde_json::{Map, Value};

use super::error::RenderError;
use super::{RenderConnector, RenderInput, RenderedFile, built_in, data};
use crate::class::{Class, ConfigFile, Configuration};
use crate::param::given_in_map;
use crate::path::FieldPath;
use crate::secret::SecretBytes;
use crate::show;
use crate::violation::{Report, Violations};
use crate::volume::VolumeSource;

/// Readable by any user of the container, as files of a Secret volume are: the volume belongs to one pod.
const MODE: u32 = 0o644;

/// What all templates of a volume may cost together. Steps are counted and not timed, so that every replica gives the
/// same answer.
const STEPS: u64 = 4_000_000;

/// Whether the files that a volume asks of a class are made of the credential, so that its Secret is needed.
#[must_use]
pub fn reads_secret(class: &Class, source: &VolumeSource) -> bool {
    source
        .configurations
        .iter()
        .filter_map(|name| class.configuration(name))
        .any(|c| c.credentials)
}

/// The files of a volume whose templates are written in Go: [`files_with`], in a program without workers.
///
/// # Errors
/// Those of [`files_with`]; and [`Reason::Unavailable`] for a template that is written in Tera.
pub fn files(input: &RenderInput<'_>) -> Result<Vec<RenderedFile>, RenderError> {
    files_with(input, &NoWorker)
}

/// The files of a volume, by name. Templates that are written in Tera are rendered by `worker`; the function does
/// nothing else outside of its arguments.
///
/// # Guarantees
/// The same input gives the same files. Built-in files first, then the configurations of each class in the order of
/// `source.configurations`; a later file of the same name wins. The configurations of a class that several Connectors
/// share are made for the first of them. A file that `source.exclude_files` names is neither made nor in the result.
///
/// # Errors
/// The first of: none of the named configurations exists; a Secret is needed and not there; a parameter does not fit; a
/// template fails; a file is not what its `format` says; a bound is exceeded. No message carries a value of a Secret.
pub fn files_with(input: &RenderInput<'_>, worker: &dyn Worker) -> Result<Vec<RenderedFile>, RenderError> {
    let excluded: BTreeSet<&str> = input.source.exclude_files.iter().map(String::as_str).collect();
    deny_unknown(input)?;
    let mut volume = Volume {
        files: BTreeMap::new(),
        excluded,
        input,
        worker,
        template_limits: template_limits(input),
    };
    for connector in input.connectors {
        for (name, content) in built_in::files(connector)? {
            volume.put(name, SecretBytes::new(content))?;
        }
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for connector in input.connectors {
        if done.insert(connector.class.name.as_str()) {
            volume.add_configurations(connector)?;
        }
    }
    let file = |(name, content)| RenderedFile {
        name,
        content,
        mode: MODE,
    };
    Ok(volume.files.into_iter().map(file).collect())
}

fn deny_unknown(input: &RenderInput<'_>) -> Result<(), RenderError> {
    match unknown_configurations(
        &input.source.configurations,
        input.connectors.iter().map(|c| c.class),
    ) {
        None => Ok(()),
        Some(message) => Err(RenderError::new(Reason::ConfigurationNotFound, message)),
    }
}

/// What is wrong with the configurations that a volume names. Names that some class has and another has not are right:
/// one list serves all Connectors of the volume.
pub(crate) fn unknown_configurations<'a>(
    wanted: &[String],
    classes: impl Iterator<Item = &'a Class>,
) -> Option<String> {
    let known: BTreeSet<&str> = classes
        .flat_map(|class| class.configurations.iter().map(|c| c.name.as_str()))
        .collect();
    if wanted.is_empty() || wanted.iter().any(|name| known.contains(name.as_str())) {
        return None;
    }
    let known: Vec<&str> = known.into_iter().collect();
    Some(format!(
        "no class of the volume has a configuration {}; they have {}",
        show::names(wanted),
        show::names(&known)
    ))
}

/// The bounds of each template: its share of what the volume may cost.
fn template_limits(input: &RenderInput<'_>) -> Limits {
    let named = |class: &Class| {
        let chosen = input
            .source
            .configurations
            .iter()
            .filter_map(|name| class.configuration(name));
        chosen.map(|c| c.files.len() as u64).sum::<u64>()
    };
    let templates: u64 = input.connectors.iter().map(|c| named(c.class)).sum();
    let all = Limits::default();
    Limits {
        output_bytes: input.limits.bytes,
        steps: all.steps.min(STEPS / templates.max(1)),
        ..all
    }
}

struct Volume<'a> {
    files: BTreeMap<String, SecretBytes>,
    excluded: BTreeSet<&'a str>,
    input: &'a RenderInput<'a>,
    worker: &'a dyn Worker,
    template_limits: Limits,
}

impl Volume<'_> {
    fn put(&mut self, name: &str, content: SecretBytes) -> Result<(), RenderError> {
        if self.excluded.contains(name) {
            return Ok(());
        }
        self.files.insert(name.to_owned(), content);
        let limits = self.input.limits;
        if self.files.len() > limits.files {
            let message = format!("the volume has more than {} files", limits.files);
            return Err(RenderError::new(Reason::LimitExceeded, message));
        }
        if self.bytes() > limits.bytes {
            let message = format!(
                "the files of the volume are larger than {} bytes together",
                limits.bytes
            );
            return Err(RenderError::new(Reason::LimitExceeded, message));
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.files.values().map(SecretBytes::len).sum()
    }

    fn add_configurations(&mut self, own: &RenderConnector<'_>) -> Result<(), RenderError> {
        let wanted = &self.input.source.configurations;
        let chosen: Vec<&Configuration> = wanted
            .iter()
            .filter_map(|name| own.class.configuration(name))
            .collect();
        if chosen.is_empty() {
            return Ok(());
        }
        let root = data::configuration_root(own, self.input.connectors);
        for configuration in chosen {
            self.add_configuration(own, configuration, root.clone())?;
        }
        Ok(())
    }

    fn add_configuration(
        &mut self,
        own: &RenderConnector<'_>,
        configuration: &Configuration,
        mut root: Map<String, Value>,
    ) -> Result<(), RenderError> {
        let params = params(own.class, configuration, self.input.source)
            .map_err(|violations| RenderError::invalid(&violations))?;
        root.insert("configurations".to_owned(), params);
        let secrets = secrets(own, configuration)?;
        let root = Value::Object(root);
        for file in &configuration.files {
            if self.excluded.contains(file.name.as_str()) {
                continue;
            }
            let what = format!(
                "file {} of configuration {} of {}",
                file.name,
                show::text(&configuration.name),
                own.class.shown()
            );
            let content = self.render(file, &root, &secrets, &what)?;
            self.put(&file.name, content)?;
        }
        Ok(())
    }

    fn render(
        &self,
        file: &ConfigFile,
        root: &Value,
        secrets: &SecretScope,
        what: &str,
    ) -> Result<SecretBytes, RenderError> {
        let rendered = file
            .template
            .render_with(root, secrets, &self.template_limits, self.worker)
            .map_err(|error| RenderError::template(what, &error))?;
        if let Some(format) = file.format {
            format::check(format, rendered.as_bytes()).map_err(|error| {
                RenderError::new(Reason::FormatInvalid, format!("{what} is {}", error.public()))
            })?;
        }
        Ok(SecretBytes::from(rendered.into_bytes()))
    }
}

/// `.configurations`: the parameters that the volume gives, and the defaults.
pub(crate) fn params(
    class: &Class,
    configuration: &Configuration,
    source: &VolumeSource,
) -> Result<Value, Violations> {
    let path = FieldPath::new("volumeAttributes")
        .key(patchbay_api::names::attributes::CONFIGURATION_PARAMS)
        .key(&configuration.name);
    let none = Map::new();
    let given = given_in_map(source.params.get(&configuration.name).unwrap_or(&none), &path);
    let owner = format!(
        "configuration {} of {}",
        show::text(&configuration.name),
        class.shown()
    );
    let mut report = Report::default();
    let values = configuration.params.bind(&given, &path, &owner, &mut report);
    report.finish(())?;
    Ok(Value::Object(values.into_iter().collect()))
}

/// `.secret`, which only configurations with `credentials: true` see.
fn secrets(own: &RenderConnector<'_>, configuration: &Configuration) -> Result<SecretScope, RenderError> {
    if !configuration.credentials {
        return Ok(SecretScope::none());
    }
    let named = own.bound.auth.as_ref().and_then(|auth| auth.secret.as_ref());
    if let (Some(named), None) = (named, own.secret) {
        let message = format!(
            "spec.auth.secretRef: the Secret {} does not exist, or the Connector may not use it",
            show::text(&named.name)
        );
        return Err(RenderError::new(Reason::SecretNotFound, message));
    }
    Ok(data::configuration_secrets(own.class, own.bound, own.secret))
}
