//! Functions: how they are declared, found and called.

mod call;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub use call::Call;

use crate::Value;

/// What a function does with arguments that are already of the types it declares.
pub type Run = for<'a> fn(&mut Call<'_, 'a>) -> Result<Value<'a>, Failure>;

/// Go's type of a parameter or result. Arguments are checked as Go checks them: an `int64` does not fit an `int`, and a
/// constant fits whatever can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything; what is missing comes as nil.
    Any,
    /// `reflect.Value`: anything, and what is missing comes as missing.
    Reflect,
    /// `bool`
    Bool,
    /// `string`
    String,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `uint64`
    Uint64,
    /// `float64`
    Float,
    /// `[]interface {}`
    Anys,
    /// `[]string`
    Strings,
    /// `[]int`
    Ints,
    /// `map[string]interface {}`
    Map,
    /// `map[string]string`
    StringMap,
    /// `time.Time`
    Time,
    /// `time.Duration`
    Duration,
    /// `time.Month`
    Month,
    /// `time.Weekday`
    Weekday,
    /// `*time.Location`
    Location,
    /// `*semver.Version`
    Version,
    /// `[]uint8`
    Bytes,
}

/// The parameters of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Those that must be given.
    pub fixed: &'static [Type],
    /// Any number of further ones.
    pub rest: Option<Type>,
}

/// One function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub params: Params,
    /// What it gives.
    pub result: Type,
    /// What it does.
    pub run: Run,
    /// It evaluates its arguments one by one, and gives the first whose truth is this: `and`, `or`.
    pub(crate) stops_at: Option<bool>,
    /// It writes its arguments as they are, so that one that is missing would be seen.
    pub(crate) shows: bool,
    /// Behind the first argument it takes nothing that is an interface to Go: `slice` does not look into them.
    pub(crate) concrete: bool,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// A function with exactly these parameters.
    #[must_use]
    pub const fn new(name: &'static str, fixed: &'static [Type], result: Type, run: Run) -> Self {
        Self {
            name,
            params: Params { fixed, rest: None },
            result,
            run,
            stops_at: None,
            shows: false,
            concrete: false,
        }
    }

    /// A function with these parameters and any number of further ones.
    #[must_use]
    pub const fn variadic(
        name: &'static str,
        fixed: &'static [Type],
        rest: Type,
        result: Type,
        run: Run,
    ) -> Self {
        Self {
            name,
            params: Params {
                fixed,
                rest: Some(rest),
            },
            result,
            run,
            stops_at: None,
            shows: false,
            concrete: false,
        }
    }

    /// The same function under another name.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same, but it evaluates its arguments one by one, and gives the first whose truth is `stop`, or the last.
    pub(crate) const fn stops_at(self, stop: bool) -> Self {
        Self {
            stops_at: Some(stop),
            ..self
        }
    }

    /// The same, but it writes its arguments as they are: [`crate::Missing::Refuse`] is for them too.
    pub(crate) const fn shows(self) -> Self {
        Self { shows: true, ..self }
    }

    /// The same, but behind the first argument it takes nothing that comes straight out of a map or list.
    pub(crate) const fn concrete(self) -> Self {
        Self {
            concrete: true,
            ..self
        }
    }

    /// The type of a parameter, counted from 0.
    #[must_use]
    pub fn param(&self, index: usize) -> Option<Type> {
        self.params.fixed.get(index).copied().or(self.params.rest)
    }

    /// The number of arguments in words: `1 argument`, `at least 2 arguments`.
    #[must_use]
    pub fn wants(&self) -> String {
        let count = self.params.fixed.len();
        let plural = if count == 1 { "argument" } else { "arguments" };
        let at_least = if self.params.rest.is_some() {
            "at least "
        } else {
            ""
        };
        format!("{at_least}{count} {plural}")
    }

    /// Whether so many arguments may be given.
    #[must_use]
    pub fn takes(&self, count: usize) -> bool {
        count == self.params.fixed.len() || (self.params.rest.is_some() && count > self.params.fixed.len())
    }
}

/// Why a function gave nothing. Never carries a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An argument (from 0) does not do; a sentence that goes on from the argument's text: `is not a base64 string`.
    Argument(usize, &'static str),
    /// The function as a whole failed; a sentence that never depends on values.
    Message(&'static str),
    /// A format that is written cannot hold the value.
    CannotHold {
        /// The format in words.
        format: &'static str,
        /// Why, and what would help.
        why: &'static str,
    },
    /// The same with the names of two types in the places of `{0}` and `{1}`: `len of type {0}`.
    Types(&'static str, [&'static str; 2]),
    /// A bound of [`crate::Limits`] was reached.
    Limit(&'static str),
    /// `fail` and its like: the template stopped itself. The message is that argument, where it is a constant of the
    /// template; else nobody may see it.
    Stop(usize),
}

impl Failure {
    pub(crate) const fn steps() -> Self {
        Self::Limit("the template does too much work; it must do with less looping")
    }
}

/// A set of functions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Functions(Arc<Tables>);

#[derive(Debug)]
struct Tables {
    known: HashMap<&'static str, &'static Function>,
    /// Left out on purpose, with the reason.
    refused: HashMap<&'static str, &'static str>,
}

/// What is known of a name.
#[derive(Clone, Copy, Debug)]
pub enum Lookup {
    /// A function.
    Known(&'static Function),
    /// A function that is left out on purpose, with the reason.
    Refused(&'static str),
    /// Nothing.
    Unknown,
}

impl Functions {
    /// What Go's `text/template` brings.
    #[must_use]
    pub fn builtin() -> Self {
        static SET: LazyLock<Functions> =
            LazyLock::new(|| Functions::of(&[crate::funcs::BUILTIN], crate::funcs::REFUSED_BUILTIN));
        SET.clone()
    }

    /// Those and sprig's `TxtFuncMap`.
    #[must_use]
    pub fn sprig() -> Self {
        static SET: LazyLock<Functions> =
            LazyLock::new(|| Functions::of(crate::funcs::SPRIG, crate::funcs::REFUSED_SPRIG));
        SET.clone()
    }

    fn of(tables: &[&'static [Function]], refused: &[(&'static str, &'static str)]) -> Self {
        let known = tables
            .iter()
            .flat_map(|table| table.iter())
            .map(|function| (function.name, function))
            .collect();
        Self(Arc::new(Tables {
            known,
            refused: refused.iter().copied().collect(),
        }))
    }

    /// These and more; a function of the same name replaces the one that is there.
    #[must_use]
    pub fn with(&self, more: &'static [Function]) -> Self {
        let mut known = self.0.known.clone();
        known.extend(more.iter().map(|function| (function.name, function)));
        let mut refused = self.0.refused.clone();
        refused.retain(|name, _| !known.contains_key(name));
        Self(Arc::new(Tables { known, refused }))
    }

    /// These, but for some that are left out with a reason, whether they were there or not.
    #[must_use]
    pub fn without(&self, refused: &[(&'static str, &'static str)]) -> Self {
        let mut tables = Tables {
            known: self.0.known.clone(),
            refused: self.0.refused.clone(),
        };
        tables
            .known
            .retain(|name, _| refused.iter().all(|(other, _)| other != name));
        tables.refused.extend(refused.iter().copied());
        Self(Arc::new(tables))
    }

    /// Finds a function.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Lookup {
        match (self.0.known.get(name), self.0.refused.get(name)) {
            (Some(function), _) => Lookup::Known(function),
            (None, Some(why)) => Lookup::Refused(why),
            (None, None) => Lookup::Unknown,
        }
    }

    /// All names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.known.keys().copied().collect();
        names.sort_unstable();
        names
    }
}
