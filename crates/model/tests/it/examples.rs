//! The classes that the chart ships and the examples that the README applies.

use std::path::{Path, PathBuf};

use patchbay_model::class::{self, Class};
use patchbay_model::connector;
use patchbay_model::render::{self, RenderConnector, RenderInput, RenderLimits};
use patchbay_model::secret::{SecretBytes, SecretData};
use patchbay_model::volume::{ConnectorRef, VolumeSource};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documents of a file.
fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_saphyr::from_multiple(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn one(path: &str, kind: &str) -> Value {
    let found = documents(&root().join(path))
        .into_iter()
        .find(|object| object["kind"] == kind);
    found.unwrap_or_else(|| panic!("{path} has a {kind}"))
}

fn class_in(path: &str) -> Class {
    let object = class::from_json(&one(path, "ConnectorClass")).unwrap_or_else(|e| panic!("{path}: {e}"));
    class::parse(&object)
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .value
}

#[test]
fn every_shipped_class_is_accepted_without_a_warning() {
    let folder = root().join("charts/patchbay/classes");
    let mut classes = 0;
    for entry in std::fs::read_dir(folder).expect("the classes of the chart") {
        let path = entry.expect("an entry").path();
        for object in documents(&path) {
            let object = class::from_json(&object).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let checked = class::parse(&object).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(checked.warnings, [], "{}", path.display());
            assert_eq!(checked.value.unsupported, [], "{}", path.display());
            classes += 1;
        }
    }
    assert!(classes > 0);
}

#[test]
fn the_wrong_connector_is_refused_with_all_four_mistakes() {
    let class = class_in("examples/02-class-forge.yaml");
    let wrong =
        connector::from_json(&one("examples/05-wrong-connector.yaml", "Connector")).expect("a Connector");
    let violations = connector::admit(&wrong, Some(&class)).expect_err("four mistakes");
    assert_eq!(
        violations.to_string(),
        "4 violations:\n\
         - spec.address: got \"forge.example.com\", wants a URL with a scheme and a host such as \
         https://git.example.com; did you mean \"https://forge.example.com\"?\n\
         - spec.auth.name: got \"password\", class \"forge\" has robot\n\
         - spec.params[0].value: got \"ten\" (string), class \"forge\" wants an integer\n\
         - spec.params: \"team\" (string) is missing, class \"forge\" requires it: The team that pays for the builds."
    );
}

#[test]
fn the_class_git_writes_a_credential_that_cannot_break_out() {
    let class = class_in("charts/patchbay/classes/git.yaml");
    let object = connector::from_json(&one("examples/04-connector.yaml", "Connector")).expect("a Connector");
    let checked = connector::admit(&object, Some(&class)).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(checked.warnings, []);
    let bound = checked.value.expect("there is a class");
    let source = VolumeSource {
        connectors: vec![ConnectorRef {
            namespace: None,
            name: "git-main".to_owned(),
        }],
        configurations: vec!["gitconfig".to_owned()],
        ..VolumeSource::default()
    };
    for password in ["correct-horse", "a\"b\\c\n[core]\n\teditor = evil"] {
        let secret = SecretData {
            type_: "kubernetes.io/basic-auth".to_owned(),
            data: [("username", "ada"), ("password", password)]
                .map(|(key, value)| (key.to_owned(), SecretBytes::new(value.as_bytes().to_vec())))
                .into(),
        };
        let own = RenderConnector {
            object: &object,
            class: &class,
            bound: &bound,
            secret: Some(&secret),
            ca: None,
        };
        let input = RenderInput {
            connectors: &[own],
            source: &source,
            limits: RenderLimits::default(),
        };
        let files = render::files(&input).unwrap_or_else(|e| panic!("{e}"));
        let file = files.iter().find(|f| f.name == ".gitconfig").expect("the file");
        let text = String::from_utf8(file.content.expose().to_vec()).expect("text");
        assert!(text.contains("extraHeader = Authorization: Basic YWRh"), "{text}");
        assert!(!text.contains("evil") && !text.contains(password), "{text}");
    }
}
