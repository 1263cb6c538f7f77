use std::collections::BTreeSet;

use super::super::names;
use super::*;
use crate::{Dialect, Holds, Known, check};

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
        secret_keys: names(&["username", "password", "tls.crt"]),
        tolerated_secret_keys: ["token".to_owned()].into(),
        credentials: true,
        secret_optional: false,
    }
}

fn said(text: &str, known: &Known) -> String {
    let template = compile(text).unwrap_or_else(|error| panic!("{error}"));
    let findings = check(template.references(), Dialect::Configuration, known);
    let shown = findings
        .iter()
        .map(|finding| format!("{:?} {}", finding.severity, finding.public()));
    shown.collect::<Vec<_>>().join("\n")
}

fn refused(text: &str) -> String {
    compile(text)
        .err()
        .map(|error| error.public())
        .unwrap_or_default()
}

#[test]
fn what_is_read_is_compared_with_what_is_declared() {
    for (text, wants) in [
        (
            "{{ secret.username }}{{ configurations.registry }}{{ connector.spec.address }}",
            "",
        ),
        (
            "{{ secret[\"tls.crt\"] }}{{ connector.metadata.labels.x }}{{ connector.status.proxy.x }}",
            "",
        ),
        (
            "{% for c in connectors %}{{ c.name }}{% for p in c.spec.params %}{{ p.value }}{% endfor %}{% endfor %}",
            "",
        ),
        ("{% for k, v in secret %}{{ k }}{{ v }}{% endfor %}", ""),
        (
            "{{ connectors | first | get(key=\"name\") }}{{ [c.name for c in connectors if c.spec.address] }}",
            "",
        ),
        (
            "{% set x = connector.spec %}{{ x.address }}{% set y = 1 %}{{ y }}",
            "",
        ),
        (
            "{% if secret.token is defined %}{% set secert = 1 %}{{ secert }}{% endif %}",
            "Warning line 1, column 7: secret.token is not a key of the Secret; declared are \"password\", \"tls.crt\", \"username\"",
        ),
        (
            "{{ secert.username }}",
            "Error line 1, column 4: secert is not available here, only connector, connectors, connectorclass, context, \
             configurations, secret; did you mean secret?",
        ),
        (
            "{{ Secret.StringData.username }}",
            "Error line 1, column 4: Secret is not available here, only connector, connectors, connectorclass, context, \
             configurations, secret; configuration files read the credential as secret.<key>",
        ),
        (
            "x\n{{ secret.pasword | upper }}",
            "Error line 2, column 4: secret.pasword is not a key of the Secret; did you mean \"password\"?",
        ),
        (
            "{{ secret[\"tls.crtt\"] }}",
            "Error line 1, column 4: secret.tls.crtt is not a key of the Secret; did you mean \"tls.crt\"?",
        ),
        (
            "{{ secret | get(key=\"nope\", default=\"\") }}",
            "Warning line 1, column 4: secret.nope is not a key of the Secret; declared are \"password\", \"tls.crt\", \"username\"",
        ),
        (
            "{{ configurations.registri }}",
            "Error line 1, column 4: configurations.registri is not a param of the configuration; did you mean \"registry\"?",
        ),
        (
            "{{ connector.spec.adress }}",
            "Error line 1, column 4: connector.spec has no field \"adress\"; did you mean \"address\"?",
        ),
        (
            "{% set x = connector.spec %}{{ x.adress }}",
            "Error line 1, column 32: connector.spec has no field \"adress\"; did you mean \"address\"?",
        ),
        (
            "{{ connector.spec.address.host }}",
            "Error line 1, column 4: connector.spec.address has no fields",
        ),
        (
            "{{ connector.spec.params.depth }}",
            "Error line 1, column 4: connector.spec.params is a list; go through it with for",
        ),
        (
            "{% for p in connector.spec.params %}{{ p.nme }}{% endfor %}",
            "Error line 1, column 40: connector.spec.params[] has no field \"nme\"; did you mean \"name\"?",
        ),
        (
            "{% component a(x, @nothing) %}{{ x.y }}{{ other }}{% endcomponent %}{{ <a x={secret.nope} /> }}",
            "Error line 1, column 72: nothing is not available here, only connector, connectors, connectorclass, context, configurations, secret\n\
             Error line 1, column 78: secret.nope is not a key of the Secret; declared are \"password\", \"tls.crt\", \"username\"",
        ),
    ] {
        assert_eq!(said(text, &known()), wants, "{text}");
    }
}

#[test]
fn credentials_must_be_announced() {
    let known = Known {
        credentials: false,
        ..known()
    };
    assert_eq!(
        said("{{ secret.username }}", &known),
        "Error line 1, column 4: secret is not available here; add `credentials: true` to the configuration, so that \
         reviewers see which files carry credentials"
    );
}

