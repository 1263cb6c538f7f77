//! Sources that were written to break what reads them. They are compiled where classes are admitted, in a process that
//! must live on: with little stack, in a build without optimisation.

use std::time::{Duration, Instant};

use super::*;
use crate::MAX_SOURCE_BYTES;

/// As much of a piece as fits.
fn filled(head: &str, piece: &str, tail: &str) -> String {
    let room = MAX_SOURCE_BYTES - head.len() - tail.len();
    format!("{head}{}{tail}", piece.repeat(room / piece.len()))
}

/// As many levels as fit.
fn nested(open: &str, inner: &str, close: &str) -> String {
    let levels = (MAX_SOURCE_BYTES - inner.len()) / (open.len() + close.len());
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

fn sources() -> Vec<(&'static str, String)> {
    let mut sources: Vec<(&str, String)> = vec![
        (
            "parentheses",
            format!(
                "{{{{ {} }}}}",
                nested("(", "1", ")").get(..MAX_SOURCE_BYTES - 6).unwrap()
            ),
        ),
        ("parentheses that stay open", filled("{{ ", "(", "")),
        (
            "lists",
            format!(
                "{{{{ {} }}}}",
                nested("[", "1", "]").get(..MAX_SOURCE_BYTES - 6).unwrap()
            ),
        ),
        ("lists that stay open", filled("{{ ", "[", "")),
        ("maps that stay open", filled("{{ ", "{\"a\":", "")),
        ("subscripts in subscripts", filled("{{ a", "[a", "")),
        ("subscripts", filled("{{ a", "[0]", " }}")),
        ("slices", filled("{{ a", "[::]", " }}")),
        ("fields", filled("{{ a", ".b", " }}")),
        ("optional fields", filled("{{ a", "?.b", " }}")),
        ("filters", filled("{{ a", "|str", " }}")),
        ("filters with filters", filled("{{ a", "|default(value=a", "")),
        ("sums", filled("{{ 1", "+1", " }}")),
        ("powers", filled("{{ 1", "**1", " }}")),
        ("ands", filled("{{ a", " and a", " }}")),
        ("nots", filled("{{ ", "not ", "a }}")),
        ("nots in parentheses", filled("{{ ", "not(", "")),
        ("minuses in parentheses", filled("{{ ", "-(", "")),
        ("tests", filled("{{ a", " is defined", " }}")),
        ("negated tests", filled("{{ a", " is not defined", " }}")),
        ("conditionals", filled("{{ a", " if a else a", " }}")),
        ("comprehensions", filled("{{ ", "[a for a in ", "")),
        ("calls in calls", filled("{{ ", "range(end=", "")),
        ("component calls in calls", filled("{{ ", "<a b={", "")),
        ("ifs", nested("{%if a%}", "", "{%endif%}")),
        ("ifs that stay open", filled("", "{%if a%}", "")),
        ("ifs in elses", filled("", "{%if a%}{%else%}", "")),
        ("elifs", filled("{%if a%}", "{%elif a%}", "{%endif%}")),
        ("elifs in elifs", filled("", "{%if a%}{%elif a%}", "")),
        ("loops", nested("{%for a in b%}", "", "{%endfor%}")),
        ("loops that stay open", filled("", "{%for a in b%}", "")),
        ("filter blocks", nested("{%filter str%}", "", "{%endfilter%}")),
        ("set blocks", nested("{%set a%}", "", "{%endset%}")),
        (
            "bodies of components",
            filled("{%component a()%}{%endcomponent%}", "{%<a>%}", ""),
        ),
        ("many filters that do not exist", filled("", "{{a|b}}", "")),
        ("many functions that do not exist", filled("", "{{a()}}", "")),
        ("many tests that do not exist", filled("", "{{a is b}}", "")),
        ("many components that do not exist", filled("", "{{<a/>}}", "")),
        ("many prints", filled("", "{{a}}", "")),
        ("many secrets", filled("", "{{secret.a}}", "")),
        ("many sets", filled("", "{%set a=b%}", "")),
        (
            "names that stand for each other",
            filled("", "{%set a=a or b or c%}", ""),
        ),
        ("names that grow", filled("", "{%set a=a.b%}", "")),
        ("names that grow in loops", filled("", "{%for a in a.b%}", "")),
        ("guards", filled("{%if a", " and b.c", "%}{%endif%}")),
        ("comments", filled("", "{##}", "")),
        ("comments that stay open", filled("", "{#", "")),
        ("raw blocks", filled("", "{%raw%}{%endraw%}", "")),
        ("raw blocks that stay open", filled("", "{%raw%}", "")),
        ("strings that stay open", filled("{{ ", "'\\\\", "")),
        ("braces", filled("", "{", "")),
        ("dashes", filled("{{", "-", "")),
        ("digits", filled("{{", "9", "}}")),
        ("a float", filled("{{1.", "9", "}}")),
        ("line breaks", filled("", "\n", "{{")),
        ("letters of four bytes", filled("{{ ", "\u{1f600}", "")),
        ("control characters", filled("{{ ", "\u{0}", "")),
        ("a long name", filled("{{ ", "a", " }}")),
        ("a long filter", filled("{{ a|", "a", " }}")),
        ("lists in one list", filled("{{ [", "[],", "] }}")),
        ("arguments", filled("{{ range(", "end=1,", ") }}")),
    ];
    let many = (0..700)
        .map(|i| format!("{{%block a{i}%}}{{%endblock%}}"))
        .collect::<String>();
    sources.push((
        "blocks",
        many.get(..MAX_SOURCE_BYTES).map_or(many.clone(), str::to_owned),
    ));
    let parameters: String = (0..1500).map(|i| format!("@a{i},")).collect();
    let calls = "{{<a/>}}".repeat((MAX_SOURCE_BYTES - parameters.len() - 60) / 8);
    sources.push((
        "what components take by themselves",
        format!("{{%component a({parameters})%}}{{%endcomponent%}}{calls}"),
    ));
    sources
}

/// In a thread with much less of a stack than a task of the webhook has.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(work).unwrap().join().unwrap()
}

