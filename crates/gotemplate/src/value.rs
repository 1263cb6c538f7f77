//! Values while rendering. All that a rendering makes lives in its [`Arena`] and is wiped with it, so values are cheap
//! to copy, maps may hold themselves, and nothing is freed one by one.

mod arena;
mod list;
mod map;

use crate::Object;

pub use arena::Arena;
pub use list::List;
pub use map::Map;

/// A value. Cheap to copy: the tag has a word of its own, so that the compiler copies words and not bytes.
#[derive(Clone, Copy)]
#[repr(u64)]
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
    use crate::Data;

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
