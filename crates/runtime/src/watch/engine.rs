//! The loop behind a guarded watch: list, watch, resume.

use std::collections::{BTreeSet, VecDeque};

use futures::StreamExt;
use futures::stream::BoxStream;
use kube::api::{ListParams, WatchParams};
use kube::core::{ObjectMeta, WatchEvent};
use kube::{Api, Resource, ResourceExt};
use tokio::time::Instant;

use super::guard::Guarded;
use super::metrics::WatchMetrics;
use super::plan::{End, next};
use super::{Change, Object, Options};
use crate::backoff::Backoff;
use crate::client::{CallError, call};
use crate::error::Chain;
use crate::{clock, ids};

type Events<K> = BoxStream<'static, Result<WatchEvent<Guarded<K>>, kube::Error>>;
type Key = (String, String);

/// A watch that is being fed by one connection at a time.
pub(super) struct Engine<K: Object> {
    api: Api<Guarded<K>>,
    options: Options,
    metrics: WatchMetrics,
    backoff: Backoff,
    phase: Phase<K>,
    /// Changes that are due before anything else.
    due: VecDeque<Change<K>>,
    /// How many objects parse, and which do not.
    valid: usize,
    invalid: BTreeSet<Key>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Added,
    Modified,
    Deleted,
}

enum Phase<K: Object> {
    List,
    Resume {
        version: String,
    },
    Watching {
        version: String,
        events: Events<K>,
        since: Instant,
    },
}

impl<K: Object> Engine<K> {
    pub(super) fn new(api: Api<Guarded<K>>, options: Options, metrics: &WatchMetrics) -> Self {
        let backoff = Backoff::new(options.backoff);
        Self {
            api,
            options,
            metrics: metrics.clone(),
            backoff,
            phase: Phase::List,
            due: VecDeque::new(),
            valid: 0,
            invalid: BTreeSet::new(),
        }
    }

    /// The next change, however long it takes.
    pub(super) async fn next(&mut self) -> Change<K> {
        loop {
            if let Some(change) = self.due.pop_front() {
                return change;
            }
            let ended = match &mut self.phase {
                Phase::List => self.list().await,
                Phase::Resume { version } => {
                    let version = version.clone();
                    self.start(version).await
                }
                Phase::Watching { .. } => self.event().await,
            };
            if let Err(end) = ended {
                self.end(end).await;
            }
        }
    }

