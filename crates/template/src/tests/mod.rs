//! Tests of the crate as a whole.

mod canary;
mod hostile;
mod meaning;
mod seeds;

use serde_json::Value;

use crate::{Limits, SecretScope, Source, Template};

/// Renders, or gives the error in words.
fn render(text: &str, data: &Value) -> Result<String, String> {
    render_with(text, data, &SecretScope::none())
}

fn render_with(text: &str, data: &Value, secrets: &SecretScope) -> Result<String, String> {
    let template = Template::compile(Source::go("t", text)).map_err(|error| error.public())?;
    let rendered = template
        .render(data, secrets, &Limits::default())
        .map_err(|error| error.public())?;
    Ok(String::from_utf8(rendered.into_bytes().to_vec()).unwrap())
}
