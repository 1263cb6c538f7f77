//! Types while they are found out: some of them are still open.

use std::{fmt, rc::Rc};

use crate::{
    library::Pattern,
    types::{Object, Type},
};

/// A type, perhaps an open one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ty {
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Null,
    Timestamp,
    Duration,
    Type,
    Dyn,
    /// Of what is wrong already: fits everywhere, so that one mistake is one problem.
    Wrong,
    List(Rc<Self>),
    Map(Rc<Self>, Rc<Self>),
    Object(&'static Object),
    /// Open: the empty list's items, for example.
    Open(usize),
}

impl From<&Type> for Ty {
    fn from(of: &Type) -> Self {
        match of {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Uint => Self::Uint,
            Type::Double => Self::Double,
            Type::String => Self::String,
            Type::Bytes => Self::Bytes,
            Type::Null => Self::Null,
            Type::Timestamp => Self::Timestamp,
            Type::Duration => Self::Duration,
            Type::Type => Self::Type,
            Type::Dyn => Self::Dyn,
            Type::List(of) => Self::List(Rc::new(Self::from(&**of))),
            Type::Map(from, to) => Self::Map(Rc::new(Self::from(&**from)), Rc::new(Self::from(&**to))),
            Type::Object(object) => Self::Object(object),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, SHOWN_LEVELS)
    }
}

/// Types may be large, and messages are for people.
const SHOWN_LEVELS: usize = 3;

impl Ty {
    fn write(&self, f: &mut fmt::Formatter<'_>, levels: usize) -> fmt::Result {
        let end = match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Null => "null",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Type => "type",
            Self::Dyn | Self::Wrong | Self::Open(_) => "dyn",
            Self::List(_) | Self::Map(..) if levels == 0 => "…",
            Self::List(of) => {
                f.write_str("list(")?;
                of.write(f, levels - 1)?;
                ")"
            }
            Self::Map(from, to) => {
                f.write_str("map(")?;
                from.write(f, levels - 1)?;
                f.write_str(", ")?;
                to.write(f, levels - 1)?;
                ")"
            }
            Self::Object(object) => object.name,
        };
        f.write_str(end)
    }
}

/// What the open types have turned out to be.
#[derive(Debug)]
pub(super) struct Types {
    known: Vec<Option<Ty>>,
    /// What to undo where an attempt fails.
    undo: Vec<(usize, Option<Ty>)>,
    fuel: u32,
}

/// Some milliseconds; an expression that people write needs hundreds.
const FUEL: u32 = 100_000;

impl Types {
    pub(super) fn new() -> Self {
        Self {
            known: Vec::new(),
            undo: Vec::new(),
            fuel: FUEL,
        }
    }

    /// A new open type.
    pub(super) fn open(&mut self) -> Ty {
        self.known.push(None);
        Ty::Open(self.known.len() - 1)
    }

    /// Whether the types became too large to go on: types may double with each level of an expression.
    pub(super) fn exhausted(&self) -> bool {
        self.fuel == 0
    }

