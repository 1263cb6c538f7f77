//! Compares both engines on random cases for as long as one likes.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::Result;
use fastrand::Rng;
use serde_json::Value;

use crate::{
    client::Oracle,
    generate,
    golden::{self, Accepted, Answer, Golden},
};

/// Cases that are asked for together.
const BATCH: usize = 200;

/// What a run has seen.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Both gave the same value.
    pub same_value: u64,
    /// Both failed in the same phase.
    pub same_failure: u64,
    /// cel-go has no stable answer, or one of the engines ran into a bound of its own.
    pub left_out: u64,
    /// They differ in a way that is meant.
    pub accepted: u64,
    /// They differ.
    pub differ: u64,
}

impl Tally {
    /// All cases.
    pub fn cases(&self) -> u64 {
        self.same_value + self.same_failure + self.left_out + self.accepted + self.differ
    }
}

/// A case on which the engines differ.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The expression.
    pub source: String,
    /// cel-go's answer.
    pub go: Answer,
    /// Ours.
    pub ours: Answer,
}

/// A run: where its cases come from, and what it found.
#[derive(Debug)]
pub struct Fuzz<'g> {
    rng: Rng,
    data: &'g [(String, Value)],
    corpus: Vec<&'g str>,
    accepted: &'g [Accepted],
    seen: BTreeSet<String>,
    /// What it has seen.
    pub tally: Tally,
}

impl<'g> Fuzz<'g> {
    /// Cases come from the grammar and from changes of the goldens.
    pub fn new(
        seed: u64,
        data: &'g [(String, Value)],
        goldens: &'g [(String, Golden)],
        accepted: &'g [Accepted],
    ) -> Self {
        let groups = goldens.iter().flat_map(|(_, golden)| &golden.groups);
        Self {
            rng: Rng::with_seed(seed),
            data,
            corpus: groups
                .flat_map(|group| group.cases.iter().map(|(source, _)| source.as_str()))
                .collect(),
            accepted,
            seen: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    /// Compares until `time` is over; each difference is made small, and handed to `found` the first time. That says
    /// whether to go on.
    ///
    /// # Errors
    /// The oracle fails.
    pub fn run(
        &mut self,
        oracle: &mut Oracle,
        time: Duration,
        mut found: impl FnMut(&Difference) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < time && self.step(oracle, &mut found)? {}
        Ok(())
    }

    /// Compares one batch; see [`Fuzz::run`]. Returns whether to go on.
    ///
    /// # Errors
    /// The oracle fails.
    pub fn step(&mut self, oracle: &mut Oracle, mut found: impl FnMut(&Difference) -> bool) -> Result<bool> {
        let Some((_, data)) = self.rng.choice(self.data) else {
            return Ok(false);
        };
        let sources: Vec<String> = (0..BATCH).map(|_| self.case()).collect();
        let asked: Vec<&str> = sources.iter().map(String::as_str).collect();
        let said = oracle.ask(data, &asked)?;
        let mut differences = Vec::new();
        for (source, said) in asked.iter().zip(said) {
            let ours = golden::ours(source, data);
            if said.unstable || said.answer.phase() == "stopped" || ours.phase() == "stopped" {
                self.tally.left_out += 1;
            } else if ours.agrees(&said.answer) {
                match ours {
                    Answer::Ok(_) => self.tally.same_value += 1,
                    _ => self.tally.same_failure += 1,
                }
            } else if self
                .accepted
                .iter()
                .any(|one| one.explains(source, &said.answer, &ours))
            {
                self.tally.accepted += 1;
            } else {
                self.tally.differ += 1;
                differences.push((*source).to_owned());
            }
        }
        for source in differences {
            let small = self.shrink(oracle, data, source)?;
            if let Some(small) = small.filter(|small| self.seen.insert(small.source.clone()))
                && !found(&small)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn case(&mut self) -> String {
        loop {
            let case = self.any_case();
            // What cel-go checks of this form is another argument than the pattern: a difference that is listed.
            let is_method = |at: usize| case.get(..at).is_some_and(|before| before.ends_with('.'));
            if case.match_indices("matches(").all(|(at, _)| is_method(at)) {
                return case;
            }
        }
    }

    fn any_case(&mut self) -> String {
        if self.corpus.is_empty() || self.rng.u8(0..3) > 0 {
            return generate::source(&mut self.rng);
        }
        let index = self.rng.usize(0..self.corpus.len());
        let source = self.corpus.get(index).copied().unwrap_or_default();
        let other = self.rng.usize(0..self.corpus.len());
        let other = self.corpus.get(other).copied().unwrap_or_default();
        generate::mutated(&mut self.rng, source, other)
    }

    /// The smallest case of the same phases that is found by dropping stretches of tokens.
    fn shrink(&self, oracle: &mut Oracle, data: &Value, source: String) -> Result<Option<Difference>> {
        let Some(mut best) = self.differ(oracle, data, &[source])?.pop() else {
            return Ok(None);
        };
        for _ in 0..40 {
            let tokens = generate::tokens(&best.source);
            let mut smaller = Vec::new();
            for length in (1..=tokens.len().min(12)).rev() {
                for from in 0..=tokens.len() - length {
                    let kept = tokens.iter().take(from).chain(tokens.iter().skip(from + length));
                    smaller.push(kept.copied().collect::<String>());
                }
            }
            smaller.sort_by_key(String::len);
            smaller.dedup();
            smaller.truncate(600);
            let phases = (best.go.phase(), best.ours.phase());
            let same = |one: &Difference| (one.go.phase(), one.ours.phase()) == phases;
            match self.differ(oracle, data, &smaller)?.into_iter().find(same) {
                Some(next) => best = next,
                None => break,
            }
        }
        Ok(Some(best))
    }

    /// Those of the sources on which the engines differ.
    fn differ(&self, oracle: &mut Oracle, data: &Value, sources: &[String]) -> Result<Vec<Difference>> {
        let asked: Vec<&str> = sources.iter().map(String::as_str).collect();
        let said = oracle.ask(data, &asked)?;
        let mut all = Vec::new();
        for (source, said) in sources.iter().zip(said) {
            let ours = golden::ours(source, data);
            let counts = !said.unstable && said.answer.phase() != "stopped" && ours.phase() != "stopped";
            let accepted = || {
                self.accepted
                    .iter()
                    .any(|one| one.explains(source, &said.answer, &ours))
            };
            if counts && !ours.agrees(&said.answer) && !accepted() {
                all.push(Difference {
                    source: source.clone(),
                    go: said.answer,
                    ours,
                });
            }
        }
        Ok(all)
    }
}
