//! `docs/reference/metrics.md`: every metric, from where it is registered in the sources.
//!
//! From the sources and not from a running program, since a family without a value is left out of what a program shows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// Where it is, below the root.
pub(super) const REFERENCE: &str = "docs/reference/metrics.md";

/// The parts, in the order of the page.
const PARTS: [(&str, &str); 4] = [
    ("crates/runtime/src", "Every program"),
    ("webhook/src", "Webhook"),
    ("csi-driver/src", "CSI driver"),
    ("reconciler/src", "Reconciler"),
];

const HEAD: &str = "<!-- Made from the sources by `cargo xtask codegen`. Do not edit. -->

# Metrics

All programs serve them at `/metrics` of the admin port. Labels come from short lists: no name of an object is in them.
What to alert on is in the chart already; see [monitoring](../operations/monitoring.md).
";

/// One metric.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Metric {
    name: String,
    kind: &'static str,
    labels: Vec<String>,
    help: String,
}

/// The page.
///
/// # Errors
/// When a source cannot be read, or a metric has no help.
pub(super) fn reference(root: &Path) -> anyhow::Result<String> {
    let mut page = HEAD.to_owned();
    for (folder, title) in PARTS {
        let mut files = Vec::new();
        sources(&root.join(folder), &mut files)?;
        let mut metrics = Vec::new();
        for file in files {
            let text =
                std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            metrics.extend(metrics_of(&text));
        }
        metrics.sort();
        metrics.dedup();
        ensure!(!metrics.is_empty(), "no metric is registered in {folder}");
        write!(
            page,
            "\n## {title}\n\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n"
        )?;
        for metric in metrics {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            writeln!(
                page,
                "| `patchbay_{}` | {} | {} | {} |",
                metric.name,
                metric.kind,
                labels.join(", "),
                metric.help
            )?;
        }
    }
    Ok(page)
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_stem().is_none_or(|stem| stem != "tests")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// The metrics that a source registers: each a literal that is a name, with one beside it that is a sentence.
fn metrics_of(text: &str) -> Vec<Metric> {
    if !text.contains("prometheus_client::") {
        return vec![];
    }
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let literals = literals(code);
    let mut found = Vec::new();
    for (n, (end, name)) in literals.iter().enumerate() {
        let rest = code.get(end + 1..).unwrap_or_default();
        let before = code.get(..end.saturating_sub(name.len())).unwrap_or_default();
        let before = before.trim_end_matches(['"', ' ', '\n']);
        if !is_name(name) || !before.ends_with('(') || before.ends_with("field(") || !rest.starts_with(',') {
            continue;
        }
        // The sentence stands behind the name, or before it under a name of its own.
        let behind = !rest.starts_with(", help");
        let at = if behind {
            n.checked_add(1)
        } else {
            n.checked_sub(1)
        };
        let help = at
            .and_then(|at| literals.get(at))
            .filter(|(_, text)| is_sentence(text));
        let Some((help_end, help)) = help else { continue };
        let rest = code.get(end.max(help_end) + 1..).unwrap_or_default();
        let (kind, mut labels) = type_of(code, rest.trim_start_matches(", help"));
        if !before.ends_with("register(") {
            let listed = !before.ends_with("encode_descriptor(");
            let last = code.rfind("encode_family(&").filter(|_| listed);
            labels = labels_of_collector(code, last.and_then(|at| code.get(at..)).unwrap_or(rest));
        }
        let name = match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.clone(),
        };
        found.push(Metric {
            name,
            kind,
            labels,
            help: help.clone(),
        });
    }
    found
}

fn is_name(text: &str) -> bool {
    text.len() > 3 && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

fn is_sentence(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()) && text.contains(' ')
}