    fn burn(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    fn find(&self, open: usize) -> Option<&Ty> {
        self.known.get(open).and_then(Option::as_ref)
    }

    fn bind(&mut self, open: usize, to: Ty) {
        if let Some(known) = self.known.get_mut(open) {
            self.undo.push((open, known.replace(to)));
        }
    }

    /// Whether values of each type may stand where the other is wanted. Open types are bound, but where this is false.
    pub(super) fn fit(&mut self, given: &[Ty], wanted: &[Ty]) -> bool {
        let mark = self.undo.len();
        let fits = given.len() == wanted.len()
            && given
                .iter()
                .zip(wanted)
                .all(|(given, wanted)| self.fits(given, wanted));
        if !fits {
            for (open, before) in self.undo.drain(mark..).rev() {
                if let Some(known) = self.known.get_mut(open) {
                    *known = before;
                }
            }
        }
        fits
    }

    /// The same for one.
    pub(super) fn fit_one(&mut self, given: &Ty, wanted: &Ty) -> bool {
        self.fit(std::slice::from_ref(given), std::slice::from_ref(wanted))
    }

    fn fits(&mut self, given: &Ty, wanted: &Ty) -> bool {
        if !self.burn() {
            return true;
        }
        if let Ty::Open(open) = wanted {
            match self.may_stand_for(given, *open) {
                Ok(()) => return true,
                Err(known) if known => return false,
                Err(_) => {}
            }
        }
        if let Ty::Open(open) = given {
            return self.may_stand_for(wanted, *open).is_ok();
        }
        match (given, wanted) {
            (Ty::Dyn | Ty::Wrong, _) | (_, Ty::Dyn | Ty::Wrong) => true,
            // Messages can be null, and these two are messages.
            (Ty::Null, other) | (other, Ty::Null) => {
                matches!(other, Ty::Null | Ty::Timestamp | Ty::Duration | Ty::Object(_))
            }
            (Ty::List(given), Ty::List(wanted)) => self.fits(given, wanted),
            (Ty::Map(given_from, given_to), Ty::Map(wanted_from, wanted_to)) => {
                self.fits(given_from, wanted_from) && self.fits(given_to, wanted_to)
            }
            (given, wanted) => given == wanted,
        }
    }

    /// Binds an open type to another, or to what is common to both. The error says whether it was bound already.
    fn may_stand_for(&mut self, other: &Ty, open: usize) -> Result<(), bool> {
        if *other == Ty::Open(open) {
            return Ok(());
        }
        if let Some(known) = self.find(open).cloned() {
            if *other == known {
                return Ok(());
            }
            if !self.fits(other, &known) {
                return Err(true);
            }
            let general = most_general(other.clone(), known);
            if !self.occurs(open, &general) {
                self.bind(open, general);
            }
            return Ok(());
        }
        if self.occurs(open, other) {
            return Err(false);
        }
        self.bind(open, other.clone());
        Ok(())
    }

    /// Whether an open type is inside of another.
    fn occurs(&mut self, open: usize, within: &Ty) -> bool {
        if !self.burn() {
            return false;
        }
        match within {
            Ty::Open(other) if *other == open => true,
            Ty::Open(other) => match self.find(*other).cloned() {
                Some(known) => self.occurs(open, &known),
                None => false,
            },
            Ty::List(of) => self.occurs(open, of),
            Ty::Map(from, to) => self.occurs(open, from) || self.occurs(open, to),
            _ => false,
        }
    }

    /// The type with all that is known in it.
    pub(super) fn resolve(&mut self, of: &Ty) -> Ty {
        if !self.burn() {
            return Ty::Wrong;
        }
        match of {
            Ty::Open(open) => match self.find(*open).cloned() {
                Some(known) => self.resolve(&known),
                None => of.clone(),
            },
            Ty::List(of) => Ty::List(Rc::new(self.resolve(of))),
            Ty::Map(from, to) => Ty::Map(Rc::new(self.resolve(from)), Rc::new(self.resolve(to))),
            other => other.clone(),
        }
    }

    /// The common type of items, one more of them.
    pub(super) fn join(&mut self, before: Option<Ty>, item: Ty) -> Ty {
        match before {
            None => item,
            Some(before) if self.fit_one(&before, &item) => most_general(before, item),
            Some(_) => Ty::Dyn,
        }
    }

    /// A type of a signature, with the open types that stand for its letters.
    pub(super) fn instance(&mut self, pattern: Pattern, letters: &mut [Option<Ty>; 2]) -> Ty {
        match pattern {
            Pattern::Bool => Ty::Bool,
            Pattern::Int => Ty::Int,
            Pattern::Uint => Ty::Uint,
            Pattern::Double => Ty::Double,
            Pattern::String => Ty::String,
            Pattern::Bytes => Ty::Bytes,
            Pattern::Timestamp => Ty::Timestamp,
            Pattern::Duration => Ty::Duration,
            Pattern::Type => Ty::Type,
            Pattern::Dyn => Ty::Dyn,
            Pattern::List(of) => Ty::List(Rc::new(self.instance(*of, letters))),
            Pattern::Map(from, to) => {
                let from = self.instance(*from, letters);
                Ty::Map(Rc::new(from), Rc::new(self.instance(*to, letters)))
            }
            Pattern::A | Pattern::B => {
                let [a, b] = letters;
                let letter = if pattern == Pattern::A { a } else { b };
                letter.get_or_insert_with(|| self.open()).clone()
            }
        }
    }
}

fn most_general(one: Ty, other: Ty) -> Ty {
    if is_general(&one, &other) { one } else { other }
}

/// Whether the first is the same as the second, or says less.
fn is_general(one: &Ty, other: &Ty) -> bool {
    match (one, other) {
        (Ty::Dyn | Ty::Open(_), _) => true,
        (_, Ty::Dyn | Ty::Open(_)) => false,
        (Ty::List(one), Ty::List(other)) => is_general(one, other),
        (Ty::Map(one_from, one_to), Ty::Map(other_from, other_to)) => {
            is_general(one_from, other_from) && is_general(one_to, other_to)
        }
        (one, other) => one == other,
    }
}
