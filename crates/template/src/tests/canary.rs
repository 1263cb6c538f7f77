//! No error carries a value of the data.

use serde_json::json;

use crate::{Limits, SecretScope, Source, Template};

const CANARY: &str = "c4n4ry-v4lue";

/// Templates that fail on the canary in every way there is: wrong types, refused values, limits.
fn failing() -> Vec<String> {
    let mut templates: Vec<String> = [
        "{{ .secret.c.x }}",
        "{{ .secret.nope }}",
        "{{ .c.x.y }}",
        "{{ range .c }}{{ end }}",
        "{{ fail .c }}",
        "{{ .c | fail }}",
        "{{ fail (print .c) }}",
        "{{ required .c .nope }}",
        "{{ template \"x\" .c }}{{ define \"x\" }}{{ .y }}{{ end }}",
        "{{ with .c }}{{ .x }}{{ end }}",
        "{{ $x := .c }}{{ $x.y }}",
        "{{ range .l }}{{ .x }}{{ end }}",
        "{{ range $k, $v := .m }}{{ index $v $k }}{{ end }}",
        "{{ index .m .c 1 }}",
        "{{ (printf \"%s\" .c).x }}",
        "{{ printf .c 1 }}",
        "{{ printf \"%d\" .c }}",
        "{{ printf \"%s %s\" .c }}",
        "{{ printf \"%s\" .c .c }}",
        "{{ printf (print \"%z\" .c) .c }}",
        "{{ printf \"%s\" .m.nope .c }}",
        "{{ eq .c 1 }}",
        "{{ eq .m .m }}",
        "{{ lt .c 1 }}",
        "{{ repeat 100000000 .c }}",
        "{{ $x := .c }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}",
        "{{ range 100000000 }}{{ $.c }}{{ end }}",
        "{{ regexMatch .c \"(\" }}{{ regexMatch (print .c \"(\") .c }}",
        "{{ fromJson .c }}",
        "{{ b64dec .c }}",
        "{{ b32dec .c }}",
        "{{ urlParse (print \":\" .c) }}",
        "{{ urlJoin (dict \"scheme\" 1 \"host\" .c) }}",
        "{{ urlJoin (dict \"userinfo\" (print .c \" /\")) }}",
        "{{ dig .c \"x\" \"d\" .m }}{{ dig \"k\" \"x\" \"d\" .m }}",
        "{{ get .m 1 }}",
        "{{ set .c .c .c }}",
        "{{ merge .m .c }}",
        "{{ netrcToken (print .c \" x\") }}",
        "{{ iniValue (print .c \"\\n\") }}",
        "{{ npmrcValue (print .c \"${\") }}",
        "{{ pgpassField (print .c \"\\n\") }}",
        "{{ xmlText (print .c \"\\x01\") }}",
        "{{ gitConfigValue (print .c \"\\x00\") }}",
        "{{ shellQuote (print .c \"\\x00\") }}",
        "{{ gitConfigSubsection (print .c \"\\n\") }}",
        "{{ toJson (dict .c (print .c \"\\xff\")) }}",
        "{{ toYaml (dict .c (print .c \"\\xff\")) }}",
        "{{ toYaml (list .c (div 1 0)) }}",
        "{{ substr 5 2 .c }}",
        "{{ slice .l 5 }}",
        "{{ chunk 0 .l }}",
        "{{ upper (print .c \"\\xff\") }}",
    ]
    .map(str::to_owned)
    .to_vec();
    // Every function, with the canary in every place.
    for name in crate::functions().names() {
        for arguments in [
            "", ".c", ".c .c", ".c .c .c", ".m", ".l", ".m .c", ".c .m", ".l .c", ".c .l", "1 .c", ".c 1",
            ".m .m .c",
        ] {
            templates.push(format!("{{{{ {name} {arguments} }}}}"));
            templates.push(format!("{{{{ ({name} {arguments}).x }}}}"));
            templates.push(format!(
                "{{{{ {name} {arguments} | upper | index }}}}{{{{ .nope }}}}"
            ));
        }
    }
    templates
}

#[test]
fn errors_never_carry_a_value() {
    let data = json!({ "c": CANARY, "l": [CANARY], "m": { "k": CANARY, CANARY: CANARY } });
    let secrets = SecretScope::for_configuration([("c", CANARY.as_bytes())]);
    let limits = Limits {
        steps: 20_000,
        work_bytes: 1 << 20,
        ..Limits::default()
    };
    let mut failures = 0;
    for text in failing() {
        let shown = match Template::compile(Source::go("t", &text)) {
            Err(error) => format!("{error} {error:?} {} {}", error.public(), error.reason()),
            Ok(template) => match template.render(&data, &secrets, &limits) {
                Err(error) => format!("{error} {error:?} {} {}", error.public(), error.reason()),
                Ok(_) => continue,
            },
        };
        failures += 1;
        assert!(!shown.contains(CANARY), "{text}: {shown}");
        // Nor in another form that is easily read back.
        for form in [
            CANARY.bytes().map(|byte| format!("{byte:02x}")).collect(),
            CANARY.to_uppercase(),
            CANARY.chars().rev().collect(),
        ] {
            assert!(!shown.contains(&form), "{text}: {shown}");
        }
    }
    assert!(failures > 1000, "{failures}");
}
