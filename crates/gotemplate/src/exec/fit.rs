//! Which values fit which types.

use super::{Exec, Machine};
use crate::{Elem, Function, Object, Span, Type, Value};

impl<'a> Machine<'a> {
    /// Makes a value an argument of the wanted type, if it fits. What is missing becomes the nil of that type.
    #[inline]
    pub(super) fn fit(
        &self,
        value: &mut Value<'a>,
        wanted: Type,
        span: Span,
        function: &'static Function,
    ) -> Exec<()> {
        let fits = match (wanted, &*value) {
            (_, Value::Missing) => return self.fit_missing(value, wanted, span, function),
            (Type::Any | Type::Reflect, _)
            | (Type::String, Value::Str(_))
            | (Type::Int, Value::Int(_))
            | (Type::Int64, Value::Int64(_))
            | (Type::Uint64, Value::Uint64(_))
            | (Type::Float, Value::Float(_))
            | (Type::Bool, Value::Bool(_)) => true,
            (Type::Anys, Value::List(list)) => list.elem == Elem::Any,
            (Type::Strings, Value::List(list)) => list.elem == Elem::String,
            (Type::Ints, Value::List(list)) => list.elem == Elem::Int,
            (Type::Bytes, Value::List(list)) => list.elem == Elem::Byte,
            (Type::Map, Value::Map(map)) => map.elem == Elem::Any,
            (Type::StringMap, Value::Map(map)) => map.elem == Elem::String,
            (_, Value::Object(object)) => fits_object(wanted, object),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(self.wrong_type(*value, wanted, span, function))
        }
    }

    fn fit_missing(
        &self,
        value: &mut Value<'a>,
        wanted: Type,
        span: Span,
        function: &'static Function,
    ) -> Exec<()> {
        match self.nil_of(wanted) {
            Some(nil) => {
                *value = nil;
                Ok(())
            }
            None => Err(self.missing_argument(wanted, span, function)),
        }
    }

    /// The nil of a type that has one.
    pub(super) fn nil_of(&self, wanted: Type) -> Option<Value<'a>> {
        match wanted {
            Type::Any | Type::Version | Type::Location => Some(Value::Nil),
            Type::Reflect => Some(Value::Missing),
            Type::Anys => Some(self.arena.nil_list(Elem::Any)),
            Type::Strings => Some(self.arena.nil_list(Elem::String)),
            Type::Ints => Some(self.arena.nil_list(Elem::Int)),
            Type::Bytes => Some(self.arena.nil_list(Elem::Byte)),
            Type::Map => Some(self.arena.nil_map(Elem::Any)),
            Type::StringMap => Some(self.arena.nil_map(Elem::String)),
            Type::Bool
            | Type::String
            | Type::Int
            | Type::Int64
            | Type::Uint64
            | Type::Float
            | Type::Time
            | Type::Duration
            | Type::Month
            | Type::Weekday => None,
        }
    }
}

fn fits_object(wanted: Type, object: &Object) -> bool {
    matches!(
        (wanted, object),
        (Type::Time, Object::Time(_))
            | (Type::Duration, Object::Duration(_))
            | (Type::Month, Object::Month(_))
            | (Type::Weekday, Object::Weekday(_))
            | (Type::Location, Object::Location(_))
            // One dereference is made where it helps; the other way round there is no address to take.
            | (Type::Version, Object::Version(_))
    )
}

impl Type {
    /// Go's name.
    #[must_use]
    pub fn go(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::Float => "float64",
            Self::Anys => "[]interface {}",
            Self::Strings => "[]string",
            Self::Ints => "[]int",
            Self::Bytes => "[]uint8",
            Self::Map => "map[string]interface {}",
            Self::StringMap => "map[string]string",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
            Self::Month => "time.Month",
            Self::Weekday => "time.Weekday",
            Self::Location => "*time.Location",
            Self::Version => "*semver.Version",
        }
    }

    /// For a person.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Any | Self::Reflect => "a value",
            Self::Bool => "true or false",
            Self::String => "a string",
            Self::Int => "an int",
            Self::Int64 => "an int64",
            Self::Uint64 => "a uint64",
            Self::Float => "a float64",
            Self::Anys => "a list",
            Self::Strings => "a list of strings ([]string)",
            Self::Ints => "a list of ints ([]int)",
            Self::Bytes => "bytes ([]uint8)",
            Self::Map => "a map",
            Self::StringMap => "a map of strings (map[string]string)",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Month => "a month",
            Self::Weekday => "a day of the week",
            Self::Location => "a time zone",
            Self::Version => "a version",
        }
    }
}
