//! Slices.

use std::cell::Cell;

use super::{Arena, Elem, Value};
use crate::Data;

/// A slice. Aliases see the same elements; a function that sorts in place replaces them for all.
pub struct List<'a> {
    /// The type of the elements.
    pub elem: Elem,
    items: Cell<Items<'a>>,
    arena: &'a Arena<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Items<'a> {
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

impl<'a> List<'a> {
    pub(super) fn new(elem: Elem, items: Items<'a>, arena: &'a Arena<'a>) -> Self {
        Self {
            elem,
            items: Cell::new(items),
            arena,
        }
    }

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
