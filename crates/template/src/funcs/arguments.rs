//! What a function gets, read as the types it wants.

use std::collections::BTreeMap;

use super::Cache;
use crate::engine::meter::{Buffer, Failure, Meter};
use crate::engine::print;
use crate::engine::value::{Text, Value};

/// The arguments of one call, with what the call may use.
pub(crate) struct Arguments<'a> {
    pub(crate) values: &'a [Value],
    pub(crate) meter: &'a mut Meter,
    pub(crate) cache: &'a mut Cache,
}

const NIL: &Value = &Value::Nil;

impl<'a> Arguments<'a> {
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Nil where there is none.
    pub(crate) fn value(&self, index: usize) -> &'a Value {
        self.values.get(index).unwrap_or(NIL)
    }

    /// The arguments from `index` on.
    pub(crate) fn from(&self, index: usize) -> &'a [Value] {
        self.values.get(index..).unwrap_or_default()
    }

    pub(crate) fn wrong(&self, index: usize, wants: &'static str) -> Failure {
        match self.value(index) {
            Value::Nil => Failure::Missing(index),
            value => Failure::Argument {
                index,
                wants,
                got: value.kind(),
            },
        }
    }

    pub(crate) fn bytes(&self, index: usize) -> Result<&'a [u8], Failure> {
        match self.value(index) {
            Value::Text(text) => Ok(text.bytes()),
            _ => Err(self.wrong(index, "text")),
        }
    }

    pub(crate) fn str(&self, index: usize) -> Result<&'a str, Failure> {
        match self.value(index) {
            Value::Text(text) => text.str().ok_or(Failure::Argument {
                index,
                wants: "UTF-8 text",
                got: "bytes that are not UTF-8",
            }),
            _ => Err(self.wrong(index, "text")),
        }
    }

    /// An integer, or a number without a fraction.
    pub(crate) fn int(&self, index: usize) -> Result<i64, Failure> {
        match self.value(index) {
            Value::Int(number) => Ok(*number),
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "it has no fraction and is in range"
                )]
                Ok(*number as i64)
            }
            _ => Err(self.wrong(index, "an integer")),
        }
    }

    /// An integer that counts something; negative ones are an error.
    pub(crate) fn count(&self, index: usize) -> Result<usize, Failure> {
        usize::try_from(self.int(index)?).map_err(|_| Failure::Argument {
            index,
            wants: "a number that is not negative",
            got: "a negative one",
        })
    }

    pub(crate) fn bool(&self, index: usize) -> Result<bool, Failure> {
        match self.value(index) {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.wrong(index, "a boolean")),
        }
    }

    pub(crate) fn list(&self, index: usize) -> Result<&'a [Value], Failure> {
        match self.value(index) {
            Value::List(list) => Ok(&list.items),
            _ => Err(self.wrong(index, "a list")),
        }
    }

    pub(crate) fn map(&self, index: usize) -> Result<&'a BTreeMap<String, Value>, Failure> {
        match self.value(index) {
            Value::Map(map) => Ok(&map.entries),
            _ => Err(self.wrong(index, "a map")),
        }
    }

    /// Any value as text, as sprig's `toString` gives it.
    pub(crate) fn printed(&mut self, value: &Value) -> Result<Text, Failure> {
        if let Value::Text(text) = value {
            return Ok(text.clone());
        }
        let mut out = Buffer::default();
        print::value(&mut out, self.meter, value)?;
        Ok(Text::new(out.take()))
    }

    pub(crate) fn give(&mut self, text: impl Into<Vec<u8>>) -> Result<Value, Failure> {
        self.meter.text(text.into())
    }

    pub(crate) fn give_list(&mut self, items: Vec<Value>) -> Result<Value, Failure> {
        self.meter.list(items)
    }

    pub(crate) fn give_map(&mut self, entries: BTreeMap<String, Value>) -> Result<Value, Failure> {
        self.meter.map(entries)
    }

    /// A list of texts.
    pub(crate) fn give_texts<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Result<Value, Failure> {
        let items = texts.map(|text| self.give(text)).collect::<Result<Vec<_>, _>>()?;
        self.give_list(items)
    }
}
