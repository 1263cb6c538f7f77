//! Looking for matches: all ways at once, a character at a time, so that time grows with the text and the program only.

use super::compile::{At, Program, Step};
use super::tree::Assertion;
use crate::fmt::decode;
use crate::{Failure, Meter};

/// No place in the text.
const NOWHERE: usize = usize::MAX;
/// So many visits of a step of the program are one of the meter's.
const VISITS_PER_STEP: u64 = 20;
/// How many places of groups may be kept at once.
const MAX_KEPT: usize = 250_000;

/// The ways that are tried at one place of the text, the first before the others.
#[derive(Default)]
struct Ways {
    /// Where in `list` a step of the program is.
    index: Vec<u32>,
    list: Vec<At>,
    /// For each of the list the places that were kept.
    slots: Vec<usize>,
}

impl Ways {
    fn new(steps: usize) -> Self {
        Self {
            index: vec![0; steps],
            ..Self::default()
        }
    }

    fn clear(&mut self) {
        self.list.clear();
        self.slots.clear();
    }

    /// Adds a step; false where it is there already.
    fn add(&mut self, at: At) -> bool {
        let Some(place) = self.index.get_mut(at as usize) else {
            return false;
        };
        if self.list.get(*place as usize) == Some(&at) {
            return false;
        }
        *place = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(at);
        true
    }
}

/// What is still to be visited.
enum Visit {
    Step(At),
    /// Puts a kept place back.
    Restore(usize, usize),
}

/// A search in one text, to be used for all matches in it.
pub(crate) struct Search<'p, 't> {
    program: &'p Program,
    text: &'t [u8],
    now: Ways,
    next: Ways,
    slots: Vec<usize>,
    stack: Vec<Visit>,
    visits: u64,
}

/// The places of a match and its groups: start and end in turns. Groups without a match are `None`.
pub(crate) type Places = Vec<Option<usize>>;

impl<'p, 't> Search<'p, 't> {
    pub(crate) fn new(program: &'p Program, text: &'t [u8]) -> Self {
        let steps = program.steps.len();
        Self {
            program,
            text,
            now: Ways::new(steps),
            next: Ways::new(steps),
            slots: Vec::new(),
            stack: Vec::new(),
            visits: 0,
        }
    }

    /// Finds the first match from a place on, with the places of so many groups; 0: whether there is one at all.
    ///
    /// # Errors
    /// The steps are used up.
    pub(crate) fn find(
        &mut self,
        from: usize,
        groups: usize,
        meter: &mut Meter,
    ) -> Result<Option<Places>, Failure> {
        let count = groups * 2;
        self.slots = vec![NOWHERE; count];
        self.now.clear();
        let mut found: Option<Vec<usize>> = None;
        let mut at = from;
        loop {
            if self.now.list.is_empty() {
                if found.is_some() || (self.program.anchored && at > 0) {
                    break;
                }
                match self.skip(at, meter)? {
                    Some(place) => at = place,
                    None => break,
                }
            }
            if found.is_none() && !(self.program.anchored && at > 0) {
                self.begin(at);
            }
            let (char, width) = char_at(self.text, at);
            if let Some(slots) = self.advance(char, at, at + width, count) {
                if count == 0 {
                    return Ok(Some(Vec::new()));
                }
                found = Some(slots);
            }
            self.pay(meter)?;
            if width == 0 {
                break;
            }
            std::mem::swap(&mut self.now, &mut self.next);
            at += width;
        }
        let place = |slot: usize| (slot != NOWHERE).then_some(slot);
        Ok(found.map(|slots| slots.into_iter().map(place).collect()))
    }

    fn pay(&mut self, meter: &mut Meter) -> Result<(), Failure> {
        if self.next.slots.len().max(self.now.slots.len()) > MAX_KEPT {
            return Err(Failure::Limit("the regular expression has too many groups"));
        }
        if self.visits >= VISITS_PER_STEP {
            meter.step(self.visits / VISITS_PER_STEP)?;
            self.visits %= VISITS_PER_STEP;
        }
        Ok(())
    }

    /// The next place where a match can begin.
    fn skip(&mut self, at: usize, meter: &mut Meter) -> Result<Option<usize>, Failure> {
        let Some(first) = &self.program.first else {
            return Ok(Some(at));
        };
        let rest = self.text.get(at..).unwrap_or_default();
        let fits = |byte: &u8| first.get(usize::from(*byte)).copied().unwrap_or(false);
        let skipped = rest.iter().position(fits);
        meter.step(skipped.unwrap_or(rest.len()) as u64 / 256)?;
        Ok(skipped.map(|skipped| at + skipped))
    }

