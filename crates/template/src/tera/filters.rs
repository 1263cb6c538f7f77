//! Filters and functions that are ours: the escaping helpers, and those of Tera's own that leak or wander.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tera::value::{Key, Map};
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::fault::{ESCAPE, THROWN};
use crate::escape::{self, EscapeError, Escaped};

type Escaper = fn(&str) -> Result<Escaped, EscapeError>;

const ESCAPERS: [(&str, Escaper); 14] = [
    ("gitConfigSubsection", escape::git_config_subsection),
    ("gitConfigValue", escape::git_config_value),
    ("iniValue", escape::ini_value),
    ("jsonString", escape::json_string),
    ("netrcToken", escape::netrc_token),
    ("npmrcValue", escape::npmrc_value),
    ("pgpassField", escape::pgpass_field),
    ("propertiesValue", escape::properties_value),
    ("shellQuote", escape::shell_quote),
    ("tomlString", escape::toml_string),
    ("urlUserinfo", escape::url_userinfo),
    ("xmlAttr", escape::xml_attr),
    ("xmlText", escape::xml_text),
    ("yamlString", escape::yaml_string),
];

/// Adds ours, in place of Tera's where they have the same name.
pub(super) fn register(tera: &mut Tera) {
    for (name, escape) in ESCAPERS {
        tera.register_filter(name, move |value: &Value, _: Kwargs, _: &State<'_>| {
            escaped(value, escape)
        });
    }
    tera.register_filter("b64enc", |value: &Value, _: Kwargs, _: &State<'_>| {
        scalar(value).map(|text| STANDARD.encode(text))
    });
    tera.register_filter("b64dec", |value: &str, _: Kwargs, _: &State<'_>| {
        let bytes = STANDARD.decode(value).ok();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Error::message("no base64 of text"))
    });
    tera.register_filter("toJson", |value: &Value, _: Kwargs, _: &State<'_>| {
        serde_json::to_string(value).map_err(|_| Error::message("no JSON"))
    });
    tera.register_filter("group_by", |items: &[Value], arguments: Kwargs, _: &State<'_>| {
        group_by(items, arguments.must_get("attribute")?)
    });
    tera.register_function("throw", |_: Kwargs, _: &State<'_>| -> TeraResult<bool> {
        Err(Error::message(THROWN))
    });
}

/// Numbers and booleans are taken as their text; lists, maps and what is not there are not.
fn scalar(value: &Value) -> TeraResult<String> {
    if value.is_string() || value.is_number() || value.is_bool() {
        return Ok(value.to_string());
    }
    Err(Error::message(format!(
        "Invalid type for the value, expected `string` but got `{}`",
        value.name()
    )))
}

fn escaped(value: &Value, escape: Escaper) -> TeraResult<Value> {
    let text = scalar(value)?;
    let escaped = escape(&text).map_err(|_| Error::message(ESCAPE))?;
    Ok(Value::normal_string(&escaped))
}

/// Tera's own gives the groups in another order each time; this one in the order of their first items.
fn group_by(items: &[Value], attribute: &str) -> TeraResult<Value> {
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    for item in items {
        let Some(found) = item.get_from_path(attribute) else {
            return Err(Error::message("no such attribute"));
        };
        if found.is_none() {
            continue;
        }
        let name = scalar(found)?;
        match groups.iter_mut().find(|(own, _)| *own == name) {
            Some((_, group)) => group.push(item.clone()),
            None => groups.push((name, vec![item.clone()])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(name, group)| (Key::from(name), Value::from(group)));
    Ok(Value::from(groups.collect::<Map>()))
}
