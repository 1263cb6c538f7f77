//! The escaping helpers as functions of templates.

use gotemplate::{Call, Failure, Function, Type, Value};

use crate::escape::{self, EscapeError, Escaped};

macro_rules! helper {
    ($name:literal, $escape:path) => {
        Function::new($name, &[Type::Any], Type::String, |call| with(call, $escape))
    };
}

pub(super) static FUNCTIONS: &[Function] = &[
    helper!("gitConfigValue", escape::git_config_value),
    helper!("gitConfigSubsection", escape::git_config_subsection),
    helper!("iniValue", escape::ini_value),
    helper!("jsonString", escape::json_string),
    helper!("netrcToken", escape::netrc_token),
    helper!("npmrcValue", escape::npmrc_value),
    helper!("pgpassField", escape::pgpass_field),
    helper!("propertiesValue", escape::properties_value),
    helper!("shellQuote", escape::shell_quote),
    helper!("tomlString", escape::toml_string),
    helper!("urlUserinfo", escape::url_userinfo),
    helper!("xmlAttr", escape::xml_attr),
    helper!("xmlText", escape::xml_text),
    helper!("yamlString", escape::yaml_string),
];

/// Numbers and booleans are taken as their text; lists and maps are not.
fn with<'a>(
    call: &mut Call<'_, 'a>,
    escape: fn(&str) -> Result<Escaped, EscapeError>,
) -> Result<Value<'a>, Failure> {
    match call.value(0) {
        Value::Missing | Value::Nil => return Err(Failure::Argument(0, "has no value")),
        Value::List(_) => return Err(Failure::Argument(0, "is a list, not text")),
        Value::Map(_) => return Err(Failure::Argument(0, "is a map, not text")),
        _ => {}
    }
    let text = call.printed(0)?;
    let text = std::str::from_utf8(text)
        .map_err(|_| Failure::Message("the value is not UTF-8 text; encode it with b64enc"))?;
    // Escapes are six times as long at most.
    call.meter().make(text.len().saturating_mul(6))?;
    let escaped = escape(text).map_err(|error| Failure::CannotHold {
        format: error.format,
        why: error.problem,
    })?;
    call.give(escaped.as_bytes())
}
