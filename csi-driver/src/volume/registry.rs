//! The volumes of this node, in memory. What the stream to the broker subscribes and what the metrics count.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::{Mutex, RwLock};
use patchbay_model::secret::SecretBytes;

use super::condition::{ANSWER_GRACE, Condition, Facts, Said, condition, older};
use super::paths::VolumeId;
use super::state::Record;

/// Every published volume of the node.
#[derive(Debug, Default)]
pub struct Registry {
    volumes: RwLock<BTreeMap<VolumeId, Arc<Volume>>>,
    disconnected_since: Mutex<Option<Timestamp>>,
}

/// One published volume.
pub struct Volume {
    /// What it is.
    pub record: Record,
    /// Held while its files are being written or its mount removed.
    pub writing: Arc<tokio::sync::Mutex<()>>,
    live: Mutex<Live>,
}

impl std::fmt::Debug for Volume {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Volume")
            .field("id", &self.record.id)
            .finish_non_exhaustive()
    }
}

/// What changes about a volume.
struct Live {
    /// The pod's token, as kubelet last brought it.
    token: Option<SecretBytes>,
    without_token_since: Option<Timestamp>,
    /// The broker's name for the files that the volume holds; empty when unknown.
    version: String,
    said: Said,
    asked_since: Option<Timestamp>,
    /// A replaced generation is still there.
    lingering: bool,
    /// What the broker sent did not get into the volume.
    retry: bool,
    /// Why the last call of kubelet failed without kubelet learning of it.
    masked: Option<&'static str>,
}

/// What a subscription says.
#[expect(missing_debug_implementations, reason = "holds a token")]
pub struct Subscription {
    /// The pod's token.
    pub token: SecretBytes,
    /// What the volume has.
    pub have_version: String,
}

/// How many volumes there are, by how fresh they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// [`Condition::Fresh`]
    pub fresh: i64,
    /// [`Condition::Stale`]
    pub stale: i64,
    /// [`Condition::Revoked`]
    pub revoked: i64,
    /// Seconds since the oldest of the stale ones is stale.
    pub oldest_stale_seconds: i64,
}

impl Registry {
    /// Without volumes, and without a connection since `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            volumes: RwLock::default(),
            disconnected_since: Mutex::new(Some(now)),
        }
    }

    /// A volume.
    #[must_use]
    pub fn get(&self, id: &VolumeId) -> Option<Arc<Volume>> {
        self.volumes.read().get(id).cloned()
    }

    /// Every volume, in the order of their ids.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Volume>> {
        self.volumes.read().values().cloned().collect()
    }

    /// Takes a volume in, in the place of an earlier one with its id.
    pub fn insert(&self, volume: Arc<Volume>) {
        self.volumes.write().insert(volume.record.id.clone(), volume);
    }

    /// Lets a volume go.
    pub fn remove(&self, id: &VolumeId) -> Option<Arc<Volume>> {
        self.volumes.write().remove(id)
    }

    /// The stream to the broker stands, or broke at `now`.
    pub fn set_connected(&self, connected: bool, now: Timestamp) {
        let mut since = self.disconnected_since.lock();
        *since = match (connected, *since) {
            (true, _) => None,
            (false, Some(since)) => Some(since),
            (false, None) => Some(now),
        };
    }

    /// Whether the stream to the broker stands.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.disconnected_since.lock().is_none()
    }

    /// The condition of a volume at `now`.
    #[must_use]
    pub fn condition(&self, volume: &Volume, now: Timestamp) -> Condition {
        let disconnected_since = *self.disconnected_since.lock();
        volume.condition(disconnected_since, now)
    }

    /// How many volumes there are at `now`, by how fresh they are.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> Counts {
        let disconnected_since = *self.disconnected_since.lock();
        let mut counts = Counts::default();
        for volume in self.volumes.read().values() {
            match volume.condition(disconnected_since, now) {
                Condition::Fresh => counts.fresh += 1,
                Condition::Revoked(_) => counts.revoked += 1,
                Condition::Stale(problem) => {
                    counts.stale += 1;
                    let age = now.duration_since(problem.since).as_secs();
                    counts.oldest_stale_seconds = counts.oldest_stale_seconds.max(age);
                }
            }
        }
        counts
    }
}

impl Volume {
    /// A volume that kubelet just published, with the files of `version`.
    #[must_use]
    pub fn published(record: Record, token: SecretBytes, version: String) -> Self {
        Self::new(
            record,
            Live {
                token: Some(token),
                version,
                ..Live::empty()
            },
        )
    }

    /// A volume that was there before the driver started, at `now`: without a token until kubelet calls again.
    #[must_use]
    pub fn restored(record: Record, now: Timestamp) -> Self {
        Self::new(
            record,
            Live {
                without_token_since: Some(now),
                ..Live::empty()
            },
        )
    }

