//! The reference of conditions: type by reason, what it means, and what to do.

use std::fmt::Write as _;

use patchbay_api::conditions::Reason;
use patchbay_api::conditions::types::{self, Carrier, Facts};

const HEAD: &str = "\
<!-- Made from crates/api/src/conditions by `cargo xtask codegen`. Do not edit. -->
# Conditions

`kubectl get connectors` and `kubectl get connectorclasses` show one condition, `Ready`. `kubectl describe` shows what it
is made of. Each condition has a type, a status (`True`, `False` or `Unknown`), a reason in one word, and a message for
this very case. `True` is good for every type. The same reasons are the reasons of events and labels of metrics.
";

/// The page.
pub(super) fn reference() -> String {
    let mut page = HEAD.to_owned();
    types_table(&mut page);
    for facts in types::ALL {
        type_section(&mut page, facts);
    }
    page.push_str("\n## Mounts\n\nWhat a volume cannot be mounted for, or refreshed: events on the pod.\n\n");
    reasons_table(&mut page, Reason::OF_MOUNTS.iter().map(|reason| (None, *reason)));
    page.push_str("\n# Reasons\n");
    for reason in Reason::ALL {
        reason_section(&mut page, *reason);
    }
    page
}

fn types_table(page: &mut String) {
    page.push_str("\n| Type | On | Part of `Ready` | True means |\n|---|---|---|---|\n");
    for facts in types::ALL {
        let on = match facts.of {
            Carrier::Connector => "Connector",
            Carrier::ConnectorClass => "ConnectorClass",
            Carrier::Every => "every kind",
        };
        let counts = match (facts.counts, facts.name) {
            (_, types::READY) => "",
            (true, _) => "yes",
            (false, _) => "no: it only informs",
        };
        line(
            page,
            format_args!(
                "| [`{}`](#{}) | {on} | {counts} | {} |",
                facts.name,
                type_anchor(facts.name),
                facts.meaning
            ),
        );
    }
}

fn type_section(page: &mut String, facts: &Facts) {
    line(
        page,
        format_args!("\n## Type {}\n\n{}\n", facts.name, facts.meaning),
    );
    let of = |status: &'static str, list: &'static [Reason]| list.iter().map(move |r| (Some(status), *r));
    let rows = of("True", facts.good)
        .chain(of("False", facts.bad))
        .chain(of("Unknown", facts.unknown));
    reasons_table(page, rows);
}

fn reasons_table(page: &mut String, rows: impl Iterator<Item = (Option<&'static str>, Reason)>) {
    let mut rows = rows.peekable();
    match rows.peek() {
        Some((Some(_), _)) => {
            page.push_str("| Status | Reason | Meaning | What to do |\n|---|---|---|---|\n")
        }
        _ => page.push_str("| Reason | Meaning | What to do |\n|---|---|---|\n"),
    }
    for (status, reason) in rows {
        let status = status.map(|status| format!("| {status} ")).unwrap_or_default();
        line(
            page,
            format_args!(
                "{status}| [`{reason}`](#{}) | {} | {} |",
                reason.as_str().to_ascii_lowercase(),
                reason.meaning(),
                reason.what_to_do()
            ),
        );
    }
}

fn reason_section(page: &mut String, reason: Reason) {
    line(
        page,
        format_args!(
            "\n## {reason}\n\n{}\n\n**What to do.** {}",
            reason.meaning(),
            reason.what_to_do()
        ),
    );
    let on: Vec<String> = types::ALL
        .iter()
        .flat_map(|facts| {
            [
                ("True", facts.good),
                ("False", facts.bad),
                ("Unknown", facts.unknown),
            ]
            .into_iter()
            .filter(|(_, list)| list.contains(&reason))
            .map(|(status, _)| format!("[`{}`](#{}) {status}", facts.name, type_anchor(facts.name)))
        })
        .chain(
            Reason::OF_MOUNTS
                .contains(&reason)
                .then(|| "[mounts](#mounts)".to_owned()),
        )
        .collect();
    line(page, format_args!("\n**Where.** {}.", on.join(", ")));
}

/// As the headings of types become anchors; those of reasons are the bare words, and some words are both.
fn type_anchor(name: &str) -> String {
    format!("type-{}", name.to_ascii_lowercase())
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{text}");
}
