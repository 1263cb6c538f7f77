//! A document as a tree.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::scalar::Scalar;

/// A value at a place. An alias shares the value and has a place of its own.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it begins, in bytes.
    pub at: usize,
    /// The value.
    pub node: Rc<Node>,
}

/// A value.
#[derive(Debug)]
pub struct Node {
    /// Where it is written, in bytes.
    pub at: usize,
    /// What it is.
    pub content: Content,
    /// How deep it is: 1 for a scalar.
    pub(super) depth: usize,
    /// How many values it is made of, itself among them.
    pub(super) values: usize,
    /// How many bytes of text it holds.
    pub(super) text: usize,
}

/// What a value is.
#[derive(Debug)]
pub enum Content {
    /// Text, a number, and so on.
    Scalar {
        /// The text.
        text: Box<str>,
        /// What it stands for.
        means: Scalar,
        /// How it is written.
        style: Style,
    },
    /// A list.
    List(Vec<Item>),
    /// A map, in the order of the text, each key once.
    Map(Vec<Entry>),
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as JSON has it: always text.
    pub key: String,
    /// Where the key begins, in bytes.
    pub key_at: usize,
    /// The value.
    pub item: Item,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes, with escapes.
    Double,
    /// `|` or `>`.
    Block,
}

impl Node {
    /// The entry of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == key),
            Content::List(_) | Content::Scalar { .. } => None,
        }
    }

    /// The value of a key, where it is text.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.item.node.as_text()
    }

    /// The text of a scalar that stands for text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar {
                text,
                means: Scalar::Text,
                ..
            } => Some(text),
            Content::Scalar { .. } | Content::List(_) | Content::Map(_) => None,
        }
    }

    /// The value as JSON. The depth and the size were bounded when it was read.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar { text, means, .. } => match means {
                Scalar::Null => Value::Null,
                Scalar::Bool(value) => Value::Bool(*value),
                Scalar::Int(value) => Value::Number((*value).into()),
                Scalar::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
                Scalar::Text => Value::String(text.to_string()),
            },
            Content::List(items) => items.iter().map(|item| item.node.to_json()).collect(),
            Content::Map(entries) => {
                let fields = entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.item.node.to_json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}
