//! Each of the hostile cases gets an answer within the bounds, on a small stack.

use gotemplate::{Data, Limits, Options, Template};
use serde_json::Value;

use crate::hostile_cases::{Wants, cases, data};

/// Half of what a thread has by default; frames of a debug build are several times as large as others.
const STACK: usize = 1024 * 1024;

/// A tenth of what is usual: it is the counting that is tested, and a build for tests is twenty times as slow.
pub(crate) const SMALL: Limits = Limits {
    output_bytes: 100_000,
    steps: 20_000,
    work_bytes: 800_000,
    depth: 100,
};

/// The answer in words: "ok", or the error.
fn answer(template: &str, data: &Value) -> String {
    let parsed = match Template::parse("t", template, &Options::sprig()) {
        Ok(parsed) => parsed,
        Err(error) => return error.to_string(),
    };
    let data = Data::from_json(data).unwrap();
    match parsed.render(&data, &SMALL) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Nothing here looks at a clock: that each case ends within the bounds shows in that the test ends.
#[test]
fn hostile_templates_are_stopped() {
    let wrong = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(|| {
            let data = data();
            let shown = |(template, wants): (String, Wants)| {
                let answer = answer(&template, &data);
                let start: String = template.chars().take(120).collect();
                (wants == Wants::Error && answer == "ok").then_some(start)
            };
            cases().into_iter().filter_map(shown).collect::<Vec<_>>()
        })
        .unwrap()
        .join()
        .unwrap();
    assert!(wrong.is_empty(), "these were done:\n{}", wrong.join("\n"));
}

#[test]
fn data_that_is_too_deep_is_refused() {
    let mut data = serde_json::json!(1);
    for _ in 0..200 {
        data = serde_json::json!([data]);
    }
    assert!(Data::from_json(&data).is_err());
}

/// The bounds are counted: the same case comes to the same end each time, and a little more lets it pass.
#[test]
fn bounds_are_exact() {
    let render = |template: &str, limits: Limits| {
        Template::parse("t", template, &Options::sprig())
            .unwrap()
            .render(&Data::Null, &limits)
            .is_ok()
    };
    let output = |output_bytes| Limits {
        output_bytes,
        ..Limits::default()
    };
    assert!(render("abc", output(3)) && !render("abc", output(2)));
    assert!(render("ab{{ 12 }}", output(4)) && !render("ab{{ 12 }}", output(3)));
    for template in [
        "{{ range 100 }}{{ . }}{{ end }}",
        "{{ repeat 5000 \"ab\" | upper | len }}",
        "{{ list 3 1 2 | toJson }}",
    ] {
        let steps = |steps| Limits {
            steps,
            ..Limits::default()
        };
        let needed = (0..20_000).find(|&count| render(template, steps(count))).unwrap();
        assert!(needed > 2, "{template} costs {needed}");
        assert!(!render(template, steps(needed - 1)));
    }
}
