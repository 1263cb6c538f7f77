use serde_json::json;

use super::*;

fn data() -> Json {
    json!({
        "connector": {
            "metadata": {"name": "git-main", "namespace": "team"},
            "spec": {"address": "https://git.example.com", "params": [
                {"name": "depth", "value": 3}, {"name": "big", "value": 9_007_199_254_740_993_u64}, {"name": "half", "value": 0.5},
            ]},
            "status": {},
        },
        "configurations": {"zone": "b", "alpha": true, "middle": null},
        "context": {},
    })
}

fn secrets() -> SecretScope {
    let pairs: [(&str, &[u8]); 2] = [("username", b"ann"), ("password", b"p\"w'd")];
    SecretScope::for_configuration(pairs)
}

#[test]
fn templates_give_what_tera_gives() {
    for (text, wants) in [
        (
            "plain {{ connector.spec.address }}\n",
            "plain https://git.example.com\n",
        ),
        ("{{ secret.username }}:{{ secret.password }}", "ann:p\"w'd"),
        ("<{{ secret[\"username\"] }}>", "<ann>"),
        (
            "{% for p in connector.spec.params %}{{ p.name }}={{ p.value }} {% endfor %}",
            "depth=3 big=9007199254740993 half=0.5 ",
        ),
        (
            "{% for k, v in configurations %}{{ k }}={{ v }};{% endfor %}",
            "alpha=true;zone=b;",
        ),
        ("{{ configurations }}", "{\"alpha\": true, \"zone\": \"b\"}"),
        ("{% if configurations.middle %}a{% else %}b{% endif %}", "b"),
        (
            "{% if nothing %}a{% elif connector.status.x %}b{% else %}c{% endif %}",
            "c",
        ),
        (
            "{{ nothing | default(value=\"d\") }}{{ nothing?.x | default(value=1) }}",
            "d1",
        ),
        ("{% set x = secret.username | upper %}{{ x ~ \"!\" }}", "ANN!"),
        ("{%- raw -%} {{ not }} {%- endraw -%}", "{{ not }}"),
        ("a{# comment #}b", "ab"),
        (
            "{{ (secret.username ~ \":\" ~ secret.password) | b64enc }}",
            "YW5uOnAidydk",
        ),
        ("{{ \"aGk=\" | b64dec }}", "hi"),
        ("{{ secret.password | jsonString }}", "\"p\\\"w'd\""),
        (
            "{{ {\"b\": 1, \"a\": [true, secret.username]} | toJson }}",
            "{\"b\":1,\"a\":[true,\"ann\"]}",
        ),
        ("{{ 3 | iniValue }}{{ true | xmlText }}", "3true"),
        ("{{ [1, 2, 3] | join(sep=\"-\") }}", "1-2-3"),
        (
            "{% for name, group in connector.spec.params | group_by(attribute=\"name\") %}{{ name }},{% endfor %}",
            "depth,big,half,",
        ),
        ("{{ range(end=3) }}", "[0, 1, 2]"),
        (
            "{{ [p.name for p in connector.spec.params if p.value == 3] }}",
            "[\"depth\"]",
        ),
        (
            "{% component row(label, width=2) %}<{{ label }}:{{ width }}>{% endcomponent %}{{ <row label={secret.username} /> }}",
            "<ann:2>",
        ),
        (
            "{% component box(@connector) %}{{ connector.metadata.name }}{{ body }}{% endcomponent %}{% <box> %}!{% </box> %}",
            "git-main!",
        ),
        ("{% filter upper %}x{{ secret.username }}{% endfilter %}", "XANN"),
        ("{% block a %}in{% endblock a %}", "in"),
        (
            "{% for i in range(end=5) %}{% if i == 3 %}{% break %}{% endif %}{{ loop.index }}{% endfor %}",
            "123",
        ),
        ("{{ \"<&>\" }}{{ \"<\" | escape_html }}", "<&>&lt;"),
        (
            "{{ secret.username[0:2] }}{{ 7 // 2 }}{{ 2 ** 3 }}{{ 1 if not false else 2 }}",
            "an381",
        ),
        ("{{ 'x' in 'xyz' and 'a' not in 'xyz' }}", "true"),
    ] {
        assert_eq!(render(text, &data(), &secrets()).as_deref(), Ok(wants), "{text}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let text = "{% for k, v in m %}{{ k }}{% endfor %}{{ m }}{% for k, v in l | group_by(attribute=\"a\") %}{{ k }}{% endfor %}{{ m | keys }}";
    let map: serde_json::Map<String, Json> = (0..200).rev().map(|i| (format!("k{i}"), json!(i))).collect();
    let list: Vec<Json> = (0..200).map(|i| json!({"a": i % 50})).collect();
    let data = json!({"m": map, "l": list});
    let first = render(text, &data, &SecretScope::none()).unwrap();
    for _ in 0..20 {
        assert_eq!(render(text, &data, &SecretScope::none()).unwrap(), first);
    }
}

#[test]
fn failures_say_where_and_why() {
    for (text, wants) in [
        (
            "{{ secret.nope }}",
            "line 1, column 4: secret.nope has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "a\n  {{ connector.status.proxy.url }}",
            "line 2, column 6: connector.status.proxy has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ nothing.x }}",
            "line 1, column 4: nothing has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ configurations.middle }}",
            "line 1, column 4: configurations.middle has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{% for x in nothing %}{% endfor %}",
            "line 1, column 13: nothing has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ secret.username + 1 }}",
            "line 1, column 4: `secret.username + 1`: text does not fit here",
        ),
        (
            "{{ connector.spec | upper }}",
            "line 1, column 4: `connector.spec`: a map does not fit here",
        ),
        (
            "{{ secret.username < 1 }}",
            "line 1, column 4: `secret.username < 1`: values of these types cannot be compared",
        ),
        ("{{ 1 / 0 }}", "line 1, column 8: a number cannot be divided by 0"),
        (
            "{{ 2 ** 200 }}",
            "line 1, column 4: `2 ** 200`: the number is too large",
        ),
        (
            "{{ secret.username | int }}",
            "line 1, column 22: int: it cannot work with what it is given",
        ),
        (
            "{{ (secret.username ~ \"\\n\") | netrcToken }}",
            "line 1, column 31: netrcToken: the format cannot hold the value; a control character or a line break, perhaps",
        ),
        (
            "{{ throw(message=\"set a zone\") }}",
            "line 1, column 4: the template stopped itself: set a zone",
        ),
        (
            "{{ throw(message=secret.username) }}",
            "line 1, column 4: the template stopped itself",
        ),
        (
            "{% component a() %}{{ <a /> }}{% endcomponent %}{{ <a /> }}",
            "line 1, column 1: the components use one another too deeply",
        ),
        (
            "{% for i in range(end=2000) %}{{ range(end=1000) }}{% endfor %}",
            "line 1, column 1: the output has more than 1048576 bytes",
        ),
    ] {
        assert_eq!(render(text, &data(), &secrets()), Err(wants.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_text_is_not_written_as_if_it_were() {
    let scope = SecretScope::for_configuration([("key", &b"\xff\xfe"[..]), ("name", &b"n"[..])]);
    assert_eq!(
        render("{{ secret.name }}", &json!({}), &scope).as_deref(),
        Ok("n")
    );
    let wants = "line 1, column 1: secret.key is not UTF-8 text, and Tera knows nothing else; use a Go template with b64enc";
    for text in [
        "{{ secret.key }}",
        "{% for k, v in secret %}{% endfor %}",
        "{{ secret }}",
    ] {
        assert_eq!(render(text, &json!({}), &scope), Err(wants.to_owned()), "{text}");
    }
}

#[test]
fn without_a_worker_nothing_is_said_about_the_template() {
    let template = compile("x").unwrap();
    assert_eq!(template.engine(), Engine::Tera);
    let error = template.render(&json!({}), &SecretScope::none(), &Limits::default());
    let error = error.err().unwrap();
    assert_eq!(error.reason(), "TemplateUnavailable");
    assert_eq!(
        error.public(),
        "line 1, column 1: the template cannot be rendered now: this program has no workers for Tera"
    );
}
