//! YAML as Helm's functions of these names read and write it.

use std::collections::BTreeMap;

use super::{Arguments, Function, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;
use crate::escape::yaml::{self, Node, Shape, Tree};

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("toYaml", 1, to_yaml),
    fixed("toYaml", 1, to_yaml).called("mustToYaml"),
    fixed("fromYaml", 1, from_yaml),
    fixed("fromYamlArray", 1, from_yaml_array),
];

impl Node for Value {
    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Nil => Shape::Null,
            Self::Bool(value) => Shape::Bool(*value),
            Self::Int(value) => Shape::Int(*value),
            Self::Float(value) => Shape::Float(*value),
            // Checked before.
            Self::Text(text) => Shape::Text(text.str().unwrap_or_default()),
            Self::List(list) => Shape::List(list.items.iter().collect()),
            Self::Map(map) => Shape::Map(
                map.entries
                    .iter()
                    .map(|(key, item)| (key.as_str(), item))
                    .collect(),
            ),
        }
    }
}

fn is_text(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.str().is_some(),
        Value::List(list) => list.items.iter().all(is_text),
        Value::Map(map) => map.entries.values().all(is_text),
        Value::Nil | Value::Bool(_) | Value::Int(_) | Value::Float(_) => true,
    }
}

/// Without a line break at the end, as Helm gives it.
fn to_yaml(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let value = arguments.value(0);
    arguments.meter.make(value.weight())?;
    if !is_text(value) {
        return Err(super::json::not_utf8());
    }
    let out = yaml::to_yaml(value).map_err(|error| Failure::message(error.to_string()))?;
    arguments.meter.make(out.len() as u64)?;
    arguments.give(out.as_bytes())
}

/// A map. Helm gives a map with the key `Error` for what is none; here it is an error.
fn from_yaml(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    match read(arguments)? {
        Tree::Null => Ok(Value::map(BTreeMap::new())?),
        tree @ Tree::Map(_) => convert(&tree),
        _ => Err(Failure::message(
            "the YAML is not a map; read a list with fromYamlArray",
        )),
    }
}

fn from_yaml_array(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    match read(arguments)? {
        Tree::Null => Ok(Value::list(Vec::new())?),
        tree @ Tree::List(_) => convert(&tree),
        _ => Err(Failure::message(
            "the YAML is not a list; read a map with fromYaml",
        )),
    }
}

fn read(arguments: &mut Arguments<'_>) -> Result<Tree, Failure> {
    let text = arguments.str(0)?;
    // A value in memory is larger than its text.
    arguments.meter.make((text.len() as u64).saturating_mul(16))?;
    yaml::from_yaml(text).map_err(|error| Failure::message(error.to_string()))
}

fn convert(tree: &Tree) -> Result<Value, Failure> {
    Ok(match tree {
        Tree::Null => Value::Nil,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Int(number) => Value::Int(*number),
        Tree::Float(number) => Value::Float(*number),
        Tree::Text(text) => Value::text(text.as_bytes().to_vec()),
        Tree::List(items) => Value::list(items.iter().map(convert).collect::<Result<_, _>>()?)?,
        Tree::Map(fields) => Value::map(
            fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), convert(value)?)))
                .collect::<Result<_, Failure>>()?,
        )?,
    })
}