    /// Begins a match here, after all that began before.
    fn begin(&mut self, at: usize) {
        self.slots.fill(NOWHERE);
        if let Some(slot) = self.slots.first_mut() {
            *slot = at;
        }
        let start = self.program.start;
        let mut ways = std::mem::take(&mut self.now);
        self.follow(&mut ways, start, at);
        self.now = ways;
    }

    /// Goes one character on. Gives the kept places, where a match ends before it.
    fn advance(
        &mut self,
        char: Option<char>,
        before: usize,
        after: usize,
        count: usize,
    ) -> Option<Vec<usize>> {
        let mut next = std::mem::take(&mut self.next);
        next.clear();
        let now = std::mem::take(&mut self.now);
        let mut found = None;
        for (order, at) in now.list.iter().enumerate() {
            self.visits += 1;
            let step = self.program.step(*at);
            let target = match (step, char) {
                (Step::Match, _) => {
                    let mut slots = now.kept(order, count).to_vec();
                    if let Some(end) = slots.get_mut(1) {
                        *end = before;
                    }
                    found = Some(slots);
                    // What comes later in the order is worse.
                    break;
                }
                (Step::Char(own, target), Some(char)) if own == char => target,
                (Step::Any(target), Some(_)) => target,
                (Step::AnyInLine(target), Some(char)) if char != '\n' => target,
                (Step::Class(class, target), Some(char)) if self.is_in(class, char) => target,
                _ => continue,
            };
            self.slots.clear();
            self.slots.extend_from_slice(now.kept(order, count));
            self.follow(&mut next, target, after);
        }
        self.now = now;
        self.next = next;
        found
    }

    fn is_in(&self, class: u32, char: char) -> bool {
        let Some(ranges) = self.program.classes.get(class as usize) else {
            return false;
        };
        if ranges.len() <= 8 {
            return ranges.iter().any(|(first, last)| *first <= char && char <= *last);
        }
        let after = ranges.partition_point(|(first, _)| *first <= char);
        after
            .checked_sub(1)
            .and_then(|at| ranges.get(at))
            .is_some_and(|(_, last)| char <= *last)
    }

    /// Adds a step and all that can be reached from it without a character.
    fn follow(&mut self, ways: &mut Ways, start: At, place: usize) {
        self.stack.push(Visit::Step(start));
        while let Some(visit) = self.stack.pop() {
            let at = match visit {
                Visit::Step(at) => at,
                Visit::Restore(slot, old) => {
                    if let Some(slot) = self.slots.get_mut(slot) {
                        *slot = old;
                    }
                    continue;
                }
            };
            self.visits += 1 + self.slots.len() as u64 / 8;
            if !ways.add(at) {
                continue;
            }
            // Each of the list has its row of kept places, used or not.
            if ways.slots.len() <= MAX_KEPT {
                ways.slots.extend_from_slice(&self.slots);
            }
            match self.program.step(at) {
                Step::Split(one, other) => {
                    self.stack.push(Visit::Step(other));
                    self.stack.push(Visit::Step(one));
                }
                Step::Save(slot, next) => {
                    let slot = slot as usize;
                    if let Some(kept) = self.slots.get_mut(slot) {
                        self.stack.push(Visit::Restore(slot, *kept));
                        *kept = place;
                    }
                    self.stack.push(Visit::Step(next));
                }
                Step::Assert(assertion, next) if self.holds(assertion, place) => {
                    self.stack.push(Visit::Step(next));
                }
                _ => {}
            }
        }
    }

    fn holds(&self, assertion: Assertion, place: usize) -> bool {
        let before = place.checked_sub(1).and_then(|at| self.text.get(at));
        let after = self.text.get(place);
        let is_word =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        match assertion {
            Assertion::TextStart => before.is_none(),
            Assertion::TextEnd => after.is_none(),
            Assertion::LineStart => before.is_none_or(|byte| *byte == b'\n'),
            Assertion::LineEnd => after.is_none_or(|byte| *byte == b'\n'),
            Assertion::WordBoundary => is_word(before) != is_word(after),
            Assertion::NoWordBoundary => is_word(before) == is_word(after),
        }
    }
}

impl Ways {
    fn kept(&self, order: usize, count: usize) -> &[usize] {
        self.slots
            .get(order * count..(order + 1) * count)
            .unwrap_or_default()
    }
}

/// The character at a place and its width; none at the end. What is not UTF-8 is U+FFFD, a byte at a time.
pub(super) fn char_at(text: &[u8], at: usize) -> (Option<char>, usize) {
    match text.get(at) {
        None => (None, 0),
        Some(byte) if byte.is_ascii() => (Some(char::from(*byte)), 1),
        Some(_) => match decode(text.get(at..).unwrap_or_default()) {
            Some((char, width)) => (Some(char.unwrap_or(char::REPLACEMENT_CHARACTER)), width),
            None => (None, 0),
        },
    }
}
