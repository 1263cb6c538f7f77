//! Templates that are meant to hang or crash the static checks. Each must give an answer, and soon. What is meant to hang
//! or grow while rendering is in the tests of `gotemplate`.

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
    let deep = "blocks and parentheses are nested too deeply";
    let in_two =
        |open: &str, close: &str, count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
    let cases: Vec<(String, &str)> = vec![
        (in_two("{{if 1}}", "{{end}}", 900), deep),
        (in_two("{{range 1}}", "{{end}}", 900), deep),
        (in_two("{{with 1}}", "{{end}}", 900), deep),
        ("{{if 1}}".repeat(2000), deep),
        (in_two("{{if 1}}", "{{end}}", 64), "ok"),
        (in_two("{{range 2}}", "{{end}}", 64), "does too much work"),
        (
            format!("{{{{ {}1{} }}}}", "(".repeat(8000), ")".repeat(8000)),
            deep,
        ),
        (format!("{{{{ {}1{} }}}}", "(".repeat(64), ")".repeat(64)), "ok"),
        (format!("{{{{ {}1 }}}}", "(".repeat(16000)), deep),
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
        (format!("{{{{ .x{} }}}}", ".b".repeat(8000)), "has no value"),
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
        ("{{".repeat(8000), "does not belong into this action"),
        ("{{\"".repeat(5000), ""),
        ("}}".repeat(8000), "ok"),
        ("{{- 1 -}} ".repeat(1600), "ok"),
        ("{{$a:=1}}".repeat(1800), "ok"),
        ("a".repeat(16 * 1024), "ok"),
        ("a".repeat(16 * 1024 + 1), "the template is too long"),
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
    assert!(answer(chain, json!({})).contains("cannot be checked"));
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
    assert!(answer(circle.to_owned(), json!({})).contains("too deeply"));
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
            .ends_with("the template does too much work; it must do with less looping")
    );
    let limits = Limits {
        depth: 1,
        ..Limits::default()
    };
    assert_eq!(render("{{ if 1 }}{{ end }}", limits), Ok(()));
    assert!(render("{{ if 1 }}{{ if 1 }}{{ end }}{{ end }}", limits).is_err());
}