#[test]
fn a_secret_that_may_not_be_there_wants_a_guard() {
    let known = Known {
        secret_optional: true,
        ..known()
    };
    let warning = |at: usize| {
        format!(
            "Warning line 1, column {at}: a Connector may come without a Secret, and then secret.username has no value; \
             put {{% if secret %}} around it"
        )
    };
    for (text, wants) in [
        ("{{ secret.username }}", warning(4)),
        ("{% if secret.username %}x{% endif %}", warning(7)),
        ("{{ secret.username | default(value=\"x\") }}", warning(4)),
        ("{% if not secret %}{{ secret.username }}{% endif %}", warning(23)),
        ("{% if secret %}{{ secret.username }}{% endif %}", String::new()),
        (
            "{% if secret and secret.username %}{{ secret.password }}{% endif %}",
            String::new(),
        ),
        (
            "{% if not secret %}-{% else %}{{ secret.username }}{% endif %}",
            String::new(),
        ),
        (
            "{% if secret is defined %}{{ secret.username }}{% endif %}",
            String::new(),
        ),
        ("{{ secret?.username | default(value=\"x\") }}", String::new()),
        ("{{ secret.username if secret else \"x\" }}", String::new()),
        (
            "{% for k, v in secret | default(value={}) %}{{ v }}{% endfor %}",
            String::new(),
        ),
        (
            "{% if secret is undefined or secret.username == \"x\" %}{% endif %}",
            String::new(),
        ),
    ] {
        assert_eq!(said(text, &known), wants, "{text}");
    }
}

#[test]
fn a_key_is_proven_by_its_own_test() {
    for (text, wants) in [
        ("{{ secret.password }}", false),
        ("{% if secret.password %}{{ secret.password }}{% endif %}", true),
        (
            "{% if \"password\" in secret %}{{ secret.password }}{% endif %}",
            true,
        ),
        ("{% if secret.username %}{{ secret.password }}{% endif %}", false),
        ("{{ secret.password | default(value=\"\") }}", true),
        ("{{ secret?.password }}", false),
    ] {
        let template = compile(text).unwrap();
        let references = template.references();
        let proven = references.keys_below(&["secret"]);
        let proven = proven
            .filter(|(key, _)| *key == "password")
            .all(|(_, read)| read.proven);
        assert_eq!(proven, wants, "{text}");
    }
}

#[test]
fn mistakes_are_named_with_what_would_be_right() {
    for (text, wants) in [
        (
            "{{ x | uper }}",
            "line 1, column 8: filter \"uper\" is not known; did you mean \"upper\"?",
        ),
        (
            "{{ upper(a=x) }}",
            "line 1, column 4: function \"upper\" is not known; it is a filter: value | upper",
        ),
        (
            "{% if x is definde %}{% endif %}",
            "line 1, column 12: test \"definde\" is not known; did you mean \"defined\"?",
        ),
        (
            "{{ x | json_encode }}",
            "line 1, column 8: filter \"json_encode\" is not known; use toJson",
        ),
        (
            "{{ now() }}",
            "line 1, column 4: function \"now\" is not available in Patchbay: the same inputs must give the same file, so templates cannot read the clock",
        ),
        (
            "{{ get_random(start=1, end=2) }}",
            "line 1, column 4: function \"get_random\" is not available in Patchbay: the same inputs must give the same file, so templates cannot make random values",
        ),
        (
            "{{ get_env(name=\"X\") }}",
            "line 1, column 4: function \"get_env\" is not available in Patchbay: templates cannot read the environment, files or the network",
        ),
        (
            "{{ x | date(format=\"%Y\") }}",
            "line 1, column 8: function \"date\" is not available in Patchbay: dates are not supported",
        ),
        (
            "{{ __tera_context }}",
            "line 1, column 4: function \"__tera_context\" is not available in Patchbay: it is there for debugging, and prints everything in an order that changes",
        ),
        (
            "{{ x | replace(from=\"a\") }}",
            "line 1, column 8: filter replace needs the argument to=",
        ),
        (
            "{{ x | join(seperator=\",\") }}",
            "line 1, column 13: argument \"seperator\" is not known; filter join takes sep",
        ),
        (
            "{{ x | trim(pta=\",\") }}",
            "line 1, column 13: argument \"pta\" is not known; did you mean \"pat\"?",
        ),
        (
            "{{ <buton /> }}{% component button() %}{% endcomponent %}",
            "line 1, column 5: component \"buton\" is not known; did you mean \"button\"?",
        ),
        (
            "{% include \"x\" %}",
            "line 1, column 4: the tag `include` is not available: a template stands for itself and cannot read others; put the text into this one",
        ),
        (
            "{% extends \"x\" %}",
            "line 1, column 4: the tag `extends` is not available: a template stands for itself and cannot read others; put the text into this one",
        ),
        (
            "{% import \"x\" as y %}",
            "line 1, column 4: the tag `import` is not available: a template stands for itself and cannot read others; put the text into this one",
        ),
        (
            "{% fro x in y %}{% endfor %}",
            "line 1, column 4: tag \"fro\" is not known; did you mean \"for\"?",
        ),
        (
            "{% if x %}",
            "line 1, column 11: expected `{% endif %}`, found the end of the template",
        ),
        (
            "{% endif %}",
            "line 1, column 4: there is no open tag for `endif` here",
        ),
        (
            "{% for x in y %}",
            "line 1, column 17: expected `{% endfor %}`, found the end of the template",
        ),
        (
            "{{ x ",
            "line 1, column 6: expected `}}` or an operator, found the end of the template",
        ),
        (
            "{{ x y }}",
            "line 1, column 6: expected `}}` or an operator, found `y`",
        ),
        ("{{ .secret.x }}", "line 1, column 4: expected a value, found `.`"),
        ("a\n{{ 'x }}", "line 2, column 4: the string has no closing '"),
        (
            "{# x",
            "line 1, column 1: the comment has no end; close it with `#}`",
        ),
        (
            "{{ x | replace(from=1, from=2, to=3) }}",
            "line 1, column 24: keyword argument `from` is defined more than once",
        ),
        (
            "{% break %}",
            "line 1, column 4: break can only be used in a for loop",
        ),
        (
            "{{ - - 1 }}",
            "line 1, column 6: `-` and `not` cannot be used consecutively",
        ),
    ] {
        assert_eq!(refused(text), wants, "{text}");
    }
}

