//! What a class may say and Patchbay does not do yet: accepted, kept, and listed for the condition `Supported`.

use patchbay_api::ConnectorClass;

use crate::path::FieldPath;

/// A field that is accepted and kept, and does nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Where.
    pub path: FieldPath,
    /// What, for a person.
    pub what: String,
}

const REGO: &str = "policies in Rego are kept and not run";

/// All such fields of a class, in the order of the fields.
pub(super) fn list(object: &ConnectorClass) -> Vec<Unsupported> {
    let spec = &object.spec;
    let path = FieldPath::new("spec");
    let mut found: Vec<(FieldPath, &str)> = Vec::new();
    let types = spec
        .auth
        .as_ref()
        .map(|auth| auth.types.as_slice())
        .unwrap_or_default();
    for (i, auth_type) in types.iter().enumerate() {
        if auth_type.generator.is_some() {
            let at = path.child("auth").child("types").index(i);
            found.push((at.child("generator").child("rego"), REGO));
        }
    }
    if spec.api.as_ref().is_some_and(|api| api.permissions.is_some()) {
        found.push((path.child("api").child("permissions").child("rego"), REGO));
    }
    if let Some(proxy) = &spec.proxy {
        found.push((path.child("proxy"), "secretless proxies are not used yet"));
        if proxy.auth_extractor.is_some() {
            found.push((path.child("proxy").child("authExtractor").child("rego"), REGO));
        }
    }
    found
        .into_iter()
        .map(|(path, what)| Unsupported {
            path,
            what: what.to_owned(),
        })
        .collect()
}
