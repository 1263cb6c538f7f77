//! What names stand for.

use std::collections::{BTreeMap, BTreeSet};

use crate::Segment;

/// From the root of the data.
pub(super) type Path = Vec<Segment>;

/// The names of the template, from the outermost place to this one.
pub(super) struct Scopes {
    frames: Vec<Frame>,
    /// What names of a frame stood for before they were set, in the order of the source.
    changes: Vec<(usize, String, Option<Vec<Path>>)>,
    /// Every name that the template sets.
    own: BTreeSet<String>,
}

#[derive(Default)]
struct Frame {
    /// Each with all that it may be a part of. None when it is not known, or made by the template.
    names: BTreeMap<String, Vec<Path>>,
    /// In the definition of a component nothing of the data is there.
    closed: bool,
}

/// The place where a branch began.
pub(super) struct Mark(usize);

impl Scopes {
    pub(super) fn new() -> Self {
        Self {
            frames: vec![Frame::default()],
            changes: Vec::new(),
            own: BTreeSet::new(),
        }
    }

    /// What a name may stand for: that of a variable, or a root of the data.
    pub(super) fn lookup(&self, name: &str) -> Vec<Path> {
        for frame in self.frames.iter().rev() {
            if let Some(paths) = frame.names.get(name) {
                return paths.clone();
            }
            if frame.closed {
                return vec![];
            }
        }
        vec![vec![Segment::Field(name.to_owned())]]
    }

    /// Whether the template sets the name somewhere.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.contains(name)
    }

    /// Begins what a loop or a component has inside, with names of its own.
    pub(super) fn open(&mut self, closed: bool) {
        self.frames.push(Frame {
            closed,
            ..Frame::default()
        });
    }

    pub(super) fn close(&mut self) {
        self.frames.pop();
        let left = self.frames.len();
        self.changes.retain(|(frame, ..)| *frame < left);
    }

    /// Begins what may be passed over.
    pub(super) fn enter_branch(&self) -> Mark {
        Mark(self.changes.len())
    }

    /// After what may be passed over, names may stand for what they stood for before it as well.
    pub(super) fn leave_branch(&mut self, mark: &Mark) {
        let mut before = BTreeMap::new();
        for (frame, name, paths) in self.changes.iter().skip(mark.0) {
            before
                .entry((*frame, name.clone()))
                .or_insert_with(|| paths.clone());
        }
        for ((index, name), paths) in before {
            let root = || vec![vec![Segment::Field(name.clone())]];
            let paths = paths.unwrap_or_else(root);
            if let Some(now) = self
                .frames
                .get_mut(index)
                .and_then(|frame| frame.names.get_mut(&name))
            {
                *now = either(std::mem::take(now), paths);
            }
        }
    }

    /// Names a value here, or for the whole template.
    pub(super) fn set(&mut self, name: &str, paths: Vec<Path>, global: bool) {
        let last = self.frames.len().saturating_sub(1);
        let index = if global { 0 } else { last };
        let Some(frame) = self.frames.get_mut(index) else {
            return;
        };
        let before = frame.names.insert(name.to_owned(), paths);
        self.changes.push((index, name.to_owned(), before));
        self.own.insert(name.to_owned());
    }
}

/// All that a value may be a part of. Of a value that may be a part of too many things, nothing is said.
pub(super) fn either(mut paths: Vec<Path>, others: Vec<Path>) -> Vec<Path> {
    const MOST: usize = 8;
    paths.extend(others);
    paths.sort_unstable();
    paths.dedup();
    if paths.len() > MOST { vec![] } else { paths }
}
