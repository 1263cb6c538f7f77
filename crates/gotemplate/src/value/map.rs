//! Maps.

use std::cell::{Cell, RefCell};

use super::{Arena, Elem, Value};
use crate::{Data, DataMap};

/// Up to here looking at each key is faster than searching among sorted ones.
const FEW: usize = 16;

/// A map. Aliases see the same entries.
pub struct Map<'a> {
    /// The type of the values.
    pub elem: Elem,
    entries: RefCell<Entries<'a>>,
    arena: &'a Arena<'a>,
}

pub(super) enum Entries<'a> {
    /// Go's nil map.
    Nil,
    /// In the order of their keys.
    Made(Vec<(&'a [u8], Value<'a>)>),
    /// Of the data, and not changed yet.
    Given(Given<'a>),
}

/// A map of the data. Lists and maps in it are made when they are asked for, and kept, so that all see the same.
pub(super) struct Given<'a> {
    data: &'a DataMap<'a>,
    /// What was made, by the place of its entry. Empty until something is.
    made: Cell<&'a [Cell<Value<'a>>]>,
}

impl<'a> Given<'a> {
    pub(super) fn new(data: &'a DataMap<'a>) -> Self {
        Self {
            data,
            made: Cell::new(&[]),
        }
    }

    fn at(&self, index: usize, arena: &'a Arena<'a>) -> Option<(&'a [u8], Value<'a>)> {
        let (key, data) = self.data.entries().get(index)?;
        Some((key.as_bytes(), self.value(index, data, arena)))
    }

    #[inline]
    fn value(&self, index: usize, data: &'a Data<'a>, arena: &'a Arena<'a>) -> Value<'a> {
        match data {
            Data::List(_) | Data::Map(_) => self.kept(index, data, arena),
            scalar => arena.given(scalar),
        }
    }

    fn kept(&self, index: usize, data: &'a Data<'a>, arena: &'a Arena<'a>) -> Value<'a> {
        if self.made.get().is_empty() {
            self.made.set(arena.cells(self.data.entries().len()));
        }
        let Some(cell) = self.made.get().get(index) else {
            return arena.given(data);
        };
        if let Value::Missing = cell.get() {
            cell.set(arena.given(data));
        }
        cell.get()
    }

    fn all(&self, arena: &'a Arena<'a>) -> Vec<(&'a [u8], Value<'a>)> {
        (0..self.data.entries().len())
            .filter_map(|index| self.at(index, arena))
            .collect()
    }
}

/// The entry with a key, and its place, among entries in the order of their keys.
#[inline]
fn find<'e, T>(entries: &'e [T], key: &[u8], of: impl Fn(&T) -> &[u8]) -> Option<(usize, &'e T)> {
    if entries.len() <= FEW {
        entries.iter().enumerate().find(|(_, entry)| of(entry) == key)
    } else {
        let index = entries.binary_search_by(|entry| of(entry).cmp(key)).ok()?;
        Some((index, entries.get(index)?))
    }
}

impl<'a> Map<'a> {
    pub(super) fn new(elem: Elem, entries: Entries<'a>, arena: &'a Arena<'a>) -> Self {
        Self {
            elem,
            entries: RefCell::new(entries),
            arena,
        }
    }

    /// One value. [`Value::Missing`] where there is none.
    pub fn get(&self, key: &[u8]) -> Value<'a> {
        match &*self.entries.borrow() {
            Entries::Nil => Value::Missing,
            Entries::Made(entries) => match find(entries, key, |(own, _)| own) {
                Some((_, (_, value))) => *value,
                None => Value::Missing,
            },
            Entries::Given(given) => match find(given.data.entries(), key, |(own, _)| own.as_bytes()) {
                Some((index, (_, data))) => given.value(index, data, self.arena),
                None => Value::Missing,
            },
        }
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
            Entries::Given(given) => given.data.entries().len(),
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

    /// The entries as they are now, in the order of their keys. A copy, so that the map may change meanwhile.
    pub fn entries(&self) -> Vec<(&'a [u8], Value<'a>)> {
        match &*self.entries.borrow() {
            Entries::Nil => Vec::new(),
            Entries::Made(entries) => entries.clone(),
            Entries::Given(given) => given.all(self.arena),
        }
    }

    /// One entry, counted from 0 in the order of their keys. For who goes through a map and keeps no copy of it.
    pub fn entry(&self, index: usize) -> Option<(&'a [u8], Value<'a>)> {
        match &*self.entries.borrow() {
            Entries::Nil => None,
            Entries::Made(entries) => entries.get(index).copied(),
            Entries::Given(given) => given.at(index, self.arena),
        }
    }

    /// Sets one value for all who hold the map. Go refuses that for a nil map, which is for the caller to do.
    pub fn insert(&self, key: &'a [u8], value: Value<'a>) {
        self.change(
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
        if self.is_nil() {
            return;
        }
        self.change(|entries| {
            if let Ok(at) = entries.binary_search_by(|(own, _)| (*own).cmp(key)) {
                entries.remove(at);
            }
        });
    }

    /// Changes the entries, which stay in the order of their keys.
    fn change(&self, change: impl FnOnce(&mut Vec<(&'a [u8], Value<'a>)>)) {
        let mut entries = self.entries.borrow_mut();
        let mut own = match std::mem::replace(&mut *entries, Entries::Nil) {
            Entries::Nil => Vec::new(),
            Entries::Made(own) => own,
            Entries::Given(given) => given.all(self.arena),
        };
        change(&mut own);
        *entries = Entries::Made(own);
    }
}
