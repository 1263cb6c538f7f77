use super::*;
use crate::{Source, Template};

fn known() -> Known {
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    Known {
        configurations: Some(
            [
                ("registry".to_owned(), Holds::Scalar),
                ("scope".to_owned(), Holds::List),
            ]
            .into(),
        ),
        params: names(&["branch", "depth"]),
        auth_params: names(&["repository"]),
        secret_keys: names(&["username", "password"]),
        tolerated_secret_keys: ["token".to_owned()].into(),
        credentials: true,
        secret_optional: false,
    }
}

fn said(text: &str, dialect: Dialect, known: &Known) -> String {
    let template = Template::compile(Source::go("t", text)).unwrap();
    let findings = check(template.references(), dialect, known);
    let shown = findings
        .iter()
        .map(|finding| format!("{:?} {}", finding.severity, finding.public()));
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn configuration_files() {
    for (text, wants) in [
        (
            "{{ .secret.username }}{{ .configurations.registry }}{{ .connector.spec.address }}",
            "",
        ),
        (
            "{{ .connector.status.anything.below }}{{ .connector.metadata.labels.x }}",
            "",
        ),
        (
            "{{ range .connectors }}{{ .name }}{{ .metadata.name }}{{ range .spec.params }}{{ .value }}{{ end }}{{ end }}",
            "",
        ),
        (
            "{{ .context.token }}{{ .context.proxy.caCert }}{{ .connectorclass.proxyAddress }}",
            "",
        ),
        (
            "{{ range $k, $v := .secret }}{{ end }}{{ toJson . }}{{ index .secret .context.token }}",
            "",
        ),
        (
            "{{ .secert.username }}",
            "Error line 1, column 4: .secert is not available here, only .connector, .connectors, .connectorclass, \
             .context, .configurations, .secret; did you mean .secret?",
        ),
        (
            "{{ .Secret.StringData.username }}",
            "Error line 1, column 4: .Secret is not available here, only .connector, .connectors, .connectorclass, \
             .context, .configurations, .secret; configuration files read the credential as .secret.<key>",
        ),
        (
            "x\n{{ .secret.pasword }}",
            "Error line 2, column 4: .secret.pasword is not a key of the Secret; did you mean \"password\"?",
        ),
        (
            "{{ .secret.zzz }}",
            "Error line 1, column 4: .secret.zzz is not a key of the Secret; declared are \"password\", \"username\"",
        ),
        (
            "{{ index .secret \"zzz\" }}",
            "Warning line 1, column 4: .secret.zzz is not a key of the Secret; declared are \"password\", \"username\"",
        ),
        (
            "{{ .secret.token }}",
            "Warning line 1, column 4: .secret.token is not a key of the Secret; declared are \"password\", \"username\"",
        ),
        (
            "{{ .configurations.registri }}{{ index .configurations \"scop\" }}",
            "Error line 1, column 4: .configurations.registri is not a param of the configuration; did you mean \"registry\"?\n\
             Warning line 1, column 34: .configurations.scop is not a param of the configuration; did you mean \"scope\"?",
        ),
        (
            "{{ .connector.spec.adress }}",
            "Error line 1, column 4: .connector.spec has no field \"adress\"; did you mean \"address\"?",
        ),
        (
            "{{ .connector.spec.address.host }}",
            "Error line 1, column 4: .connector.spec.address has no fields",
        ),
        (
            "{{ .connector.spec.params.depth }}",
            "Error line 1, column 4: .connector.spec.params is a list; go through it with range",
        ),
        (
            "{{ range .connector.spec.auth.params }}{{ .nme }}{{ end }}",
            "Error line 1, column 43: .connector.spec.auth.params[] has no field \"nme\"; did you mean \"name\"?",
        ),
        (
            "{{ .context.tokens }}",
            "Error line 1, column 4: .context has no field \"tokens\"; did you mean \"token\"?",
        ),
    ] {
        assert_eq!(said(text, Dialect::Configuration, &known()), wants, "{text}");
    }
}

#[test]
fn credentials_must_be_announced() {
    let known = Known {
        credentials: false,
        ..known()
    };
    assert_eq!(
        said("{{ .secret.username }}", Dialect::Configuration, &known),
        "Error line 1, column 4: .secret is not available here; add `credentials: true` to the configuration, so that \
         reviewers see which files carry credentials"
    );
    assert_eq!(
        said(
            "{{ with . }}{{ .secret.x }}{{ end }}{{ .nope }}",
            Dialect::Configuration,
            &known
        )
        .lines()
        .count(),
        2
    );
    assert!(!said("{{ .nope }}", Dialect::Configuration, &known).contains(".secret"));
}

#[test]
fn a_secret_that_may_not_be_there_wants_a_guard() {
    let known = Known {
        secret_optional: true,
        ..known()
    };
    for (text, dialect, wants) in [
        (
            "Basic {{ .Secret.StringData.username }}",
            Dialect::Probe,
            "Warning line 1, column 10: a Connector may come without a Secret, and then .Secret.StringData.username has \
             no value; put {{ if .Secret }} around it",
        ),
        (
            "{{ if .Secret }}{{ .Secret.StringData.username }}{{ end }}",
            Dialect::Probe,
            "",
        ),
        (
            "{{ with .Secret }}{{ .StringData.username }}{{ end }}",
            Dialect::Probe,
            "",
        ),
        (
            "{{ .Secret.StringData.username | default \"x\" }}",
            Dialect::Probe,
            "",
        ),
        (
            "{{ .secret.username }}",
            Dialect::Configuration,
            "Warning line 1, column 4: a Connector may come without a Secret, and then .secret.username has no value; \
             put {{ if .secret }} around it",
        ),
        (
            "{{ if .secret.username }}{{ .secret.password }}{{ end }}",
            Dialect::Configuration,
            "",
        ),
    ] {
        assert_eq!(said(text, dialect, &known), wants, "{text}");
    }
}

#[test]
fn probes() {
    for (text, wants) in [
        (
            "{{ range .Connector.Spec.Auth.Params }}{{ .Name }}{{ .Value.StringVal }}{{ end }}{{ .Connector.Name }}",
            "",
        ),
        (
            "{{ .Connector.ObjectMeta.Labels.x }}{{ .Connector.Spec.Address }}{{ .Connector.Status.Proxy.X }}",
            "",
        ),
        (
            "{{ .connector.spec.address }}",
            "Error line 1, column 4: .connector is not available here, only .Connector, .Secret; probes use Go's names: \
             .Connector.Spec.Address",
        ),
        (
            "{{ .Secret.Data.username }}",
            "Error line 1, column 4: .Secret has no field \"Data\"; there are StringData",
        ),
        (
            "{{ .Secret.StringData.tken }}",
            "Error line 1, column 4: .Secret.StringData.tken is not a key of the Secret; declared are \"password\", \"username\"",
        ),
        (
            "{{ .Connector.Spec.address }}",
            "Error line 1, column 4: .Connector.Spec has no field \"address\"; did you mean \"Address\"?",
        ),
        (
            "{{ range .Connector.Spec.Params }}{{ .Value.StringVl }}{{ end }}",
            "Error line 1, column 38: .Connector.Spec.Params[].Value has no field \"StringVl\"; did you mean \"StringVal\"?",
        ),
    ] {
        assert_eq!(said(text, Dialect::Probe, &known()), wants, "{text}");
    }
}

#[test]
fn variables_know_only_the_mount_path() {
    assert_eq!(
        said("{{ .mountPath }}/.gitconfig", Dialect::Env, &Known::default()),
        ""
    );
    assert_eq!(
        said("{{ .secret.password }}", Dialect::Env, &Known::default()),
        "Error line 1, column 4: .secret is not available here, only .mountPath; variables know only .mountPath"
    );
    assert_eq!(
        said("{{ .mountpath }}", Dialect::Env, &Known::default()),
        "Error line 1, column 4: .mountpath is not available here, only .mountPath; did you mean .mountPath?"
    );
}

#[test]
fn what_is_not_known_is_not_checked() {
    let known = Known {
        credentials: true,
        ..Known::default()
    };
    assert_eq!(
        said(
            "{{ .secret.a }}{{ .configurations.b }}",
            Dialect::Configuration,
            &known
        ),
        ""
    );
    let none = Known {
        configurations: Some(BTreeMap::new()),
        ..Known::default()
    };
    assert_eq!(
        said("{{ .configurations.b }}", Dialect::Configuration, &none),
        "Error line 1, column 4: .configurations.b is not a param of the configuration; none is declared"
    );
}
