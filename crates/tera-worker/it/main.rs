//! Real workers and hostile templates.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, its helpers too"
)]

mod hostile;
mod lifecycle;

use std::time::Duration;

use patchbay_template::{Delims, Engine, Limits, RenderError, SecretScope, Source, Template};
use patchbay_tera_worker::{Options, Pool};
use serde_json::Value;

fn options() -> Options {
    Options {
        program: env!("CARGO_BIN_EXE_patchbay-tera-worker").into(),
        // A machine that is busy with other tests is no reason for another outcome.
        patience: Duration::from_secs(10),
        ..Options::default()
    }
}

fn template(text: &str) -> Template {
    let source = Source {
        name: "t",
        text,
        engine: Engine::Tera,
        delims: Delims::BRACES,
    };
    Template::compile(source).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn render(pool: &Pool, text: &str, data: &Value) -> Result<String, RenderError> {
    let none = SecretScope::none();
    let rendered = template(text).render_with(data, &none, &Limits::default(), pool)?;
    Ok(String::from_utf8_lossy(rendered.as_bytes()).into_owned())
}

/// Polls until something holds.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}");
}