#[test]
fn hostile_sources_are_read_or_refused_in_no_time() {
    for (name, text) in sources() {
        assert!(text.len() <= MAX_SOURCE_BYTES, "{name}: {}", text.len());
        let (took, said) = on_a_small_stack(move || {
            let begun = Instant::now();
            let compiled = compile(&text);
            let took = begun.elapsed();
            (took, compiled.map(drop).map_err(|error| error.public()))
        });
        println!("{:>4} ms  {name}: {said:?}", took.as_millis());
        assert!(took < Duration::from_secs(3), "{name}: {took:?}");
        if let Err(said) = said {
            assert!(said.len() < 400, "{name}: {said}");
        }
    }
}

#[test]
fn what_is_just_allowed_is_read_on_a_small_stack() {
    let repeat = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let arms = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(60));
    let everything = format!(
        "{{{{ {} }}}}",
        repeat("(", &format!("a{}", "|str".repeat(120)), ")", 38)
    );
    for text in [
        format!("{{{{ {} }}}}", repeat("(", "1", ")", 38)),
        format!("{{{{ a{} }}}}", "|str".repeat(128)),
        format!("{{{{ a{} }}}}", ".b".repeat(128)),
        format!("{{{{ 1{} }}}}", "+1".repeat(128)),
        repeat("{% for a in b %}", &everything, "{% endfor %}", 38),
        format!(
            "{}{}{everything}{}",
            "{% if a %}".repeat(38),
            "{% elif a %}".repeat(60),
            "{% endif %}".repeat(38)
        ),
        repeat("{% if a %}", "x", "{% endif %}", 38),
        repeat(
            "{% for a in b %}",
            &format!("{{{{ {} }}}}", repeat("(", "a", ")", 38)),
            "{% endfor %}",
            38,
        ),
        arms,
    ] {
        let shown: String = text.chars().take(40).collect();
        let said = on_a_small_stack(move || compile(&text).map(drop).map_err(|error| error.public()));
        assert_eq!(said, Ok(()), "{shown}");
    }
}
