//! What to do so that a volume holds the wanted files. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{FileName, Previous};

/// What is in a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The folder that `..data` points at, when it exists.
    pub current: Option<String>,
    /// Everything else that begins with `..`: replaced generations, and what a cut-short write left.
    pub leftovers: BTreeSet<String>,
    /// The other names, and whether each is the right link.
    pub visible: BTreeMap<String, bool>,
}

/// Whether the content changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// The current generation is what is wanted.
    None,
    /// A new generation of this name.
    To(&'a str),
}

/// One operation on a volume's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOp {
    /// Removes a generation, or whatever else is there under this name.
    Remove(String),
    /// Makes the folder of a generation.
    Make(String),
    /// Writes the file with this index into the new generation.
    Write {
        /// The generation.
        generation: String,
        /// Which of the wanted files.
        index: usize,
        /// Its name.
        name: FileName,
    },
    /// Makes the visible link of a file.
    Link(FileName),
    /// Puts the visible link of a file in the place of something else.
    Relink(FileName),
    /// Makes `..data` point at a generation, in one step.
    Swap(String),
    /// Removes a visible name.
    Unlink(String),
}

impl FileOp {
    /// Whether the new generation is not in use yet when this operation fails.
    #[must_use]
    pub fn is_before_swap(&self) -> bool {
        matches!(
            self,
            Self::Make(_) | Self::Write { .. } | Self::Link(_) | Self::Relink(_) | Self::Swap(_)
        )
    }
}

impl fmt::Display for FileOp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remove(name) => write!(formatter, "remove {name}"),
            Self::Make(generation) => write!(formatter, "make {generation}"),
            Self::Write { generation, name, .. } => write!(formatter, "write {generation}/{name}"),
            Self::Link(name) => write!(formatter, "link {name}"),
            Self::Relink(name) => write!(formatter, "relink {name}"),
            Self::Swap(generation) => write!(formatter, "swap to {generation}"),
            Self::Unlink(name) => write!(formatter, "unlink {name}"),
        }
    }
}

/// The operations, in order.
///
/// *Guarantees:* links of new files come before the swap and links of old ones go after it, so that in the instant
/// of the swap all names and contents change together: a link whose file is not in the generation yet (or no more)
/// reads as "no such file". With nothing to change the plan is empty.
#[must_use]
pub fn plan(seen: &Seen, names: &[&FileName], change: Change<'_>, previous: Previous) -> Vec<FileOp> {
    let wanted: BTreeSet<&str> = names.iter().map(|name| name.as_str()).collect();
    let mut ops = Vec::new();
    if let Change::To(generation) = change {
        ops.extend(seen.leftovers.iter().cloned().map(FileOp::Remove));
        ops.push(FileOp::Make(generation.to_owned()));
        ops.extend(names.iter().enumerate().map(|(index, name)| FileOp::Write {
            generation: generation.to_owned(),
            index,
            name: (*name).clone(),
        }));
    }
    for name in names {
        match seen.visible.get(name.as_str()) {
            Some(true) => {}
            Some(false) => ops.push(FileOp::Relink((*name).clone())),
            None => ops.push(FileOp::Link((*name).clone())),
        }
    }
    if let Change::To(generation) = change {
        ops.push(FileOp::Swap(generation.to_owned()));
    }
    let gone = seen.visible.keys().filter(|name| !wanted.contains(name.as_str()));
    ops.extend(gone.cloned().map(FileOp::Unlink));
    match (change, previous, &seen.current) {
        (Change::To(_), Previous::Remove, Some(current)) => ops.push(FileOp::Remove(current.clone())),
        (Change::None, Previous::Remove, _) => ops.extend(seen.leftovers.iter().cloned().map(FileOp::Remove)),
        (Change::To(_), _, _) | (Change::None, Previous::Linger, _) => {}
    }
    ops
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(current: Option<&str>, leftovers: &[&str], visible: &[(&str, bool)]) -> Seen {
        Seen {
            current: current.map(str::to_owned),
            leftovers: leftovers.iter().map(|name| (*name).to_owned()).collect(),
            visible: visible
                .iter()
                .map(|(name, right)| ((*name).to_owned(), *right))
                .collect(),
        }
    }

    fn check(seen: &Seen, names: &[&str], change: Change<'_>, previous: Previous, want: &[&str]) {
        let names: Vec<FileName> = names.iter().map(|name| FileName::parse(name).unwrap()).collect();
        let names: Vec<&FileName> = names.iter().collect();
        let got: Vec<String> = plan(seen, &names, change, previous)
            .iter()
            .map(FileOp::to_string)
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn first_write() {
        check(
            &Seen::default(),
            &["a", "b"],
            Change::To("..1"),
            Previous::Linger,
            &[
                "make ..1",
                "write ..1/a",
                "write ..1/b",
                "link a",
                "link b",
                "swap to ..1",
            ],
        );
    }

    #[test]
    fn nothing_to_do() {
        let seen = seen(Some("..1"), &["..0"], &[("a", true)]);
        check(&seen, &["a"], Change::None, Previous::Linger, &[]);
        check(&seen, &["a"], Change::None, Previous::Remove, &["remove ..0"]);
    }

    #[test]
    fn new_names_are_linked_before_the_swap_and_old_ones_unlinked_after() {
        check(
            &seen(Some("..1"), &[], &[("a", true), ("old", true)]),
            &["a", "new"],
            Change::To("..2"),
            Previous::Linger,
            &[
                "make ..2",
                "write ..2/a",
                "write ..2/new",
                "link new",
                "swap to ..2",
                "unlink old",
            ],
        );
    }

    #[test]
    fn leftovers_go_first_and_wrong_links_are_replaced() {
        check(
            &seen(Some("..1"), &["..0", "..data_tmp"], &[("a", false)]),
            &["a"],
            Change::To("..2"),
            Previous::Linger,
            &[
                "remove ..0",
                "remove ..data_tmp",
                "make ..2",
                "write ..2/a",
                "relink a",
                "swap to ..2",
            ],
        );
    }

    #[test]
    fn a_write_cut_short_after_the_swap_is_finished_without_a_new_generation() {
        check(
            &seen(Some("..2"), &["..1"], &[("a", true), ("old", true)]),
            &["a", "new"],
            Change::None,
            Previous::Linger,
            &["link new", "unlink old"],
        );
    }

    #[test]
    fn revoking_leaves_nothing() {
        check(
            &seen(Some("..1"), &["..0"], &[("a", true)]),
            &[],
            Change::To("..2"),
            Previous::Remove,
            &["remove ..0", "make ..2", "swap to ..2", "unlink a", "remove ..1"],
        );
    }
}