/// String literals, and where each ends. Comments hold none that matter; a line that goes on is joined.
fn literals(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = code.char_indices().peekable();
    let mut line_start = 0;
    while let Some((at, c)) = rest.next() {
        let line = code.get(line_start..at).unwrap_or_default();
        if c == '\n' {
            line_start = at + 1;
        }
        if c != '"' || line.trim_start().starts_with("//") || line.ends_with('\'') {
            continue;
        }
        let mut text = String::new();
        while let Some((end, c)) = rest.next() {
            match c {
                '"' => {
                    found.push((end, text));
                    break;
                }
                '\\' => match rest.next() {
                    Some((_, '\n')) => while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                    Some((_, escaped)) => text.push(escaped),
                    None => break,
                },
                c => text.push(c),
            }
        }
    }
    found
}

/// The type of what is registered, and its labels: the field of that name says so.
fn type_of(code: &str, rest: &str) -> (&'static str, Vec<String>) {
    const KINDS: [(&str, &str); 4] = [
        ("Counter", "counter"),
        ("Histogram", "histogram"),
        ("Latencies", "histogram"),
        ("Info", "info"),
    ];
    let argument = rest.trim_start_matches([',', ' ', '\n']);
    let argument = argument.split([',', '(', ')', '\n']).next().unwrap_or_default();
    let name = argument
        .trim_end_matches(".clone")
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let declared = code
        .lines()
        .map(|line| line.trim().trim_start_matches("pub ").trim_start_matches("let "))
        .filter_map(|line| line.strip_prefix(name))
        .find_map(|line| line.strip_prefix(": ").or(line.strip_prefix(" = ")))
        .unwrap_or_default();
    let alias = format!("type {} = ", declared.trim_end_matches(','));
    let declared = code.split_once(&alias).map_or(declared, |(_, rest)| rest);
    let declared = declared.lines().next().unwrap_or_default();
    let kind = KINDS.into_iter().find(|(word, _)| declared.contains(word));
    let labels = declared
        .split_once("Family<")
        .or(declared.split_once("Latencies<"))
        .and_then(|(_, inner)| inner.split([',', '>']).next())
        .map(|labels| fields(code, labels))
        .unwrap_or_default();
    (kind.map_or("gauge", |(_, kind)| kind), labels)
}

/// The labels of what is counted when somebody asks: those of the next family that is written.
fn labels_of_collector(code: &str, rest: &str) -> Vec<String> {
    let Some((between, family)) = rest.split_once("encode_family(&") else {
        return vec![];
    };
    if between.contains("encode_descriptor(") {
        return vec![];
    }
    if let Some((_, label)) = family.split_once("(\"").filter(|_| family.starts_with('[')) {
        return label.split('"').next().map(str::to_owned).into_iter().collect();
    }
    let name = family.split([' ', '{']).next().unwrap_or_default();
    fields(code, name)
}

/// The fields of a struct of labels.
fn fields(code: &str, name: &str) -> Vec<String> {
    let head = format!("struct {name} {{");
    let Some((_, body)) = code.split_once(&head) else {
        return vec![];
    };
    let body = body.split('}').next().unwrap_or_default();
    body.lines()
        .filter_map(|line| line.trim().trim_start_matches("pub ").split_once(": "))
        .map(|(field, _)| field.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
use prometheus_client::metrics::counter::Counter;
struct StateLabels {
    state: &'static str,
}
struct Metrics {
    things: Family<StateLabels, Counter>,
    took: Histogram,
}
fn register() {
    r.register(
        "things",
        "Things. Alert on \
         many",
        self.things.clone(),
    );
    // "not_this", "Not this either"
    r.register("took_seconds", "How long it took", self.took.clone());
    let help = "Something that is counted when it is asked for";
    encoder.encode_descriptor("held_now", help, None, MetricType::Gauge)?;
}
#[cfg(test)]
mod tests {
    "nor_this" "Nor this"
}
"#;

    #[test]
    fn registrations_are_found_with_type_and_labels() {
        let lines: Vec<String> = metrics_of(SOURCE)
            .into_iter()
            .map(|m| format!("{} {} {:?} {}", m.name, m.kind, m.labels, m.help))
            .collect();
        assert_eq!(
            lines,
            [
                "things_total counter [\"state\"] Things. Alert on many",
                "took_seconds histogram [] How long it took",
                "held_now gauge [] Something that is counted when it is asked for",
            ]
        );
    }
}
