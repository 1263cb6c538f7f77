//! The CustomResourceDefinitions, made from the types.
//!
//! The API server checks these schemas and rules before it asks the webhook, and an object that fails here is refused
//! without the webhook's list of all that is wrong. So they hold only what no other rule would say better: structure,
//! bounds, and what can be said of one field alone. Whether an address, a param or the name of an auth type is right is
//! the webhook's to say.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::CustomResourceExt;

use crate::{Connector, ConnectorClass};

/// Every CRD, in the order of the reference.
#[must_use]
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![tidy(ConnectorClass::crd()), tidy(Connector::crd())]
}

/// The JSON Schema of `metadata`, which a CRD leaves to the API server. References are below `$defs`.
#[must_use]
pub fn metadata_schema() -> serde_json::Value {
    schemars::schema_for!(ObjectMeta).to_value()
}

fn tidy(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    // An uninstall must not take every user's objects with it.
    let annotations = crd.metadata.annotations.get_or_insert_default();
    annotations.insert("helm.sh/resource-policy".to_owned(), "keep".to_owned());
    for version in &mut crd.spec.versions {
        if let Some(schema) = version
            .schema
            .as_mut()
            .and_then(|s| s.open_api_v3_schema.as_mut())
        {
            tidy_schema(schema);
        }
    }
    crd
}

/// Takes out what the derive adds and no user means.
fn tidy_schema(schema: &mut JSONSchemaProps) {
    // An explicit null would satisfy `has()` in rules and `required`, and is not what a user means by leaving out.
    schema.nullable = None;
    // A default of serde's is not one of the API: it would be stored, and shown as if the user had written it.
    schema.default = schema
        .default
        .take()
        .filter(|d| d.0 != serde_json::json!("") && !d.0.is_null());
    for property in schema.properties.iter_mut().flat_map(|p| p.values_mut()) {
        tidy_schema(property);
    }
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(item)) => tidy_schema(item),
        Some(JSONSchemaPropsOrArray::Schemas(items)) => items.iter_mut().for_each(tidy_schema),
        None => {}
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        tidy_schema(values);
    }
}

#[cfg(test)]
mod tests;
