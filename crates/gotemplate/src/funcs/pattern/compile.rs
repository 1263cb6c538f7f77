//! Expressions to programs.

use std::collections::HashMap;

use super::tree::{Assertion, Node, Parsed, PatternError};

/// A place in a program.
pub(super) type At = u32;

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing matches from here.
    Fail,
    Match,
    Char(char, At),
    /// A set, by its number.
    Class(u32, At),
    Any(At),
    AnyInLine(At),
    /// The first goes before the second.
    Split(At, At),
    /// Keeps the place in the text.
    Save(u32, At),
    Assert(Assertion, At),
}

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) classes: Vec<Vec<(char, char)>>,
    pub(super) start: At,
    /// The names of the groups; the first is the whole match.
    pub(super) names: Vec<String>,
    /// It matches at the beginning of the text only.
    pub(super) anchored: bool,
    /// The bytes that a match may begin with, where one never is empty.
    pub(super) first: Option<Box<[bool; 256]>>,
}

/// How many steps a program may have. Go allows millions.
const MAX_STEPS: usize = 20_000;
/// How many ranges all sets may have together.
const MAX_RANGES: usize = 50_000;

#[derive(Default)]
struct Compiler {
    steps: Vec<Step>,
    classes: Vec<Vec<(char, char)>>,
    known: HashMap<Vec<(char, char)>, u32>,
    ranges: usize,
}

/// # Errors
/// The program would be too large.
pub(super) fn compile(parsed: Parsed) -> Result<Program, PatternError> {
    let mut compiler = Compiler::default();
    compiler.push(Step::Fail)?;
    let end = compiler.push(Step::Match)?;
    // From the end to the beginning, so that each part knows what comes after it.
    let start = compiler.node(&parsed.node, end)?;
    let mut program = Program {
        steps: compiler.steps,
        classes: compiler.classes,
        start,
        names: parsed.names,
        anchored: false,
        first: None,
    };
    program.look_ahead();
    Ok(program)
}

impl Compiler {
    fn push(&mut self, step: Step) -> Result<At, PatternError> {
        if self.steps.len() >= MAX_STEPS {
            return Err(PatternError::TooLarge);
        }
        let at = At::try_from(self.steps.len()).map_err(|_| PatternError::TooLarge)?;
        self.steps.push(step);
        Ok(at)
    }

    fn set(&mut self, at: At, step: Step) {
        if let Some(place) = self.steps.get_mut(at as usize) {
            *place = step;
        }
    }

    fn class(&mut self, ranges: &[(char, char)]) -> Result<u32, PatternError> {
        if let Some(known) = self.known.get(ranges) {
            return Ok(*known);
        }
        self.ranges += ranges.len();
        if self.ranges > MAX_RANGES {
            return Err(PatternError::TooLarge);
        }
        let index = u32::try_from(self.classes.len()).map_err(|_| PatternError::TooLarge)?;
        self.classes.push(ranges.to_vec());
        self.known.insert(ranges.to_vec(), index);
        Ok(index)
    }

    /// Adds the steps of a node; gives the first of them.
    fn node(&mut self, node: &Node, next: At) -> Result<At, PatternError> {
        match node {
            Node::Empty => Ok(next),
            Node::Char(char) => self.push(Step::Char(*char, next)),
            Node::Class(ranges) => {
                let class = self.class(ranges)?;
                self.push(Step::Class(class, next))
            }
            Node::Any => self.push(Step::Any(next)),
            Node::AnyInLine => self.push(Step::AnyInLine(next)),
            Node::Assert(assertion) => self.push(Step::Assert(*assertion, next)),
            Node::Capture(index, node) => {
                let slot = u32::try_from(index * 2).map_err(|_| PatternError::TooLarge)?;
                let end = self.push(Step::Save(slot + 1, next))?;
                let inner = self.node(node, end)?;
                self.push(Step::Save(slot, inner))
            }
            Node::Concat(nodes) => nodes
                .iter()
                .rev()
                .try_fold(next, |next, node| self.node(node, next)),
            Node::Either(nodes) => {
                let mut nodes = nodes.iter().rev();
                let mut start = match nodes.next() {
                    Some(last) => self.node(last, next)?,
                    None => next,
                };
                for node in nodes {
                    let own = self.node(node, next)?;
                    start = self.push(Step::Split(own, start))?;
                }
                Ok(start)
            }
            Node::Repeat {
                node,
                min,
                max,
                greedy,
            } => self.repeat(node, *min, *max, *greedy, next),
        }
    }

    fn split(one: At, other: At, greedy: bool) -> Step {
        if greedy {
            Step::Split(one, other)
        } else {
            Step::Split(other, one)
        }
    }

