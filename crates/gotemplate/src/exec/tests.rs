use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::{
    Call, Data, ExecErrorKind, Failure, Function, Functions, Limits, Missing, Options, Template, Type, Value,
};

fn data() -> Json {
    json!({
        "n": null, "i": 3, "z": 0, "f": 1.5, "s": "str", "b": true,
        "l": [1, "a", null], "el": [], "ll": [[1, 2], [3]],
        "m": {"b": 1, "a": "x", "c": null, "d": {"e": "deep"}},
    })
}

/// Takes an argument of each type.
fn show<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut text = Vec::new();
    for value in call.from(0) {
        let (name, shown) = match value {
            Value::Missing => ("missing", String::new()),
            Value::Nil => ("nil", String::new()),
            Value::Int64(number) => ("int64", number.to_string()),
            Value::Int(number) => ("int", number.to_string()),
            Value::Uint64(number) => ("uint64", number.to_string()),
            Value::Float(number) => ("float64", number.to_string()),
            Value::Str(text) => ("string", String::from_utf8_lossy(text).into_owned()),
            Value::Bool(value) => ("bool", value.to_string()),
            Value::List(list) if list.is_nil() => ("nil list", String::new()),
            Value::List(list) => ("list", list.len().to_string()),
            Value::Map(map) if map.is_nil() => ("nil map", String::new()),
            Value::Map(map) => ("map", map.len().to_string()),
            _ => ("other", String::new()),
        };
        text.extend_from_slice(format!("{name} {shown};").as_bytes());
    }
    call.give(text)
}

fn nothing<'a>(_: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Nil)
}

fn stop<'a>(_: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Err(Failure::Stop(0))
}

fn refuse<'a>(_: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Err(Failure::Argument(1, "is not good"))
}

static FUNCTIONS: &[Function] = &[
    Function::new("any", &[Type::Any], Type::String, show),
    Function::new("reflect", &[Type::Reflect], Type::String, show),
    Function::new("string", &[Type::String], Type::String, show),
    Function::new("bool", &[Type::Bool], Type::String, show),
    Function::new("int", &[Type::Int], Type::String, show),
    Function::new("int64", &[Type::Int64], Type::String, show),
    Function::new("uint64", &[Type::Uint64], Type::String, show),
    Function::new("float", &[Type::Float], Type::String, show),
    Function::new("anys", &[Type::Anys], Type::String, show),
    Function::new("strings", &[Type::Strings], Type::String, show),
    Function::new("map", &[Type::Map], Type::String, show),
    Function::variadic("some", &[Type::String, Type::Int], Type::Any, Type::String, show),
    Function::new("nothing", &[], Type::Any, nothing),
    Function::new("stop", &[Type::String], Type::Any, stop),
    Function::new("refuse", &[Type::Any, Type::Any], Type::Any, refuse),
];

fn options() -> Options {
    Options::of(Functions::builtin().with(FUNCTIONS))
}

