//! From a parsed pattern to states.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use crate::{
    regex::{MOST_STATES, Program, find::State},
    run::{Failure, Meter},
};

const TOO_LARGE: Failure = Failure::Regex("the pattern is too large");

/// The states of a pattern. Each is paid for.
pub(super) fn compile(tree: &Hir, meter: &mut Meter) -> Result<Program, Failure> {
    let mut compiler = Compiler {
        meter,
        states: Vec::new(),
        ranges: Vec::new(),
        work: 0,
    };
    let last = compiler.push(State::Match)?;
    let start = compiler.part(tree, last)?;
    let Compiler { states, ranges, .. } = compiler;
    meter.make((states.len() + ranges.len()) * 16)?;
    Ok(Program::new(states, ranges, start))
}

struct Compiler<'m> {
    meter: &'m mut Meter,
    states: Vec<State>,
    ranges: Vec<(char, char)>,
    /// Nodes that were visited: repetitions of nothing have no states.
    work: usize,
}

impl Compiler<'_> {
    fn push(&mut self, state: State) -> Result<usize, Failure> {
        if self.states.len() >= MOST_STATES {
            return Err(TOO_LARGE);
        }
        self.meter.step(1)?;
        self.states.push(state);
        Ok(self.states.len() - 1)
    }

    /// The first state of a part that goes on to `next`.
    fn part(&mut self, tree: &Hir, next: usize) -> Result<usize, Failure> {
        self.work += 1;
        if self.work > MOST_STATES * 4 {
            return Err(TOO_LARGE);
        }
        match tree.kind() {
            HirKind::Empty => Ok(next),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).map_err(|_| TOO_LARGE)?;
                let mut next = next;
                for character in text.chars().rev() {
                    next = self.push(State::Character(character, next))?;
                }
                Ok(next)
            }
            HirKind::Class(Class::Unicode(class)) => {
                let from = self.ranges.len();
                self.meter.step(class.ranges().len() / 4)?;
                self.ranges
                    .extend(class.iter().map(|range| (range.start(), range.end())));
                if self.ranges.len() > MOST_STATES * 10 {
                    return Err(TOO_LARGE);
                }
                self.push(State::Class(from, self.ranges.len(), next))
            }
            HirKind::Class(Class::Bytes(class)) => {
                let from = self.ranges.len();
                self.ranges.extend(
                    class
                        .iter()
                        .map(|range| (range.start().into(), range.end().into())),
                );
                self.push(State::Class(from, self.ranges.len(), next))
            }
            HirKind::Look(look) => self.look(*look, next),
            HirKind::Repetition(repetition) => self.repetition(repetition, next),
            HirKind::Capture(capture) => self.part(&capture.sub, next),
            HirKind::Concat(parts) => {
                let mut next = next;
                for part in parts.iter().rev() {
                    next = self.part(part, next)?;
                }
                Ok(next)
            }
            HirKind::Alternation(parts) => {
                let mut start = None;
                for part in parts.iter().rev() {
                    let one = self.part(part, next)?;
                    start = Some(match start {
                        None => one,
                        Some(other) => self.push(State::Either(one, other))?,
                    });
                }
                Ok(start.unwrap_or(next))
            }
        }
    }

    fn look(&mut self, look: Look, next: usize) -> Result<usize, Failure> {
        match look {
            Look::Start
            | Look::End
            | Look::StartLF
            | Look::EndLF
            | Look::WordAscii
            | Look::WordAsciiNegate => self.push(State::Look(look, next)),
            // The translation makes no others.
            _ => Err(TOO_LARGE),
        }
    }

    fn repetition(&mut self, repetition: &Repetition, next: usize) -> Result<usize, Failure> {
        let mut start = match repetition.max {
            None => {
                let again = self.push(State::Either(next, next))?;
                let inside = self.part(&repetition.sub, again)?;
                if let Some(state) = self.states.get_mut(again) {
                    *state = State::Either(inside, next);
                }
                again
            }
            Some(most) => {
                let mut start = next;
                for _ in repetition.min..most {
                    let inside = self.part(&repetition.sub, start)?;
                    start = self.push(State::Either(inside, next))?;
                }
                start
            }
        };
        for _ in 0..repetition.min {
            start = self.part(&repetition.sub, start)?;
        }
        Ok(start)
    }
}
