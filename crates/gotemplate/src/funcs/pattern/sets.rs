//! Making sets of characters, within a budget: a short name may stand for hundreds of ranges, and to find the other
//! cases of a large set takes long.

use std::collections::HashMap;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::tree::{Node, PatternError};
use super::unicode;

/// How many ranges all sets of an expression may have together.
const MAX_RANGES: usize = 50_000;
/// How many different sets it may name.
const MAX_NAMED: usize = 32;
/// How many characters may be looked up for their other cases.
const MAX_FOLDED: usize = 200_000;

/// Where characters with other cases lie, as far as Go knows them.
const CASED: [(char, char); 18] = [
    ('\u{41}', '\u{29e}'),
    ('\u{345}', '\u{586}'),
    ('\u{10a0}', '\u{10ff}'),
    ('\u{13a0}', '\u{13fd}'),
    ('\u{1c80}', '\u{1cbf}'),
    ('\u{1d79}', '\u{1ffc}'),
    ('\u{2126}', '\u{2184}'),
    ('\u{24b6}', '\u{24e9}'),
    ('\u{2c00}', '\u{2d2d}'),
    ('\u{a640}', '\u{a69b}'),
    ('\u{a722}', '\u{a7f6}'),
    ('\u{ab53}', '\u{abbf}'),
    ('\u{ff21}', '\u{ff5a}'),
    ('\u{10400}', '\u{105bc}'),
    ('\u{10c80}', '\u{10cf2}'),
    ('\u{118a0}', '\u{118df}'),
    ('\u{16e40}', '\u{16e7f}'),
    ('\u{1e900}', '\u{1e943}'),
];

/// Letters among them that got a case after Unicode 15, which Go does not know.
const NEWER: [(char, char); 5] = [
    ('\u{1c89}', '\u{1c8a}'),
    ('\u{a7cb}', '\u{a7cf}'),
    ('\u{a7d2}', '\u{a7d2}'),
    ('\u{a7d4}', '\u{a7d4}'),
    ('\u{a7da}', '\u{a7dc}'),
];

/// A set of these characters.
pub(super) fn set(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(
        ranges
            .iter()
            .map(|(first, last)| ClassUnicodeRange::new(*first, *last)),
    )
}

/// The sets of one expression.
#[derive(Default)]
pub(super) struct Sets {
    named: HashMap<(String, bool), ClassUnicode>,
    ranges: usize,
    folded: usize,
}

impl Sets {
    /// What making them was worth, in steps of the meter.
    pub(super) fn cost(&self) -> usize {
        self.named.len() * 250 + self.ranges / 8 + self.folded / 16
    }

    fn ranges(&mut self, class: &ClassUnicode) -> Result<(), PatternError> {
        self.ranges += class.ranges().len() + 1;
        if self.ranges > MAX_RANGES {
            return Err(PatternError::TooLarge);
        }
        Ok(())
    }

    /// A set that Unicode names. Nothing where it names none so.
    pub(super) fn named(&mut self, name: &str, fold: bool) -> Result<Option<ClassUnicode>, PatternError> {
        let key = (name.to_owned(), fold);
        let class = match self.named.get(&key) {
            Some(known) => known.clone(),
            None => {
                let Some((mut class, folds)) = unicode::class(name) else {
                    return Ok(None);
                };
                if self.named.len() >= MAX_NAMED {
                    return Err(PatternError::TooLarge);
                }
                if fold && folds {
                    self.add_other_cases(&mut class)?;
                }
                self.named.insert(key, class.clone());
                class
            }
        };
        self.ranges(&class)?;
        Ok(Some(class))
    }

    /// Adds the characters that differ from one of the set in case only.
    pub(super) fn add_other_cases(&mut self, class: &mut ClassUnicode) -> Result<(), PatternError> {
        let mut cased = class.clone();
        cased.intersect(&set(&CASED));
        cased.difference(&set(&NEWER));
        self.folded += 16 + cased.ranges().iter().map(ClassUnicodeRange::len).sum::<usize>();
        if self.folded > MAX_FOLDED {
            return Err(PatternError::TooLarge);
        }
        cased.case_fold_simple();
        cased.difference(&set(&NEWER));
        class.union(&cased);
        Ok(())
    }

    /// With other cases first, and turned round then.
    pub(super) fn finished(
        &mut self,
        mut class: ClassUnicode,
        fold: bool,
        negate: bool,
    ) -> Result<ClassUnicode, PatternError> {
        if fold {
            self.add_other_cases(&mut class)?;
        }
        if negate {
            class.negate();
        }
        self.ranges(&class)?;
        Ok(class)
    }

    pub(super) fn node(&mut self, class: &ClassUnicode) -> Result<Node, PatternError> {
        self.ranges(class)?;
        Ok(Node::Class(
            class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()))
                .collect(),
        ))
    }

    /// One character, in any case or in this one only.
    pub(super) fn literal(&mut self, char: char, fold: bool) -> Result<Node, PatternError> {
        let cased = CASED.iter().any(|(first, last)| (first..=last).contains(&&char));
        if !fold || !cased {
            return Ok(Node::Char(char));
        }
        let class = self.finished(set(&[(char, char)]), true, false)?;
        self.node(&class)
    }
}