    fn new(record: Record, live: Live) -> Self {
        Self {
            record,
            writing: Arc::default(),
            live: Mutex::new(live),
        }
    }

    /// Takes the token of a republish. `true` when it is another one than before.
    pub fn renew(&self, token: &SecretBytes) -> bool {
        let mut live = self.live.lock();
        live.masked = None;
        let same = live
            .token
            .as_ref()
            .is_some_and(|old| old.expose() == token.expose());
        if !same {
            live.token = Some(token.clone());
            live.without_token_since = None;
        }
        !same
    }

    /// What to subscribe with. `None` without a token. From here on the broker owes an answer.
    pub fn subscribe(&self, now: Timestamp) -> Option<Subscription> {
        let mut live = self.live.lock();
        let token = live.token.clone()?;
        live.asked_since = live.asked_since.or(Some(now));
        Some(Subscription {
            token,
            have_version: live.version.clone(),
        })
    }

    /// The stream broke: the broker owes nothing any more.
    pub fn unsubscribed(&self) {
        self.live.lock().asked_since = None;
    }

    /// The broker answered: what the volume holds is current, under the name `version` when it gave one. `true` when
    /// it was not so before.
    pub fn confirm(&self, version: Option<String>) -> bool {
        let mut live = self.live.lock();
        live.asked_since = None;
        if version.is_none() && matches!(live.said, Said::Revoked(_)) {
            // The volume is empty, so what it has cannot be current: the broker is to look again.
            live.retry = true;
            return false;
        }
        let before = std::mem::take(&mut live.said);
        if let Some(version) = version {
            live.version = version;
        }
        before != Said::Current
    }

    /// The broker or the node reports a problem. `true` when it is another one than before: worth a line in the log.
    ///
    /// The time at which a staleness began is kept while it lasts, whatever its reasons. A volume that was emptied
    /// does not become stale: it has no files that could be.
    pub fn report(&self, said: Said) -> bool {
        let mut live = self.live.lock();
        live.asked_since = None;
        if matches!((&live.said, &said), (Said::Revoked(_), Said::Stale(_))) {
            return false;
        }
        let news = match (&live.said, &said) {
            (Said::Stale(old), Said::Stale(new)) | (Said::Revoked(old), Said::Revoked(new)) => {
                old.reason != new.reason
            }
            (Said::Current, Said::Current) => false,
            _ => true,
        };
        live.said = match (&live.said, said) {
            (Said::Stale(old), Said::Stale(mut new)) => {
                new.since = old.since;
                Said::Stale(new)
            }
            (Said::Revoked(old), Said::Revoked(mut new)) => {
                new.since = old.since;
                Said::Revoked(new)
            }
            (_, said) => said,
        };
        news
    }

    /// The volume holds no files that the broker has a name for.
    pub fn forget_version(&self) {
        self.live.lock().version.clear();
    }

    /// Notes that a replaced generation is still there.
    pub fn linger(&self) {
        self.live.lock().lingering = true;
    }

    /// Whether a replaced generation is still there. Asking settles it.
    pub fn take_lingering(&self) -> bool {
        std::mem::take(&mut self.live.lock().lingering)
    }

    /// The broker is to be asked again: what it sent did not get into the volume.
    pub fn retry(&self) {
        self.live.lock().retry = true;
    }

    /// Whether the broker is to be asked again at `now`. Asking settles it.
    pub fn take_retry(&self, now: Timestamp) -> bool {
        let mut live = self.live.lock();
        let unanswered = live
            .asked_since
            .is_some_and(|since| older(since, ANSWER_GRACE, now));
        std::mem::take(&mut live.retry) || unanswered
    }

    /// A call of kubelet failed without kubelet learning of it. `true` when the reason is another one than at the
    /// last call: kubelet calls every minute, and the log shall not say the same as often.
    pub fn masked(&self, reason: &'static str) -> bool {
        self.live.lock().masked.replace(reason) != Some(reason)
    }

    fn condition(&self, disconnected_since: Option<Timestamp>, now: Timestamp) -> Condition {
        let live = self.live.lock();
        let facts = Facts {
            said: &live.said,
            without_token_since: live.without_token_since,
            asked_since: live.asked_since,
            disconnected_since,
        };
        condition(&facts, now)
    }
}

