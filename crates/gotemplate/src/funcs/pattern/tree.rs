//! The tree of a regular expression.

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
