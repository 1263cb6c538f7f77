//! The data that templates see.

use std::collections::BTreeMap;

use patchbay_template::SecretScope;
use serde_json::{Map, Value, json};

use super::RenderConnector;
use crate::class::{AuthType, Class};
use crate::connector::{Bound, effective_spec};
use crate::secret::{SecretBytes, SecretData};

/// A note of kubectl's that repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Connector with JSON's names and the defaults of its class.
pub(super) fn connector(object: &patchbay_api::Connector, class: &Class) -> Value {
    let meta = &object.metadata;
    let annotations: Option<BTreeMap<&String, &String>> = meta
        .annotations
        .as_ref()
        .map(|a| a.iter().filter(|(key, _)| *key != LAST_APPLIED).collect());
    let spec = serde_json::to_value(effective_spec(&object.spec, class)).unwrap_or_default();
    let mut data = json!({
        "metadata": {
            "name": meta.name,
            "namespace": meta.namespace,
            "labels": meta.labels,
            "annotations": annotations,
        },
        "spec": spec,
    });
    drop_nulls(&mut data);
    let status = status(object);
    if let Value::Object(fields) = &mut data {
        fields.insert("status".to_owned(), status);
    }
    data
}

/// The status, with the proxy's address where templates look for it.
fn status(object: &patchbay_api::Connector) -> Value {
    let Some(status) = &object.status else {
        return json!({});
    };
    let mut data = json!({ "proxy": status.proxy, "api": status.api });
    let address = status
        .proxy
        .as_ref()
        .and_then(|p| p.http_address.as_ref())
        .and_then(|a| a.url.as_ref())
        .or(status.proxy_address.as_ref());
    if let (Some(address), Value::Object(fields)) = (address, &mut data) {
        fields.insert("proxyAddress".to_owned(), json!(address));
    }
    drop_nulls(&mut data);
    data
}

/// What is not set is absent, and not null: a template that prints it fails, and does not print `null`.
fn drop_nulls(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, field| !field.is_null());
        fields
            .values_mut()
            .filter(|field| field.is_object())
            .for_each(drop_nulls);
    }
}

/// The root of a configuration file, but for `.configurations` and `.secret`. `own` is the Connector that the file is
/// for.
pub(super) fn configuration_root(
    own: &RenderConnector<'_>,
    all: &[RenderConnector<'_>],
) -> Map<String, Value> {
    let item = |c: &RenderConnector<'_>| {
        let mut data = connector(c.object, c.class);
        if let Value::Object(fields) = &mut data {
            // The documentation of the real system uses `.name` as well as `.metadata.name`.
            fields.insert("name".to_owned(), json!(c.object.metadata.name));
            fields.insert("namespace".to_owned(), json!(c.object.metadata.namespace));
        }
        data
    };
    let mut root = Map::new();
    root.insert("connector".to_owned(), connector(own.object, own.class));
    root.insert("connectors".to_owned(), all.iter().map(item).collect());
    root.insert("connectorclass".to_owned(), own.class.wire.clone());
    root.insert("context".to_owned(), json!({}));
    root
}

/// The values of a Secret that its auth type knows, and the declared defaults of those that it lacks.
fn values<'a>(auth_type: &'a AuthType, secret: &'a SecretData) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    /// Printed by the seed under basic auth.
    const TOLERATED: &str = "token";
    let keys = auth_type.keys();
    let found = secret
        .data
        .iter()
        .filter(move |(key, _)| keys.contains(key.as_str()) || *key == TOLERATED)
        .map(|(key, value)| (key.as_str(), value.expose()));
    let defaults = auth_type.params.iter().filter(|p| secret.get(&p.name).is_none());
    let defaults = defaults.filter_map(|p| Some((p.name.as_str(), p.default.as_ref()?.as_str()?.as_bytes())));
    found.chain(defaults)
}

fn auth_type<'a>(class: &'a Class, bound: &Bound) -> Option<&'a AuthType> {
    class.auth_type(&bound.auth.as_ref()?.type_name)
}

/// `.secret` of a configuration file.
pub(super) fn configuration_secrets(
    class: &Class,
    bound: &Bound,
    secret: Option<&SecretData>,
) -> SecretScope {
    match (auth_type(class, bound), secret) {
        (Some(auth_type), Some(secret)) => SecretScope::for_configuration(values(auth_type, secret)),
        _ => SecretScope::none(),
    }
}

/// `.Secret` of a probe.
pub(super) fn probe_secrets(class: &Class, bound: &Bound, secret: Option<&SecretData>) -> SecretScope {
    match (auth_type(class, bound), secret) {
        (Some(auth_type), Some(secret)) => SecretScope::for_probe(values(auth_type, secret)),
        _ => SecretScope::none(),
    }
}

/// One key of the Secret, as the probe's templates would read it.
pub(super) fn probe_key(
    class: &Class,
    bound: &Bound,
    secret: Option<&SecretData>,
    key: &str,
) -> Option<SecretBytes> {
    let found = values(auth_type(class, bound)?, secret?).find(|(name, _)| *name == key)?;
    Some(SecretBytes::new(found.1.to_vec()))
}
