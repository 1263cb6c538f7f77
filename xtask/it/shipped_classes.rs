//! What the shipped classes render works with the real tools, whatever the credential looks like.

use std::path::Path;
use std::process::Command;

use patchbay_model::render::{self, RenderConnector, RenderInput, RenderLimits};
use patchbay_model::secret::{SecretBytes, SecretData};
use patchbay_model::volume::{ConnectorRef, VolumeSource};
use patchbay_model::{class::Class, connector};
use serde_json::{Value, json};

use crate::examples::the_class;

/// Values that break a careless template.
const NASTY: [&str; 8] = [
    "simple",
    "with space ",
    "quote\"s and 'apostrophes'",
    "back\\slash\\n",
    "a;b#c",
    "p@ss:w/ord%20?x=1&y",
    "{{ .secret }} $(id) `id` ${HOME}",
    "gr\u{fc}\u{df}e \u{1f511}",
];

fn rendered(class: &Class, spec: &Value, secret: Option<&SecretData>) -> Vec<(String, Vec<u8>)> {
    let object = connector::from_json(&json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "Connector",
        "metadata": {"name": "tool", "namespace": "demo"}, "spec": spec,
    }))
    .expect("it has the form of a Connector");
    let checked = connector::admit(&object, Some(class)).unwrap_or_else(|violations| panic!("{violations}"));
    let bound = checked.value.expect("the class is known");
    let source = VolumeSource {
        connectors: vec![ConnectorRef {
            namespace: None,
            name: "tool".to_owned(),
        }],
        configurations: class
            .configurations
            .iter()
            .map(|configuration| configuration.name.clone())
            .collect(),
        ..VolumeSource::default()
    };
    let connectors = [RenderConnector {
        object: &object,
        class,
        bound: &bound,
        secret,
        ca: None,
    }];
    let input = RenderInput {
        connectors: &connectors,
        source: &source,
        limits: RenderLimits::default(),
    };
    let files = render::files(&input).unwrap_or_else(|error| panic!("{error}"));
    files
        .into_iter()
        .map(|file| (file.name, file.content.expose().to_vec()))
        .collect()
}

fn secret(type_: &str, pairs: &[(&str, &str)]) -> SecretData {
    let data = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), SecretBytes::new(value.as_bytes().to_vec())));
    SecretData {
        type_: type_.to_owned(),
        data: data.collect(),
    }
}

/// Puts the `.gitconfig` of class `git` into a folder.
fn gitconfig(folder: &Path, spec: &Value, secret: Option<&SecretData>) {
    let files = rendered(&the_class("git"), spec, secret);
    let (_, content) = files
        .iter()
        .find(|(name, _)| name == ".gitconfig")
        .expect("a .gitconfig");
    std::fs::write(folder.join(".gitconfig"), content).expect("written");
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", folder.join(".gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .current_dir(folder)
        .output()
        .expect("git is installed");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn git_sends_the_credential_to_its_address_and_nowhere_else() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().expect("a folder");
    for password in NASTY {
        let spec = json!({
            "connectorClassName": "git", "address": "https://git.example.com/team",
            "auth": {"name": "basicAuth", "secretRef": {"name": "s"}, "params": [{"name": "repository", "value": "a.git"}]},
            "params": [{"name": "stallSeconds", "value": 7}],
        });
        let secret = secret(
            "kubernetes.io/basic-auth",
            &[("username", "ada"), ("password", password)],
        );
        gitconfig(folder.path(), &spec, Some(&secret));
        let header = |url: &str| {
            git(
                folder.path(),
                &["config", "--get-urlmatch", "http.extraHeader", url],
            )
        };
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("ada:{password}"));
        let expected = Some(format!("Authorization: Basic {encoded}\n"));
        assert_eq!(
            header("https://git.example.com/team/app.git"),
            expected,
            "{password}"
        );
        for other in [
            "https://git.example.com/other/app.git",
            "http://git.example.com/team/a",
            "https://example.com",
        ] {
            assert_eq!(header(other), None, "{other}");
        }
        assert_eq!(
            git(folder.path(), &["config", "init.defaultBranch"]).as_deref(),
            Some("main\n")
        );
        assert_eq!(
            git(folder.path(), &["config", "--int", "http.lowSpeedTime"]).as_deref(),
            Some("7\n")
        );
    }
}

#[test]
fn git_works_without_a_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = json!({
        "connectorClassName": "git", "address": "https://git.example.com",
        "params": [{"name": "defaultBranch", "value": NASTY[2]}],
    });
    gitconfig(folder.path(), &spec, None);
    let names = git(folder.path(), &["config", "--list", "--name-only"]).expect("it is a config file");
    assert!(
        !names.contains("extraheader") && !names.contains("sshcommand"),
        "{names}"
    );
    assert_eq!(
        git(folder.path(), &["config", "init.defaultBranch"]).as_deref(),
        Some(&*format!("{}\n", NASTY[2]))
    );
}

#[test]
fn git_gives_an_ssh_key_to_an_agent() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\"'$(id)\n-----END OPENSSH PRIVATE KEY-----\n";
    let spec = json!({
        "connectorClassName": "git", "address": "https://git.example.com",
        "auth": {"name": "sshAuth", "secretRef": {"name": "s"}},
    });
    gitconfig(
        folder.path(),
        &spec,
        Some(&secret("kubernetes.io/ssh-auth", &[("ssh-privatekey", key)])),
    );
    // Stand-ins for the three programs: the agent runs its command, the others say what they were given.
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    for (name, script) in [
        ("ssh-agent", "exec \"$@\""),
        ("ssh-add", "cat > ../key"),
        ("ssh", "printf '<%s>' \"$@\" > ../arguments; exit 1"),
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        let script = script.replace("..", &folder.path().display().to_string());
        std::fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755))
            .expect("made executable");
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH"));
    let output = Command::new("git")
        .args(["ls-remote", "ssh://git@git.example.com/team/app.git"])
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", folder.path().join(".gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    assert_eq!(
        read("key").trim_end(),
        key.trim_end(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let arguments = read("arguments");
    assert!(
        arguments.contains("<git@git.example.com><git-upload-pack '/team/app.git'>"),
        "{arguments}"
    );
}
