//! Every template that the first users of this design wrote, and the shipped class.

use serde_json::{Value, json};

use super::render_with;
use crate::format::{self, Format};
use crate::{Dialect, Known, SecretScope, Source, Template, check, go_names};

const PROBE_PATH: &str = r#"/{{- range .Connector.Spec.Auth.Params }}{{- if eq .Name "repository" }}{{ .Value.StringVal }}{{ end }}{{- end }}/info/refs?service=git-upload-pack"#;
const PROBE_HEADER: &str = r#"{{- if .Secret }}Basic {{ printf "%s:%s" .Secret.StringData.username .Secret.StringData.password | b64enc }} {{- end }}"#;

fn connector() -> Value {
    json!({
        "apiVersion": "patchbay.dev/v1alpha1",
        "kind": "Connector",
        "metadata": { "name": "git-main", "namespace": "team-a" },
        "spec": {
            "connectorClassName": "git",
            "address": "https://git.example.com",
            "auth": { "name": "basicAuth", "params": [{ "name": "repository", "value": "org/app" }] },
            "params": [{ "name": "depth", "value": 5 }],
        },
        "status": { "proxyAddress": "http://c-git-main.team-a.svc" },
    })
}

fn basic_auth() -> [(&'static str, &'static [u8]); 2] {
    [("username", b"mo"), ("password", b"p@:/#\"'\\ ss")]
}

fn probe(text: &str, secrets: &SecretScope) -> Result<String, String> {
    render_with(text, &json!({ "Connector": go_names(&connector()) }), secrets)
}

#[test]
fn probe_templates_of_the_seed() {
    let secret = SecretScope::for_probe(basic_auth());
    let cases = [
        (PROBE_PATH, &secret, "/org/app/info/refs?service=git-upload-pack"),
        (
            PROBE_PATH,
            &SecretScope::none(),
            "/org/app/info/refs?service=git-upload-pack",
        ),
        (PROBE_HEADER, &secret, "Basic bW86cEA6LyMiJ1wgc3M="),
        (PROBE_HEADER, &SecretScope::none(), ""),
        (
            PROBE_HEADER,
            &SecretScope::for_probe([("username", b"".as_slice()), ("password", b"")]),
            "Basic Og==",
        ),
        ("{{ .Secret.StringData.username }}", &secret, "mo"),
        (
            "{{ .Connector.Name }} {{ .Connector.ObjectMeta.Namespace }}",
            &secret,
            "git-main team-a",
        ),
        (
            "{{ .Connector.Spec.Address | trimPrefix \"https://\" }}",
            &secret,
            "git.example.com",
        ),
        (
            "{{ (index .Connector.Spec.Params 0).Value.StringVal }}",
            &secret,
            "5",
        ),
        (
            "{{ if .Secret }}yes{{ else }}no{{ end }}",
            &SecretScope::for_probe([]),
            "yes",
        ),
        ("/", &secret, "/"),
        ("abc", &secret, "abc"),
    ];
    for (text, secrets, wants) in cases {
        assert_eq!(probe(text, secrets), Ok(wants.to_owned()), "{text}");
    }
}

#[test]
fn a_probe_without_the_secret_it_prints_is_an_error() {
    assert_eq!(
        probe("{{ .Secret.StringData.token }}", &SecretScope::none()).unwrap_err(),
        "line 1, column 4: .Secret.StringData.token has no value; give it one, or guard it with {{ if }} or default"
    );
    assert_eq!(
        probe(
            "Basic {{ printf \"%s\" .Secret.StringData.token | b64enc }}",
            &SecretScope::none()
        )
        .unwrap_err(),
        "line 1, column 22: .Secret.StringData.token has no value; give it one, or guard it with {{ if }} or default"
    );
}

fn data() -> Value {
    json!({
        "connector": connector(),
        "connectors": [connector()],
        "connectorclass": { "metadata": { "name": "git" } },
        "configurations": {},
    })
}

#[test]
fn configuration_templates_of_the_seed() {
    let mut secrets = SecretScope::none();
    secrets.insert(&["context", "token"], b"t0ken");
    let seed = "[http]\n    extraHeader = Authorization: Basic {{ printf \":%s\" .context.token | b64enc }}\n\
                [url \"{{ .connector.status.proxyAddress }}\"]\n    insteadOf = {{.connector.spec.address}}\n";
    let wants = "[http]\n    extraHeader = Authorization: Basic OnQwa2Vu\n[url \"http://c-git-main.team-a.svc\"]\n    \
                 insteadOf = https://git.example.com\n";
    assert_eq!(render_with(seed, &data(), &secrets), Ok(wants.to_owned()));
    for text in ["this is git config\n", "[http]\n  sslVerify = false\n"] {
        assert_eq!(render_with(text, &data(), &secrets), Ok(text.to_owned()));
    }
}

/// A `.gitconfig` that carries the credential, whatever characters it has.
const GITCONFIG: &str = r#"{{- $url := urlParse .connector.spec.address -}}
[url {{ urlJoin (set $url "userinfo" (printf "%s:%s" (.secret.username | urlUserinfo) (.secret.password | urlUserinfo))) | gitConfigSubsection }}]
	insteadOf = {{ .connector.spec.address | gitConfigValue }}
[credential {{ .connector.spec.address | gitConfigSubsection }}]
	helper = {{ printf "!f() { test \"$1\" = get && printf 'username=%%s\\npassword=%%s\\n' %s %s; }; f" (.secret.username | shellQuote) (.secret.password | shellQuote) | gitConfigValue }}