    /// Reads all pages, and makes the `Reset` of them.
    async fn list(&mut self) -> Result<(), End> {
        let mut params = ListParams {
            label_selector: selector(&self.options.labels),
            field_selector: selector(&self.options.fields),
            limit: Some(self.options.page),
            ..ListParams::default()
        };
        let mut objects = Vec::new();
        let version = loop {
            let listed = call(self.options.deadline, "list", self.api.list(&params)).await;
            let page = listed.map_err(|error| self.failed(&error))?;
            reached(&self.options, &self.metrics, &self.backoff);
            objects.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => break page.metadata.resource_version.unwrap_or_default(),
            }
        };
        if version.is_empty() {
            return Err(End::Refused);
        }
        self.reset(objects);
        self.phase = Phase::Resume { version };
        Ok(())
    }

    fn reset(&mut self, objects: Vec<Guarded<K>>) {
        self.invalid.clear();
        let mut valid = Vec::with_capacity(objects.len());
        let mut invalid = Vec::new();
        for object in objects {
            match object {
                Guarded::Valid(object) => valid.push(object),
                Guarded::Invalid { metadata, error } => invalid.push(self.report(&metadata, error)),
            }
        }
        self.valid = valid.len();
        self.due.push_back(Change::Reset(valid));
        self.due.extend(invalid);
        self.count();
    }

    async fn start(&mut self, version: String) -> Result<(), End> {
        let timeout = self.options.timeout.mul_f64(1.0 + ids::unit() / 4.0);
        let params = WatchParams {
            label_selector: selector(&self.options.labels),
            field_selector: selector(&self.options.fields),
            timeout: Some(u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX).max(1)),
            ..WatchParams::default()
        };
        let started = call(self.options.deadline, "watch", self.api.watch(&params, &version)).await;
        let events = started.map_err(|error| self.failed(&error))?.boxed();
        reached(&self.options, &self.metrics, &self.backoff);
        self.phase = Phase::Watching {
            version,
            events,
            since: clock::mono(),
        };
        Ok(())
    }

    async fn event(&mut self) -> Result<(), End> {
        let Phase::Watching {
            version,
            events,
            since,
        } = &mut self.phase
        else {
            return Ok(());
        };
        let age = |since: &Instant| clock::mono().saturating_duration_since(*since);
        let event = match tokio::time::timeout(self.options.idle, events.next()).await {
            Err(_) => return Err(End::Silent),
            // The server ends a watch after its timeout; much earlier it is in trouble.
            Ok(None) => {
                return Err(End::Closed {
                    ordinary: age(since) >= self.options.timeout / 2,
                });
            }
            Ok(Some(Err(error))) => {
                let error = CallError::new("watch", error);
                return Err(self.failed(&error));
            }
            Ok(Some(Ok(event))) => event,
        };
        reached(&self.options, &self.metrics, &self.backoff);
        self.backoff.reset();
        let (object, how) = match event {
            WatchEvent::Bookmark(bookmark) => {
                *version = bookmark.metadata.resource_version;
                return Ok(());
            }
            WatchEvent::Error(status) => {
                let error = CallError::new("watch", kube::Error::Api(status));
                return Err(self.failed(&error));
            }
            WatchEvent::Added(object) => (object, How::Added),
            WatchEvent::Modified(object) => (object, How::Modified),
            WatchEvent::Deleted(object) => (object, How::Deleted),
        };
        match object.resource_version() {
            Some(seen) if !seen.is_empty() => *version = seen,
            _ => return Err(End::Expired),
        }
        let change = self.change(object, how);
        self.due.push_back(change);
        self.count();
        Ok(())
    }

    fn change(&mut self, object: Guarded<K>, how: How) -> Change<K> {
        let key = key(object.meta());
        // Whatever it was before is taken out of the count, and put back below as what it is now.
        let was_invalid = self.invalid.remove(&key);
        if how != How::Added && !was_invalid {
            self.valid = self.valid.saturating_sub(1);
        }
        match object {
            _ if how == How::Deleted => {
                let (namespace, name) = key;
                Change::Deleted { namespace, name }
            }
            Guarded::Valid(object) => {
                self.valid += 1;
                Change::Applied(object)
            }
            Guarded::Invalid { metadata, error } => self.report(&metadata, error),
        }
    }

    fn report(&mut self, metadata: &ObjectMeta, error: String) -> Change<K> {
        let (namespace, name) = key(metadata);
        tracing::warn!(watch = self.options.name, %namespace, %name, %error, "leaving out an object that does not parse");
        self.invalid.insert((namespace.clone(), name.clone()));
        Change::Invalid {
            namespace,
            name,
            error,
        }
    }

    /// Waits as the plan says, and takes its way.
    async fn end(&mut self, end: End) {
        self.metrics.ended(self.options.name, end);
        let next = next(end, self.backoff.failures());
        tracing::debug!(watch = self.options.name, ?end, ?next, "watch ended");
        let version = match &self.phase {
            Phase::List => None,
            Phase::Resume { version } | Phase::Watching { version, .. } => Some(version.clone()),
        };
        self.phase = match version {
            Some(version) if !next.relist => Phase::Resume { version },
            _ => Phase::List,
        };
        if end == (End::Closed { ordinary: true }) {
            self.backoff.reset();
            return;
        }
        // A failure counts even when the first one need not wait.
        let wait = self.backoff.fail(ids::unit());
        if next.wait && end == End::Refused {
            tokio::time::sleep(wait).await;
        } else if next.wait {
            self.options.pulse.wait(wait, ids::unit()).await;
        }
    }

    fn failed(&self, error: &CallError) -> End {
        let end = match error.code() {
            Some(410) => End::Expired,
            // Too many requests and the server's own trouble say nothing about the version.
            Some(429 | 500..=599) | None => End::Broken,
            Some(_) => End::Refused,
        };
        if let (End::Refused, Some(refusals)) = (end, &self.options.refusals) {
            refusals.send_replace(error.code());
        }
        if end != End::Expired {
            tracing::warn!(watch = self.options.name, error = %Chain(error), "watch failed; trying again");
        }
        end
    }

    fn count(&self) {
        self.metrics
            .objects(self.options.name, self.valid, self.invalid.len());
    }
}

/// The API server answered: those who wait since it did not are told.
fn reached(options: &Options, metrics: &WatchMetrics, backoff: &Backoff) {
    metrics.alive(options.name);
    if backoff.failures() > 0 {
        options.pulse.beat();
    }
}

fn selector(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn key(metadata: &ObjectMeta) -> Key {
    (
        metadata.namespace.clone().unwrap_or_default(),
        metadata.name.clone().unwrap_or_default(),
    )
}
