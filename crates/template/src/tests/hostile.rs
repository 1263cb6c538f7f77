//! Templates that are meant to hang, grow or crash. Each must give an answer, and soon.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Limits, SecretScope, Source, Template};

/// Generous for a debug build on a busy machine; without bounds these would take hours or the memory.
const DEADLINE: Duration = Duration::from_secs(20);
/// Half of what a thread has by default, in a debug build, whose frames are several times as large.
const STACK: usize = 1024 * 1024;

/// The answer in words, and never an abort: a stack that is too small would end the process.
fn answer(text: String, data: Value) -> String {
    let started = Instant::now();
    let shown: String = text.chars().take(60).collect();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        match Template::compile(Source::go("t", &text)) {
            Err(error) => error.public(),
            Ok(template) => match template.render(&data, &SecretScope::none(), &Limits::default()) {
                Ok(rendered) => format!("ok, {} bytes", rendered.as_bytes().len()),
                Err(error) => error.public(),
            },
        }
    });
    let answer = thread.unwrap().join().unwrap();
    assert!(
        started.elapsed() < DEADLINE,
        "{shown} took {:?}",
        started.elapsed()
    );
    answer
}

const WORK: &str = "the template does too much work; it must do with less looping";
/// Too much work or too much text: which of the two comes first does not matter.
const BOUND: &str = ": the template ";

#[test]
fn loops_and_growth_are_bounded() {
    let big: Vec<i64> = (0..2000).collect();
    let data = json!({ "l": big, "s": "x".repeat(1000), "t": "x".repeat(500_000), "m": (0..500).map(|i| (i.to_string(), i)).collect::<std::collections::BTreeMap<_, _>>() });
    let cases = [
        (
            "{{ range .l }}{{ range $.l }}{{ range $.l }}{{ end }}{{ end }}{{ end }}",
            WORK,
        ),
        (
            "{{ range $x := .l }}{{ range $.l }}{{ range $.l }}{{ $x = . }}{{ end }}{{ end }}{{ end }}",
            WORK,
        ),
        ("{{ range 1000000000000 }}{{ end }}", WORK),
        ("{{ range until 1000000000 }}{{ end }}", WORK),
        ("{{ untilStep 0 9223372036854775807 1 }}", WORK),
        ("{{ seq 1 9000000000 }}", WORK),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = cat $x $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = replace \"a\" \"aaaaaaaaaa\" $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"aa\" }}{{ range 100 }}{{ $x = regexReplaceAll \"a\" $x \"${0}${0}${0}\" }}{{ end }}",
            "",
        ),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = join $x (list $x $x $x) }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"\\n\" }}{{ range 100 }}{{ $x = indent 1000 $x | replace \" \" \"\\n\" }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = toJson $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := \"a\" }}{{ range 100 }}{{ $x = quote $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := list 1 }}{{ range 100 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}",
            "lists and maps are nested too deeply",
        ),
        (
            "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}",
            WORK,
        ),
        (
            "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
            BOUND,
        ),
        (
            "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ deepEqual $x $x }}",
            WORK,
        ),
        (
            "{{ $x := list 1 }}{{ range 80 }}{{ $x = list $x $x }}{{ end }}{{ has 1 $x }}",
            WORK,
        ),
        (
            "{{ $x := list 1 }}{{ range 80 }}{{ $x = concat $x $x }}{{ end }}",
            BOUND,
        ),
        (
            "{{ $x := dict }}{{ range 200 }}{{ $x = dict \"a\" $x }}{{ end }}",
            "lists and maps are nested too deeply",
        ),
        (
            "{{ $x := dict }}{{ range 200 }}{{ $_ := set $x \"a\" $x }}{{ end }}",
            "lists and maps are nested too deeply",
        ),
        (
            "{{ $x := .m }}{{ range 99999 }}{{ $_ := set $x \"a\" . }}{{ end }}",
            "",
        ),
        ("{{ repeat 1000000000 \"a\" }}", BOUND),
        ("{{ repeat 9223372036854775807 \"abc\" }}", BOUND),
        (
            "{{ range .l }}{{ repeat 1000000 \"a\" }}{{ end }}",
            "the output is too long",
        ),
        ("{{ range .l }}{{ $.s }}{{ end }}", "the output is too long"),
        ("{{ indent 1000000000 \"a\" }}", BOUND),
        (
            "{{ nindent 100000 .s | indent 1000000 }}",
            "the output is too long",
        ),
        (
            "{{ printf \"%1000000000d\" 1 }}",
            "printf: widths and precisions over 4096 are not supported",
        ),
        (
            "{{ printf \"%*d\" 1000000000 1 }}",
            "printf: widths and precisions over 4096 are not supported",
        ),
        (
            "{{ printf \"%.1000000000f\" 1.5 }}",
            "printf: widths and precisions over 4096 are not supported",
        ),
        (
            "{{ printf \"%99999999999999999999999d\" 1 }}",
            "printf: widths and precisions over 4096 are not supported",
        ),
        (
            "{{ range .l }}{{ printf \"%4096d%4096d%4096d\" . . . }}{{ end }}",
            "the output is too long",
        ),
        ("{{ range .l }}{{ uniq $.l }}{{ end }}", WORK),
        (
            "{{ range .l }}{{ $_ := without $.l 1 2 3 4 5 6 7 8 9 }}{{ end }}",
            "",
        ),
        ("{{ range .l }}{{ $_ := reverse $.l }}{{ end }}", ""),
        ("{{ range .l }}{{ $_ := sha512sum $.t }}{{ end }}", WORK),
        ("{{ trimAll .t .t }}", WORK),
        ("{{ range .l }}{{ $_ := contains \"xy\" $.t }}{{ end }}", WORK),
        (
            "{{ range 5000 }}{{ $_ := regexMatch (printf \"a%d\" .) \"a\" }}{{ end }}",
            WORK,
        ),
        ("{{ regexMatch \"(x+x+)+y\" .t }}", ""),
        (
            "{{ regexMatch \"(((x{30}){30}){30})\" .t }}",
            "regexMatch: the pattern is too large",
        ),
        ("{{ regexMatch \"x{900}\" .t }}", WORK),
        ("{{ regexReplaceAll \"x*\" .t .t }}", ""),
        ("{{ range .l }}{{ $_ := splitList \"\" $.t }}{{ end }}", ""),
        ("{{ range .l }}{{ $_ := sortAlpha $.l }}{{ end }}", ""),
        ("{{ range .l }}{{ $_ := toYaml $.l }}{{ end }}", ""),
        (
            "{{ range .l }}{{ $_ := fromJson \"[1,2,3]\" }}{{ end }}{{ fromJson .t }}",
            "",
        ),
        (
            "{{ fromJson (repeat 100000 \"[\") }}",
            "fromJson: the text is not JSON",
        ),
        (
            "{{ fromJson (print (repeat 110 \"[\") (repeat 110 \"]\")) }}",
            "lists and maps are nested too deeply",
        ),
        (
            "{{ $x := 1 }}{{ range 1000 }}{{ $x = mul $x 9223372036854775807 }}{{ end }}{{ $x }}",
            "ok",
        ),
        (
            "{{ div -9223372036854775808 -1 }}{{ mod -9223372036854775808 -1 }}",
            "ok",
        ),
        ("{{ round 1e308 999999999 }}", "ok"),
        ("{{ chunk 9223372036854775807 .l | len }}", "ok"),
        (
            "{{ substr -9223372036854775808 9223372036854775807 .s }}",
            "substr: the text is shorter than the positions say",
        ),
        ("{{ trunc -9223372036854775808 .s }}", "ok"),
        ("{{ splitn \",\" -9223372036854775808 \"a,b\" }}", "ok"),
    ];
    check(
        cases.map(|(text, wants)| (text.to_owned(), wants)).to_vec(),
        &data,
    );
}

