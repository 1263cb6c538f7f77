//! Whether a pattern matches somewhere.

use regex_syntax::hir::Look;

use crate::run::{Failure, Meter};

/// A state of a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// A character, then the next state.
    Character(char, usize),
    /// One of the characters in these ranges.
    Class(usize, usize, usize),
    /// Both of them at once.
    Either(usize, usize),
    /// The next, where the place is right.
    Look(Look, usize),
    Match,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Program {
    states: Vec<State>,
    ranges: Vec<(char, char)>,
    start: usize,
    /// The ASCII characters that a match may begin with; nothing where it may begin with none.
    first: Option<[bool; 128]>,
    /// Whether a match can only begin at the start of the text.
    anchored: bool,
}

/// States that are visited count as steps, this many at a time.
const VISITS_PER_STEP: usize = 4;

/// States that are active, each once.
#[derive(Default)]
struct Active {
    states: Vec<usize>,
    /// When each was added last.
    added: Vec<usize>,
    round: usize,
}

impl Active {
    fn clear(&mut self) {
        self.states.clear();
        self.round += 1;
    }

    fn add(&mut self, state: usize) -> bool {
        match self.added.get_mut(state) {
            Some(round) if *round != self.round => {
                *round = self.round;
                true
            }
            _ => false,
        }
    }
}

impl Program {
    pub(super) fn new(states: Vec<State>, ranges: Vec<(char, char)>, start: usize) -> Self {
        let mut program = Self {
            states,
            ranges,
            start,
            first: None,
            anchored: false,
        };
        program.first = program.first_characters();
        program.anchored = program.is_anchored();
        program
    }

    /// Whether the pattern matches somewhere in the text.
    pub(crate) fn is_match(&self, text: &str, meter: &mut Meter) -> Result<bool, Failure> {
        let fresh = || Active {
            states: Vec::new(),
            added: vec![0; self.states.len()],
            round: 1,
        };
        meter.make(self.states.len() * 16)?;
        let (mut now, mut then, mut stack) = (fresh(), fresh(), Vec::new());
        let mut visits = 0;
        let mut before = None;
        let mut characters = text.chars();
        loop {
            if now.states.is_empty()
                && let Some(first) = &self.first
            {
                let rest = characters.as_str();
                let skipped = rest
                    .bytes()
                    .take_while(|byte| {
                        byte.is_ascii() && !first.get(usize::from(*byte)).is_some_and(|is| *is)
                    })
                    .count();
                if skipped > 0 {
                    meter.walk(skipped)?;
                    before = rest.get(skipped - 1..skipped).and_then(|one| one.chars().next());
                    characters = rest.get(skipped..).unwrap_or_default().chars();
                }
            }
            let here = characters.clone().next();
            let place = (before, here);
            let may_begin = !self.anchored || before.is_none();
            if may_begin && self.follow(self.start, place, &mut now, &mut stack, &mut visits) {
                return Ok(true);
            }
            if !may_begin && now.states.is_empty() {
                meter.step(visits / VISITS_PER_STEP)?;
                return Ok(false);
            }
            let Some(character) = here else {
                meter.step(visits / VISITS_PER_STEP)?;
                return Ok(false);
            };
            characters.next();
            let behind = (here, characters.clone().next());
            then.clear();
            for state in &now.states {
                visits += 1;
                if let Some(next) = self.consume(*state, character)
                    && self.follow(next, behind, &mut then, &mut stack, &mut visits)
                {
                    return Ok(true);
                }
            }
            std::mem::swap(&mut now, &mut then);
            before = here;
            if visits >= 64 * VISITS_PER_STEP {
                meter.step(visits / VISITS_PER_STEP)?;
                visits = 0;
            }
        }
    }

    /// The state behind one that takes this character.
    fn consume(&self, state: usize, character: char) -> Option<usize> {
        match self.states.get(state)? {
            State::Character(wanted, next) => (*wanted == character).then_some(*next),
            State::Class(from, to, next) => {
                let ranges = self.ranges.get(*from..*to)?;
                let at = ranges.partition_point(|(_, end)| *end < character);
                ranges
                    .get(at)
                    .filter(|(start, _)| *start <= character)
                    .map(|_| *next)
            }
            _ => None,
        }
    }

    /// Adds all states that are reached without a character; whether the match is among them.
    fn follow(
        &self,
        state: usize,
        place: (Option<char>, Option<char>),
        active: &mut Active,
        stack: &mut Vec<usize>,
        visits: &mut usize,
    ) -> bool {
        stack.clear();
        stack.push(state);
        while let Some(state) = stack.pop() {
            if !active.add(state) {
                continue;
            }
            *visits += 1;
            match self.states.get(state) {
                Some(State::Match) => return true,
                Some(State::Either(one, other)) => stack.extend([*one, *other]),
                Some(State::Look(look, next)) if holds(*look, place) => stack.push(*next),
                Some(State::Look(..)) | None => {}
                Some(State::Character(..) | State::Class(..)) => active.states.push(state),
            }
        }
        false
    }

    fn is_anchored(&self) -> bool {
        let mut seen = vec![false; self.states.len()];
        let mut stack = vec![self.start];
        while let Some(state) = stack.pop() {
            if seen
                .get_mut(state)
                .is_none_or(|seen| std::mem::replace(seen, true))
            {
                continue;
            }
            match self.states.get(state) {
                Some(State::Either(one, other)) => stack.extend([*one, *other]),
                Some(State::Look(Look::Start, _)) => {}
                _ => return false,
            }
        }
        true
    }

    /// Which characters a match may begin with, where it begins with one, and never depends on its place.
    fn first_characters(&self) -> Option<[bool; 128]> {
        let mut first = [false; 128];
        let mut seen = vec![false; self.states.len()];
        let mut stack = vec![self.start];
        while let Some(state) = stack.pop() {
            let seen = seen.get_mut(state)?;
            if std::mem::replace(seen, true) {
                continue;
            }
            match self.states.get(state)? {
                State::Match | State::Look(..) => return None,
                State::Either(one, other) => stack.extend([*one, *other]),
                State::Character(..) | State::Class(..) => {
                    for (code, is) in (0_u8..).zip(first.iter_mut()) {
                        *is |= self.consume(state, char::from(code)).is_some();
                    }
                }
            }
        }
        Some(first)
    }
}

/// Whether a place is such.
fn holds(look: Look, (before, behind): (Option<char>, Option<char>)) -> bool {
    let word = |character: Option<char>| character.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    match look {
        Look::Start => before.is_none(),
        Look::End => behind.is_none(),
        Look::StartLF => before.is_none_or(|c| c == '\n'),
        Look::EndLF => behind.is_none_or(|c| c == '\n'),
        Look::WordAscii => word(before) != word(behind),
        Look::WordAsciiNegate => word(before) == word(behind),
        _ => false,
    }
}
