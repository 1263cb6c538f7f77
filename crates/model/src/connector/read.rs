//! The rules of a Connector that need no class.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_api::connector::{LocalSecretRef, SecretRef};
use patchbay_api::param::ParamValue;
use serde_json::Value;

use super::Connector;
use crate::address::{self, Address};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// Reads a Connector. What comes out may be used only where nothing was noted; but it may be checked further.
pub(super) fn read(object: &patchbay_api::Connector, report: &mut Report) -> Connector {
    let spec = &object.spec;
    let namespace = object.metadata.namespace.clone().unwrap_or_default();
    let path = FieldPath::new("spec");
    let class_path = path.child("connectorClassName");
    if spec.connector_class_name.is_empty() {
        report.deny(
            &class_path,
            ViolationKind::Required,
            "is missing, wants the name of a ConnectorClass",
        );
    } else if let Err(right) = name::dns_subdomain(&spec.connector_class_name) {
        report.invalid(
            &class_path,
            format!("got {}, {right}", show::text(&spec.connector_class_name)),
        );
    }
    let written = spec.address.as_deref();
    let address = written.and_then(|text| address::read(text, &path.child("address"), report));
    read_extensions(
        &spec.address_extensions,
        address.as_ref(),
        &path.child("addressExtensions"),
        report,
    );
    if let Some(auth) = &spec.auth {
        let path = path.child("auth");
        if let Some(secret) = &auth.secret_ref {
            read_secret_ref(secret, &namespace, &path.child("secretRef"), report);
        }
    }
    if let Some(ca) = &spec.ca_cert_secret_ref {
        read_local_ref(ca, &path.child("caCertSecretRef"), report);
    }
    Connector {
        namespace,
        name: object.metadata.name.clone().unwrap_or_default(),
        class_name: spec.connector_class_name.clone(),
        address,
        spec: Arc::new(spec.clone()),
    }
}

/// Further addresses are HTTP URLs of other places. Whether their names are right is the class's to say.
fn read_extensions(values: &[ParamValue], address: Option<&Address>, path: &FieldPath, report: &mut Report) {
    for (i, extension) in values.iter().enumerate() {
        if let Some(further) = read_extension(&extension.value, &path.index(i).child("value"), report)
            && address.is_some_and(|address| address.same_place(&further))
        {
            let message = format!("got {}, which is spec.address again", show::text(&further.text));
            report.deny(&path.index(i).child("value"), ViolationKind::Duplicate, message);
        }
    }
}

fn read_extension(value: &Value, path: &FieldPath, report: &mut Report) -> Option<Address> {
    match value {
        Value::String(text) => {
            address::read_http(text, path, "further addresses are called over HTTP", report)
        }
        // Where the class declares it, the class says what is wrong with it.
        _ => None,
    }
}

/// The further addresses of a Connector that has no violations, by name.
pub(super) fn extensions(values: &BTreeMap<String, Value>) -> BTreeMap<String, Address> {
    let mut ignored = Report::default();
    let read = |(name, value): (&String, &Value)| {
        let address = address::read(value.as_str()?, &FieldPath::default(), &mut ignored)?;
        Some((name.clone(), address))
    };
    values.iter().filter_map(read).collect()
}

fn read_secret_ref(secret: &SecretRef, own_namespace: &str, path: &FieldPath, report: &mut Report) {
    read_secret_name(&secret.name, &path.child("name"), report);
    if let Some(namespace) = secret.namespace.as_deref().filter(|n| !n.is_empty()) {
        let path = path.child("namespace");
        if let Err(right) = name::dns_label(namespace) {
            report.invalid(&path, format!("got {}, {right}", show::text(namespace)));
        } else if !own_namespace.is_empty() && namespace != own_namespace {
            let message = format!(
                "a Secret in another namespace needs a ConnectionGrant in {}",
                show::text(namespace)
            );
            report.warn(&path, message);
        }
    }
    if let Some(kind) = secret.kind.as_deref().filter(|k| !k.is_empty() && *k != "Secret") {
        let message = format!("got {}, wants Secret", show::text(kind));
        report.deny(&path.child("kind"), ViolationKind::NotSupported, message);
    }
    if let Some(version) = secret
        .api_version
        .as_deref()
        .filter(|v| !v.is_empty() && *v != "v1")
    {
        let message = format!("got {}, wants v1", show::text(version));
        report.deny(&path.child("apiVersion"), ViolationKind::NotSupported, message);
    }
    let ignored = [
        ("fieldPath", secret.field_path.is_some()),
        ("resourceVersion", secret.resource_version.is_some()),
        ("uid", secret.uid.is_some()),
    ];
    for (field, _) in ignored.into_iter().filter(|(_, set)| *set) {
        report.warn(
            &path.child(field),
            "is not used; the name and the namespace say which Secret it is",
        );
    }
}

fn read_local_ref(secret: &LocalSecretRef, path: &FieldPath, report: &mut Report) {
    read_secret_name(&secret.name, &path.child("name"), report);
}

fn read_secret_name(name: &str, path: &FieldPath, report: &mut Report) {
    if name.is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is missing, wants the name of a Secret",
        );
    } else if let Err(right) = name::dns_subdomain(name) {
        report.invalid(path, format!("got {}, {right}", show::text(name)));
    }
}
