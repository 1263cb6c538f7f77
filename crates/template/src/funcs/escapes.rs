//! The escaping helpers as functions of templates.

use super::{Arguments, Function, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;
use crate::escape::{self, EscapeError, Escaped};

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("gitConfigValue", 1, |a| with(a, escape::git_config_value)),
    fixed("gitConfigSubsection", 1, |a| {
        with(a, escape::git_config_subsection)
    }),
    fixed("iniValue", 1, |a| with(a, escape::ini_value)),
    fixed("jsonString", 1, |a| with(a, escape::json_string)),
    fixed("netrcToken", 1, |a| with(a, escape::netrc_token)),
    fixed("npmrcValue", 1, |a| with(a, escape::npmrc_value)),
    fixed("pgpassField", 1, |a| with(a, escape::pgpass_field)),
    fixed("propertiesValue", 1, |a| with(a, escape::properties_value)),
    fixed("shellQuote", 1, |a| with(a, escape::shell_quote)),
    fixed("tomlString", 1, |a| with(a, escape::toml_string)),
    fixed("urlUserinfo", 1, |a| with(a, escape::url_userinfo)),
    fixed("xmlAttr", 1, |a| with(a, escape::xml_attr)),
    fixed("xmlText", 1, |a| with(a, escape::xml_text)),
    fixed("yamlString", 1, |a| with(a, escape::yaml_string)),
];

/// Numbers and booleans are taken as their text; lists and maps are not.
fn with(
    arguments: &mut Arguments<'_>,
    escape: fn(&str) -> Result<Escaped, EscapeError>,
) -> Result<Value, Failure> {
    let value = arguments.value(0);
    if matches!(value, Value::Nil | Value::List(_) | Value::Map(_)) {
        return Err(arguments.wrong(0, "text"));
    }
    let text = arguments.printed(value)?;
    let text = text
        .str()
        .ok_or_else(|| Failure::message("the value is not UTF-8 text; encode it with b64enc"))?;
    // Escapes are six times as long at most.
    arguments.meter.make((text.len() as u64).saturating_mul(6))?;
    let escaped = escape(text).map_err(|error| Failure::message(error.to_string()))?;
    arguments.give(escaped.as_bytes())
}
