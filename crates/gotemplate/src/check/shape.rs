//! What a value may be: places of the data, or maps and lists made of them.

use std::collections::{BTreeMap, BTreeSet};

use super::Segment;

/// A place in the data.
pub(super) type Path = Vec<Segment>;

/// Longer paths and larger sets are forgotten.
const MAX_PATH: usize = 24;
const MAX_PATHS: usize = 16;
const MAX_LEVELS: usize = 8;

/// The places that a value may come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shape {
    pub(super) paths: BTreeSet<Path>,
    /// Of maps that the template made.
    fields: BTreeMap<String, Self>,
    /// Of lists that the template made: all items as one.
    items: Option<Box<Self>>,
}

impl Shape {
    /// A value that has nothing to do with the data, or lost its track.
    pub(super) fn unknown() -> Self {
        Self::default()
    }

    pub(super) fn root() -> Self {
        Self {
            paths: BTreeSet::from([Vec::new()]),
            ..Self::default()
        }
    }

    pub(super) fn list(items: impl Iterator<Item = Self>) -> Self {
        let items = items.fold(Self::unknown(), |all, item| all.or(&item));
        Self {
            items: Some(Box::new(items)),
            ..Self::default()
        }
        .bounded()
    }

    pub(super) fn map(fields: BTreeMap<String, Self>) -> Self {
        Self {
            fields,
            ..Self::default()
        }
        .bounded()
    }

    /// The one place, where it is certain.
    pub(super) fn only(&self) -> Option<&Path> {
        let made = !self.fields.is_empty() || self.items.is_some();
        if made || self.paths.len() != 1 {
            None
        } else {
            self.paths.first()
        }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.paths.extend(other.paths.iter().cloned());
        if both.paths.len() > MAX_PATHS {
            return Self::unknown();
        }
        for (key, value) in &other.fields {
            let merged = both
                .fields
                .get(key)
                .map_or_else(|| value.clone(), |own| own.or(value));
            both.fields.insert(key.clone(), merged);
        }
        both.items = match (both.items, &other.items) {
            (Some(own), Some(other)) => Some(Box::new(own.or(other))),
            (own, other) => own.or_else(|| other.clone()),
        };
        both
    }

    pub(super) fn step(&self, segment: &Segment) -> Self {
        let mut next = Self::unknown();
        for path in &self.paths {
            if path.len() < MAX_PATH {
                let mut path = path.clone();
                path.push(segment.clone());
                next.paths.insert(path);
            }
        }
        let made: Vec<&Self> = match segment.key() {
            Some(key) => self.fields.get(key).into_iter().collect(),
            None => self.fields.values().chain(self.items.as_deref()).collect(),
        };
        made.into_iter().fold(next, |next, shape| next.or(shape))
    }

    pub(super) fn field(&self, name: &str) -> Self {
        self.step(&Segment::Field(name.to_owned()))
    }

    fn levels(&self) -> usize {
        let below = self
            .fields
            .values()
            .chain(self.items.as_deref())
            .map(Self::levels)
            .max();
        below.map_or(0, |levels| levels + 1)
    }

    /// A loop may nest lists without end.
    fn bounded(self) -> Self {
        let wide = self.fields.len() > MAX_PATHS * 4;
        if wide || self.levels() > MAX_LEVELS {
            Self::unknown()
        } else {
            self
        }
    }
}
