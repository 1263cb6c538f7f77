//! The tree of a regular expression.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// The empty text.
    Empty,
    Char(char),
    /// One character of a set.
    Class(Vec<(char, char)>),
    /// Any character.
    Any,
    /// Any character but a line end.
    AnyInLine,
    Assert(Assertion),
    Capture(usize, Box<Self>),
    Repeat {
        node: Box<Self>,
        min: u32,
        /// Without: any number.
        max: Option<u32>,
        greedy: bool,
    },
    Concat(Vec<Self>),
    /// The first that matches.
    Either(Vec<Self>),
}

/// What holds between two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    WordBoundary,
    NoWordBoundary,
}

/// Why a text is no regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// In Go neither.
    Wrong(&'static str),
    /// Go takes it, but it is too large here.
    TooLarge,
}

/// A parsed expression.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) node: Node,
    /// The names of the groups; the first is the whole match.
    pub(super) names: Vec<String>,
}

impl Node {
    /// A set of characters, with those that differ in case only where that does not matter.
    pub(super) fn class(mut class: ClassUnicode, fold: bool, negate: bool) -> Self {
        if fold {
            add_other_cases(&mut class);
        }
        if negate {
            class.negate();
        }
        Self::Class(
            class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()))
                .collect(),
        )
    }

    pub(super) fn literal(char: char, fold: bool) -> Self {
        if !fold || (char.is_ascii() && !char.is_ascii_alphabetic()) {
            return Self::Char(char);
        }
        let class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
        Self::class(class, true, false)
    }

    /// How many repetitions are directly in one another, as far as that matters.
    pub(super) fn repetitions(&self) -> usize {
        let mut node = self;
        let mut count = 0;
        while let Self::Repeat { node: inner, .. } = node {
            node = inner;
            count += 1;
        }
        count
    }

    /// Whether no innermost thing is repeated more than so many times by all that is around it.
    pub(super) fn repeats_at_most(&self, mut most: u32) -> bool {
        match self {
            Self::Repeat { node, min, max, .. } => {
                let times = max.unwrap_or(*min);
                if *max == Some(0) {
                    return true;
                }
                if times > most {
                    return false;
                }
                most /= times.max(1);
                node.repeats_at_most(most)
            }
            Self::Capture(_, node) => node.repeats_at_most(most),
            Self::Concat(nodes) | Self::Either(nodes) => nodes.iter().all(|node| node.repeats_at_most(most)),
            _ => true,
        }
    }
}

/// Letters that got a case after Unicode 15, which Go does not know: an upper or lower one, or both.
const NEWER: [(char, char); 8] = [
    ('\u{1c89}', '\u{1c8a}'),
    ('\u{a7cb}', '\u{a7cf}'),
    ('\u{a7d2}', '\u{a7d2}'),
    ('\u{a7d4}', '\u{a7d4}'),
    ('\u{a7da}', '\u{a7dc}'),
    ('\u{10d50}', '\u{10d65}'),
    ('\u{10d70}', '\u{10d85}'),
    ('\u{16ea0}', '\u{16ed3}'),
];

/// Adds the characters that differ from one of the set in case only.
pub(super) fn add_other_cases(class: &mut ClassUnicode) {
    let newer = NEWER.map(|(first, last)| ClassUnicodeRange::new(first, last));
    let newer = ClassUnicode::new(newer);
    let mut known = class.clone();
    known.difference(&newer);
    known.case_fold_simple();
    known.difference(&newer);
    class.union(&known);
}
