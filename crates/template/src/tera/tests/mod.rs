//! Templates written in Tera: what they give, what is said about mistakes, and hostile sources.

mod checks;
mod hostile;
mod meaning;
mod silence;

use serde_json::Value as Json;

use super::Unbounded;
use crate::{CompileError, Delims, Engine, Limits, SecretScope, Source, Template};

fn compile(text: &str) -> Result<Template, CompileError> {
    Template::compile(Source {
        name: "t",
        text,
        engine: Engine::Tera,
        delims: Delims::BRACES,
    })
}

/// What a template gives, or what is said.
fn render(text: &str, data: &Json, secrets: &SecretScope) -> Result<String, String> {
    let template = compile(text).map_err(|error| error.public())?;
    let rendered = template.render_with(data, secrets, &Limits::default(), &Unbounded);
    rendered
        .map(|rendered| String::from_utf8_lossy(rendered.as_bytes()).into_owned())
        .map_err(|error| error.public())
}
