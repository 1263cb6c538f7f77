//! Values of every kind for a verb.

use zeroize::Zeroizing;

use super::integer::{Decimal, Whole};
use super::printer::Printer;
use super::type_name;
use crate::{Elem, Failure, List, Map, Value};

const ADDRESS: Failure =
    Failure::Message("%p of a list, map or version prints an address, which differs from run to run; use %v");

/// So many elements of a list or map take as long as one step.
const ELEMENTS_PER_STEP: usize = 16;

/// The bytes of a `[]byte`.
pub(super) fn bytes_of(list: &List<'_>) -> Vec<u8> {
    let byte = |value: &Value<'_>| match value {
        Value::Uint8(byte) => *byte,
        _ => 0,
    };
    list.items().iter().map(byte).collect()
}

/// A list or map that is being printed.
struct Level<'a> {
    holds: Holds<'a>,
    /// The next element.
    index: usize,
}

enum Holds<'a> {
    List(&'a [Value<'a>]),
    Map(&'a Map<'a>),
}

impl Printer<'_> {
    /// An operand for a verb.
    pub(super) fn argument(&mut self, value: Value<'_>, verb: char) -> Result<(), Failure> {
        match (value, verb) {
            (Value::Missing | Value::Nil, 'T' | 'v') => self.pad_ascii(&[b"<nil>"]),
            (Value::Missing | Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.plain(type_name(value).as_bytes()),
            (Value::List(_) | Value::Map(_), 'p') => Err(ADDRESS),
            (Value::Object(object), 'p') if object.kind() == "ptr" => Err(ADDRESS),
            (Value::List(list), 'v' | 'd') if list.elem == Elem::Byte => self.byte_list(list, verb),
            (Value::List(list), 'w') if list.elem != Elem::Byte => self.bad_verb(value, verb),
            (Value::Map(_) | Value::Object(_), 'w') => self.bad_verb(value, verb),
            _ => self.shown(value, verb),
        }
    }

    /// `%!verb(type=value)`
    fn bad_verb(&mut self, value: Value<'_>, verb: char) -> Result<(), Failure> {
        self.write(b"%!")?;
        self.write_char(verb)?;
        self.write(b"(")?;
        let outer = std::mem::replace(&mut self.erroring, true);
        self.typed(value)?;
        self.erroring = outer;
        self.write(b")")
    }

    /// `type=value`
    pub(super) fn typed(&mut self, value: Value<'_>) -> Result<(), Failure> {
        self.write(type_name(value).as_bytes())?;
        if value.is_nil() {
            return Ok(());
        }
        self.write(b"=")?;
        self.argument(value, 'v')
    }

    /// A value that is not nil.
    fn shown(&mut self, value: Value<'_>, verb: char) -> Result<(), Failure> {
        match value {
            Value::Str(text) if self.is_bare && matches!(verb, 'v' | 's') => return self.write(text),
            Value::Int(number) | Value::Int64(number) if self.is_bare && matches!(verb, 'v' | 'd') => {
                return self.write(Decimal::of(number).bytes());
            }
            _ => {}
        }
        let fits = match value {
            Value::Missing | Value::Nil => false,
            Value::Bool(is) if matches!(verb, 't' | 'v') => {
                self.pad_ascii(&[if is { b"true" } else { b"false" }])?;
                true
            }
            Value::Bool(_) => false,
            Value::Int(number) | Value::Int64(number) => self.whole(number.into(), verb)?,
            Value::Int32(number) => self.whole(i64::from(number).into(), verb)?,
            Value::Uint8(number) => self.whole(u64::from(number).into(), verb)?,
            Value::Uint64(number) => self.whole(Whole::from(number), verb)?,
            Value::Float(number) => self.float(number, verb)?,
            Value::Complex(re, im) => self.complex(re, im, verb)?,
            Value::Str(text) => self.string(text, verb)?,
            Value::List(_) | Value::Map(_) => return self.nested(value, verb),
            Value::Object(object) => self.object(object, verb)?,
        };
        if fits {
            return Ok(());
        }
        self.bad_verb(value, verb)
    }

    /// An element of a list or map. In those that hold anything, nil is shown for every verb.
    fn element(&mut self, value: Value<'_>, verb: char) -> Result<(), Failure> {
        if !value.is_nil() {
            return self.shown(value, verb);
        }
        self.write(if self.flags.syntax {
            b"interface {}(nil)"
        } else {
            b"<nil>"
        })
    }

    /// A list or map with all that it holds. Goes down by a list of levels and not by calling itself: values may be
    /// nested as deeply as they like, and hold themselves.
    fn nested<'a>(&mut self, value: Value<'a>, verb: char) -> Result<(), Failure> {
        let mut outer = Vec::new();
        let Some(mut level) = self.enter(value, verb, 0)? else {
            return Ok(());
        };
        loop {
            let index = level.index;
            let item = match level.holds {
                Holds::List(items) => items.get(index).map(|item| (None, *item)),
                // No copy of the entries is kept.
                Holds::Map(map) => map.entry(index).map(|(key, value)| (Some(key), value)),
            };
            level.index += 1;
            let Some((key, item)) = item else {
                self.close()?;
                match outer.pop() {
                    Some(next) => level = next,
                    None => return Ok(()),
                }
                continue;
            };
            if index % ELEMENTS_PER_STEP == 0 {
                self.effort(1)?;
            }
            self.between(index)?;
            if let Some(key) = key {
                self.shown(Value::Str(key), verb)?;
                self.write(b":")?;
            }
            if !matches!(item, Value::List(_) | Value::Map(_)) {
                self.element(item, verb)?;
            } else if let Some(inner) = self.enter(item, verb, outer.len() + 1)? {
                outer.push(std::mem::replace(&mut level, inner));
            }
        }
    }

    /// Begins a list or map. Gives nothing where all of it is written.
    fn enter<'a>(
        &mut self,
        value: Value<'a>,
        verb: char,
        depth: usize,
    ) -> Result<Option<Level<'a>>, Failure> {
        let (holds, bracket, is_nil): (_, &[u8], _) = match value {
            Value::List(list) if list.elem == Elem::Byte && matches!(verb, 's' | 'q' | 'x' | 'X') => {
                self.scratch(list.len())?;
                let bytes = Zeroizing::new(bytes_of(list));
                self.string(&bytes, verb)?;
                return Ok(None);
            }
            Value::List(list) => (Holds::List(list.items()), b"[", list.is_nil()),
            Value::Map(map) => (Holds::Map(map), b"map[", map.is_nil()),
            _ => return Ok(None),
        };
        if self.flags.syntax && is_nil {
            self.nil(type_name(value))?;
            return Ok(None);
        }
        if depth >= self.max_levels() {
            return Err(Failure::Limit("a value is nested too deeply to be printed"));
        }
        self.open(value, bracket)?;
        Ok(Some(Level { holds, index: 0 }))
    }

    /// A `[]byte` of its own for `%v` and `%d`.
    fn byte_list(&mut self, list: &List<'_>, verb: char) -> Result<(), Failure> {
        // Here it is called by its other name.
        let syntax = self.flags.syntax;
        match (syntax, list.is_nil()) {
            (true, true) => return self.nil("[]byte"),
            (true, false) => self.write(b"[]byte{")?,
            (false, _) => self.write(b"[")?,
        }
        for (index, byte) in list.items().iter().enumerate() {
            self.between(index)?;
            match byte {
                Value::Uint8(byte) if syntax => self.hexadecimal(u64::from(*byte))?,
                other => self.shown(*other, verb)?,
            }
        }
        self.close()
    }

    fn nil(&mut self, type_name: &str) -> Result<(), Failure> {
        self.write(type_name.as_bytes())?;
        self.write(b"(nil)")
    }

    fn open(&mut self, value: Value<'_>, bracket: &[u8]) -> Result<(), Failure> {
        if !self.flags.syntax {
            return self.write(bracket);
        }
        self.write(type_name(value).as_bytes())?;
        self.write(b"{")
    }

    fn between(&mut self, index: usize) -> Result<(), Failure> {
        match (index, self.flags.syntax) {
            (0, _) => Ok(()),
            (_, true) => self.write(b", "),
            (_, false) => self.write(b" "),
        }
    }

    fn close(&mut self) -> Result<(), Failure> {
        self.write(if self.flags.syntax { b"}" } else { b"]" })
    }
}
