//! Where values live.

use std::cell::Cell;

use typed_arena::Arena as Typed;

use super::list::Items;
use super::map::{Entries, Given};
use super::{Elem, List, Map, Value};
use crate::wiped::Wiped;
use crate::{Data, Object};

/// Where the values of one rendering live.
pub struct Arena<'a> {
    texts: Typed<Wiped>,
    slices: Typed<Value<'a>>,
    cells: Typed<Cell<Value<'a>>>,
    lists: Typed<List<'a>>,
    maps: Typed<Map<'a>>,
    objects: Typed<Object>,
}

/// As [`Arena::new`].
impl Default for Arena<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Arena<'a> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        // As much as a usual template needs; more comes in larger pieces.
        Self {
            texts: Typed::with_capacity(32),
            slices: Typed::with_capacity(32),
            cells: Typed::with_capacity(64),
            lists: Typed::with_capacity(8),
            maps: Typed::with_capacity(16),
            objects: Typed::with_capacity(0),
        }
    }

    /// Keeps bytes.
    pub fn bytes(&'a self, bytes: Vec<u8>) -> &'a [u8] {
        self.texts.alloc(Wiped::new(bytes))
    }

    /// Keeps values.
    pub fn slice(&'a self, values: impl IntoIterator<Item = Value<'a>>) -> &'a [Value<'a>] {
        self.slices.alloc_extend(values)
    }

    /// So many places for values, each of which is missing.
    pub(super) fn cells(&'a self, count: usize) -> &'a [Cell<Value<'a>>] {
        let missing = std::iter::repeat_with(|| Cell::new(Value::Missing));
        self.cells.alloc_extend(missing.take(count))
    }

    /// A slice of the given type.
    pub fn list(&'a self, elem: Elem, values: impl IntoIterator<Item = Value<'a>>) -> Value<'a> {
        self.list_of(elem, Items::Made(self.slice(values)))
    }

    /// Go's nil slice: it is empty, and JSON and `deepEqual` tell it from an empty one.
    pub fn nil_list(&'a self, elem: Elem) -> Value<'a> {
        self.list_of(elem, Items::Nil)
    }

    /// Go's nil map: it is empty, and nothing can be set in it.
    pub fn nil_map(&'a self, elem: Elem) -> Value<'a> {
        self.map_of(elem, Entries::Nil)
    }

    pub(super) fn list_of(&'a self, elem: Elem, items: Items<'a>) -> Value<'a> {
        Value::List(self.lists.alloc(List::new(elem, items, self)))
    }

    fn map_of(&'a self, elem: Elem, entries: Entries<'a>) -> Value<'a> {
        Value::Map(self.maps.alloc(Map::new(elem, entries, self)))
    }

    /// A map of the given type.
    pub fn map(&'a self, elem: Elem, mut entries: Vec<(&'a [u8], Value<'a>)>) -> Value<'a> {
        // Stable: of equal keys the last one wins.
        entries.sort_by_key(|(key, _)| *key);
        entries.reverse();
        entries.dedup_by(|(a, _), (b, _)| a == b);
        entries.reverse();
        self.map_of(elem, Entries::Made(entries))
    }

    /// An object.
    pub fn object(&'a self, object: Object) -> Value<'a> {
        Value::Object(self.objects.alloc(object))
    }

    /// A value of the data. Lists and maps are looked into when they are used.
    pub fn given(&'a self, data: &'a Data<'a>) -> Value<'a> {
        match data {
            Data::Null => Value::Nil,
            Data::Bool(value) => Value::Bool(*value),
            Data::Int(value) => Value::Int64(*value),
            Data::Float(value) => Value::Float(*value),
            Data::Str(text) => Value::Str(text),
            Data::List(items) => self.list_of(Elem::Any, Items::Given(items)),
            Data::Map(map) => self.map_of(Elem::Any, Entries::Given(Given::new(map))),
        }
    }
}