/// What comes out, or `error: the message | Go's words without the place`.
fn rendered(text: &str, options: &Options, limits: &Limits) -> String {
    let template = Template::parse("t", text, options).unwrap();
    let data = data();
    let data = Data::from_json(&data).unwrap();
    match template.render(&data, limits) {
        Ok(output) => String::from_utf8(output.as_bytes().to_vec()).unwrap(),
        Err(error) => {
            let go = error.go();
            let go = go.split_once(">: ").unwrap().1;
            let place = error.place;
            let marked = error.span.text(text);
            format!(
                "{}:{} {marked:?} | {} | {go}",
                place.line, place.column, error.kind
            )
        }
    }
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, wants)| (text, rendered(text, &options(), &Limits::default()), wants))
        .filter(|(_, got, wants)| got != *wants)
        .map(|(text, got, wants)| format!("{text}\n   got {got}\n wants {wants}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fields() {
    check(&[
        ("{{ .s }} {{ $.m.d.e }} {{ (.m).a }}", "str deep x"),
        (
            "{{ .missing }} {{ .n }} {{ .m.c }}",
            "<no value> <no value> <no value>",
        ),
        (
            "{{ .missing.x.y }} {{ (.n).x }} {{ .missing.x 1 }}",
            "<no value> <no value> <no value>",
        ),
        (
            "{{ .n.x }}",
            r#"1:4 ".n.x" | the field x is read of something that is null; guard it with {{ with }} | nil pointer evaluating interface {}.x"#,
        ),
        (
            "{{ .i.x }}",
            r#"1:4 ".i.x" | the field x is read of a whole number (int64), which has no fields | can't evaluate field x in type interface {}"#,
        ),
        (
            "{{ $x := .i }}{{ $x.y }}",
            r#"1:18 "$x.y" | the field y is read of a whole number (int64), which has no fields | can't evaluate field y in type int64"#,
        ),
        (
            "{{ range .l }}{{ .x }}{{ end }}",
            r#"1:18 ".x" | the field x is read of a whole number (int64), which has no fields | can't evaluate field x in type interface {}"#,
        ),
        (
            "{{ .m.a 1 }}",
            r#"1:4 ".m.a 1" | a is a value of a map, and takes no arguments | a is not a method but has arguments"#,
        ),
        (
            "{{ 1 | .s }}",
            r#"1:8 ".s" | s is a value of a map, and takes no arguments | s is not a method but has arguments"#,
        ),
        (
            "{{ 1 | $ }}",
            r#"1:8 "$" | $ is no function, and takes no arguments | can't give argument to non-function $"#,
        ),
        (
            "{{ nil }}",
            r#"1:4 "nil" | nil alone is no value to print or set | nil is not a command"#,
        ),
        (
            "{{ 18446744073709551615 }}",
            r#"1:4 "18446744073709551615" | 18446744073709551615 is larger than an int can be | 18446744073709551615 overflows int"#,
        ),
    ]);
}

#[test]
fn variables_live_until_the_end_of_their_block() {
    check(&[
        (
            "{{ $x := 1 }}{{ if 1 }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}",
            "2",
        ),
        ("{{ range $i, $e := .ll }}{{ $i }}{{ $e }}{{ end }}", "0[1 2]1[3]"),
        ("{{ range $e := .el }}{{ else }}{{ $e }}{{ end }}", "[]"),
        (
            "{{ $i := 9 }}{{ $e := 9 }}{{ range $i, $e = .l }}{{ end }}{{ $i }} {{ $e }}",
            "2 <no value>",
        ),
        ("{{ with $x := .i }}{{ . }}{{ $x }}{{ end }}", "33"),
        (
            "{{ if $x := 0 }}{{ else if $y := 1 }}{{ $x }}{{ $y }}{{ end }}",
            "01",
        ),
        (
            "{{ $x := \"o\" }}{{ if 0 }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}",
            "o",
        ),
        (
            "{{ $x := \"o\" }}{{ or 1 ($x := 2) }}{{ $x }}{{ or 0 ($x := 3) }}{{ $x }}",
            "1o33",
        ),
        (
            "{{ if 1 }}{{ else }}{{ $x := 1 }}{{ end }}{{ if 0 }}{{ $y := 1 }}{{ else }}{{ $y }}{{ end }}",
            r#"1:79 "$y" | the variable $y is not set here; set it with $y := … before | undefined variable: $y"#,
        ),
        (
            "{{ $x = 1 }}",
            r#"1:4 "$x" | the variable $x is not set here; set it with $x := … before | undefined variable: $x"#,
        ),
        (
            "{{ $x := 1 }}{{ template \"a\" 2 }}{{ $x }}{{ define \"a\" }}{{ $x := $ }}{{ $x }}{{ end }}",
            "21",
        ),
    ]);
}

#[test]
fn ranges() {
    check(&[
        ("{{ range .l }}[{{ . }}]{{ end }}", "[1][a][<no value>]"),
        (
            "{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}",
            "a=x;b=1;c=<no value>;d=map[e:deep];",
        ),
        (
            "{{ range 3 }}{{ . }}{{ any . }}{{ end }}",
            "0int 0;1int 1;2int 2;",
        ),
        ("{{ range .i }}{{ any . }}{{ end }}", "int64 0;int64 1;int64 2;"),
        (
            "{{ range 0 }}{{ else }}none{{ end }}{{ range -1 }}{{ else }}none{{ end }}",
            "nonenone",
        ),
        (
            "{{ range .n }}{{ else }}none{{ end }}{{ range .missing }}{{ else }}none{{ end }}",
            "nonenone",
        ),
        (
            "{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}",
            "02",
        ),
        ("{{ range 2 }}{{ range 2 }}{{ break }}{{ end }}x{{ end }}", "xx"),
        // An inner range catches the break of its own else, and hands continue on.
        (
            "{{ range 2 }}{{ range 0 }}{{ else }}{{ break }}{{ end }}x{{ end }}",
            "xx",
        ),
        (
            "{{ range 2 }}{{ range 0 }}{{ else }}{{ continue }}{{ end }}x{{ end }}",
            "",
        ),
        (
            "{{ range 2 }}{{ with 1 }}{{ $y := 1 }}{{ continue }}{{ end }}x{{ end }}y",
            "y",
        ),
        (
            "{{ range $i, $c := .s }}{{ end }}",
            r#"1:20 ".s" | range goes through lists, maps and whole numbers, and .s is a string | range can't iterate over a value of type string"#,
        ),
        (
            "{{ range $i, $c := 3 }}{{ end }}",
            r#"1:14 "$c" | range over a number sets one variable | can't use a number to iterate over more than one variable"#,
        ),
    ]);
}

#[test]
fn templates_and_blocks() {
    check(&[
        ("{{ if .z }}1{{ else if .b }}2{{ else }}3{{ end }}", "2"),
        ("{{ with .z }}1{{ else with .i }}{{ . }}{{ end }}", "3"),
        (
            "{{ template \"a\" .m }}{{ define \"a\" }}{{ .a }}{{ $.b }}{{ end }}",
            "x1",
        ),
        (
            "{{ template \"a\" }}{{ define \"a\" }}{{ . }}{{ .x }}{{ end }}",
            "<no value><no value>",
        ),
        (
            "{{ block \"a\" .m }}{{ .a }}{{ end }}{{ template \"a\" . }}",
            "x<no value>",
        ),
        ("{{ define \"t\" }}own{{ end }}", "own"),
        (
            "{{ if .m }}{{ if . }}{{ template \"t\" }}{{ end }}{{ end }}x",
            "xx",
        ),
        (
            "{{ template \"aaab\" }}{{ define \"aaaa\" }}{{ end }}",
            r#"1:13 "\"aaab\"" | no template "aaab" is defined; did you mean "aaaa"? | template "aaab" not defined"#,
        ),
        (
            "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
            r#"1:17 "{{ template \"a\" }}" | templates, blocks and parentheses are nested too deeply | templates, blocks and parentheses are nested too deeply"#,
        ),
    ]);
}

#[test]
fn arguments_are_of_the_declared_types() {
    check(&[
        (
            "{{ any 1 }}{{ any 1.0 }}{{ any 'a' }}{{ any \"a\" }}{{ any true }}",
            "int 1;float64 1;int 97;string a;bool true;",
        ),
        (
            "{{ any nil }}{{ any .n }}{{ any .missing }}{{ .n | any }}{{ any nothing }}",
            "nil ;nil ;nil ;nil ;nil ;",
        ),
        (
            "{{ reflect nil }}{{ reflect .n }}{{ reflect .missing }}{{ .n | reflect }}{{ reflect nothing }}",
            "missing ;nil ;missing ;missing ;nil ;",
        ),
        (
            "{{ int 3 }}{{ int 3.0 }}{{ int 'a' }}{{ int64 3 }}{{ int64 .i }}{{ uint64 3 }}{{ float 3 }}{{ float .f }}",
            "int 3;int 3;int 97;int64 3;int64 3;uint64 3;float64 3;float64 1.5;",
        ),
        (
            "{{ anys nil }}{{ anys .missing }}{{ .n | anys }}{{ anys .l }}{{ map nil }}{{ map .m }}",
            "nil list ;nil list ;nil list ;list 3;nil map ;map 4;",
        ),
        (
            "{{ some \"a\" 1 }}{{ some \"a\" 1 nil .n }}{{ 1 | some \"a\" }}{{ .b | some \"a\" 1 }}",
            "string a;int 1;string a;int 1;nil ;nil ;string a;int 1;string a;int 1;bool true;",
        ),
        (
            "{{ int .i }}",
            r#"1:8 ".i" | int wants an int here, and .i is a whole number (int64); convert it with int | wrong type for value; expected int; got int64"#,
        ),
        (
            "{{ .i | string }}",
            r#"1:4 ".i" | string wants a string here, and .i is a whole number (int64); convert it with toString | wrong type for value; expected string; got int64"#,
        ),
        (
            "{{ string .n }}",
            r#"1:11 ".n" | string wants a string here, and .n is null; give it one with default | wrong type for value; expected string; got interface {}"#,
        ),
        (
            "{{ string .missing }}",
            r#"1:11 ".missing" | string wants a string here, and .missing has no value; give it one, or use default | invalid value; expected string"#,
        ),
        (
            "{{ string nil }}",
            r#"1:11 "nil" | string wants a string here, and nil is none | cannot assign nil to string"#,
        ),
        (
            "{{ string 1 }}",
            r#"1:11 "1" | string wants a string here, and 1 is none | expected string; found 1"#,
        ),
        (
            "{{ int 1.5 }}",
            r#"1:8 "1.5" | int wants an int here, and 1.5 is none | expected integer; found 1.5"#,
        ),
        (
            "{{ uint64 -1 }}",
            r#"1:11 "-1" | uint64 wants a uint64 here, and -1 is none | expected unsigned integer; found -1"#,
        ),
        (
            "{{ float \"a\" }}",
            r#"1:10 "\"a\"" | float wants a float64 here, and "a" is none | expected float; found "a""#,
        ),
        (
            "{{ bool 1 }}",
            r#"1:9 "1" | bool wants true or false here, and 1 is none | expected bool; found 1"#,
        ),
        (
            "{{ map 1 }}",
            r#"1:8 "1" | map wants a map here, and 1 is none | can't handle 1 for arg of type map[string]interface {}"#,
        ),
        (
            "{{ strings .l }}",
            r#"1:12 ".l" | strings wants a list of strings ([]string) here, and .l is a list ([]interface {}) | wrong type for value; expected []string; got []interface {}"#,
        ),
        (
            "{{ 1 | int 2 }}",
            r#"1:8 "int 2" | int takes 1 argument, and gets 2, with what the pipe brings | wrong number of args for int: want 1 got 2"#,
        ),
        (
            "{{ \"a\" | some }}",
            r#"1:10 "some" | some takes at least 2 arguments, and gets 1, with what the pipe brings | wrong number of args for some: want at least 2 got 0"#,
        ),
        (
            "{{ slice .s .z }}",
            r#"1:13 ".z" | slice cannot take .z straight out of the data; put parentheses around it | error calling slice: cannot index slice/array with type interface {}"#,
        ),
        ("{{ slice .s (.z) 1 }}", "s"),
        (
            "{{ refuse 1 .s }}",
            r#"1:13 ".s" | refuse: .s is not good | error calling refuse: .s is not good"#,
        ),
    ]);
}

#[test]
fn and_and_or_look_no_further_than_they_must() {
    check(&[
        ("{{ and 1 0 (stop \"x\") }} {{ or 0 2 (stop \"x\") }}", "0 2"),
        (
            "{{ and 1 2 }} {{ or 0 \"\" }} {{ 0 | or }} {{ 5 | and 1 }} {{ 5 | and 0 }}",
            "2  0 5 0",
        ),
        (
            "{{ and .missing 1 }} {{ reflect (or .n .missing) }} {{ and nil }}",
            "<no value> missing ; <no value>",
        ),
        ("{{ not .b }} {{ not nil }}", "false true"),
        (
            "{{ and }}",
            r#"1:4 "and" | and takes at least 1 argument, and gets 0 | wrong number of args for and: want at least 1 got 0"#,
        ),
    ]);
}

#[test]
fn a_template_that_stops_itself_shows_its_own_words_only() {
    let stopped = |text: &str| {
        let template = Template::parse("t", text, &options()).unwrap();
        let data = data();
        match template
            .render(&Data::from_json(&data).unwrap(), &Limits::default())
            .err()
            .unwrap()
            .kind
        {
            ExecErrorKind::Stopped(message) => message,
            other => panic!("{other}"),
        }
    };
    for (text, wants) in [
        ("{{ stop \"why\" }}", Some("why")),
        ("{{ \"why\" | stop }}", Some("why")),
        ("{{ stop (\"why\") }}", Some("why")),
        ("{{ stop .s }}", None),
        ("{{ .s | stop }}", None),
        ("{{ stop (print \"a\" .s) }}", None),
        ("{{ $x := \"why\" }}{{ stop $x }}", None),
    ] {
        assert_eq!(stopped(text).as_deref(), wants, "{text}");
    }
}

#[test]
fn what_is_missing_can_be_refused() {
    let strict = Options {
        missing: Missing::Refuse,
        ..options()
    };
    for (text, wants) in [
        (
            "{{ if .missing }}1{{ end }}{{ with .n }}1{{ end }}{{ $x := .missing }}{{ any .missing }}",
            "nil ;",
        ),
        (
            "{{ .missing }}",
            r#"1:4 ".missing" | .missing has no value; give it one, or guard it with {{ if }} or default | map has no entry for key"#,
        ),
    ] {
        assert_eq!(rendered(text, &strict, &Limits::default()), wants, "{text}");
    }
}

#[test]
fn a_null_root_is_no_value_at_all() {
    let template = Template::parse("t", "{{ . }}{{ .x.y }}{{ $.x }}", &options()).unwrap();
    let output = template.render(&Data::Null, &Limits::default()).unwrap();
    assert_eq!(output.as_bytes(), b"<no value><no value><no value>");
}

#[test]
fn errors_name_the_template_that_ran() {
    let text = "{{ define \"a\" }}\n{{ .s.x }}{{ end }}{{ template \"b\" . }}{{ define \"b\" }}{{ template \"a\" . }}{{ end }}";
    let template = Template::parse("t", text, &options()).unwrap();
    let data = data();
    let error = template
        .render(&Data::from_json(&data).unwrap(), &Limits::default())
        .err()
        .unwrap();
    assert_eq!((error.template.as_ref(), error.running.as_ref()), ("t", "a"));
    assert_eq!((error.place.line, error.place.column), (2, 4));
    assert_eq!(
        error.excerpt(text),
        "{{ .s.x }}{{ end }}{{ template \"b\" . }}{{ define \"b\" }}{{ template \"a\" . }}{{ end }}\n   ^^^^"
    );
}

#[test]
fn bounds() {
    let many: String = (0..2000).map(|i| format!("{{{{ $v{i} := 1 }}}}")).collect();
    for (text, wants) in [
        ("{{ range 1000000000000 }}{{ end }}".to_owned(), "too much work"),
        (
            "{{ range 1000000000000 }}{{ continue }}{{ end }}".to_owned(),
            "too much work",
        ),
        (
            format!("{many}{{{{ range 100000 }}}}{{{{ $v0 = 1 }}}}{{{{ end }}}}"),
            "too much work",
        ),
        (
            "{{ range 100000 }}0123456789abcdef{{ end }}".to_owned(),
            "the output is too long",
        ),
        (
            format!("{}1{}", "{{ with 1 }}".repeat(101), "{{ end }}".repeat(101)),
            "nested too deeply",
        ),
    ] {
        let got = rendered(&text, &options(), &Limits::default());
        assert!(got.contains(wants), "{got}");
    }
    // However deep a caller allows it to be, the stack of a thread is enough.
    let limits = Limits {
        depth: u32::MAX,
        ..Limits::default()
    };
    let recursion = "{{ define \"a\" }}{{ range 1 }}{{ template \"a\" (and 1 (print (1))) }}{{ end }}{{ end }}{{ template \"a\" }}";
    assert!(rendered(recursion, &options(), &limits).contains("nested too deeply"));
    let parens = format!(
        "{{{{ {}1{} }}}}",
        "len (print (or 0 (".repeat(66),
        ")))".repeat(66)
    );
    assert_eq!(rendered(&parens, &options(), &limits), "1");
    let circle = "{{ range 1 }}{{ $x := dict }}{{ $_ := set $x \"a\" (list $x) }}{{ print $x }}{{ end }}";
    let sprig = Options::sprig();
    assert!(rendered(circle, &sprig, &limits).contains("nested"));
}

const PIECES: &[&str] = &[
    "{{ . }}",
    "{{ .a }}",
    "{{ .a.b }}",
    "{{ $ }}",
    "{{ $x }}",
    "{{ $x := .a }}",
    "{{ $x = .b }}",
    "{{ if .a }}",
    "{{ else }}",
    "{{ else if .b }}",
    "{{ end }}",
    "{{ end }}",
    "{{ range .a }}",
    "{{ range $x, $y := . }}",
    "{{ range $x = .b }}",
    "{{ with .b }}",
    "{{ break }}",
    "{{ continue }}",
    "{{ template \"d\" .a }}",
    "{{ define \"d\" }}",
    "{{ block \"e\" . }}",
    "{{ .a | print .b }}",
    "{{ (print .a).b }}",
    "{{ and .a .b }}",
    "{{ or .a (.b) }}",
    "{{ index . \"a\" }}",
    "{{ len .a }}",
    "{{ eq .a .b }}",
    "{{ printf \"%v %d %s\" .a .b . }}",
    "{{ slice .a 1 }}",
    "{{ html . }}",
    "{{ int .a }}",
    "{{ strings .a }}",
    "text",
    " {{- 1 -}} ",
];

fn any_data() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec(("[abc]", inner), 0..4)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_template_over_any_data_ends(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..14), data in any_data()) {
        let text = pieces.concat();
        let Ok(template) = Template::parse("t", &text, &options()) else {
            return Ok(());
        };
        let data = Data::from_json(&data).unwrap();
        let limits = Limits { steps: 2000, output_bytes: 10_000, work_bytes: 100_000, depth: 20 };
        let render = || template.render(&data, &limits).map(|output| output.as_bytes().to_vec());
        let first = render();
        prop_assert_eq!(&first, &render());
        if let Err(error) = first {
            prop_assert!(!error.span.text(&text).is_empty());
            prop_assert!(!error.public().is_empty() && !error.go().is_empty());
        }
    }
}
