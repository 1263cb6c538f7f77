//! YAML as Helm's functions of these names read and write it.

use gotemplate::{Call, Elem, Failure, Function, Type, Value};

use crate::escape::yaml::{self, Node, Shape, Tree};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("toYaml", &[Type::Any], Type::String, to_yaml),
    Function::new("mustToYaml", &[Type::Any], Type::String, to_yaml),
    Function::new("fromYaml", &[Type::String], Type::Map, from_yaml),
    Function::new("fromYamlArray", &[Type::String], Type::Anys, from_yaml_array),
];

/// A value with everything below it, as the writer wants it.
enum Copy<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(&'a str),
    List(Vec<Self>),
    Map(Vec<(&'a str, Self)>),
}

impl Node for Copy<'_> {
    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Null => Shape::Null,
            Self::Bool(value) => Shape::Bool(*value),
            Self::Int(value) => Shape::Int(*value),
            Self::Uint(value) => Shape::Uint(*value),
            Self::Float(value) => Shape::Float(*value),
            Self::Text(text) => Shape::Text(text),
            Self::List(items) => Shape::List(items.iter().collect()),
            Self::Map(fields) => Shape::Map(fields.iter().map(|(key, item)| (*key, item)).collect()),
        }
    }
}

const NOT_UTF8: Failure = Failure::Message("a text in the value is not UTF-8; encode it with b64enc");
const TOO_DEEP: Failure = Failure::Limit("the value is nested too deeply, or holds itself");

/// `depth` levels are left.
fn copy<'a>(call: &mut Call<'_, 'a>, value: Value<'a>, depth: u32) -> Result<Copy<'a>, Failure> {
    call.meter().make(32)?;
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| NOT_UTF8);
    Ok(match value {
        Value::Missing | Value::Nil => Copy::Null,
        Value::Bool(value) => Copy::Bool(value),
        Value::Int(value) | Value::Int64(value) => Copy::Int(value),
        Value::Int32(value) => Copy::Int(value.into()),
        Value::Uint8(value) => Copy::Int(value.into()),
        Value::Uint64(value) => Copy::Uint(value),
        Value::Float(value) => Copy::Float(value),
        Value::Str(bytes) => {
            call.meter().make(bytes.len())?;
            Copy::Text(text(bytes)?)
        }
        Value::List(list) => {
            let below = depth.checked_sub(1).ok_or(TOO_DEEP)?;
            let items = list.items().iter().map(|item| copy(call, *item, below));
            Copy::List(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let below = depth.checked_sub(1).ok_or(TOO_DEEP)?;
            let mut fields = Vec::new();
            for (key, item) in map.entries() {
                call.meter().make(key.len())?;
                fields.push((text(key)?, copy(call, item, below)?));
            }
            Copy::Map(fields)
        }
        Value::Complex(..) | Value::Object(_) => {
            return Err(Failure::Message("a value of this kind cannot be written as YAML"));
        }
    })
}

/// Without a line break at the end, as Helm gives it.
fn to_yaml<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let depth = call.meter().depth();
    let tree = copy(call, call.value(0), depth)?;
    let out = yaml::to_yaml(&tree).map_err(|error| Failure::Message(error.problem))?;
    call.give(out.as_bytes())
}

/// A map. Helm gives a map with the key `Error` for what is none; here it is an error.
fn from_yaml<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    match read(call)? {
        Tree::Null => call.give_map(Elem::Any, Vec::new()),
        tree @ Tree::Map(_) => convert(call, &tree),
        _ => Err(Failure::Message(
            "the YAML is not a map; read a list with fromYamlArray",
        )),
    }
}

fn from_yaml_array<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    match read(call)? {
        Tree::Null => call.give_list(Elem::Any, Vec::new()),
        tree @ Tree::List(_) => convert(call, &tree),
        _ => Err(Failure::Message(
            "the YAML is not a list; read a map with fromYaml",
        )),
    }
}

fn read(call: &mut Call<'_, '_>) -> Result<Tree, Failure> {
    let text = call.text(0)?;
    // A value in memory is larger than its text.
    call.meter().make(text.len().saturating_mul(16))?;
    yaml::from_yaml(text).map_err(|error| Failure::Message(error.problem))
}

fn convert<'a>(call: &mut Call<'_, 'a>, tree: &Tree) -> Result<Value<'a>, Failure> {
    Ok(match tree {
        Tree::Null => Value::Nil,
        Tree::Bool(value) => Value::Bool(*value),
        // Helm gives float64, which prints a million as 1e+06; whole numbers of objects stay whole here.
        Tree::Int(number) => Value::Int64(*number),
        Tree::Float(number) => Value::Float(*number),
        Tree::Text(text) => call.give(text.as_bytes())?,
        Tree::List(items) => {
            let items = items
                .iter()
                .map(|item| convert(call, item))
                .collect::<Result<_, _>>()?;
            call.give_list(Elem::Any, items)?
        }
        Tree::Map(fields) => {
            let mut entries = Vec::new();
            for (key, item) in fields {
                let key = call.keep(key.as_bytes())?;
                entries.push((key, convert(call, item)?));
            }
            call.give_map(Elem::Any, entries)?
        }
    })
}
