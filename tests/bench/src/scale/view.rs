//! What a person would see: the conditions of all Connectors, by a watch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use futures::StreamExt as _;
use kube::Client;
use parking_lot::Mutex;
use patchbay_api::Connector;
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::watch::{Change, Options, WatchMetrics, guarded};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What is known of one Connector, and since when.
#[derive(Default)]
struct Seen {
    ready: bool,
    refused: Option<Instant>,
}

pub(crate) struct View {
    seen: Arc<Mutex<BTreeMap<String, Seen>>>,
    _following: JoinSet<()>,
}

impl View {
    pub(crate) fn follow(client: &Client, stop: &CancellationToken) -> Self {
        let seen: Arc<Mutex<BTreeMap<String, Seen>>> = Arc::default();
        let mut changes = guarded::<Connector>(
            client,
            Options::new("view"),
            Gate::detached("view"),
            &WatchMetrics::default(),
        );
        let (kept, stop) = (seen.clone(), stop.clone());
        let mut following = JoinSet::new();
        following.spawn(async move {
            while let Some(Some(change)) = stop.run_until_cancelled(changes.next()).await {
                let mut seen = kept.lock();
                match change {
                    Change::Reset(all) => all.iter().for_each(|object| note(&mut seen, object)),
                    Change::Applied(object) => note(&mut seen, &object),
                    Change::Deleted { .. } | Change::Invalid { .. } => {}
                }
            }
        });
        Self {
            seen,
            _following: following,
        }
    }

    pub(crate) fn ready(&self) -> usize {
        self.seen.lock().values().filter(|seen| seen.ready).count()
    }

    /// Waits until so many are ready; says how long that took.
    pub(crate) async fn until_ready(&self, wanted: usize, limit: Duration) -> Result<Duration> {
        let begun = Instant::now();
        while self.ready() < wanted {
            if begun.elapsed() > limit {
                bail!(
                    "only {} of {wanted} Connectors are ready after {limit:?}",
                    self.ready()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(begun.elapsed())
    }

    /// Waits until none is ready; says how long that took.
    pub(crate) async fn until_none_ready(&self, limit: Duration) -> Result<Duration> {
        let begun = Instant::now();
        while self.ready() > 0 {
            if begun.elapsed() > limit {
                bail!("{} Connectors are still ready after {limit:?}", self.ready());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(begun.elapsed())
    }

    /// Waits until the credential of all of these is refused; says how long each took.
    pub(crate) async fn until_refused(
        &self,
        names: &[String],
        begun: Instant,
        limit: Duration,
    ) -> Result<Vec<Duration>> {
        loop {
            let found: Vec<Duration> = {
                let seen = self.seen.lock();
                let refused = names.iter().filter_map(|name| seen.get(name)?.refused);
                refused.map(|at| at.saturating_duration_since(begun)).collect()
            };
            if found.len() == names.len() {
                return Ok(found);
            }
            if begun.elapsed() > limit {
                bail!(
                    "only {} of {} Connectors show the refusal",
                    found.len(),
                    names.len()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn note(seen: &mut BTreeMap<String, Seen>, object: &Connector) {
    let Some(name) = object.metadata.name.clone() else {
        return;
    };
    let conditions = object
        .status
        .as_ref()
        .map(|s| s.conditions.as_slice())
        .unwrap_or_default();
    let is = |type_: &str, status: &str| conditions.iter().any(|c| c.type_ == type_ && c.status == status);
    let seen = seen.entry(name).or_default();
    seen.ready = is("Ready", "True");
    if is("AuthReady", "False") {
        seen.refused.get_or_insert_with(Instant::now);
    } else {
        seen.refused = None;
    }
}
