//! Templates that Tera itself would never stop.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use patchbay_template::RenderErrorKind;
use serde_json::json;

use super::*;

/// Runs without end or takes all memory.
fn corpus() -> Vec<(&'static str, String)> {
    let nest = |depth: usize, inner: &str| {
        let open = (0..depth).map(|i| format!("{{% for i{i} in range(end=100000) %}}"));
        let open: String = open.collect();
        format!("{open}{inner}{}", "{% endfor %}".repeat(depth))
    };
    let doubling = |how: &str| {
        format!(
            "{{% set_global x = \"0123456789\" %}}{{% for i in range(end=64) %}}{{% set_global x = {how} %}}{{% endfor %}}"
        )
    };
    let component = "{% component f(n) %}{% if n > 0 %}{{ <f n={n - 1} /> }}{{ <f n={n - 1} /> }}{% endif %}{% endcomponent %}{{ <f n={19} /> }}{{ <f n={19} /> }}{{ <f n={19} /> }}{{ <f n={19} /> }}";
    vec![
        ("two loops that print nothing", nest(2, "")),
        ("five loops that print nothing", nest(5, "{% set a = i0 %}")),
        ("loops that continue", nest(3, "{% continue %}")),
        ("a loop over comprehensions", nest(2, "{% set a = [i for i in range(end=100000) if i < 0] %}")),
        ("strings that double", doubling("x ~ x")),
        ("strings that double by replacing", doubling("x | replace(from=\"0\", to=\"00\")")),
        ("lists that double", doubling("[...x | split(pat=\"\"), ...x | split(pat=\"\")] | join")),
        ("lists of lists", "{% set_global x = range(end=100000) %}{% for i in range(end=100) %}{% set_global x = [...x, ...x] %}{% endfor %}".to_owned()),
        ("maps that hold themselves", "{% set_global x = {\"a\": \"0123456789\"} %}{% for i in range(end=100000) %}{% set_global x = {\"a\": x, \"b\": x} %}{% endfor %}{{ x }}".to_owned()),
        ("text that is captured and never printed", format!("{{% set y %}}{}{{% endset %}}", nest(3, "0123456789"))),
        ("a filter over endless text", format!("{{% filter upper %}}{}{{% endfilter %}}", nest(3, "0123456789"))),
        ("components that call themselves twice", component.to_owned()),
        ("unique over a long list", "{% set x = range(end=100000) | unique %}".to_owned()),
        ("sorting again and again", nest(2, "{% set x = range(end=100000) | reverse | sort %}")),
        ("indents of indents", doubling("(x ~ \"\\n\" ~ x) | indent(width=1000, first=true)")),
        ("searching long text for long text", "{% set_global x = \"a\" %}{% for i in range(end=20) %}{% set_global x = x ~ x %}{% endfor %}{% for i in range(end=100000) %}{% if x ~ \"b\" in x ~ x %}{% endif %}{% endfor %}".to_owned()),
        ("numbers of many digits", nest(3, "{% set x = 7 ** 40 * 3 %}")),
        ("text of a long list", nest(2, "{% set x = range(end=100000) | str %}")),
        ("groups of groups", nest(2, "{% set x = [{\"a\": 1}, {\"a\": 2}] | group_by(attribute=\"a\") %}")),
        ("wide text", nest(3, "{% set x = \"0123456789\" | truncate(length=99999999999) | title | wordcount %}")),
        ("base64 of base64", doubling("x | b64enc | b64enc | b64enc")),
        ("JSON of JSON", doubling("x | toJson | toJson | toJson")),
    ]
}

#[test]
fn hostile_templates_are_stopped_and_others_go_on() {
    let pool = Pool::new(options());
    // The first start of a program reads it from disk.
    assert_eq!(render(&pool, "{{ a }}", &json!({"a": 1})).unwrap(), "1");
    let mut slowest = Duration::ZERO;
    for (name, text) in corpus() {
        let begun = Instant::now();
        let error = render(&pool, &text, &json!({}))
            .err()
            .unwrap_or_else(|| panic!("{name} ends"));
        let took = begun.elapsed();
        slowest = slowest.max(took);
        println!("{:>4} ms  {name}: {}", took.as_millis(), error.public());
        assert!(matches!(error.kind, RenderErrorKind::Limit(_)), "{name}: {error}");
        // 100 ms of processor time; a machine with other work to do takes longer to give it.
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
        assert_eq!(render(&pool, "{{ a }}", &json!({"a": name})).unwrap(), name);
    }
    let most = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("slowest: {slowest:?}, most memory of a worker: {most} KiB");
    assert!(most < 64 << 10, "{most} KiB");
    assert_eq!(pool.count(), (1, 0));
}

#[test]
fn a_killed_worker_hurts_only_its_own_job() {
    let pool = Pool::new(Options {
        workers: 3,
        ..options()
    });
    let bad = "{% for a in range(end=100000) %}{% for b in range(end=100000) %}{% endfor %}{% endfor %}";
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let pool = &pool;
            scope.spawn(move || {
                for round in 0..4 {
                    if worker == 0 {
                        assert!(render(pool, bad, &json!({})).is_err());
                    } else {
                        let text = format!("{worker}-{round}");
                        let rendered = render(pool, "{{ a }}", &json!({"a": &text}));
                        assert_eq!(rendered.unwrap(), text);
                    }
                }
            });
        }
    });
    assert_eq!(pool.count().1, 0);
}
