//! From what a volume asks for to what its files are made of, and to the files. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use patchbay_api::Connector;
use patchbay_api::conditions::{Class as ErrorClass, Reason};
use patchbay_model::class::Class;
use patchbay_model::connector::Bound;
use patchbay_model::render::{self, RenderConnector, RenderInput, RenderLimits, RenderedFile};
use patchbay_model::volume::VolumeSource;
use patchbay_template::tera::Worker;

use super::evaluate::Refusal;
use crate::connectors::bind::{BindError, SecretError, authority, bind, credential};
use crate::sources::index::named_secrets;
use crate::sources::{ClassEntry, Index, Key, SecretObject, SecretState, Source};

/// Why a Connector of a volume cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// It does not exist.
    #[error("connector \"{0}\" does not exist")]
    NotFound(Key),
    /// It does not fit its class, or there is none.
    #[error("connector \"{connector}\": {error}")]
    Bind {
        /// The Connector.
        connector: Key,
        /// Why.
        error: BindError,
    },
    /// Its Secret is of no use.
    #[error("connector \"{connector}\": {error}")]
    Secret {
        /// The Connector.
        connector: Key,
        /// Why.
        error: Box<SecretError>,
    },
}

impl ResolveError {
    /// The reason of the event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NotFound(_) => Reason::ConnectorNotFound,
            Self::Bind { error, .. } => error.reason(),
            Self::Secret { error, .. } => error.reason(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::NotFound(_) => ErrorClass::Waiting,
            Self::Bind { error, .. } => error.class(),
            Self::Secret { error, .. } => error.class(),
        }
    }

    /// A Secret is just being read: the answer is a moment away.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        match self {
            Self::Secret { error, .. } => matches!(**error, SecretError::Pending(_)),
            Self::NotFound(_) | Self::Bind { .. } => false,
        }
    }
}

/// What the files of a volume are made of, as it was observed at one moment.
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct Material {
    /// All that was looked at, found or not: a change of any of it may change the files.
    pub sources: BTreeSet<Source>,
    connectors: Vec<Seen>,
}

/// One Connector, as it was seen.
struct Seen {
    key: Key,
    object: Option<Arc<Connector>>,
    class: Option<Arc<ClassEntry>>,
    secrets: Vec<(Key, SecretState)>,
}

/// Takes out of the index what a volume depends on. Quick: it runs under the index's lock.
#[must_use]
pub fn look(index: &Index, namespace: &str, source: &VolumeSource) -> Material {
    let mut sources = BTreeSet::new();
    let mut connectors = Vec::with_capacity(source.connectors.len());
    for connector in &source.connectors {
        let key = Key::new(
            connector.namespace.as_deref().unwrap_or(namespace),
            connector.name.clone(),
        );
        sources.insert(Source::Connector(key.clone()));
        let object = index.connector(&key).cloned();
        let mut seen = Seen {
            key,
            object: None,
            class: None,
            secrets: Vec::new(),
        };
        if let Some(object) = object {
            let class = &object.spec.connector_class_name;
            sources.insert(Source::Class(class.clone()));
            seen.class = index.class(class).cloned();
            for secret in named_secrets(&seen.key, &object.spec) {
                sources.insert(Source::Secret(secret.clone()));
                seen.secrets.push((secret.clone(), index.secret(&secret)));
            }
            seen.object = Some(object);
        }
        connectors.push(seen);
    }
    Material { sources, connectors }
}

/// One Connector, ready to render.
struct Ready<'a> {
    object: &'a Connector,
    class: &'a Class,
    bound: Bound,
    credential: Option<Arc<SecretObject>>,
    authority: Option<Arc<SecretObject>>,
}

/// Makes the files.
///
/// *Guarantees*: the credential is taken along only where the class says that one of the asked configurations carries
/// it; a volume that carries none is made even while the Secret is missing. Templates that are written in Tera are
/// rendered by `worker`.
///
/// # Errors
/// The first Connector that cannot be used, or why its files could not be made.
pub fn render(
    material: &Material,
    source: &VolumeSource,
    worker: &dyn Worker,
) -> Result<Vec<RenderedFile>, Refusal> {
    let ready = material
        .connectors
        .iter()
        .map(|seen| prepare(seen, source))
        .collect::<Result<Vec<_>, _>>()?;
    let connectors: Vec<RenderConnector<'_>> = ready
        .iter()
        .map(|r| RenderConnector {
            object: r.object,
            class: r.class,
            bound: &r.bound,
            secret: r.credential.as_ref().map(|secret| &secret.data),
            ca: r.authority.as_ref().map(|secret| &secret.data),
        })
        .collect();
    let input = RenderInput {
        connectors: &connectors,
        source,
        limits: RenderLimits::default(),
    };
    Ok(render::files_with(&input, worker)?)
}

fn prepare<'a>(seen: &'a Seen, source: &VolumeSource) -> Result<Ready<'a>, ResolveError> {
    let key = &seen.key;
    let Some(object) = seen.object.as_deref() else {
        return Err(ResolveError::NotFound(key.clone()));
    };
    let (class, bound) = bind(object, seen.class.as_deref()).map_err(|error| ResolveError::Bind {
        connector: key.clone(),
        error,
    })?;
    let state = |wanted: &Key| {
        seen.secrets
            .iter()
            .find(|(key, _)| key == wanted)
            .map_or(SecretState::Unknown, |(_, state)| state.clone())
    };
    let secret = |error: SecretError| ResolveError::Secret {
        connector: key.clone(),
        error: Box::new(error),
    };
    let carried = source
        .configurations
        .iter()
        .any(|name| class.configuration(name).is_some_and(|c| c.credentials));
    let credential = if carried {
        credential(&key.namespace, class, &bound, state).map_err(secret)?
    } else {
        None
    };
    let authority = authority(&key.namespace, &bound, state).map_err(secret)?;
    Ok(Ready {
        object,
        class,
        bound,
        credential,
        authority,
    })
}

#[cfg(test)]
mod tests;
