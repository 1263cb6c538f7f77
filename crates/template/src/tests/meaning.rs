//! Where we differ from Go on purpose, and what errors say.

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
        ("{{ index .a \"zz\" }}|{{ get .a \"zz\" }}", "|"),
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
            "{{ index .x \"a\" }}",
            "line 1, column 10: .x has no value; give it one, or guard it with {{ if }} or default",
        ),
        (
            "{{ lt .x 1 }}",
            "line 1, column 7: .x has no value; give it one, or guard it with {{ if }} or default",
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
    let data = json!({ "t": "text", "n": 5, "f": 1.5, "l": ["a"], "m": { "k": "v" }, "b": true });
    for (text, wants) in [
        ("{{ .t.x }}", "line 1, column 4: .t.x reads the field x of text"),
        ("{{ .l.x }}", "line 1, column 4: .l.x reads the field x of a list"),
        (
            "{{ upper .n }}",
            "line 1, column 10: upper wants text, and .n is an integer",
        ),
        (
            "{{ .m | b64enc }}",
            "line 1, column 4: b64enc wants text, and .m is a map",
        ),
        (
            "{{ range .t }}{{ end }}",
            "line 1, column 10: range goes through lists, maps and numbers, not through text",
        ),
        (
            "{{ range $i, $x := 3 }}{{ end }}",
            "line 1, column 10: range over a number sets one variable",
        ),
        (
            "{{ printf \"%d\" .t }}",
            "line 1, column 16: printf wants an integer for %d (use %v or int), and .t is text",
        ),
        (
            "{{ printf \"%s\" .n }}",
            "line 1, column 16: printf wants text for %s (use %v or toString), and .n is an integer",
        ),
        (
            "{{ printf \"%z\" .n }}",
            "line 1, column 4: printf: the verb %z does not exist",
        ),
        (
            "{{ printf \"%s\" }}",
            "line 1, column 4: printf: there are more verbs in the format than values",
        ),
        (
            "{{ printf \"a\" .t }}",
            "line 1, column 4: printf: there are more values than verbs in the format",
        ),
        (
            "{{ printf \"%\" }}",
            "line 1, column 4: printf: the format ends inside of a verb",
        ),
        (
            "{{ printf \"%9999d\" .n }}",
            "line 1, column 4: printf: widths and precisions over 4096 are not supported",
        ),
        (
            "{{ eq .t .n }}",
            "line 1, column 4: eq: text cannot be compared with an integer",
        ),
        (
            "{{ eq .l .l }}",
            "line 1, column 4: eq: lists and maps cannot be compared; use deepEqual",
        ),
        (
            "{{ lt .n .f }}",
            "line 1, column 4: lt: an integer cannot be compared with a number with a fraction",
        ),
        (
            "{{ index .l 5 }}",
            "line 1, column 4: index: there are fewer items than the index says",
        ),
        (
            "{{ index .l \"a\" }}",
            "line 1, column 13: index wants an integer, and \"a\" is text",
        ),
        (
            "{{ len .n }}",
            "line 1, column 8: len wants text, a list or a map, and .n is an integer",
        ),
        ("{{ div 1 0 }}", "line 1, column 4: div: division by zero"),
        (
            "{{ b64dec \"?\" }}",
            "line 1, column 4: b64dec: the text is not base64",
        ),
        (
            "{{ fromJson \"{\" }}",
            "line 1, column 4: fromJson: the text is not JSON",
        ),
        (
            "{{ urlParse \"http://[::1\" }}",
            "line 1, column 4: urlParse: the text is not a URL",
        ),
        (
            "{{ regexMatch \"(\" .t }}",
            "line 1, column 4: regexMatch: the pattern is not a regular expression",
        ),
        (
            "{{ repeat -1 .t }}",
            "line 1, column 11: repeat wants a number that is not negative, and -1 is a negative one",
        ),
        (
            "{{ ternary 1 2 .t }}",
            "line 1, column 16: ternary wants a boolean, and .t is text",
        ),
        (
            "{{ substr 3 1 .t }}",
            "line 1, column 4: substr: the text is shorter than the positions say",
        ),
        (
            "{{ iniValue .l }}",
            "line 1, column 13: iniValue wants text, and .l is a list",
        ),
        (
            "{{ first .t }}",
            "line 1, column 10: first wants a list, and .t is text",
        ),
        (
            "{{ dig \"k\" \"x\" 1 .m }}",
            "line 1, column 4: dig: a key leads to no map",
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
fn changes_reach_the_variable_that_is_named_and_no_other() {
    for (text, wants) in [
        (
            "{{ $d := dict \"a\" 1 }}{{ $e := $d }}{{ $_ := set $d \"b\" 2 }}{{ $d }}{{ $e }}",
            "map[a:1 b:2]map[a:1]",
        ),
        (
            "{{ $d := dict }}{{ if true }}{{ $_ := set $d \"a\" 1 }}{{ end }}{{ $d }}",
            "map[a:1]",
        ),
        (
            "{{ $d := dict \"a\" \"\" }}{{ $_ := merge $d (dict \"a\" 1 \"b\" 2) }}{{ $d }}",
            "map[a:1 b:2]",
        ),
        ("{{ set . \"b\" 2 }}{{ . }}", "map[a:1 b:2]map[a:1]"),
    ] {
        assert_eq!(render(text, &json!({ "a": 1 })), Ok(wants.to_owned()), "{text}");
    }
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
        render_with("{{ upper .secret.key }}", &data, &secrets).unwrap_err(),
        "line 1, column 10: upper wants UTF-8 text, and .secret.key is bytes that are not UTF-8"
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
