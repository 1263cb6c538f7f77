//! What is ours and not Go's: what is missing is never printed; Secrets; helpers; what errors say.

use serde_json::json;

use super::{render, render_with};
use crate::SecretScope;

#[test]
fn what_is_missing_is_false_and_cannot_be_printed() {
    let data = json!({ "a": { "b": null, "t": "x" }, "l": [], "n": 1 });
    for (text, wants) in [
        ("{{ if .x.y.z }}a{{ else }}b{{ end }}", "b"),
        ("{{ with .a.b }}a{{ else }}b{{ end }}", "b"),
        ("{{ .x.y | default \"d\" }}", "d"),
        ("{{ range .x.y }}a{{ else }}b{{ end }}", "b"),
        ("{{ coalesce .x.y .a.b \"c\" }}", "c"),
        ("{{ if eq .x.y \"a\" }}a{{ else }}b{{ end }}", "b"),
        ("{{ if and .x .x.y }}a{{ end }}b", "b"),
        ("{{ index .a \"zz\" | default \"d\" }}|{{ get .a \"zz\" }}", "d|"),
        ("{{ quote .x }}{{ cat .x \"a\" }}", "a"),
        (
            "{{ hasKey .x \"a\" }} {{ has 1 .x }} {{ empty .x }}",
            "false false true",
        ),
        ("{{ $v := .x }}{{ if $v }}a{{ end }}b", "b"),
        ("{{ toJson .x }}", "null"),
    ] {
        assert_eq!(render(text, &data), Ok(wants.to_owned()), "{text}");
    }
    for (text, wants) in [
        (
            "a\n{{ .x.y }}",
            "line 2, column 4: .x.y has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ .a.b }}",
            "line 1, column 4: .a.b has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ upper .x }}",
            "line 1, column 10: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ .x | upper }}",
            "line 1, column 4: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ printf \"%s\" .x }}",
            "line 1, column 16: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ print .x }}",
            "line 1, column 10: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ first .l }}",
            "line 1, column 4: first .l has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ index .a \"zz\" }}",
            "line 1, column 4: index .a \"zz\" has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ html \"a\" .x }}{{ .x | urlquery }}",
            "line 1, column 13: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ toString .x }}",
            "line 1, column 13: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
    ] {
        assert_eq!(render(text, &data), Err(wants.to_owned()), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_told_in_types() {
    let data = json!({ "t": "text", "n": 5, "l": ["a"], "m": { "k": "v" } });
    for (text, wants) in [
        (
            "{{ .t.x }}",
            "line 1, column 4: the field x is read of a string, which has no fields",
        ),
        (
            "{{ upper .n }}",
            "line 1, column 10: upper wants a string here, and .n is a whole number (int64); convert it with toString",
        ),
        (
            "{{ range .t }}{{ end }}",
            "line 1, column 10: range goes through lists, maps and whole numbers, and .t is a string",
        ),
        (
            "{{ iniValue .l }}",
            "line 1, column 13: iniValue: .l is a list, not text",
        ),
        (
            "{{ fail \"needs a registry\" }}",
            "line 1, column 4: the template stopped itself: needs a registry",
        ),
        ("{{ fail .t }}", "line 1, column 4: the template stopped itself"),
        (
            "{{ required \"give a name\" .m.zz }}",
            "line 1, column 4: the template stopped itself: give a name",
        ),
    ] {
        assert_eq!(render(text, &data), Err(wants.to_owned()), "{text}");
    }
}

#[test]
fn a_template_changes_its_own_copy_of_the_data() {
    let data = json!({ "a": { "b": 1 } });
    let text = "{{ $_ := set .a \"c\" 2 }}{{ .a }}";
    for _ in 0..2 {
        assert_eq!(render(text, &data), Ok("map[b:1 c:2]".to_owned()));
    }
    assert_eq!(data, json!({ "a": { "b": 1 } }));
}

#[test]
fn escaping_helpers_are_functions() {
    let data = json!({ "p": "it's \"a\" \\ b#", "n": 5432, "m": { "b": ["x", { "z": "true" }], "a": "1", "e": {} } });
    for (text, wants) in [
        ("{{ .p | shellQuote }}", r#"'it'\''s "a" \ b#'"#),
        ("{{ .p | gitConfigValue }}", r#""it's \"a\" \\ b#""#),
        ("{{ .p | jsonString }}", r#""it's \"a\" \\ b#""#),
        ("{{ .p | yamlString }}", r#""it's \"a\" \\ b#""#),
        ("{{ .p | tomlString }}", r#""it's \"a\" \\ b#""#),
        ("{{ .p | xmlText }}", r#"it's "a" \ b#"#),
        ("{{ .p | xmlAttr }}", "it&apos;s &quot;a&quot; \\ b#"),
        ("{{ .p | propertiesValue }}", r#"it's "a" \\ b#"#),
        ("{{ .p | npmrcValue }}", r#""it's \"a\" \\ b#""#),
        ("{{ .p | pgpassField }}", r#"it's "a" \\ b#"#),
        ("{{ .p | urlUserinfo }}", "it%27s%20%22a%22%20%5C%20b%23"),
        ("{{ .n | iniValue }}{{ .n | netrcToken }}", "54325432"),
        ("{{ toYaml .m }}", "a: \"1\"\nb:\n- x\n- z: \"true\"\ne: {}"),
        ("{{ toJson .m }}", r#"{"a":"1","b":["x",{"z":"true"}],"e":{}}"#),
        ("{{ toYaml .p }}", r#"it's "a" \ b#"#),
        ("{{ (fromYaml \"a: {b: 5}\").a.b }}", "5"),
        ("{{ index (fromYamlArray \"[5, x]\") 1 }}", "x"),
    ] {
        assert_eq!(render(text, &data), Ok(wants.to_owned()), "{text}");
    }
}

#[test]
fn yaml_is_read_back_as_it_was() {
    let data = json!({
        "m": {
            "empty": "", "null": null, "text": "null", "Yes": "no", "n": 1.5, "i": -3, "t": true, "ts": "2020-01-01",
            "multi": "a\nb\n", "colon": "a: b", "hash": "a #b", "dash": "- a", "tilde": "~", "octal": "0o17", "x": "0x1F",
            "url": "https://a.b:80/c", "at": "@a", "sp": " a ", "uni": "é☃", "list": [[], [1, [2]], {}, { "a": [] }],
            "nest": { "a": { "b": { "c": ["d", { "e": "f", "g": "h" }] } } }, "key: #": 1, "inf": ".inf", "e": "1e3",
            "merge": "<<", "<<": "x", "=": "=", "dots": "...", "q": "? x",
        }
    });
    let text = render("{{ toYaml .m }}", &data).unwrap();
    let read: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(&read, data.get("m").unwrap(), "{text}");
    assert!(render("x:\n{{ toYaml .m | indent 2 }}", &data).is_ok());
}

#[test]
fn bytes_that_are_no_text_pass_through() {
    let mut secrets = SecretScope::none();
    secrets.insert(&["secret", "key"], b"\xff\x00\xfe");
    let data = json!({});
    assert_eq!(
        render_with(
            "{{ .secret.key | b64enc }} {{ len .secret.key }}",
            &data,
            &secrets
        ),
        Ok("/wD+ 3".to_owned())
    );
    assert_eq!(
        render_with("{{ shellQuote .secret.key }}", &data, &secrets).unwrap_err(),
        "line 1, column 4: shellQuote: the value is not UTF-8 text; encode it with b64enc"
    );
    let template = crate::Template::compile(crate::Source::go("t", "{{ .secret.key }}")).unwrap();
    let rendered = template
        .render(&data, &secrets, &crate::Limits::default())
        .unwrap();
    assert_eq!(rendered.as_bytes(), b"\xff\x00\xfe");
}

#[test]
fn secrets_cover_the_data() {
    let data =
        json!({ "secret": { "a": "data", "b": "data" }, "context": { "token": "old", "x": 1 }, "t": "text" });
    let mut secrets = SecretScope::for_configuration([("a", b"secret".as_slice())]);
    secrets
        .insert(&["context", "token"], b"new")
        .insert(&["t", "below"], b"deep");
    let text = "{{ .secret.a }} {{ .secret.b }} {{ .context.token }} {{ .context.x }} {{ .t.below }}";
    assert_eq!(
        render_with(text, &data, &secrets),
        Ok("secret data new 1 deep".to_owned())
    );
}