fn check(cases: Vec<(String, &str)>, data: &Value) {
    let wrong: Vec<String> = cases
        .into_iter()
        .filter_map(|(text, wants)| {
            let shown: String = text.chars().take(120).collect();
            let got = answer(text, data.clone());
            (!got.contains(wants)).then(|| format!("{shown}\n   got {got}\n wants {wants}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nesting_is_bounded() {
    let deep = "blocks and parentheses are nested deeper than 64 levels";
    let in_two =
        |open: &str, close: &str, count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
    let cases: Vec<(String, &str)> = vec![
        (in_two("{{if 1}}", "{{end}}", 900), deep),
        (in_two("{{range 1}}", "{{end}}", 900), deep),
        (in_two("{{with 1}}", "{{end}}", 900), deep),
        ("{{if 1}}".repeat(2000), deep),
        (in_two("{{if 1}}", "{{end}}", 64), "ok"),
        (in_two("{{range 2}}", "{{end}}", 64), WORK),
        (
            format!("{{{{ {}1{} }}}}", "(".repeat(8000), ")".repeat(8000)),
            deep,
        ),
        (format!("{{{{ {}1{} }}}}", "(".repeat(64), ")".repeat(64)), "ok"),
        (format!("{{{{ {}1 }}}}", "(".repeat(16000)), "is not closed"),
        (
            format!("{{{{ {}1{} }}}}", "print (".repeat(2000), ")".repeat(2000)),
            deep,
        ),
        (
            format!("{{{{ {}1{} }}}}", "and 1 (".repeat(60), ")".repeat(60)),
            "ok",
        ),
        (
            format!("{{{{ {}1{} }}}}", "index (list (".repeat(30), ") ) 0".repeat(30)),
            "ok",
        ),
        (format!("{{{{ 1{} }}}}", " | print".repeat(1500)), "ok"),
        (format!("{{{{ .a{} }}}}", ".b".repeat(8000)), "has no value"),
        (format!("{{{{ print{} }}}}", " 1".repeat(8000)), "ok"),
        (
            format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(1200)),
            "ok",
        ),
        (
            format!("{{{{with 0}}}}{}{{{{end}}}}", "{{else with 0}}".repeat(1000)),
            "ok",
        ),
        (in_two("{{if 0}}{{else}}", "{{end}}", 700), deep),
        ("{{/*".repeat(4000), "the comment is not closed"),
        ("{{".repeat(8000), "does not belong here"),
        ("{{\"".repeat(5000), ""),
        ("}}".repeat(8000), "ok"),
        ("{{- 1 -}} ".repeat(1600), "ok"),
        ("{{$a:=1}}".repeat(1800), "ok"),
        ("a".repeat(16 * 1024), "ok"),
        (
            "a".repeat(16 * 1024 + 1),
            "the template has 16385 bytes, and 16384 are allowed",
        ),
    ];
    check(cases, &json!({ "a": { "b": null } }));
}

#[test]
fn templates_that_call_templates_are_bounded() {
    // Each calls the next twice: 2^40 calls.
    let mut doubling: String = (0..40)
        .map(|i| {
            format!(
                "{{{{define \"{i}\"}}}}{{{{template \"{0}\" .}}}}{{{{template \"{0}\" .}}}}{{{{end}}}}",
                i + 1
            )
        })
        .collect();
    doubling.push_str("{{define \"40\"}}{{.x}}{{end}}{{template \"0\" .}}");
    assert!(answer(doubling, json!({})).contains("cannot be checked"));
    // A long chain, each in nested blocks.
    let mut chain: String = (0..100)
        .map(|i| format!("{{{{define \"{i}\"}}}}{{{{if 1}}}}{{{{if 1}}}}{{{{template \"{}\" .}}}}{{{{end}}}}{{{{end}}}}{{{{end}}}}", i + 1))
        .collect();
    chain.push_str("{{define \"100\"}}{{end}}{{template \"0\" .}}");
    assert!(answer(chain, json!({})).contains("too deeply"));
    // Many variables, copied at each branch of loops in loops.
    let branches = format!(
        "{}{}{}{}",
        "{{$a:=.x}}".repeat(500),
        "{{range .x}}{{$a = .y}}".repeat(20),
        "{{if .y}}{{end}}".repeat(300),
        "{{end}}".repeat(20)
    );
    assert!(answer(branches, json!({})).contains("cannot be checked"));
    let circle = "{{define \"a\"}}{{template \"b\" .}}{{end}}{{define \"b\"}}{{template \"a\" .}}{{end}}{{template \"a\" .}}";
    assert!(answer(circle.to_owned(), json!({})).contains("would call itself"));
}

#[test]
fn data_that_is_too_deep_is_refused() {
    let mut data = json!(1);
    for _ in 0..200 {
        data = json!([data]);
    }
    let got = answer("{{ .x }}".to_owned(), json!({ "x": data }));
    assert!(got.contains("the data is nested too deeply"), "{got}");
}

#[test]
fn small_limits_hold() {
    let render = |text: &str, limits: Limits| {
        let template = Template::compile(Source::go("t", text)).unwrap();
        template
            .render(&json!({}), &SecretScope::none(), &limits)
            .map(|_| ())
            .map_err(|error| error.public())
    };
    let limits = Limits {
        output_bytes: 3,
        ..Limits::default()
    };
    assert_eq!(render("abc", limits), Ok(()));
    assert_eq!(
        render("ab{{ 12 }}", limits).unwrap_err(),
        "line 1, column 6: the output is too long"
    );
    let limits = Limits {
        steps: 3,
        ..Limits::default()
    };
    assert!(
        render("{{ 1 }}{{ 1 }}{{ 1 }}", limits)
            .unwrap_err()
            .ends_with(WORK)
    );
    let limits = Limits {
        depth: 1,
        ..Limits::default()
    };
    assert_eq!(render("{{ if 1 }}{{ end }}", limits), Ok(()));
    assert!(render("{{ if 1 }}{{ if 1 }}{{ end }}{{ end }}", limits).is_err());
}