    fn repeat(
        &mut self,
        node: &Node,
        min: u32,
        max: Option<u32>,
        greedy: bool,
        next: At,
    ) -> Result<At, PatternError> {
        if max == Some(0) || matches!(node, Node::Empty) {
            return Ok(next);
        }
        let mut start = next;
        let mut copies = min;
        match max {
            None if min == 0 && !node.may_be_empty() => {
                let again = self.push(Step::Fail)?;
                let inner = self.node(node, again)?;
                self.set(again, Self::split(inner, next, greedy));
                start = again;
            }
            None => {
                // `x+`; and `x*` as `(x+)?` where `x` may be empty, which gives the order that Go has.
                let again = self.push(Step::Fail)?;
                let inner = self.node(node, again)?;
                self.set(again, Self::split(inner, next, greedy));
                start = inner;
                if min == 0 {
                    start = self.push(Self::split(inner, next, greedy))?;
                }
                copies = min.saturating_sub(1);
            }
            Some(max) => {
                // `x{2,4}` as `xx(x(x)?)?`.
                for _ in min..max {
                    let inner = self.node(node, start)?;
                    start = self.push(Self::split(inner, next, greedy))?;
                }
            }
        }
        for _ in 0..copies {
            start = self.node(node, start)?;
        }
        Ok(start)
    }
}

impl Node {
    fn may_be_empty(&self) -> bool {
        match self {
            Self::Empty | Self::Assert(_) => true,
            Self::Char(_) | Self::Class(_) | Self::Any | Self::AnyInLine => false,
            Self::Capture(_, node) => node.may_be_empty(),
            Self::Repeat { node, min, max, .. } => *min == 0 || *max == Some(0) || node.may_be_empty(),
            Self::Concat(nodes) => nodes.iter().all(Self::may_be_empty),
            Self::Either(nodes) => nodes.iter().any(Self::may_be_empty),
        }
    }
}

impl Program {
    pub(super) fn step(&self, at: At) -> Step {
        self.steps.get(at as usize).copied().unwrap_or(Step::Fail)
    }

    /// The names of the groups; the first is the whole match.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// How much work its compilation was.
    pub(crate) fn size(&self) -> usize {
        self.steps.len() + self.classes.iter().map(Vec::len).sum::<usize>()
    }

    /// Finds where a match can begin.
    fn look_ahead(&mut self) {
        let mut bytes = Box::new([false; 256]);
        let mut seen = vec![false; self.steps.len()];
        let mut stack = vec![self.start];
        let mut may_be_empty = false;
        let mut anchored = true;
        while let Some(at) = stack.pop() {
            match seen.get_mut(at as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            match self.step(at) {
                Step::Fail => {}
                Step::Match => {
                    may_be_empty = true;
                    anchored = false;
                }
                Step::Split(one, other) => stack.extend([other, one]),
                Step::Assert(Assertion::TextStart, next) => {
                    // What comes after it is looked at for its first bytes only.
                    self.first_bytes(next, &mut bytes, &mut may_be_empty);
                }
                Step::Save(_, next) | Step::Assert(_, next) => stack.push(next),
                step => {
                    anchored = false;
                    self.add_bytes(step, &mut bytes);
                }
            }
        }
        self.anchored = anchored;
        self.first = (!may_be_empty).then_some(bytes);
    }

    fn first_bytes(&self, start: At, bytes: &mut [bool; 256], may_be_empty: &mut bool) {
        let mut seen = vec![false; self.steps.len()];
        let mut stack = vec![start];
        while let Some(at) = stack.pop() {
            match seen.get_mut(at as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            match self.step(at) {
                Step::Fail => {}
                Step::Match => *may_be_empty = true,
                Step::Split(one, other) => stack.extend([other, one]),
                Step::Save(_, next) | Step::Assert(_, next) => stack.push(next),
                step => self.add_bytes(step, bytes),
            }
        }
    }

    /// The bytes that a character may begin with. What is not UTF-8 counts as U+FFFD.
    fn add_bytes(&self, step: Step, bytes: &mut [bool; 256]) {
        let one;
        let ranges: &[(char, char)] = match step {
            Step::Char(char, _) => {
                one = [(char, char)];
                &one
            }
            Step::Class(class, _) => self.classes.get(class as usize).map_or(&[], Vec::as_slice),
            Step::Any(_) | Step::AnyInLine(_) => &[('\0', char::MAX)],
            _ => &[],
        };
        for (first, last) in ranges {
            let from = u32::from(*first).min(128) as usize;
            let to = u32::from(*last).min(127) as usize;
            for byte in bytes.iter_mut().take(to + 1).skip(from) {
                *byte = true;
            }
            if *last > '\u{7f}' {
                bytes.iter_mut().skip(128).for_each(|byte| *byte = true);
            }
        }
    }
}