impl Live {
    fn empty() -> Self {
        Self {
            token: None,
            without_token_since: None,
            version: String::new(),
            said: Said::Current,
            asked_since: None,
            lingering: false,
            retry: false,
            masked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::condition::Problem;
    use super::super::paths::Paths;
    use super::super::state::tests::record;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn volume() -> Volume {
        let paths = Paths::new(Path::new("/k")).unwrap();
        Volume::published(
            record(&paths, "csi-1"),
            SecretBytes::new(b"t1".to_vec()),
            "v1".into(),
        )
    }

    fn stale(since: i64, reason: &str) -> Said {
        Said::Stale(Problem {
            since: at(since),
            reason: reason.into(),
            message: String::new(),
        })
    }

    #[test]
    fn only_a_new_token_is_news() {
        let volume = volume();
        assert!(!volume.renew(&SecretBytes::new(b"t1".to_vec())));
        assert!(volume.renew(&SecretBytes::new(b"t2".to_vec())));
        let subscription = volume.subscribe(at(1)).unwrap();
        assert_eq!(
            (subscription.token.expose(), subscription.have_version.as_str()),
            (&b"t2"[..], "v1")
        );
    }

    #[test]
    fn a_restored_volume_waits_for_its_token() {
        let paths = Paths::new(Path::new("/k")).unwrap();
        let volume = Volume::restored(record(&paths, "csi-1"), at(0));
        assert!(volume.subscribe(at(1)).is_none());
        assert!(
            matches!(volume.condition(None, at(1000)), Condition::Stale(problem) if problem.reason == "WaitingForToken")
        );
        assert!(volume.renew(&SecretBytes::new(b"t".to_vec())));
        assert_eq!(volume.condition(None, at(1000)), Condition::Fresh);
        assert_eq!(volume.subscribe(at(1)).unwrap().have_version, "");
    }

    #[test]
    fn a_staleness_keeps_its_beginning_and_is_news_once() {
        let volume = volume();
        assert!(volume.report(stale(10, "SecretMissing")));
        assert!(!volume.report(stale(20, "SecretMissing")));
        assert!(volume.report(stale(30, "ConnectorMissing")));
        let Condition::Stale(problem) = volume.condition(None, at(40)) else {
            panic!()
        };
        assert_eq!(
            (problem.since, problem.reason.as_str()),
            (at(10), "ConnectorMissing")
        );
        volume.confirm(Some("v2".into()));
        assert_eq!(volume.condition(None, at(40)), Condition::Fresh);
        assert!(volume.report(stale(50, "ConnectorMissing")));
    }

    #[test]
    fn a_revoked_volume_stays_so_until_it_has_files_again() {
        let volume = volume();
        let revoked = || {
            Said::Revoked(Problem {
                since: at(5),
                reason: "NotGranted".into(),
                message: String::new(),
            })
        };
        assert!(volume.report(revoked()));
        assert!(!volume.report(revoked()));
        assert!(!volume.report(stale(10, "SecretMissing")));
        assert!(!volume.confirm(None) && volume.take_retry(at(30)) && !volume.take_retry(at(30)));
        assert!(matches!(volume.condition(None, at(40)), Condition::Revoked(_)));
        assert!(volume.confirm(Some("v3".into())));
        assert_eq!(volume.condition(None, at(40)), Condition::Fresh);
    }

    #[test]
    fn a_broker_that_owes_an_answer_is_asked_again() {
        let volume = volume();
        assert!(volume.subscribe(at(100)).is_some() && !volume.take_retry(at(160)));
        assert!(volume.take_retry(at(161)) && volume.take_retry(at(171)));
        volume.confirm(None);
        assert!(!volume.take_retry(at(181)));
    }

    #[test]
    fn the_same_masked_failure_is_news_once() {
        let volume = volume();
        assert!(volume.masked("NoToken") && !volume.masked("NoToken") && volume.masked("InFlight"));
        volume.renew(&SecretBytes::new(b"t1".to_vec()));
        assert!(volume.masked("InFlight"));
    }

    #[test]
    fn counting() {
        let registry = Registry::new(at(0));
        registry.set_connected(true, at(1));
        let volume = Arc::new(volume());
        registry.insert(Arc::clone(&volume));
        assert_eq!(
            registry.counts(at(1000)),
            Counts {
                fresh: 1,
                ..Counts::default()
            }
        );
        volume.report(stale(940, "SecretMissing"));
        assert_eq!(
            registry.counts(at(1000)),
            Counts {
                stale: 1,
                oldest_stale_seconds: 60,
                ..Counts::default()
            }
        );
        registry.set_connected(false, at(1100));
        registry.set_connected(false, at(1200));
        assert!(!registry.is_connected());
        volume.confirm(None);
        assert_eq!(registry.counts(at(1150)).fresh, 1);
        assert_eq!(registry.counts(at(1161)).stale, 1);
        assert!(registry.remove(&volume.record.id).is_some());
        assert_eq!(registry.counts(at(1161)), Counts::default());
    }
}
