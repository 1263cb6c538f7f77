//! Compares both engines on random cases for as long as one likes.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::Result;
use fastrand::Rng;

use crate::{
    client::Oracle,
    generate,
    golden::{Accepted, Answer, Golden, Group},
    mutate::mutate,
    shrink::{Difference, difference, shrink},
};

/// Cases that are asked for together.
const BATCH: usize = 200;

/// Go's maps come in any order; a difference counts when Go says the same so many times.
const SURE: u32 = 20;

/// What a run has seen.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Both gave the same output.
    pub same_output: u64,
    /// Both failed in the same phase.
    pub same_failure: u64,
    /// Go has no stable answer, or one of the engines ran into a bound of its own.
    pub left_out: u64,
    /// They differ in a way that is meant.
    pub accepted: u64,
    /// They differ.
    pub differ: u64,
}

impl Tally {
    /// All cases.
    pub fn cases(&self) -> u64 {
        self.same_output + self.same_failure + self.left_out + self.accepted + self.differ
    }
}

/// A run: where its cases come from, and what it found.
#[derive(Debug)]
pub struct Fuzz<'g> {
    rng: Rng,
    corpus: Vec<(&'g Group, &'g str)>,
    core: bool,
    accepted: &'g [Accepted],
    seen: BTreeSet<String>,
    /// What it has seen.
    pub tally: Tally,
    /// Some of the cases that were left out, and why.
    pub left_out: Vec<String>,
}

/// How many of the cases that were left out are remembered.
const REMEMBERED: usize = 200;

impl<'g> Fuzz<'g> {
    /// Cases come from the grammar and from changes of the goldens; with `core` none of them has sprig's functions.
    pub fn new(seed: u64, goldens: &'g [(String, Golden)], accepted: &'g [Accepted], core: bool) -> Self {
        let groups = goldens.iter().flat_map(|(_, golden)| &golden.groups);
        let corpus = groups.flat_map(|group| {
            group
                .cases
                .iter()
                .map(move |(template, _)| (group, template.as_str()))
        });
        Self {
            rng: Rng::with_seed(seed),
            corpus: corpus.collect(),
            core,
            accepted,
            seen: BTreeSet::new(),
            tally: Tally::default(),
            left_out: Vec::new(),
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
        mut found: impl FnMut(&Difference, &Tally) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < time && self.step(oracle, &mut found)? {}
        Ok(())
    }

    /// Compares one batch; see [`Fuzz::run`]. Returns whether to go on.
    ///
    /// # Errors
    /// The oracle fails.
    pub fn step(
        &mut self,
        oracle: &mut Oracle,
        mut found: impl FnMut(&Difference, &Tally) -> bool,
    ) -> Result<bool> {
        // Random cases run away now and then, and are not waited for.
        oracle.milliseconds = 300;
        let batch = self.batch();
        for case in self.compare(oracle, &batch)? {
            let small = shrink(oracle, case, self.accepted)?;
            self.tally.differ += 1;
            if self.seen.insert(small.template.clone()) && !found(&small, &self.tally) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Compares the cases of one batch.
    fn compare(&mut self, oracle: &mut Oracle, batch: &Group) -> Result<Vec<Difference>> {
        let templates: Vec<&str> = batch
            .cases
            .iter()
            .map(|(template, _)| template.as_str())
            .collect();
        let said = oracle.ask(batch, &templates, 1)?;
        let mut differences = Vec::new();
        for (template, said) in templates.into_iter().zip(said) {
            let ours = batch.ours(template);
            if said.answer.phase() == "stopped" || ours.phase() == "stopped" {
                self.leave_out(template, &said.answer, &ours);
            } else if said.answer.agrees(&ours) {
                match ours {
                    Answer::Ok(_) => self.tally.same_output += 1,
                    _ => self.tally.same_failure += 1,
                }
            } else if self.accepted.iter().any(|one| one.explains(template, &ours)) {
                self.tally.accepted += 1;
            } else if let Some(case) = difference(oracle, batch, template, SURE)? {
                differences.push(case);
            } else {
                self.leave_out(template, &said.answer, &ours);
            }
        }
        Ok(differences)
    }

    fn leave_out(&mut self, template: &str, go: &Answer, ours: &Answer) {
        self.tally.left_out += 1;
        if self.left_out.len() < REMEMBERED {
            let (go, ours) = (go.shown(), ours.shown());
            self.left_out
                .push(format!("{template:?}\n    go   {go:.200}\n    ours {ours:.200}"));
        }
    }

    fn batch(&mut self) -> Group {
        let sprig = !self.core && self.rng.u32(0..5) > 0;
        let grammar = self.rng.u32(0..100) < 60 || self.corpus.is_empty();
        let mut group = Group {
            sprig,
            data: generate::data(&mut self.rng),
            ..Group::default()
        };
        if !grammar && let Some((own, _)) = self.rng.choice(&self.corpus) {
            // Half of the changed templates keep the data that they were written for.
            let data = if self.rng.bool() {
                own.data.clone()
            } else {
                group.data
            };
            group = Group {
                data,
                cases: Vec::new(),
                sprig: own.sprig && !self.core,
                ..(*own).clone()
            };
        }
        group.cases = (0..BATCH)
            .map(|_| {
                let template = if grammar {
                    generate::template(&mut self.rng, sprig)
                } else {
                    self.changed(&group)
                };
                (template, Answer::Stopped(String::new()))
            })
            .collect();
        group
    }

    fn changed(&mut self, like: &Group) -> String {
        let same = |group: &Group| group.left == like.left && group.right == like.right;
        let mut pick = || {
            (0..20)
                .filter_map(|_| self.rng.choice(self.corpus.iter().copied()))
                .find(|(group, _)| same(group))
                .map_or("{{.}}", |(_, template)| template)
        };
        let (one, two) = (pick(), pick());
        mutate(&mut self.rng, one, two)
    }
}
