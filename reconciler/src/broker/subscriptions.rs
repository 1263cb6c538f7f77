//! The volumes of one stream: what they depend on, what they have, and what is to be sent. Pure: the time is an
//! argument, and making files is somebody else's work.
//!
//! *Guarantees*
//! - Each volume is worked on by one worker at a time, and only its latest state matters: any number of changes
//!   meanwhile is one more piece of work.
//! - Each Subscribe is answered, with exactly one message unless another Subscribe for the same volume overtakes it;
//!   apart from that a message is made only when it says something new.
//! - Every volume is looked at at least once per [`RECHECK`], so a revoked access is noticed without any change.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::evaluate::{Evaluation, Verdict};
use super::news::{Health, Look};
use super::request::Request;
use crate::sources::Source;

/// The longest time between two checks of the authorization. With the time that a check takes it stays well below the
/// minute within which a revoked volume must be empty.
pub const RECHECK: Duration = Duration::from_secs(25);
/// Volumes of one stream. Kubelet's default is 110 pods on a node, and large ones have a few hundred.
pub const MAX_VOLUMES: usize = 1000;

/// Volumes that were never well and wait for their first answer. Beyond that a stream takes nothing more in, so that
/// one who may have nothing makes us hold little.
pub const MAX_UNPROVEN: usize = 64;

/// There are too many volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this stream has {MAX_VOLUMES} volumes already")]
pub struct TooMany;

/// What a worker is to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The files as they should be now.
    Files,
    /// Only whether the files may still be there.
    StillAllowed,
}

/// A piece of work.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "holds a token")]
pub struct Work {
    /// The volume.
    pub volume: String,
    /// Which Subscribe it belongs to.
    pub round: u64,
    /// What the volume asks for.
    pub request: Arc<Request>,
    /// What to find out.
    pub task: Task,
    /// When the change came that this is about; for the metric.
    pub since: Option<Instant>,
    /// What had changed when it began; see [`Log`].
    seen: u64,
}

/// Sources that changed while work was going on. A piece of work finds out only by its end what it depends on, and a
/// change of that in the meantime must not be lost.
#[derive(Debug, Default)]
struct Log {
    /// How many entries were dropped.
    dropped: u64,
    entries: VecDeque<Source>,
}

/// More changes than this during one piece of work are not told apart: it is done again.
const MAX_LOG: usize = 4096;

impl Log {
    fn add(&mut self, source: Source) {
        self.entries.push_back(source);
        if self.entries.len() > MAX_LOG {
            self.entries.pop_front();
            self.dropped += 1;
        }
    }

    /// The mark of this moment.
    fn now(&self) -> u64 {
        self.dropped + self.entries.len() as u64
    }

    /// Whether any of these may have changed since.
    fn changed(&self, sources: &BTreeSet<Source>, since: u64) -> bool {
        let Some(skip) = since.checked_sub(self.dropped) else {
            return true;
        };
        self.entries
            .iter()
            .skip(usize::try_from(skip).unwrap_or(usize::MAX))
            .any(|source| sources.contains(source))
    }

    /// Forgets all entries; marks stay good.
    fn clear(&mut self) {
        self.dropped = self.now();
        self.entries.clear();
    }
}

/// What to tell the driver.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub enum Message {
    /// New files.
    Update(super::evaluate::Files),
    /// What the volume has is right.
    Current,
    /// What the volume has stays, although it could not be made anew.
    Stale {
        /// One word.
        reason: &'static str,
        /// For a person.
        message: String,
    },
    /// The volume is to be emptied.
    Revoked {
        /// One word.
        reason: &'static str,
        /// For a person.
        message: String,
    },
}