"#;

#[test]
fn git_takes_the_credential_of_the_shipped_file() {
    let rendered = render_with(GITCONFIG, &data(), &SecretScope::for_configuration(basic_auth()))
        .expect("the file renders");
    assert!(format::check(Format::Ini, rendered.as_bytes()).is_ok());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, rendered).unwrap();
    let git = |arguments: &[&str], input: &str| {
        let mut child = std::process::Command::new("git")
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", &file)
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .current_dir(folder.path())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let filled = git(
        &["credential", "fill"],
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert!(filled.contains("username=mo\n"), "{filled}");
    assert!(filled.contains("password=p@:/#\"'\\ ss\n"), "{filled}");
    let url = git(
        &["ls-remote", "--get-url", "https://git.example.com/org/app.git"],
        "",
    );
    assert_eq!(
        url,
        "https://mo:p%40%3A%2F%23%22%27%5C%20ss@git.example.com/org/app.git\n"
    );
}

#[test]
fn netrc_style_says_what_it_cannot_hold() {
    let text = "machine {{ (urlParse .connector.spec.address).hostname | netrcToken }} login {{ .secret.username | \
                netrcToken }} password {{ .secret.password | netrcToken }}\n";
    let secrets = SecretScope::for_configuration([("username", b"mo".as_slice()), ("password", b"p@:/#ss")]);
    let wants = "machine git.example.com login mo password p@:/#ss\n";
    assert_eq!(render_with(text, &data(), &secrets), Ok(wants.to_owned()));
    let secrets = SecretScope::for_configuration(basic_auth());
    assert_eq!(
        render_with(text, &data(), &secrets).unwrap_err(),
        "line 1, column 145: netrcToken: netrc cannot hold the value: it has white space or a line break; use a \
         credential helper instead"
    );
}

/// Forms that shipped classes of the original system use.
#[test]
fn forms_of_shipped_classes() {
    let data = json!({
        "connector": connector(),
        "connectors": [
            { "name": "one", "metadata": { "name": "one", "namespace": "a" } },
            { "name": "two", "metadata": { "name": "two", "namespace": "b" } },
        ],
        "configurations": { "registry": "https://npm.example.com/" },
        "context": { "token": "tok", "proxy": { "caCert": "PEM" } },
    });
    for (text, wants) in [
        (
            "{{- $proxyURL := urlParse .connector.status.proxyAddress }}\
             {{ $proxyURL.scheme }}://{{ $proxyURL.hostname }}{{ if $proxyURL.port }}:{{ $proxyURL.port }}{{ end }}",
            "http://c-git-main.team-a.svc",
        ),
        (
            "{{ printf \"%s%%2F%s\" .connector.metadata.namespace .connector.metadata.name }}:{{ .context.token | urlquery }}",
            "team-a%2Fgit-main:tok",
        ),
        (
            "{{- $names := list }}{{ range $c := .connectors }}{{ $names = append $names (printf \"%s/%s\" \
             $c.metadata.namespace $c.name) }}{{ end }}{{ $names | join \",\" | quote }}",
            "\"a/one,b/two\"",
        ),
        (
            "{{- $registry := \"default\" }}{{ if index .configurations \"registry\" }}{{ $registry = index \
             .configurations \"registry\" | trimPrefix \"https:\" | trimSuffix \"/\" }}{{ end }}{{ $registry }}:_authToken={{ .context.token }}",
            "//npm.example.com:_authToken=tok",
        ),
        (
            "{{ get .configurations \"nope\" }}|{{ index .configurations \"nope\" | default \"d\" }}",
            "|d",
        ),
        ("{{ splitList \":\" \"host:80\" | first }}", "host"),
        (
            "{{ if not (eq .connector.spec.connectorClassName \"git\") }}no{{ else }}yes{{ end }}",
            "yes",
        ),
        (
            "{\"auths\":{ {{- $first := true }}{{ range .connectors }}{{ if not $first }},{{ end }}{{ $first = false }}\
             {{ .name | toJson }}:{\"auth\":{{ printf \"u:%s\" $.context.token | b64enc | toJson }}}{{ end }} } }",
            "{\"auths\":{\"one\":{\"auth\":\"dTp0b2s=\"},\"two\":{\"auth\":\"dTp0b2s=\"} } }",
        ),
    ] {
        assert_eq!(
            render_with(text, &data, &SecretScope::none()),
            Ok(wants.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn the_checks_pass_what_the_seed_prints() {
    let keys = |keys: &[&str]| Some(keys.iter().map(|key| (*key).to_owned()).collect());
    let probe = Known {
        secret_keys: keys(&["username", "password"]),
        secret_optional: true,
        ..Known::default()
    };
    let files = Known {
        secret_keys: keys(&["username", "password"]),
        credentials: true,
        ..Known::default()
    };
    for (text, dialect, known) in [
        (PROBE_PATH, Dialect::Probe, &probe),
        (PROBE_HEADER, Dialect::Probe, &probe),
        (GITCONFIG, Dialect::Configuration, &files),
        ("{{ .mountPath }}/.gitconfig", Dialect::Env, &Known::default()),
    ] {
        let template = Template::compile(Source::go("t", text)).unwrap();
        assert_eq!(check(template.references(), dialect, known), [], "{text}");
    }
}
