//! The data of a template, with the secrets laid over it, as bytes for the worker.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::limits;
use crate::{References, SecretScope};

/// Why data cannot be handed over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    TooDeep,
    TooLarge,
    /// A value of a Secret that is no text, with its path.
    NotText(String),
}

/// Data that is borrowed, so that no copy of a secret is made but the one in the encoded bytes.
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Text(&'a str),
    List(Vec<Self>),
    Map(BTreeMap<&'a str, Self>),
}

/// The roots that a template reads, with the secrets. Nothing else leaves this process.
pub(super) fn root<'a>(
    data: &'a Json,
    secrets: &'a SecretScope,
    read: &BTreeSet<String>,
    references: &References,
) -> Result<Node<'a>, Refused> {
    let read = |key: &str| read.contains(key);
    let mut roots = BTreeMap::new();
    for (key, value) in data.as_object().into_iter().flatten() {
        if read(key) && !value.is_null() {
            roots.insert(key.as_str(), node(value, 1)?);
        }
    }
    let mut root = Node::Map(roots);
    for (path, value) in secrets.entries() {
        if !path.first().is_some_and(|key| read(key)) {
            continue;
        }
        let value = match value.map(std::str::from_utf8) {
            None => None,
            Some(Ok(text)) => Some(text),
            Some(Err(_)) => {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                if references.reads_below(&keys) {
                    return Err(Refused::NotText(keys.join(".")));
                }
                continue;
            }
        };
        insert(&mut root, path, value);
    }
    Ok(root)
}

/// What is null is not there, so that a template that prints it fails and does not print nothing.
fn node(value: &Json, depth: usize) -> Result<Node<'_>, Refused> {
    if depth > limits::DATA_DEPTH {
        return Err(Refused::TooDeep);
    }
    Ok(match value {
        Json::Null => Node::Null,
        Json::Bool(value) => Node::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Node::Integer(value),
            (None, Some(value)) => Node::Unsigned(value),
            (None, None) => Node::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Node::Text(text),
        Json::Array(items) => {
            let items = items.iter().map(|item| node(item, depth + 1));
            Node::List(items.collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields = fields.map(|(key, value)| Ok((key.as_str(), node(value, depth + 1)?)));
            Node::Map(fields.collect::<Result<_, _>>()?)
        }
    })
}

/// Lays a value over the data; without a value, a map.
fn insert<'a>(at: &mut Node<'a>, path: &'a [String], value: Option<&'a str>) {
    let Some((key, rest)) = path.split_first() else {
        match value {
            Some(text) => *at = Node::Text(text),
            None if matches!(at, Node::Map(_)) => {}
            None => *at = Node::Map(BTreeMap::new()),
        }
        return;
    };
    if !matches!(at, Node::Map(_)) {
        *at = Node::Map(BTreeMap::new());
    }
    if let Node::Map(fields) = at {
        insert(fields.entry(key).or_insert(Node::Null), rest, value);
    }
}

pub(super) const NULL: u8 = 0;
pub(super) const FALSE: u8 = 1;
pub(super) const TRUE: u8 = 2;
pub(super) const INTEGER: u8 = 3;
pub(super) const UNSIGNED: u8 = 4;
pub(super) const FLOAT: u8 = 5;
pub(super) const TEXT: u8 = 6;
pub(super) const LIST: u8 = 7;
pub(super) const MAP: u8 = 8;

impl Node<'_> {
    /// How many bytes it takes.
    pub(super) fn size(&self) -> usize {
        1 + match self {
            Self::Null | Self::Bool(_) => 0,
            Self::Integer(_) | Self::Unsigned(_) | Self::Float(_) => 8,
            Self::Text(text) => 4 + text.len(),
            Self::List(items) => 4 + items.iter().map(Self::size).sum::<usize>(),
            Self::Map(fields) => {
                let field = |(key, value): (&&str, &Self)| 4 + key.len() + value.size();
                4 + fields.iter().map(field).sum::<usize>()
            }
        }
    }

    /// Adds it to bytes that have room for it: bytes that grew would leave a copy behind.
    pub(super) fn encode(&self, out: &mut Zeroizing<Vec<u8>>) {
        match self {
            Self::Null => out.push(NULL),
            Self::Bool(value) => out.push(if *value { TRUE } else { FALSE }),
            Self::Integer(value) => {
                out.push(INTEGER);
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::Unsigned(value) => {
                out.push(UNSIGNED);
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::Float(value) => {
                out.push(FLOAT);
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::Text(text) => {
                out.push(TEXT);
                push_text(out, text);
            }
            Self::List(items) => {
                out.push(LIST);
                push_length(out, items.len());
                items.iter().for_each(|item| item.encode(out));
            }
            Self::Map(fields) => {
                out.push(MAP);
                push_length(out, fields.len());
                for (key, value) in fields {
                    push_text(out, key);
                    value.encode(out);
                }
            }
        }
    }
}

/// Lengths fit: the whole is smaller than [`limits::MAX_JOB_BYTES`].
pub(super) fn push_length(out: &mut Zeroizing<Vec<u8>>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

pub(super) fn push_text(out: &mut Zeroizing<Vec<u8>>, text: &str) {
    push_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}