/// What the driver was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Well,
    Stale(&'static str, String),
    Revoked(&'static str, String),
}

struct Volume {
    request: Arc<Request>,
    round: u64,
    have: String,
    sources: BTreeSet<Source>,
    told: Told,
    /// The last Subscribe was not answered yet.
    owes_answer: bool,
    /// Nothing happens until the next Subscribe: the token is of no use.
    parked: bool,
    /// The round of the worker that has it.
    running: Option<u64>,
    /// Something changed; since when.
    dirty: Option<Instant>,
    recheck: Instant,
}

/// See the module.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds tokens")]
pub struct Subscriptions {
    volumes: BTreeMap<String, Volume>,
    by_source: BTreeMap<Source, BTreeSet<String>>,
    rechecks: BTreeSet<(Instant, String)>,
    ready: VecDeque<String>,
    rounds: u64,
    working: usize,
    /// Volumes whose driver was told nothing yet.
    unproven: usize,
    log: Log,
}

impl Subscriptions {
    /// Begins or renews a subscription. A renewal replaces all that was said before.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn subscribe(&mut self, request: Request, have: String, now: Instant) -> Result<(), TooMany> {
        let name = request.volume_id.clone();
        if self.volumes.len() >= MAX_VOLUMES && !self.volumes.contains_key(&name) {
            return Err(TooMany);
        }
        self.rounds += 1;
        let round = self.rounds;
        let request = Arc::new(request);
        match self.volumes.get_mut(&name) {
            Some(volume) => {
                volume.request = request;
                volume.round = round;
                volume.have = have;
                volume.owes_answer = true;
                volume.parked = false;
            }
            None => {
                let volume = Volume {
                    request,
                    round,
                    have,
                    sources: BTreeSet::new(),
                    told: Told::Nothing,
                    owes_answer: true,
                    parked: false,
                    running: None,
                    dirty: None,
                    recheck: now + RECHECK,
                };
                self.rechecks.insert((volume.recheck, name.clone()));
                self.volumes.insert(name.clone(), volume);
                self.unproven += 1;
            }
        }
        self.mark(&name, now);
        Ok(())
    }

    /// Ends a subscription.
    pub fn unsubscribe(&mut self, name: &str) {
        if let Some(volume) = self.volumes.remove(name) {
            if volume.told == Told::Nothing {
                self.unproven = self.unproven.saturating_sub(1);
            }
            self.rechecks.remove(&(volume.recheck, name.to_owned()));
            for source in volume.sources {
                self.unlink(&source, name);
            }
        }
    }

    /// These sources changed.
    pub fn touch<'a>(&mut self, sources: impl IntoIterator<Item = &'a Source>, now: Instant) {
        let mut names = BTreeSet::new();
        for source in sources {
            names.extend(self.by_source.get(source).into_iter().flatten().cloned());
            if self.working > 0 {
                self.log.add(source.clone());
            }
        }
        for name in names {
            self.mark(&name, now);
        }
    }

    /// Everything may have changed.
    pub fn touch_all(&mut self, now: Instant) {
        let names: Vec<String> = self.volumes.keys().cloned().collect();
        for name in names {
            self.mark(&name, now);
        }
    }

    /// The next piece of work: what changed comes before what is to be checked again.
    pub fn next(&mut self, now: Instant) -> Option<Work> {
        while let Some(name) = self.ready.pop_front() {
            let Some(volume) = self.volumes.get_mut(&name) else {
                continue;
            };
            if volume.running.is_some() || volume.parked || volume.dirty.is_none() {
                continue;
            }
            let since = volume.dirty.take();
            return self.start(&name, Task::Files, since);
        }
        while let Some((at, name)) = self.rechecks.first().cloned() {
            if at > now {
                return None;
            }
            self.reschedule(&name, now);
            let Some(volume) = self.volumes.get(&name) else {
                continue;
            };
            if volume.running.is_some() || volume.parked {
                continue;
            }
            // A volume that is not well may be so again without any change that reaches us.
            let task = if volume.told == Told::Well {
                Task::StillAllowed
            } else {
                Task::Files
            };
            return self.start(&name, task, None);
        }
        None
    }

    /// When there is work without any change.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.rechecks.first().map(|(at, _)| *at)
    }

    /// A piece of work is done: what to send, if anything.
    pub fn finish(&mut self, work: &Work, evaluation: Evaluation, now: Instant) -> Option<Message> {
        let overtaken = evaluation
            .sources
            .as_ref()
            .is_some_and(|sources| self.log.changed(sources, work.seen));
        self.working = self.working.saturating_sub(1);
        if self.working == 0 {
            self.log.clear();
        }
        let volume = self.volumes.get_mut(&work.volume)?;
        if volume.running != Some(work.round) {
            // It was ended and begun anew meanwhile, and another worker has it.
            return None;
        }
        volume.running = None;
        if volume.round != work.round {
            // It was subscribed anew meanwhile; that Subscribe gets its own answer.
            self.mark_again(&work.volume, now);
            return None;
        }
        if let Some(sources) = evaluation.sources {
            self.relink(&work.volume, sources);
        }
        let volume = self.volumes.get_mut(&work.volume)?;
        let first = volume.told == Told::Nothing;
        let message = volume.told(evaluation.verdict);
        if first {
            self.unproven = self.unproven.saturating_sub(1);
        }
        if volume.parked && first {
            // Nothing is kept for one who could not say who it is; the next Subscribe begins anew.
            self.unsubscribe(&work.volume);
            return message;
        }
        if volume.parked {
            volume.dirty = None;
        } else if overtaken {
            volume.dirty.get_or_insert(now);
        }
        if volume.dirty.is_some() {
            self.ready.push_back(work.volume.clone());
        }
        message
    }

    /// What the driver of a volume was told last.
    #[must_use]
    pub fn look(&self, name: &str) -> Option<Look> {
        let volume = self.volumes.get(name)?;
        let health = match &volume.told {
            Told::Nothing => Health::Unknown,
            Told::Well => Health::Well,
            Told::Stale(reason, _) => Health::Stale(reason),
            Told::Revoked(reason, _) => Health::Revoked(reason),
        };
        Some(Look {
            health,
            version: volume.have.clone(),
        })
    }

    /// Whether another Subscribe may be taken in now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.unproven < MAX_UNPROVEN
    }

    /// How many volumes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.volumes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty()
    }

    fn mark(&mut self, name: &str, now: Instant) {
        let Some(volume) = self.volumes.get_mut(name) else {
            return;
        };
        if volume.parked {
            // The next Subscribe looks at everything anyway.
            return;
        }
        if volume.dirty.is_none() {
            volume.dirty = Some(now);
            if volume.running.is_none() {
                self.ready.push_back(name.to_owned());
            }
        }
    }

    fn mark_again(&mut self, name: &str, now: Instant) {
        let Some(volume) = self.volumes.get_mut(name) else {
            return;
        };
        volume.dirty.get_or_insert(now);
        self.ready.push_back(name.to_owned());
    }

    fn start(&mut self, name: &str, task: Task, since: Option<Instant>) -> Option<Work> {
        let seen = self.log.now();
        let volume = self.volumes.get_mut(name)?;
        self.working += 1;
        let (round, request) = (volume.round, volume.request.clone());
        volume.running = Some(round);
        Some(Work {
            volume: name.to_owned(),
            round,
            request,
            task,
            since,
            seen,
        })
    }

    fn reschedule(&mut self, name: &str, now: Instant) {
        self.rechecks.pop_first();
        if let Some(volume) = self.volumes.get_mut(name) {
            volume.recheck = now + RECHECK;
            self.rechecks.insert((volume.recheck, name.to_owned()));
        }
    }

    fn relink(&mut self, name: &str, sources: BTreeSet<Source>) {
        let Some(volume) = self.volumes.get_mut(name) else {
            return;
        };
        if volume.sources == sources {
            return;
        }
        let before = std::mem::replace(&mut volume.sources, sources.clone());
        for source in before.difference(&sources) {
            self.unlink(source, name);
        }
        for source in sources {
            self.by_source.entry(source).or_default().insert(name.to_owned());
        }
    }

    fn unlink(&mut self, source: &Source, name: &str) {
        if let Some(names) = self.by_source.get_mut(source) {
            names.remove(name);
            if names.is_empty() {
                self.by_source.remove(source);
            }
        }
    }
}

impl Volume {
    /// Takes a verdict in; makes the message, unless the driver knows.
    fn told(&mut self, verdict: Verdict) -> Option<Message> {
        let owed = std::mem::take(&mut self.owes_answer);
        let (told, message) = match verdict {
            Verdict::Files(files) if files.version == self.have => (Told::Well, Message::Current),
            Verdict::Files(files) => {
                self.have.clone_from(&files.version);
                self.told = Told::Well;
                return Some(Message::Update(files));
            }
            Verdict::StillAllowed => (Told::Well, Message::Current),
            Verdict::Stale {
                reason,
                message,
                park,
            } => {
                self.parked = park;
                (
                    Told::Stale(reason, message.clone()),
                    Message::Stale { reason, message },
                )
            }
            Verdict::Revoked { reason, message } => {
                // The driver empties the volume: what it had is not there any more.
                self.have.clear();
                (
                    Told::Revoked(reason, message.clone()),
                    Message::Revoked { reason, message },
                )
            }
        };
        let news = told != self.told;
        self.told = told;
        (owed || news).then_some(message)
    }
}

#[cfg(test)]
mod tests;
