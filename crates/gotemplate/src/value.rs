//! Values while rendering. All that a rendering makes lives in its [`Arena`] and is wiped with it, so values are cheap
//! to copy, maps may hold themselves, and nothing is freed one by one.

use std::cell::{Cell, RefCell};

use typed_arena::Arena as Typed;
use zeroize::Zeroizing;

use crate::{Data, DataMap, Object};

/// A value. Cheap to copy.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Go's zero `reflect.Value`: a key that a map does not have. Functions see it as nil.
    Missing,
    /// Go's nil interface.
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`: a constant, a length.
    Int(i64),
    /// `int64`: a whole number of the data, most of sprig's sums.
    Int64(i64),
    /// `int32`
    Int32(i32),
    /// `uint8`: a byte of a string.
    Uint8(u8),
    /// `uint64`
    Uint64(u64),
    /// `float64`
    Float(f64),
    /// `complex128`
    Complex(f64, f64),
    /// `string`
    Str(&'a [u8]),
    /// A slice.
    List(&'a List<'a>),
    /// A map with strings for keys.
    Map(&'a Map<'a>),
    /// Anything else that a function gives: a time, a version.
    Object(&'a Object),
}

/// The type of what a slice or map holds. Go's types differ by it, and so do `%T`, `typeOf`, `deepEqual` and the
/// arguments that a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elem {
    /// `interface {}`
    Any,
    /// `string`
    String,
    /// `int`
    Int,
    /// `uint8`
    Byte,
    /// `[]interface {}`
    Anys,
}

/// A slice. Aliases see the same elements; a function that sorts in place replaces them for all.
pub struct List<'a> {
    /// The type of the elements.
    pub elem: Elem,
    items: Cell<Items<'a>>,
    arena: &'a Arena<'a>,
}

#[derive(Clone, Copy)]
enum Items<'a> {
    /// Go's nil slice.
    Nil,
    Made(&'a [Value<'a>]),
    /// So many elements of another list, which is no part itself. It may be cut again up to `end` of that list.
    Part {
        of: &'a List<'a>,
        start: usize,
        len: usize,
        end: usize,
    },
    /// Of the data, not looked at yet.
    Given(&'a [Data<'a>]),
}

/// A map. Aliases see the same entries.
pub struct Map<'a> {
    /// The type of the values.
    pub elem: Elem,
    entries: RefCell<Entries<'a>>,
    arena: &'a Arena<'a>,
}

enum Entries<'a> {
    /// Go's nil map.
    Nil,
    /// In the order of their keys.
    Made(Vec<(&'a [u8], Value<'a>)>),
    /// Of the data, not looked at yet.
    Given(&'a DataMap<'a>),
}

/// Where the values of one rendering live.
#[derive(Default)]
pub struct Arena<'a> {
    texts: Typed<Zeroizing<Vec<u8>>>,
    slices: Typed<Value<'a>>,
    lists: Typed<List<'a>>,
    maps: Typed<Map<'a>>,
    objects: Typed<Object>,
}

/// Never shows a value.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value(..)")
    }
}

macro_rules! never_shows_a_value {
    ($($name:ident),*) => {$(
        /// Never shows a value.
        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

never_shows_a_value!(List, Map, Arena);

impl<'a> Arena<'a> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps bytes.
    pub fn bytes(&'a self, bytes: Vec<u8>) -> &'a [u8] {
        self.texts.alloc(Zeroizing::new(bytes))
    }

    /// Keeps values.
    pub fn slice(&'a self, values: impl IntoIterator<Item = Value<'a>>) -> &'a [Value<'a>] {
        self.slices.alloc_extend(values)
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

    fn list_of(&'a self, elem: Elem, items: Items<'a>) -> Value<'a> {
        Value::List(self.lists.alloc(List {
            elem,
            items: Cell::new(items),
            arena: self,
        }))
    }

    fn map_of(&'a self, elem: Elem, entries: Entries<'a>) -> Value<'a> {
        Value::Map(self.maps.alloc(Map {
            elem,
            entries: RefCell::new(entries),
            arena: self,
        }))
    }

    /// A map of the given type.
    pub fn map(&'a self, elem: Elem, mut entries: Vec<(&'a [u8], Value<'a>)>) -> Value<'a> {
        // Stable: of equal keys the last one wins.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
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
            Data::Map(map) => self.map_of(Elem::Any, Entries::Given(map)),
        }
    }
}

impl<'a> List<'a> {
    /// The elements.
    pub fn items(&self) -> &'a [Value<'a>] {
        match self.items.get() {
            Items::Nil => &[],
            Items::Made(items) => items,
            Items::Part { of, start, len, .. } => of.items().get(start..start + len).unwrap_or_default(),
            Items::Given(data) => {
                let items = self.arena.slice(data.iter().map(|item| self.arena.given(item)));
                self.items.set(Items::Made(items));
                items
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self.items.get() {
            Items::Nil => 0,
            Items::Made(items) => items.len(),
            Items::Part { len, .. } => len,
            Items::Given(items) => items.len(),
        }
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// It is Go's nil slice.
    pub fn is_nil(&self) -> bool {
        matches!(self.items.get(), Items::Nil)
    }

    /// Go's `cap`, as far as templates can rely on it: a part may be cut again up to the end of the list that it was
    /// cut from.
    pub fn capacity(&self) -> usize {
        match self.items.get() {
            Items::Part { start, end, .. } => end - start,
            _ => self.len(),
        }
    }

    /// Go's `list[start:end]`, where that is within the capacity. Who sorts one sees the other change.
    pub fn part(&'a self, start: usize, end: usize) -> Option<Value<'a>> {
        self.part_within(start, end, self.capacity())
    }

    /// Go's `list[start:end:most]`: the same, and the part may not be cut again beyond `most`.
    pub fn part_within(&'a self, start: usize, end: usize, most: usize) -> Option<Value<'a>> {
        let len = end.checked_sub(start)?;
        if end > most || most > self.capacity() {
            return None;
        }
        let (of, before) = match self.items.get() {
            Items::Nil => return Some(self.arena.list_of(self.elem, Items::Nil)),
            Items::Part { of, start, .. } => (of, start),
            Items::Made(_) | Items::Given(_) => (self, 0),
        };
        let items = Items::Part {
            of,
            start: before + start,
            len,
            end: before + most,
        };
        Some(self.arena.list_of(self.elem, items))
    }

    /// Changes the elements for all who hold the list, or one that it is a part of. There must be as many as before.
    pub fn replace(&self, items: &'a [Value<'a>]) {
        match self.items.get() {
            Items::Part { of, start, len, .. } if items.len() == len => {
                let all = of.items().iter().enumerate().map(|(index, old)| {
                    let new = index.checked_sub(start).and_then(|index| items.get(index));
                    *new.unwrap_or(old)
                });
                of.items.set(Items::Made(self.arena.slice(all)));
            }
            _ => self.items.set(Items::Made(items)),
        }
    }

    /// The elements are the same ones in memory, not only equal ones.
    pub fn same(&self, other: &Self) -> bool {
        let place = |list: &Self| match list.items.get() {
            Items::Part { of, start, .. } => (std::ptr::from_ref(of), start),
            _ => (std::ptr::from_ref(list).cast(), 0),
        };
        std::ptr::eq(self, other) || (place(self) == place(other) && self.len() == other.len())
    }
}

impl<'a> Map<'a> {
    /// One value. [`Value::Missing`] where there is none.
    pub fn get(&self, key: &[u8]) -> Value<'a> {
        self.with(
            |entries| match entries.binary_search_by(|(own, _)| (*own).cmp(key)) {
                Ok(at) => entries.get(at).map_or(Value::Missing, |(_, value)| *value),
                Err(_) => Value::Missing,
            },
        )
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &[u8]) -> bool {
        !matches!(self.get(key), Value::Missing)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        match &*self.entries.borrow() {
            Entries::Nil => 0,
            Entries::Made(entries) => entries.len(),
            Entries::Given(map) => map.entries().len(),
        }
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// It is Go's nil map.
    pub fn is_nil(&self) -> bool {
        matches!(*self.entries.borrow(), Entries::Nil)
    }

    /// Sets one value for all who hold the map. Go refuses that for a nil map, which is for the caller to do.
    pub fn insert(&self, key: &'a [u8], value: Value<'a>) {
        self.with(
            |entries| match entries.binary_search_by(|(own, _)| (*own).cmp(key)) {
                Ok(at) => {
                    if let Some(entry) = entries.get_mut(at) {
                        entry.1 = value;
                    }
                }
                Err(at) => entries.insert(at, (key, value)),
            },
        );
    }

    /// Removes one value for all who hold the map.
    pub fn remove(&self, key: &[u8]) {
        self.with(|entries| {
            if let Ok(at) = entries.binary_search_by(|(own, _)| (*own).cmp(key)) {
                entries.remove(at);
            }
        });
    }

    /// The entries as they are now, in the order of their keys. A copy, so that the map may change meanwhile.
    pub fn entries(&self) -> Vec<(&'a [u8], Value<'a>)> {
        self.with(|entries| entries.clone())
    }

    /// One entry, counted from 0 in the order of their keys. For who goes through a map and keeps no copy of it.
    pub fn entry(&self, index: usize) -> Option<(&'a [u8], Value<'a>)> {
        self.with(|entries| entries.get(index).copied())
    }

    /// Visits the entries in the order of their keys. `visit` must not change this map.
    fn with<T>(&self, visit: impl FnOnce(&mut Vec<(&'a [u8], Value<'a>)>) -> T) -> T {
        let mut entries = self.entries.borrow_mut();
        if let Entries::Given(map) = &*entries {
            let made = map
                .entries()
                .iter()
                .map(|(key, value)| (key.as_bytes(), self.arena.given(value)))
                .collect();
            *entries = Entries::Made(made);
        }
        match &mut *entries {
            Entries::Made(made) => visit(made),
            Entries::Nil | Entries::Given(_) => {
                let mut none = Vec::new();
                let result = visit(&mut none);
                if !none.is_empty() {
                    *entries = Entries::Made(none);
                }
                result
            }
        }
    }
}

impl Value<'_> {
    /// Go's truth: not nil, zero, false or empty.
    #[must_use]
    pub fn is_true(self) -> bool {
        match self {
            Self::Missing | Self::Nil => false,
            Self::Bool(value) => value,
            Self::Int(value) | Self::Int64(value) => value != 0,
            Self::Int32(value) => value != 0,
            Self::Uint8(value) => value != 0,
            Self::Uint64(value) => value != 0,
            Self::Float(value) => value != 0.0,
            Self::Complex(re, im) => re != 0.0 || im != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            // Structs and pointers are always true.
            Self::Object(object) => object.whole() != Some(0),
        }
    }

    /// Missing, or nil.
    #[must_use]
    pub fn is_nil(self) -> bool {
        matches!(self, Self::Missing | Self::Nil)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_see_the_same_map() {
        let json = serde_json::json!({"a": {"b": 1}, "l": [{"x": 1}]});
        let data = Data::from_json(&json).unwrap();
        let arena = Arena::new();
        let Value::Map(root) = arena.given(&data) else {
            panic!("a map");
        };
        let (Value::Map(one), Value::Map(two)) = (root.get(b"a"), root.get(b"a")) else {
            panic!("maps");
        };
        one.insert(b"c", Value::Int(2));
        assert!(matches!(two.get(b"c"), Value::Int(2)));
        assert!(matches!(two.get(b"b"), Value::Int64(1)));
        // A map may hold itself, and still ends with its arena.
        one.insert(b"self", Value::Map(one));
        assert!(matches!(one.get(b"self"), Value::Map(_)));
        let Value::List(list) = root.get(b"l") else {
            panic!("a list");
        };
        assert_eq!(list.len(), 1);
        assert!(matches!(list.items().first(), Some(Value::Map(_))));
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let arena = Arena::new();
        let entries: Vec<(&[u8], Value<'_>)> = vec![
            (b"b", Value::Int(1)),
            (b"a", Value::Int(2)),
            (b"b", Value::Int(3)),
        ];
        let Value::Map(map) = arena.map(Elem::Any, entries) else {
            panic!("a map");
        };
        assert_eq!(map.len(), 2);
        assert!(matches!(map.get(b"b"), Value::Int(3)));
    }
}
