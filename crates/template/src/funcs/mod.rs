//! The functions of templates: one table, which the parser, the interpreter and the static checks share.
//!
//! All of them are pure. What they need to know they get as arguments, and what they make they pay for.

mod arguments;
mod builtin;
mod dicts;
mod encode;
mod escapes;
mod forbidden;
mod json;
mod lists;
mod logic;
mod math;
mod paths;
mod pattern;
mod reflect;
mod strings;
mod url;
mod yaml;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(crate) use arguments::Arguments;
pub(crate) use json::convert as convert_json;
pub(crate) use pattern::Cache;

use crate::engine::meter::Failure;
use crate::engine::value::Value;

/// What a function does.
type Run = fn(&mut Arguments<'_>) -> Result<Value, Failure>;

/// One function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// The fewest arguments, with the value of the pipe.
    pub(crate) min: usize,
    /// The most, where there is a bound.
    pub(crate) max: Option<usize>,
    pub(crate) run: Run,
    /// Its cost does not grow with the size of its arguments.
    pub(crate) flat: bool,
    pub(crate) special: Special,
}

/// What the interpreter and the static checks know about a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    /// Nothing.
    None,
    /// Stops at the first argument that is false.
    And,
    /// Stops at the first argument that is true.
    Or,
    /// Changes the variable that is its first argument.
    Changes,
    /// Takes arguments that are missing.
    Forgives,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// The number of arguments in words.
    pub(crate) fn wants(&self) -> String {
        let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
        match self.max {
            Some(max) if max == self.min => format!("{max} {}", plural(max)),
            Some(max) => format!("{} to {max} arguments", self.min),
            None => format!("at least {} {}", self.min, plural(self.min)),
        }
    }

    const fn flat(mut self) -> Self {
        self.flat = true;
        self
    }

    const fn special(mut self, special: Special) -> Self {
        self.special = special;
        self
    }

    /// The same function under another name.
    const fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

/// A function with exactly `count` arguments.
const fn fixed(name: &'static str, count: usize, run: Run) -> Function {
    between(name, count, count, run)
}

/// A function with `min` to `max` arguments.
const fn between(name: &'static str, min: usize, max: usize, run: Run) -> Function {
    Function {
        name,
        min,
        max: Some(max),
        run,
        flat: false,
        special: Special::None,
    }
}

/// A function with `min` or more arguments.
const fn many(name: &'static str, min: usize, run: Run) -> Function {
    Function {
        name,
        min,
        max: None,
        run,
        flat: false,
        special: Special::None,
    }
}

static TABLE: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let tables = [
        builtin::FUNCTIONS,
        dicts::FUNCTIONS,
        encode::FUNCTIONS,
        escapes::FUNCTIONS,
        json::FUNCTIONS,
        lists::FUNCTIONS,
        logic::FUNCTIONS,
        math::FUNCTIONS,
        paths::FUNCTIONS,
        pattern::FUNCTIONS,
        reflect::FUNCTIONS,
        strings::FUNCTIONS,
        url::FUNCTIONS,
        yaml::FUNCTIONS,
    ];
    tables
        .into_iter()
        .flatten()
        .map(|function| (function.name, function))
        .collect()
});

/// What is known of a name.
pub(crate) enum Lookup {
    Known(&'static Function),
    /// Left out on purpose, with the reason.
    Forbidden(&'static str),
    /// Not known, with the nearest name that is.
    Unknown(Option<String>),
}

/// Finds a function.
pub(crate) fn lookup(name: &str) -> Lookup {
    if let Some(function) = TABLE.get(name) {
        return Lookup::Known(function);
    }
    match forbidden::reason(name) {
        Some(why) => Lookup::Forbidden(why),
        None => Lookup::Unknown(crate::suggest::nearest(name, TABLE.keys().copied()).map(str::to_owned)),
    }
}

/// Every function.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_none_is_forbidden() {
        let names: Vec<_> = TABLE.keys().collect();
        assert!(names.len() > 180, "{}", names.len());
        for name in names {
            assert!(forbidden::reason(name).is_none(), "{name}");
        }
        let tables = [
            builtin::FUNCTIONS,
            strings::FUNCTIONS,
            lists::FUNCTIONS,
            dicts::FUNCTIONS,
            logic::FUNCTIONS,
        ];
        let count: usize = tables.iter().map(|table| table.len()).sum();
        let unique: std::collections::BTreeSet<_> = tables.into_iter().flatten().map(|f| f.name).collect();
        assert_eq!(unique.len(), count);
    }

    #[test]
    fn counts_read_as_people_say_them() {
        let wants = |name| match lookup(name) {
            Lookup::Known(function) => function.wants(),
            _ => panic!("{name}"),
        };
        assert_eq!(wants("upper"), "1 argument");
        assert_eq!(wants("replace"), "3 arguments");
        assert_eq!(wants("default"), "1 to 2 arguments");
        assert_eq!(wants("index"), "at least 1 argument");
    }
}
