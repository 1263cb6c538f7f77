//! JSON.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::value::{Key, Value};

impl From<&Json> for Value {
    /// JSON as Kubernetes gives it to expressions: whole numbers that fit into 64 bits with a sign are `int`, all
    /// others `double`. So `body.count == 3` and `body.count % 2 == 0` mean what they say. (The JSON types of protocol
    /// buffers, which CEL knows too, have doubles only.)
    ///
    /// *Caveats*: goes as deep as the JSON does; what serde_json reads has at most 128 levels.
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::from(text.as_str()),
            Json::Array(items) => items.iter().map(Self::from).collect(),
            Json::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (Key::from(key.as_str()), Self::from(value)));
                Self::Map(Arc::new(entries.collect()))
            }
        }
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::list(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::TypeName;

    #[test]
    fn whole_numbers_stay_whole() {
        for (text, wants) in [
            ("1", TypeName::Int),
            ("-9223372036854775808", TypeName::Int),
            ("9223372036854775808", TypeName::Double),
            ("1.0", TypeName::Double),
            ("1e3", TypeName::Double),
            ("null", TypeName::Null),
            ("\"1\"", TypeName::String),
            ("[1]", TypeName::List),
            ("{\"a\": 1}", TypeName::Map),
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(Value::from(&json).type_name(), wants, "{text}");
        }
    }
}
