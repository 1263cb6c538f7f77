use super::{References, Segment, mistakes, references};
use crate::{Options, Place, Template};

fn parse(text: &str) -> Template {
    Template::parse("checked", text, &Options::sprig()).unwrap()
}

fn found(text: &str) -> References {
    references(&parse(text)).unwrap()
}

/// Paths in order, `?` behind what is guarded.
fn reads(text: &str) -> String {
    let references = found(text);
    let reads = references.reads.iter();
    let shown = reads.map(|read| format!("{}{}", read.dotted(), if read.guarded { "?" } else { "" }));
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn readings_are_found_however_they_are_written() {
    let mut wrong = Vec::new();
    for (text, wants) in [
        ("no action", ""),
        (
            "{{/* .secret.a */}}{{ \".secret.a\" }}{{ `{{ .secret.b }}` }}",
            "",
        ),
        ("{{ .secret.username }}", ".secret.username"),
        ("{{ $.secret.username }}", ".secret.username"),
        ("{{ .secret.a | b64enc }}", ".secret.a"),
        (
            "{{ printf \"%s:%s\" .secret.a .secret.b | b64enc }}",
            ".secret.a .secret.b",
        ),
        ("{{ index .secret \"username\" }}", ".secret.username .secret"),
        (
            "{{ (index .secret \"username\") | upper }}",
            ".secret.username .secret",
        ),
        ("{{ index . \"secret\" \"a\" }}", ".secret.a"),
        ("{{ get .secret \"a\" }}", ".secret.a .secret"),
        ("{{ (.secret).a }}", ".secret.a .secret?"),
        (
            "{{ with .secret }}{{ .username }}{{ $.connector.x }}{{ end }}",
            ".secret? .secret.username? .connector.x",
        ),
        (
            "{{ with $s := .secret }}{{ $s.username }}{{ end }}",
            ".secret? .secret.username?",
        ),
        (
            "{{ $s := .secret }}{{ $s.username }}",
            ".secret? .secret.username",
        ),
        ("{{ $all := . }}{{ $all.secret.a }}", ".secret.a"),
        ("{{ $x := .a }}{{ $x = .b }}{{ $x.c }}", ".a? .b? .b.c"),
        (
            "{{ $x := .a }}{{ if .t }}{{ $x = .b }}{{ end }}{{ $x.c }}",
            ".a? .t? .b? .a.c .b.c",
        ),
        (
            "{{ $x := .a }}{{ if .t }}{{ $x := .b }}{{ end }}{{ $x.c }}",
            ".a? .t? .b? .a.c",
        ),
        ("{{ range .list }}{{ .name }}{{ end }}", ".list? .list[].name?"),
        (
            "{{ range $i, $x := .list }}{{ $i }}{{ $x.name }}{{ $.top }}{{ end }}",
            ".list? .list[].name? .top",
        ),
        (
            "{{ range $k, $v := .secret }}{{ $k }}={{ $v }}{{ end }}",
            ".secret? .secret[]?",
        ),
        ("{{ range .l }}x{{ else }}{{ .other }}{{ end }}", ".l? .other"),
        (
            "{{ index .connectors 0 \"name\" }}",
            ".connectors[].name .connectors",
        ),
        ("{{ (first .connectors).name }}", ".connectors[].name .connectors"),
        (
            "{{ (index .configurations .key).x }}",
            ".configurations[].x .configurations[]? .configurations .key?",
        ),
        (
            "{{ define \"t\" }}{{ .a }}{{ $.b }}{{ end }}{{ template \"t\" .secret }}",
            ".secret.a .secret.b .secret?",
        ),
        (
            "{{ define \"t\" }}{{ .root.secret.a }}{{ end }}{{ template \"t\" (dict \"root\" . \"x\" 1) }}",
            ".secret.a",
        ),
        ("{{ block \"t\" .secret }}{{ .a }}{{ end }}", ".secret? .secret.a"),
        ("{{ define \"never\" }}{{ .a }}{{ end }}", ""),
        (
            "{{ $x := list .a .b }}{{ range $x }}{{ .c }}{{ end }}",
            ".a? .b? .a.c .b.c",
        ),
        (
            "{{ $x := list }}{{ range .l }}{{ $x = append $x .n }}{{ end }}{{ (first $x).m }}",
            ".l? .l[].n? .l[].n.m",
        ),
        (
            "{{ $x := .a }}{{ range .l }}{{ $x.k }}{{ $x = .b }}{{ end }}",
            ".a? .l? .a.k .l[].b.k? .l[].b?",
        ),
        ("{{ (default .b .a).c }}", ".a.c .b.c .b? .a?"),
        ("{{ (dig \"a\" \"b\" \"\" .secret) }}", ".secret.a.b? .secret?"),
        (
            "{{ (urlParse .connector.spec.address).host }}",
            ".connector.spec.address",
        ),
        ("{{ toJson . }}", "."),
        ("{{ . }}", "."),
        ("{{ .a.b.c | default .d }}", ".a.b.c? .d?"),
        ("{{ if eq .a \"x\" }}{{ end }}", ".a?"),
    ] {
        wrong.extend(
            (reads(text) != wants).then(|| format!("{text}\n   got {}\n wants {wants}", reads(text))),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_guard_what_they_prove() {
    let mut wrong = Vec::new();
    for (text, wants) in [
        (
            "{{ if .Secret }}{{ .Secret.StringData.a }}{{ end }}",
            ".Secret? .Secret.StringData.a?",
        ),
        (
            "{{ if .Secret }}{{ else }}{{ .Secret.a }}{{ end }}",
            ".Secret? .Secret.a",
        ),
        (
            "{{ if not .Secret }}{{ else }}{{ .Secret.a }}{{ end }}",
            ".Secret? .Secret.a?",
        ),
        (
            "{{ if not .Secret }}{{ .Secret.a }}{{ end }}",
            ".Secret? .Secret.a",
        ),
        (
            "{{ if and .Secret .x }}{{ .Secret.a }}{{ end }}",
            ".Secret? .x? .Secret.a?",
        ),
        (
            "{{ if and .Secret (eq .Secret.t \"x\") }}{{ end }}",
            ".Secret? .Secret.t?",
        ),
        (
            "{{ if or .Secret .x }}{{ .Secret.a }}{{ end }}",
            ".Secret? .x? .Secret.a",
        ),
        (
            "{{ if or (not .Secret) (not .x) }}{{ else }}{{ .Secret.a }}{{ end }}",
            ".Secret? .x? .Secret.a?",
        ),
        (
            "{{ if .x }}{{ else if .Secret }}{{ .Secret.a }}{{ end }}",
            ".x? .Secret? .Secret.a?",
        ),
        (
            "{{ if not .Secret }}{{ else if .x }}{{ .Secret.a }}{{ end }}",
            ".Secret? .x? .Secret.a?",
        ),
        ("{{ if .Secret }}{{ end }}{{ .Secret.a }}", ".Secret? .Secret.a"),
        (
            "{{ if .Secret.a }}{{ .Secret.a }}{{ .Secret.b }}{{ end }}",
            ".Secret.a? .Secret.a? .Secret.b?",
        ),
        ("{{ if eq .a \"x\" }}{{ .a.b }}{{ end }}", ".a? .a.b?"),
        ("{{ if eq .a .b }}{{ .a.b }}{{ end }}", ".a? .b? .a.b"),
        ("{{ if ne .a \"\" }}{{ .a.b }}{{ end }}", ".a? .a.b"),
        (
            "{{ if hasKey .secret \"a\" }}{{ .secret.a }}{{ end }}",
            ".secret.a? .secret? .secret.a?",
        ),
        (
            "{{ if index .secret \"a\" }}{{ .secret.a }}{{ end }}",
            ".secret.a? .secret .secret.a?",
        ),
        (
            "{{ if .Secret | not }}{{ else }}{{ .Secret.a }}{{ end }}",
            ".Secret? .Secret.a?",
        ),
        (
            "{{ if (.Secret) }}{{ .Secret.a }}{{ end }}",
            ".Secret? .Secret.a?",
        ),
        ("{{ and .Secret .Secret.a }}", ".Secret .Secret.a?"),
        (
            "{{ with .Secret }}{{ else }}{{ .Secret.a }}{{ end }}",
            ".Secret? .Secret.a",
        ),
        ("{{ range .l }}{{ .n }}{{ end }}", ".l? .l[].n?"),
    ] {
        wrong.extend(
            (reads(text) != wants).then(|| format!("{text}\n   got {}\n wants {wants}", reads(text))),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn places_and_functions_are_told() {
    let source = "a\n é{{ .x.y | upper }}\n{{ list | first }}";
    let references = found(source);
    let place = |span: crate::Span| {
        let place = Place::of(source, span.start as usize);
        (place.line, place.column)
    };
    let read = references.reads.first().unwrap();
    assert_eq!((place(read.span), read.root()), ((2, 6), Some("x")));
    let functions: Vec<_> = references
        .functions
        .iter()
        .map(|f| (f.name, place(f.span)))
        .collect();
    assert_eq!(
        functions,
        [("upper", (2, 13)), ("list", (3, 4)), ("first", (3, 11))]
    );
    assert!(references.reads_below(&["x"]) && references.reads_below(&["x", "y"]));
    assert!(!references.reads_below(&["x", "z"]) && !references.reads_below(&["y"]));
    assert_eq!(
        references
            .keys_below(&["x"])
            .map(|(key, _)| key)
            .collect::<Vec<_>>(),
        ["y"]
    );
    assert_eq!(references.keys_below(&["x", "y"]).count(), 0);
}

#[test]
fn a_test_of_a_map_does_not_prove_its_keys() {
    for (text, wants) in [
        ("{{ with .secret }}{{ .a }}{{ end }}", "secret! a?"),
        (
            "{{ with .secret }}{{ if .a }}{{ .a }}{{ .b }}{{ end }}{{ end }}",
            "secret! a! a! b?",
        ),
        (
            "{{ if .secret.a }}{{ .secret.a }}{{ .secret.b }}{{ end }}",
            "a! a! b?",
        ),
        ("{{ with .secret }}{{ .a | default \"\" }}{{ end }}", "secret! a!"),
        ("{{ with index .secret \"a\" }}{{ . }}{{ end }}", "a! secret a!"),
        ("{{ .secret.a }}", "a"),
    ] {
        let references = found(text);
        let reads = references.reads.iter().map(|read| {
            let mark = if read.proven {
                "!"
            } else if read.guarded {
                "?"
            } else {
                ""
            };
            format!(
                "{}{mark}",
                read.path.last().and_then(Segment::key).unwrap_or_default()
            )
        });
        assert_eq!(reads.collect::<Vec<_>>().join(" "), wants, "{text}");
    }
}

#[test]
fn what_the_template_sets_itself_is_not_read_of_the_data() {
    for (text, wants) in [
        ("{{ $_ := set .a \"k\" 1 }}{{ .a.k }}{{ .a.l }}", ".a? .a.l"),
        ("{{ $_ := set . \"k\" 1 }}{{ .k.x }}{{ .l }}", ".l"),
        (
            "{{ $d := dict }}{{ $_ := set $d \"k\" .x }}{{ $d.k.y }}",
            ".x .x.y",
        ),
        ("{{ $_ := merge .a .b }}{{ .a.k }}", ".b"),
    ] {
        let got = reads(text).replace(".a ", "");
        let wants = wants.replace(".a? ", "");
        assert!(
            wants.split(' ').all(|read| got.contains(read)) && !got.contains(".k"),
            "{text}: {got}"
        );
    }
}

#[test]
fn mistakes_that_no_data_can_mend_are_told() {
    let mut wrong = Vec::new();
    for (text, wants) in [
        ("{{ upper .x }}{{ .x | upper }}{{ printf \"%d\" 1 }}", ""),
        (
            "{{ trimSuffix \"x\" }}",
            "1:4 trimSuffix takes 2 arguments, and 1 is given",
        ),
        (
            "{{ .x | trimSuffix }}",
            "1:9 trimSuffix takes 2 arguments, and 1 is given, the value of the pipe counted",
        ),
        (
            "{{ if false }}{{ upper }}{{ end }}",
            "1:18 upper takes 1 argument, and none is given",
        ),
        (
            "{{ default upper .x }}",
            "1:12 upper takes 1 argument, and none is given; put it in parentheses with its arguments",
        ),
        (
            "{{ upper 5 }}",
            "1:10 upper wants a string as argument 1, and this is a number; toString makes one",
        ),
        ("{{ repeat 3 .x }}{{ repeat 3.0 .x }}", ""),
        (
            "{{ repeat \"3\" .x }}",
            "1:11 repeat wants an int as argument 1, and this is a string; int makes one",
        ),
        ("{{ 5 | toString | upper }}", ""),
        (
            "{{ upper nil }}",
            "1:10 upper wants a string as argument 1, and this is nil; toString makes one",
        ),
        ("{{ (upper .x).y }}", "1:14 a string has no field \"y\""),
        ("{{ (len .x).y.z }}", "1:12 a whole number has no field \"y\""),
        (
            "{{ range upper .x }}{{ end }}",
            "1:10 range goes through lists, maps and whole numbers, and this is a string",
        ),
        (
            "{{ range len .x }}{{ end }}{{ range 3 }}{{ end }}{{ range .x }}{{ end }}",
            "",
        ),
        (
            "{{ template \"t\" . }}",
            "1:13 no template \"t\" is defined here; none is",
        ),
        (
            "{{ define \"u\" }}{{ end }}{{ template \"t\" . }}",
            "1:38 no template \"t\" is defined here; there are \"u\"",
        ),
        (
            "{{ template \"t\" . }}{{ define \"t\" }}{{ upper }}{{ end }}",
            "1:40 upper takes 1 argument, and none is given",
        ),
        ("{{ $x := \"a\" }}{{ add $x 1 }}{{ upper ($x | default 1) }}", ""),
        ("{{ join \",\" (splitList \" \" .x) }}{{ first (list 1 2) }}", ""),
    ] {
        let template = parse(text);
        let got: Vec<String> = mistakes(&template)
            .iter()
            .map(|mistake| {
                let place = Place::of(text, mistake.span.start as usize);
                format!("{}:{} {}", place.line, place.column, mistake.message)
            })
            .collect();
        let got = got.join("; ");
        if got != wants {
            wrong.push(format!("{text}\n   got {got}\n wants {wants}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
