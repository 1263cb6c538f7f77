//! The examples are what the model takes, and the wrong one is refused as it says.

use std::path::Path;

use patchbay_model::class::{self, Class};
use patchbay_model::{connector, env, mounts};
use serde_json::Value;

use crate::manifests::Manifests;

/// All objects in the YAML files of a folder below the root.
pub(crate) fn objects(folder: &str) -> Vec<(String, Value)> {
    let mut files: Vec<_> = std::fs::read_dir(xtask::root().join(folder))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a file");
        let objects: Vec<Value> = serde_saphyr::from_multiple(&text).expect("YAML");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        objects.into_iter().map(move |object| (name.clone(), object))
    };
    files.iter().flat_map(|path| read(path)).collect()
}

/// An object of the examples.
fn example(kind: &str, name: &str) -> Value {
    objects("examples")
        .into_iter()
        .map(|(_, object)| object)
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        .unwrap_or_else(|| panic!("no {kind} {name} in the examples"))
}

/// A class of the library or of the examples, which must be valid without a warning.
pub(crate) fn the_class(name: &str) -> Class {
    let all = objects("charts/patchbay/classes")
        .into_iter()
        .chain(objects("examples"));
    let object = all
        .map(|(_, object)| object)
        .find(|object| object["kind"] == "ConnectorClass" && object["metadata"]["name"] == name)
        .expect("the class");
    let wire = class::from_json(&object).expect("it has the form of a class");
    let checked = class::parse(&wire).unwrap_or_else(|violations| panic!("class {name}: {violations}"));
    let warnings: Vec<_> = checked.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.is_empty(), "class {name}: {warnings:?}");
    checked.value
}

#[test]
fn every_class_is_valid() {
    for name in ["git", "git-seed", "forge"] {
        the_class(name);
    }
}

#[test]
fn the_connector_fits_its_class_and_its_secret() {
    let class = the_class("git");
    let wire =
        connector::from_json(&example("Connector", "git-main")).expect("it has the form of a Connector");
    let checked = connector::admit(&wire, Some(&class)).unwrap_or_else(|violations| panic!("{violations}"));
    let warnings: Vec<_> = checked.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    let auth = checked.value.and_then(|bound| bound.auth).expect("a credential");
    let secret = example("Secret", &auth.secret.expect("a Secret").name);
    let keys = secret["stringData"]
        .as_object()
        .expect("keys")
        .keys()
        .map(String::as_str);
    let type_ = secret["type"].as_str().expect("a type");
    let fits = class
        .auth_type(&auth.type_name)
        .expect("a type")
        .check_secret(type_, keys);
    assert!(fits.is_ok(), "{}", fits.expect_err("checked").to_string());
}

#[test]
fn the_wrong_connector_has_four_mistakes_each_told_with_its_place() {
    let wire = connector::from_json(&example("Connector", "wrong")).expect("it has the form of a Connector");
    let Err(violations) = connector::admit(&wire, Some(&the_class("forge"))) else {
        panic!("it is accepted")
    };
    let mut paths: Vec<_> = violations
        .iter()
        .map(|violation| violation.path.to_string())
        .collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "spec.address",
            "spec.auth.name",
            "spec.params",
            "spec.params[0].value"
        ],
        "{violations}"
    );
}

#[test]
fn the_annotation_of_the_deployment_brings_the_config_file_and_its_variable() {
    let class = the_class("git");
    let deployment = example("Deployment", "builder");
    let template = &deployment["spec"]["template"];
    let annotation = template["metadata"]["annotations"][patchbay_api::names::ANNOTATION_MOUNTS].as_str();
    let path = mounts::annotation_path(None);
    let mounts = mounts::parse(annotation.expect("the annotation"), &path)
        .unwrap_or_else(|v| panic!("{v}"))
        .value;
    assert_eq!(mounts.len(), 1);
    let source = mounts::resolve(&mounts[0], &class)
        .unwrap_or_else(|v| panic!("{v}"))
        .value;
    assert_eq!(source.configurations, ["gitconfig"]);
    let variables =
        env::variables(&class, &source.configurations, "/bindings/git-main").expect("they can be made");
    let variables: Vec<_> = variables
        .iter()
        .map(|variable| (&*variable.name, &*variable.value))
        .collect();
    assert_eq!(
        variables,
        [("GIT_CONFIG_GLOBAL", "/bindings/git-main/.gitconfig")]
    );
    assert!(
        template["spec"]["volumes"].to_string().contains("emptyDir"),
        "it names no volume of ours"
    );
}

#[test]
fn the_examples_use_what_the_chart_makes() {
    let binding = example("RoleBinding", "patchbay-connectors");
    let role = binding["roleRef"]["name"].as_str().expect("a role");
    Manifests::new().get("ClusterRole", role);
}
