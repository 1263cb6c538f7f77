//! Whether a version keeps a constraint.

use std::cmp::Ordering;

use super::constraint::Constraint;
use crate::object::{Version, order_prerelease};

/// How a constraint compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    /// The same up to the last number that is given, but that one may be larger.
    Tilde,
    /// The same up to the first number that is not 0.
    Caret,
}

impl Operator {
    pub(super) fn of(text: &[u8]) -> Self {
        match text {
            b"!=" => Self::NotEqual,
            b">" => Self::Greater,
            b"<" => Self::Less,
            b">=" | b"=>" => Self::GreaterEqual,
            b"<=" | b"=<" => Self::LessEqual,
            b"~" | b"~>" => Self::Tilde,
            b"^" => Self::Caret,
            _ => Self::Equal,
        }
    }
}

impl Constraint {
    /// Whether a version keeps it. Prereleases only do where it names one itself.
    pub(super) fn holds(&self, version: &Version) -> bool {
        let unwanted = !version.pre.is_empty() && self.version.pre.is_empty();
        if unwanted && (self.operator != Operator::NotEqual || self.partial) {
            return false;
        }
        let order = version.order(&self.version);
        match self.operator {
            Operator::Equal if self.partial => self.tilde(version, order),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.is_exceeded(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::LessEqual => self.is_not_exceeded(version, order),
            Operator::Tilde => self.tilde(version, order),
            Operator::Caret => self.caret(version, order),
        }
    }

    fn differs(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if !self.partial {
            return order.is_ne();
        }
        if own.major != version.major {
            return true;
        }
        if self.any_minor {
            return false;
        }
        if own.minor != version.minor {
            return true;
        }
        if own.patch != version.patch && !self.any_patch {
            return true;
        }
        if self.any_patch {
            let named = !version.pre.is_empty() || !own.pre.is_empty();
            return named && order_prerelease(&version.pre, &own.pre).is_ne();
        }
        order.is_ne()
    }

    /// `>11` is from 12 on.
    fn is_exceeded(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if !self.partial || version.major != own.major {
            return order.is_gt() && (!self.partial || version.major > own.major);
        }
        if self.any_minor {
            return false;
        }
        if self.any_patch {
            return version.minor > own.minor;
        }
        order.is_gt()
    }

    /// `<=11` has all of 11.
    fn is_not_exceeded(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if !self.partial {
            return order.is_le();
        }
        version.major < own.major
            || (version.major == own.major && (version.minor <= own.minor || self.any_minor))
    }

    fn tilde(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order.is_lt() {
            return false;
        }
        let zero = own.major == 0 && own.minor == 0 && own.patch == 0;
        if zero && !self.any_minor && !self.any_patch {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.any_minor)
    }

    fn caret(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order.is_lt() {
            return false;
        }
        if own.major > 0 || self.any_minor || version.major > 0 {
            return version.major == own.major;
        }
        if own.minor > 0 || self.any_patch || version.minor > 0 {
            return version.minor == own.minor;
        }
        own.patch == version.patch
    }
}