/// Our parser reads what Tera reads: it must not refuse what Tera takes.
#[test]
fn both_parsers_agree() {
    let seeds: Vec<&str> = SEEDS.iter().flat_map(|text| text.split('\n')).collect();
    let mut refused: BTreeSet<String> = BTreeSet::new();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    for round in 0..6000 {
        let mut text: Vec<char> = seeds[round % seeds.len()].chars().collect();
        for _ in 0..=next(3) {
            let at = next(text.len());
            match next(4) {
                0 => {
                    text.remove(at);
                }
                1 => text.insert(at, text[next(text.len())]),
                2 => text[at] = [' ', '|', '.', '(', '}', '%', '-', '[', '\'', '<'][next(10)],
                _ => {
                    let end = (at + next(8)).min(text.len());
                    text.drain(at..end);
                }
            }
            if text.is_empty() {
                break;
            }
        }
        let text: String = text.into_iter().collect();
        let ours = super::super::lex::lex(&text)
            .and_then(|tokens| super::super::parse::parse(tokens, text.len()).map(|_| ()));
        // What is left out on purpose has a sentence of its own.
        let on_purpose = |kind: &crate::CompileErrorKind| !matches!(kind, crate::CompileErrorKind::Syntax(_));
        if let Err(problem) = ours
            && !on_purpose(&problem.kind)
            && super::super::engine::reads(&text)
        {
            refused.insert(format!("{text}: {:?}", problem.kind));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

const SEEDS: [&str; 1] = ["{{ a.b[\"c\"].d | default(value=\"x\") | upper }}{% if a and not b.c or d is defined %}{{ 1 + 2 * -3 }}{% elif e %}x{% else %}y{% endif %}
{% for k, v in m %}{{ k }}={{ v }}{% if loop.last %}{% break %}{% endif %}{% else %}none{% endfor %}
{% set x = [1, 2, ...y, {\"a\": 1, 2: b, ...c}] %}{{ x[0:2:1] }}{{ x[::2] }}{{ x?[0]?.y }}
{% set x | upper | trim(pat=\"-\") %}text {{ y }}{% endset %}{% set_global z = 'q' if a else `r` %}
{%- raw -%} {{ x }} {%- endraw -%}{# c #}{{- a ~ b -}} x {%- if a in b -%} y {%- endif -%}
{% filter upper | replace(from=\"a\", to=\"b\") %}{{ a }}{% endfilter %}{% block q %}{{ a }}{% endblock q %}
{% component ui.box(a, b: string = \"x\", c=[1, 2], @d, ...rest) {\"m\": 1} %}{{ a }}{{ body }}{% endcomponent ui.box %}
{{ <ui.box a={x + 1} b=\"t\" c {...rest} /> }}{% <box a={1}> %}in{% </box> %}{{ [i * 2 for k, i in m if i > 1] }}
{{ range(start=1, end=5, step_by=2) }}{{ 7 // 2 ** 2 % 3 }}{{ a not in b }}{{ a is not starting_with(pat=\"x\") }}{{ 1.5 }}{{ none }}"];

/// The list of filters that we check by is Tera's and ours.
#[test]
fn every_filter_that_is_known_exists() {
    for name in names::filters() {
        let text = format!("{{% if false %}}{{{{ x | {name}(a=1) }}}}{{% endif %}}");
        assert!(super::super::engine::accepts(&text).is_ok(), "{name}");
    }
}
