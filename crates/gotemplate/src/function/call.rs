//! One call: its arguments, and what it may use.

use crate::funcs::Cache;
use crate::{Arena, Elem, Failure, List, Map, Meter, Value};

/// One call of a function. The machine has checked the arguments against the declared types, so that a reading as the
/// declared type never fails; a reading as another type gives an [`Failure::Argument`].
pub struct Call<'c, 'a> {
    pub(crate) arguments: &'c [Value<'a>],
    pub(crate) meter: &'c mut Meter,
    pub(crate) cache: &'c mut Cache,
    pub(crate) arena: &'a Arena<'a>,
}

impl std::fmt::Debug for Call<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call(..)")
    }
}

impl<'c, 'a> Call<'c, 'a> {
    /// How many arguments there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arguments.len()
    }

    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty()
    }

    /// One argument; nil where there is none.
    #[must_use]
    pub fn value(&self, index: usize) -> Value<'a> {
        self.arguments.get(index).copied().unwrap_or(Value::Nil)
    }

    /// The arguments from `index` on.
    #[must_use]
    pub fn from(&self, index: usize) -> &'c [Value<'a>] {
        self.arguments.get(index..).unwrap_or_default()
    }

    /// What the call costs is paid here.
    pub fn meter(&mut self) -> &mut Meter {
        self.meter
    }

    /// Where values live.
    #[must_use]
    pub fn arena(&self) -> &'a Arena<'a> {
        self.arena
    }

    /// A string's bytes. Pays for reading them.
    ///
    /// # Errors
    /// The argument is no string, or the steps are used up.
    pub fn bytes(&mut self, index: usize) -> Result<&'a [u8], Failure> {
        match self.value(index) {
            Value::Str(text) => {
                self.meter.read(text.len())?;
                Ok(text)
            }
            _ => Err(Failure::Argument(index, "is not a string")),
        }
    }

    /// A string that is UTF-8. Pays for reading it.
    ///
    /// # Errors
    /// The argument is no string, is not UTF-8, or the steps are used up.
    pub fn text(&mut self, index: usize) -> Result<&'a str, Failure> {
        std::str::from_utf8(self.bytes(index)?)
            .map_err(|_| Failure::Argument(index, "holds bytes that are not UTF-8"))
    }

    /// A whole number of any kind of integer.
    ///
    /// # Errors
    /// The argument is none.
    pub fn int(&self, index: usize) -> Result<i64, Failure> {
        match self.value(index) {
            Value::Int(value) | Value::Int64(value) => Ok(value),
            Value::Int32(value) => Ok(value.into()),
            Value::Uint8(value) => Ok(value.into()),
            _ => Err(Failure::Argument(index, "is not a whole number")),
        }
    }

    /// A `float64`.
    ///
    /// # Errors
    /// The argument is none.
    pub fn float(&self, index: usize) -> Result<f64, Failure> {
        match self.value(index) {
            Value::Float(value) => Ok(value),
            _ => Err(Failure::Argument(index, "is not a float64")),
        }
    }

    /// A `bool`.
    ///
    /// # Errors
    /// The argument is none.
    pub fn bool(&self, index: usize) -> Result<bool, Failure> {
        match self.value(index) {
            Value::Bool(value) => Ok(value),
            _ => Err(Failure::Argument(index, "is not a bool")),
        }
    }

    /// A slice of any type. What goes through its elements pays for each.
    ///
    /// # Errors
    /// The argument is none.
    pub fn list(&self, index: usize) -> Result<&'a List<'a>, Failure> {
        match self.value(index) {
            Value::List(list) => Ok(list),
            _ => Err(Failure::Argument(index, "is not a list")),
        }
    }

    /// A map of any type. What goes through its entries pays for each.
    ///
    /// # Errors
    /// The argument is none.
    pub fn map(&self, index: usize) -> Result<&'a Map<'a>, Failure> {
        match self.value(index) {
            Value::Map(map) => Ok(map),
            _ => Err(Failure::Argument(index, "is not a map")),
        }
    }

    /// Any value as text: strings as they are, all else as `%v`. Pays for it.
    ///
    /// # Errors
    /// The bytes or steps are used up, or the value is nested too deeply.
    pub fn printed(&mut self, index: usize) -> Result<&'a [u8], Failure> {
        crate::fmt::to_string(self.arena, self.meter, self.value(index))
    }

    /// Keeps bytes for as long as the rendering lasts, and pays for them.
    ///
    /// # Errors
    /// The bytes or steps are used up.
    pub fn keep(&mut self, bytes: &[u8]) -> Result<&'a [u8], Failure> {
        self.meter.make(bytes.len() + 16)?;
        Ok(self.arena.bytes(bytes.to_vec()))
    }

    /// Gives a string, and pays for it. Where it can grow far beyond the arguments, ask [`Meter::make`] first.
    ///
    /// # Errors
    /// The bytes or steps are used up.
    pub fn give(&mut self, text: impl Into<Vec<u8>>) -> Result<Value<'a>, Failure> {
        let text = text.into();
        self.meter.make(text.len() + 16)?;
        Ok(Value::Str(self.arena.bytes(text)))
    }

    /// Gives a slice, and pays for it.
    ///
    /// # Errors
    /// The bytes or steps are used up.
    pub fn give_list(&mut self, elem: Elem, items: Vec<Value<'a>>) -> Result<Value<'a>, Failure> {
        self.meter.make(items.len() * 24 + 48)?;
        Ok(self.arena.list(elem, items))
    }

    /// Gives a `[]string`, and pays for it.
    ///
    /// # Errors
    /// The bytes or steps are used up.
    pub fn give_texts<T: Into<Vec<u8>>>(
        &mut self,
        texts: impl IntoIterator<Item = T>,
    ) -> Result<Value<'a>, Failure> {
        let mut items = Vec::new();
        for text in texts {
            items.push(self.give(text)?);
        }
        self.give_list(Elem::String, items)
    }

    /// Gives a map, and pays for it.
    ///
    /// # Errors
    /// The bytes or steps are used up.
    pub fn give_map(
        &mut self,
        elem: Elem,
        entries: Vec<(&'a [u8], Value<'a>)>,
    ) -> Result<Value<'a>, Failure> {
        self.meter.make(entries.len() * 48 + 48)?;
        Ok(self.arena.map(elem, entries))
    }
}
