use crate::{Source, Template};

fn said(text: &str) -> String {
    match Template::compile(Source::go("t", text)) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.public(),
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, wants) in [
        // Blocks.
        ("{{ if .a }}x", "line 1, column 1: if is not ended; add {{ end }}"),
        (
            "a\n  {{ range .a }}x{{ else }}y",
            "line 2, column 3: range is not ended; add {{ end }}",
        ),
        (
            "{{ with .a }}{{ if .b }}{{ end }}",
            "line 1, column 1: with is not ended; add {{ end }}",
        ),
        (
            "{{ end }}",
            "line 1, column 1: there is no block to end or continue here",
        ),
        (
            "x{{ if .a }}{{ end }}{{ end }}",
            "line 1, column 22: there is no block to end or continue here",
        ),
        (
            "{{ else }}",
            "line 1, column 1: there is no block to end or continue here",
        ),
        (
            "{{ if .a }}{{ else }}{{ else }}{{ end }}",
            "line 1, column 12: this else is followed by another one",
        ),
        (
            "{{ if .a }}{{ else with .b }}{{ end }}",
            "line 1, column 12: expected else or else if",
        ),
        (
            "{{ range .a }}{{ else if .b }}{{ end }}",
            "line 1, column 23: expected the end of the action after else",
        ),
        ("{{ if }}x{{ end }}", "line 1, column 7: expected a condition"),
        (
            "{{ range }}x{{ end }}",
            "line 1, column 10: expected what to go through after range",
        ),
        (
            "{{ end x }}",
            "line 1, column 8: expected the end of the action after end",
        ),
        (
            "{{ break }}",
            "line 1, column 1: break must stand inside of range",
        ),
        (
            "{{ range . }}{{ end }}{{ continue }}",
            "line 1, column 23: continue must stand inside of range",
        ),
        (
            "{{ range . }}{{ break 1 }}{{ end }}",
            "line 1, column 23: expected the end of the action after break",
        ),
        (
            "{{ range . }}{{ block \"b\" . }}{{ break }}{{ end }}{{ end }}",
            "line 1, column 31: break must stand inside of range",
        ),
        // Definitions.
        (
            "{{ if true }}{{ define \"a\" }}{{ end }}{{ end }}",
            "line 1, column 14: define must stand outside of all blocks",
        ),
        (
            "{{ define a }}{{ end }}",
            "line 1, column 11: define needs the name of a template in quotes",
        ),
        (
            "{{ define \"a\" }}x",
            "line 1, column 1: define is not ended; add {{ end }}",
        ),
        (
            "{{ define \"a\" }}{{ else }}{{ end }}",
            "line 1, column 17: define takes no else",
        ),
        (
            "{{ define \"a\" }}x{{ end }}{{ define \"a\" }}y{{ end }}",
            "line 1, column 27: the template \"a\" is defined twice",
        ),
        (
            "{{ template \"a\" }}",
            "line 1, column 1: no template \"a\" is defined",
        ),
        (
            "{{ template .a }}",
            "line 1, column 13: template needs the name of a template in quotes",
        ),
        (
            "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}",
            "line 1, column 17: the template \"a\" would call itself; use range instead",
        ),
        (
            "{{ define \"a\" }}{{ template \"b\" }}{{ end }}{{ define \"b\" }}{{ if . }}{{ template \"a\" }}{{ end }}{{ end }}",
            "line 1, column 17: the template \"b\" would call itself; use range instead",
        ),
        // Values.
        ("{{ }}", "line 1, column 4: expected a value in the action"),
        ("{{ .a | }}", "line 1, column 9: expected a function after |"),
        (
            "{{ | upper }}",
            "line 1, column 4: expected a value in the action",
        ),
        (
            "{{ () }}",
            "line 1, column 5: expected a value in the parentheses",
        ),
        (
            "{{ .a .b }}",
            "line 1, column 4: this is not a function, so nothing can follow it; is a function name missing?",
        ),
        (
            "{{ 1 2 }}",
            "line 1, column 4: this is not a function, so nothing can follow it; is a function name missing?",
        ),
        (
            "{{ \"a\" | \"b\" }}",
            "line 1, column 10: only a function can stand after |",
        ),
        (
            "{{ \"a\" | .b }}",
            "line 1, column 10: only a function can stand after |",
        ),
        (
            "{{ nil }}",
            "line 1, column 4: nil is not a value that can stand alone",
        ),
        (
            "{{ 1.a }}",
            "line 1, column 4: \"1.a\" is not a number that can be used here",
        ),
        (
            "{{ \"a\".b }}",
            "line 1, column 7: there is nothing to read a field of here",
        ),
        (
            "{{ print \"a\"\"b\" }}",
            "line 1, column 13: expected a space between arguments",
        ),
        (
            "{{ upper.x }}",
            "line 1, column 9: put the call into parentheses to read a field of its result",
        ),
        (
            "{{ if if }}{{ end }}",
            "line 1, column 7: if must stand at the start of its action",
        ),
        (
            "{{ range range }}",
            "line 1, column 10: range must stand at the start of its action",
        ),
        (
            "{{ (1 | 2) }}",
            "line 1, column 9: only a function can stand after |",
        ),
        // Variables.
        (
            "{{ $x }}",
            "line 1, column 4: the variable $x is not known here; declare it with :=",
        ),
        (
            "{{ $x = 1 }}",
            "line 1, column 4: the variable $x is not known here; declare it with :=",
        ),
        (
            "{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}",
            "line 1, column 39: the variable $x is not known here; declare it with :=",
        ),
        (
            "{{ if true }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}",
            "line 1, column 40: the variable $x is not known here; declare it with :=",
        ),
        (
            "{{ $x := $x }}",
            "line 1, column 10: the variable $x is not known here; declare it with :=",
        ),
        (
            "{{ $ := 1 }}",
            "line 1, column 4: $ is the data itself; give the variable a name",
        ),
        (
            "{{ $a, $b := .x }}",
            "line 1, column 6: only range sets two variables, and none sets more",
        ),
        (
            "{{ range $a, $b, $c := . }}{{ end }}",
            "line 1, column 16: only range sets two variables, and none sets more",
        ),
        (
            "{{ ($x := 1) }}",
            "line 1, column 8: set the variable in an action of its own",
        ),
        (
            "{{ $x := 1 }}{{ define \"a\" }}{{ $x }}{{ end }}",
            "line 1, column 33: the variable $x is not known here; declare it with :=",
        ),
        // Functions.
        (
            "a\nb {{ .x | b64encc }}",
            "line 2, column 11: function \"b64encc\" is not known; did you mean \"b64enc\"?",
        ),
        (
            "{{ frobnicate }}",
            "line 1, column 4: function \"frobnicate\" is not known",
        ),
        (
            "{{ env \"HOME\" }}",
            "line 1, column 4: function \"env\" is not available in Patchbay: templates cannot read the environment, files, the network or the cluster",
        ),
        (
            "{{ upper }}",
            "line 1, column 4: function \"upper\" takes 1 argument, got 0",
        ),
        (
            "{{ .x | replace \"a\" }}",
            "line 1, column 9: function \"replace\" takes 3 arguments, got 2",
        ),
        (
            "{{ default 1 2 3 }}",
            "line 1, column 4: function \"default\" takes 1 to 2 arguments, got 3",
        ),
        (
            "{{ printf }}",
            "line 1, column 4: function \"printf\" takes at least 1 argument, got 0",
        ),
        (
            "{{ list upper }}",
            "line 1, column 9: function \"upper\" takes 1 argument, got 0",
        ),
        // Places count characters, not bytes.
        ("ä☃{{ zzzz }}", "line 1, column 6: function \"zzzz\" is not known"),
    ] {
        assert_eq!(said(text), wants, "{text}");
    }
}

