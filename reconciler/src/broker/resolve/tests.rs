use patchbay_model::volume::ConnectorRef;
use patchbay_template::tera::{Failure, Job, Unbounded};
use zeroize::Zeroizing;

use super::*;
use crate::testing::{GIT, GIT_MAIN, class, connector, secret};

fn index() -> Index {
    let mut index = Index::default();
    index.apply_class(class(GIT));
    index.apply_connector(connector(GIT_MAIN));
    index.set_secret(
        &Key::new("demo", "git-creds"),
        secret("1", &["username", "password"]),
    );
    index
}

fn source(configurations: &[&str]) -> VolumeSource {
    VolumeSource {
        connectors: vec![ConnectorRef {
            namespace: None,
            name: "git-main".to_owned(),
        }],
        configurations: configurations.iter().map(|c| (*c).to_owned()).collect(),
        ..VolumeSource::default()
    }
}

fn files(index: &Index, configurations: &[&str]) -> Result<Vec<RenderedFile>, Refusal> {
    files_with(index, configurations, &Unbounded)
}

fn files_with(
    index: &Index,
    configurations: &[&str],
    worker: &dyn Worker,
) -> Result<Vec<RenderedFile>, Refusal> {
    let source = source(configurations);
    render(&look(index, "demo", &source), &source, worker)
}

fn refusal(index: &Index, configurations: &[&str]) -> String {
    match files(index, configurations) {
        Ok(_) => "files".to_owned(),
        Err(refusal) => format!("{:?} {} {refusal}", refusal.code(), refusal.reason()),
    }
}

#[test]
fn files_come_with_the_credential_only_where_the_class_says_so() {
    let index = index();
    let with = files(&index, &["gitconfig"]).unwrap_or_else(|error| panic!("{error}"));
    let content = |files: &[RenderedFile], name: &str| {
        let file = files
            .iter()
            .find(|file| file.name == name)
            .unwrap_or_else(|| panic!("no {name}"));
        String::from_utf8(file.content.expose().to_vec()).unwrap()
    };
    assert!(content(&with, ".gitconfig").contains("canary-password"));
    let without = files(&index, &["plain"]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        content(&without, "plain.txt").trim(),
        "address = http://git.demo.svc:3000"
    );
    for file in &without {
        assert!(
            !file.content.expose().windows(6).any(|w| w == b"canary"),
            "{}",
            file.name
        );
    }
}

#[test]
fn a_missing_secret_stops_only_what_carries_it() {
    let mut index = index();
    index.set_secret(&Key::new("demo", "git-creds"), SecretState::Absent);
    assert_eq!(refusal(&index, &["plain"]), "files");
    assert_eq!(
        refusal(&index, &["gitconfig"]),
        "FailedPrecondition SecretNotFound connector \"demo/git-main\": Secret \"demo/git-creds\" does not exist: create \
         it, or correct the reference"
    );
}

#[test]
fn refusals_have_a_code_a_reason_and_a_sentence() {
    type Edit = fn(&mut Index);
    let cases: &[(Edit, &str)] = &[
        (|_| (), "files"),
        (
            |i| drop(i.delete_connector(&Key::new("demo", "git-main"))),
            "FailedPrecondition ConnectorNotFound connector \"demo/git-main\" does not exist",
        ),
        (
            |i| drop(i.delete_class("git")),
            "FailedPrecondition ConnectorClassNotFound connector \"demo/git-main\": ConnectorClass \"git\" does not \
             exist: create it, or correct spec.connectorClassName",
        ),
        (
            |i| {
                let key = Key::new("demo", "git-creds");
                let c = connector(GIT_MAIN);
                i.delete_connector(&Key::new("demo", "git-main"));
                i.apply_connector(c);
                assert!(matches!(i.secret(&key), SecretState::Unknown));
            },
            "Unavailable Checking connector \"demo/git-main\": Secret \"demo/git-creds\" is being read",
        ),
        (
            |i| {
                i.set_secret(&Key::new("demo", "git-creds"), SecretState::Absent);
                i.set_secret(&Key::new("demo", "git-creds"), secret("2", &["username"]));
            },
            "FailedPrecondition SecretKeyMissing",
        ),
    ];
    for (edit, want) in cases {
        let mut index = index();
        edit(&mut index);
        let got = refusal(&index, &["gitconfig"]);
        assert!(got.starts_with(want), "got {got}, wanted {want}");
        assert!(!got.contains("canary"), "{got}");
    }
    assert!(refusal(&index(), &["nosuch"]).starts_with("FailedPrecondition ConfigurationNotFound"));
}

#[test]
fn what_is_absent_is_followed_as_well() {
    let mut index = index();
    let name = |s: &Source| match s {
        Source::Class(name) => format!("class {name}"),
        Source::Connector(key) => format!("connector {key}"),
        Source::Secret(key) => format!("secret {key}"),
        Source::Addressable(place) => format!("object {}", place.shown()),
    };
    let followed = |index: &Index| -> Vec<String> {
        look(index, "demo", &source(&["gitconfig"]))
            .sources
            .iter()
            .map(name)
            .collect()
    };
    assert_eq!(
        followed(&index),
        ["class git", "connector demo/git-main", "secret demo/git-creds"]
    );
    index.delete_class("git");
    assert_eq!(
        followed(&index),
        ["class git", "connector demo/git-main", "secret demo/git-creds"]
    );
    index.delete_connector(&Key::new("demo", "git-main"));
    assert_eq!(followed(&index), ["connector demo/git-main"]);
}

#[test]
fn what_is_written_in_tera_is_rendered_by_a_worker() {
    struct Fails(Failure);
    impl Worker for Fails {
        fn run(&self, _: &Job) -> Result<Zeroizing<Vec<u8>>, Failure> {
            Err(self.0)
        }
    }
    let tera = "
metadata: {name: git}
spec:
  auth: {types: [{name: basicAuth, secretType: kubernetes.io/basic-auth}]}
  configurations:
  - {name: t, engine: Tera, credentials: true, data: {f: '{{ secret.username }}@{{ connector.metadata.name }}'}}
";
    let mut index = index();
    index.apply_class(class(tera));
    let content = files(&index, &["t"]).map(|files| {
        let file = files.into_iter().find(|file| file.name == "f").unwrap();
        String::from_utf8(file.content.expose().to_vec()).unwrap()
    });
    assert_eq!(content.unwrap_or_default(), "canary-username@git-main");
    for (failure, code, class) in [
        (
            Failure::Time,
            tonic::Code::FailedPrecondition,
            ErrorClass::Invalid,
        ),
        (
            Failure::Memory,
            tonic::Code::FailedPrecondition,
            ErrorClass::Invalid,
        ),
        (
            Failure::Unavailable("all workers are busy"),
            tonic::Code::Unavailable,
            ErrorClass::Transient,
        ),
    ] {
        let refusal = files_with(&index, &["t"], &Fails(failure)).err().unwrap();
        assert_eq!((refusal.code(), refusal.class()), (code, class), "{refusal}");
    }
}
