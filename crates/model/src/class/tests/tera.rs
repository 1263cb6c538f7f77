//! Classes whose templates are written in Tera.

use super::*;

fn with_tera(data: &str) -> Value {
    with_basic_auth(json!({"configurations": [{
        "name": "c", "engine": "Tera", "credentials": true,
        "params": [{"name": "scope"}],
        "data": {"f": data},
    }]}))
}

#[test]
fn an_example_of_everything() {
    let class = accepted(&json!({
        "auth": {"types": [{"name": "basicAuth", "secretType": "kubernetes.io/basic-auth", "optional": true}]},
        "configurations": [{
            "name": "npmrc", "engine": "tera", "credentials": true, "format": {"config.json": "json"},
            "params": [{"name": "scope", "default": "@acme"}],
            "env": [{"name": "NPM_CONFIG_USERCONFIG", "value": "{{ .mountPath }}/.npmrc"}],
            "data": {
                ".npmrc": "{{ configurations.scope }}:registry={{ connector.spec.address }}\n{% if secret %}_auth={{ (secret.username ~ \":\" ~ secret.password) | b64enc }}{% endif %}\n",
                "config.json": "{\"all\": [{% for c in connectors %}{{ c.metadata.name | jsonString }}{% if not loop.last %}, {% endif %}{% endfor %}]}",
            },
        }],
    }));
    assert_eq!(class.warnings.len(), 0, "{:?}", class.warnings);
}

#[test]
fn mistakes_are_found_when_the_class_is_applied() {
    let at = "spec.configurations[0].data[f]: line 1, column";
    let cases: Vec<(Value, String)> = [
        ("{{ secret.pasword }}", "4: secret.pasword is not a key of the Secret; did you mean \"password\"?"),
        ("{{ secert.password }}", "4: secert is not available here, only connector, connectors, connectorclass, context, configurations, secret; did you mean secret?"),
        ("{{ configurations.scop }}", "4: configurations.scop is not a param of the configuration; did you mean \"scope\"?"),
        ("{{ secret.password | uper }}", "22: filter \"uper\" is not known; did you mean \"upper\"?"),
        ("{% if secret %}", "16: expected `{% endif %}`, found the end of the template"),
        ("{% include \"x\" %}", "4: the tag `include` is not available: a template stands for itself and cannot read others; put the text into this one"),
        ("{{ now() }}", "4: function \"now\" is not available in Patchbay"),
    ]
    .into_iter()
    .map(|(text, said)| (with_tera(text), format!("{at} {said}")))
    .collect();
    for (spec, said) in &cases {
        refused(&[(spec.clone(), said.as_str())]);
    }
    let too_long = with_tera(&"x".repeat(16 * 1024 + 1));
    refused(&[(too_long, "the template has 16385 bytes, and 16384 are allowed")]);
}

#[test]
fn doubts_are_warnings_in_words_of_tera() {
    let mut optional = with_tera("{{ secret.password }}");
    optional["auth"]["types"][0]["optional"] = json!(true);
    let mut two = with_tera("{{ secret.password }}");
    two["auth"] = json!({"types": [
        {"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"},
        {"name": "sshAuth", "secretType": "kubernetes.io/ssh-auth"},
    ]});
    warned(&[
        (
            optional,
            "a Connector may come without a Secret, and then secret.password has no value; put {% if secret %} around it",
        ),
        (
            two,
            "secret.password has no value under auth type sshAuth; guard it with {% if secret?.password %}",
        ),
        (
            with_tera("{{ context.token }}"),
            "context.token has a value only where a secretless proxy runs",
        ),
    ]);
}