#[test]
fn what_go_accepts_is_accepted() {
    for text in [
        "",
        "{{/* a */}}",
        "{{ block \"a\" . }}{{ end }}{{ define \"a\" }}x{{ end }}",
        "{{ define \"a\" }} {{ end }}{{ define \"a\" }}y{{ end }}{{ template \"a\" }}",
        "{{ range $i, $x := .a }}{{ range $x }}{{ break }}{{ end }}{{ continue }}{{ end }}",
        "{{ if $x := .a }}{{ $x }}{{ else if $y := .b }}{{ $x }}{{ $y }}{{ else }}{{ $x }}{{ $y }}{{ end }}",
        "{{ with $x := .a }}{{ $x }}{{ else with .b }}{{ . }}{{ else }}{{ end }}",
        "{{ (.a).b }}{{ $.a.b }}{{ (index .a 1).b.c }}",
        "{{ .a | default (list) | first | upper }}",
        "{{ print (1) (.a) $ . nil true 1.5 'a' `r` }}",
        "{{$x:=1}}{{$x|print}}",
        "{{ template \"a\" .x | upper }}{{ define \"a\" }}{{ end }}",
        "{{ .été }}{{ $été := 1 }}{{ $été }}",
        "{{ if .a }}{{ end -}} x",
    ] {
        assert_eq!(said(text), "ok", "{text}");
    }
}

#[test]
fn forbidden_functions_say_why() {
    for name in [
        "env",
        "expandenv",
        "getHostByName",
        "lookup",
        "now",
        "ago",
        "date",
        "dateInZone",
        "htmlDate",
        "toDate",
        "randAlphaNum",
        "randInt",
        "uuidv4",
        "shuffle",
        "genPrivateKey",
        "genCA",
        "genSignedCert",
        "derivePassword",
        "bcrypt",
        "htpasswd",
        "encryptAES",
        "include",
        "tpl",
        "call",
    ] {
        let said = said(&format!("{{{{ {name} \"x\" }}}}"));
        assert!(said.contains("is not available in Patchbay: "), "{name}: {said}");
    }
}
