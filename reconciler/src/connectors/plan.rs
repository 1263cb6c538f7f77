//! What to do about a Connector: which probes are due, which status to write, what to say, when to look again. Pure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use patchbay_api::connector::ConnectorStatus;
use patchbay_api::{Connector, ConnectorClass};
use patchbay_model::class::Class;
use patchbay_model::connector::Bound;
use patchbay_model::status::{Condition, merge, unchanged_but_for_time};
use patchbay_runtime::events::Happening;
use tokio::time::Instant;

use super::bind::{BindError, SecretError};
use super::conditions::conditions;
use super::memory::{Fingerprint, Memory};
use super::probing::{Probing, probings, waits_for_address};
use crate::calls::share::Wants;
use crate::classes::address::Resolved;
use crate::probes::net::tls::usable_certificates;
use crate::probes::verdict::{Kind, Verdict};
use crate::sources::SecretObject;
use crate::status::events;

/// A Connector without any condition is given so long before somebody is told that it was noticed: most are done with it
/// by then, and the API server is spared half of all writes when many are made at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// All that a plan is made from.
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct Observed<'a> {
    /// The Connector.
    pub object: &'a Connector,
    /// Its class, if there is one.
    pub class: Option<&'a ConnectorClass>,
    /// The Connector against its class.
    pub bound: Result<(&'a Class, Bound), BindError>,
    /// Its credential; meaningless when `bound` is an error.
    pub credential: Result<Option<Arc<SecretObject>>, SecretError>,
    /// Its CA; meaningless when `bound` is an error.
    pub authority: Result<Option<Arc<SecretObject>>, SecretError>,
    /// Where the API service of the class is.
    pub api: Resolved,
    /// What is remembered.
    pub memory: &'a Memory,
    /// When this process saw it for the first time.
    pub noticed: Instant,
    /// When this look began. What it has probed is not due again before the next look, however long that took: what was
    /// found is written first.
    pub began: Instant,
    /// For what is due.
    pub now: Instant,
    /// For conditions.
    pub wall: Time,
    /// Between two probes.
    pub interval: Duration,
    /// Uniform in 0..1.
    pub dice: f64,
}

impl Observed<'_> {
    /// The Secret with authorities, if it has any.
    #[must_use]
    pub fn usable_authority(&self) -> Option<&SecretObject> {
        let found = self.authority.as_ref().ok()?.as_deref()?;
        (usable_certificates(&found.data) > 0).then_some(found)
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Write this status, and say what happened, if the probe that follows has found nothing by then.
    Announce(Box<ConnectorStatus>, Vec<Happening>, Instant),
    /// Probe, keep what it finds under this fingerprint, then plan again.
    Probe(Kind, Fingerprint, Wants),
    /// Keep what the status says another process found then, and probe at that time.
    Adopt(Kind, Fingerprint, Verdict, Timestamp, Instant),
    /// Write this status.
    WriteStatus(Box<ConnectorStatus>),
    /// Say what happened.
    Event(Box<Happening>),
    /// Look again then.
    Requeue(Instant),
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Announce(status, ..) => {
                f.write_str("announce")?;
                show(f, status)
            }
            Self::Probe(kind, ..) => write!(f, "probe {}", kind.as_str()),
            Self::Adopt(kind, _, verdict, ..) => write!(f, "adopt {} {}", kind.as_str(), verdict.reason),
            Self::WriteStatus(status) => {
                f.write_str("write")?;
                show(f, status)
            }
            Self::Event(happening) => write!(f, "event {:?} {}", happening.severity, happening.reason),
            Self::Requeue(_) => f.write_str("requeue"),
        }
    }
}

fn show(f: &mut fmt::Formatter<'_>, status: &ConnectorStatus) -> fmt::Result {
    for c in &status.conditions {
        write!(f, " {}={}/{}", c.type_, c.status, c.reason)?;
    }
    Ok(())
}

/// Plans.
///
/// *Guarantees*
/// - A status is written only if something besides a time changes.
/// - Whatever a probe is made of changes, it is probed at once, and the status is written once afterwards. Only a
///   Connector without any condition is written before, if that takes longer than a moment, so that a person sees that
///   it was noticed.
/// - A process that becomes the leader takes the conditions of the one before over and spreads its probes over an
///   interval.
/// - Nothing is written while a Secret or the address of an API service is still being read, so that a restart changes
///   no status.
#[must_use]
pub fn plan(o: &Observed<'_>) -> Vec<Op> {
    let old = o.object.status.clone().unwrap_or_default();
    let first = old.conditions.is_empty();
    let pending = o.bound.is_ok()
        && (matches!(o.credential, Err(SecretError::Pending(_)))
            || matches!(o.authority, Err(SecretError::Pending(_)))
            || waits_for_address(o));
    let patient_until = o.noticed + PATIENCE;
    if pending && !first {
        return vec![];
    }
    if pending && o.now < patient_until {
        return vec![Op::Requeue(patient_until)];
    }
    let (liveness, auth) = probings(o);
    let mut ops = Vec::new();
    let mut due = false;
    let mut next: Option<Instant> = None;
    for (kind, probing) in [(Kind::Liveness, &liveness), (Kind::Auth, &auth)] {
        match probing {
            Probing::Idle(_) => {}
            Probing::Fresh(_, at) => next = Some(next.map_or(*at, |n| n.min(*at))),
            Probing::Taken(taken) => {
                ops.push(Op::Adopt(
                    kind,
                    taken.of,
                    taken.verdict.clone(),
                    taken.at,
                    taken.until,
                ));
                next = Some(next.map_or(taken.until, |n| n.min(taken.until)));
            }
            Probing::Due(probe) => {
                ops.push(Op::Probe(kind, probe.of, probe.wants));
                due = true;
                // The auth probe waits for what the liveness probe finds.
                break;
            }
        }
    }
    if !due || first {
        let conditions = conditions(o, &liveness, &auth);
        let status = Box::new(status(o, &old, &conditions));
        if !same(&old, &status) {
            let happened = events(&old.conditions, &conditions, "Check");
            let write = if due {
                vec![Op::Announce(status, happened, patient_until)]
            } else {
                let events = happened
                    .into_iter()
                    .map(|happening| Op::Event(Box::new(happening)));
                std::iter::once(Op::WriteStatus(status)).chain(events).collect()
            };
            ops.splice(0..0, write);
        }
    }
    ops.extend(next.filter(|_| !due).map(Op::Requeue));
    ops
}

fn status(o: &Observed<'_>, old: &ConnectorStatus, conditions: &[Condition]) -> ConnectorStatus {
    let generation = o.object.metadata.generation;
    let proxy = o.class.and_then(|class| class.status.as_ref()?.proxy.clone());
    ConnectorStatus {
        conditions: merge(&old.conditions, conditions, generation, &o.wall),
        observed_generation: generation,
        proxy_address: proxy
            .as_ref()
            .and_then(|proxy| proxy.http_address.as_ref()?.url.clone()),
        proxy,
        // What somebody else wrote into the status stays theirs.
        ..ConnectorStatus::default()
    }
}

fn same(old: &ConnectorStatus, new: &ConnectorStatus) -> bool {
    unchanged_but_for_time(&old.conditions, &new.conditions)
        && old.observed_generation == new.observed_generation
        && old.proxy == new.proxy
        && old.proxy_address == new.proxy_address
}

#[cfg(test)]
mod tests;
