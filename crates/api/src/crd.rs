//! The CustomResourceDefinitions, made from the types.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

use crate::{Connector, ConnectorClass};

/// Every CRD, in the order of the reference.
#[must_use]
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![ConnectorClass::crd(), Connector::crd()]
        .into_iter()
        .map(|mut crd| {
            // An uninstall must not take every user's objects with it.
            crd.metadata
                .annotations
                .get_or_insert_default()
                .insert("helm.sh/resource-policy".to_owned(), "keep".to_owned());
            crd
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_is_in_the_group_and_keeps_its_objects_at_uninstall() {
        for crd in super::all() {
            assert_eq!(crd.spec.group, crate::names::GROUP);
            assert_eq!(
                crd.metadata.annotations.as_ref().and_then(|a| a.get("helm.sh/resource-policy")).map(String::as_str),
                Some("keep"),
            );
            println!("---\n{}", serde_saphyr::to_string(&crd).expect("a CRD is YAML"));
        }
    }
}
