//! Values while rendering. Text is wiped when the last holder lets go of it.

use std::collections::BTreeMap;
use std::rc::Rc;

use zeroize::Zeroizing;

/// How deep lists and maps may hold one another. Bounds every recursion over a value, also that of dropping it.
pub(crate) const MAX_DEPTH: u32 = 96;

/// A value. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Value {
    /// Missing, or JSON's null.
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    List(Rc<List>),
    Map(Rc<Map>),
}

/// Bytes, mostly UTF-8.
#[derive(Clone)]
pub(crate) struct Text(Rc<Zeroizing<Vec<u8>>>);

/// A list with its measures.
pub(crate) struct List {
    pub(crate) items: Vec<Value>,
    measure: Measure,
}

/// A map with its measures. Keys come in their order.
pub(crate) struct Map {
    pub(crate) entries: BTreeMap<String, Value>,
    measure: Measure,
}

#[derive(Clone, Copy)]
struct Measure {
    depth: u32,
    weight: u64,
}

/// A list or map that would hold values too deeply.
pub(crate) struct TooDeep;

impl Text {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Rc::new(Zeroizing::new(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// `None` for bytes that are not UTF-8.
    pub(crate) fn str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

fn measure<'a>(values: impl Iterator<Item = &'a Value>, own: u64) -> Result<Measure, TooDeep> {
    let mut total = Measure {
        depth: 0,
        weight: own,
    };
    for value in values {
        total.depth = total.depth.max(value.depth());
        total.weight = total.weight.saturating_add(value.weight());
    }
    total.depth += 1;
    if total.depth > MAX_DEPTH {
        Err(TooDeep)
    } else {
        Ok(total)
    }
}

impl Value {
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::Text(Text::new(text.into()))
    }

    pub(crate) fn list(items: Vec<Self>) -> Result<Self, TooDeep> {
        let measure = measure(items.iter(), 16)?;
        Ok(Self::List(Rc::new(List { items, measure })))
    }

    pub(crate) fn map(entries: BTreeMap<String, Self>) -> Result<Self, TooDeep> {
        let own = entries.keys().map(|key| key.len() as u64).sum::<u64>() + 16;
        let measure = measure(entries.values(), own)?;
        Ok(Self::Map(Rc::new(Map { entries, measure })))
    }

    fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.measure.depth,
            Self::Map(map) => map.measure.depth,
            _ => 0,
        }
    }

    /// About how many bytes the value holds when everything it shares is counted each time. What goes through a value
    /// pays for its weight first.
    pub(crate) fn weight(&self) -> u64 {
        match self {
            Self::Text(text) => text.bytes().len() as u64 + 16,
            Self::List(list) => list.measure.weight,
            Self::Map(map) => map.measure.weight,
            _ => 16,
        }
    }

    /// Go's truth: not nil, zero, false or empty.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.bytes().is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.entries.is_empty(),
        }
    }

    /// The type in words, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "no value",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number with a fraction",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// Go's `reflect.DeepEqual`, for values as we hold them.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a.bytes() == b.bytes(),
            (Self::List(a), Self::List(b)) => {
                a.items.len() == b.items.len() && a.items.iter().zip(&b.items).all(|(a, b)| a.equals(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.entries.len() == b.entries.len()
                    && a.entries
                        .iter()
                        .zip(&b.entries)
                        .all(|((ka, a), (kb, b))| ka == kb && a.equals(b))
            }
            _ => false,
        }
    }
}
