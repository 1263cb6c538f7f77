//! What to do about a Connector: which probes are due, which status to write, what to say, when to look again. Pure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use patchbay_api::conditions::{Condition as WireCondition, Reason, types};
use patchbay_api::connector::ConnectorStatus;
use patchbay_api::{Connector, ConnectorClass};
use patchbay_model::class::Class;
use patchbay_model::connector::Bound;
use patchbay_model::status::{Condition, Status, aggregate, merge, unchanged_but_for_time};
use patchbay_runtime::events::Happening;
use tokio::time::Instant;

use super::bind::{BindError, SecretError};
use super::memory::{Fingerprint, Memory};
use crate::probes::schedule::spread;
use crate::probes::verdict::{Kind, Verdict};
use crate::sources::SecretObject;
use crate::status::events;

/// All that a plan is made from.
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct Observed<'a> {
    /// The Connector.
    pub object: &'a Connector,
    /// Its class, if there is one.
    pub class: Option<&'a ConnectorClass>,
    /// The Connector against its class.
    pub bound: Result<(Class, Bound), BindError>,
    /// Its credential; meaningless when `bound` is an error.
    pub credential: Result<Option<Arc<SecretObject>>, SecretError>,
    /// Its CA; meaningless when `bound` is an error.
    pub authority: Result<Option<Arc<SecretObject>>, SecretError>,
    /// What is remembered.
    pub memory: &'a Memory,
    /// For what is due.
    pub now: Instant,
    /// For conditions.
    pub wall: Time,
    /// Between two probes.
    pub interval: Duration,
    /// Uniform in 0..1.
    pub dice: f64,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Probe, keep what it finds under this fingerprint, then plan again.
    Probe(Kind, Fingerprint),
    /// Keep what the status says another process found, and probe then.
    Adopt(Kind, Fingerprint, Verdict, Instant),
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
            Self::Probe(kind, _) => write!(f, "probe {}", kind.as_str()),
            Self::Adopt(kind, _, verdict, _) => write!(f, "adopt {} {}", kind.as_str(), verdict.reason),
            Self::WriteStatus(status) => {
                f.write_str("write")?;
                for c in &status.conditions {
                    write!(f, " {}={}/{}", c.type_, c.status, c.reason)?;
                }
                Ok(())
            }
            Self::Event(happening) => write!(f, "event {:?} {}", happening.severity, happening.reason),
            Self::Requeue(_) => f.write_str("requeue"),
        }
    }
}

/// What one probe is about to do.
enum Probing {
    /// There is nothing to probe, or it cannot be done now.
    Idle(Condition),
    /// It is due. The condition is what can be said meanwhile.
    Due(Fingerprint, Condition),
    /// What the status says is taken over until then.
    Taken(Fingerprint, Verdict, Instant),
    /// What it found stands until then.
    Fresh(Condition, Instant),
}

/// Plans.
///
/// *Guarantees*
/// - A status is written only if something besides a time changes.
/// - Whatever a probe is made of changes, it is probed at once, and the status is written once afterwards. Only a
///   Connector without any condition is written before, so that a person sees that it was noticed.
/// - A process that becomes the leader takes the conditions of the one before over and spreads its probes over an
///   interval.
/// - Nothing is written while a Secret is still being read, so that a restart changes no status.
#[must_use]
pub fn plan(o: &Observed<'_>) -> Vec<Op> {
    let old = o.object.status.clone().unwrap_or_default();
    let first = old.conditions.is_empty();
    let pending = o.bound.is_ok()
        && (matches!(o.credential, Err(SecretError::Pending(_)))
            || matches!(o.authority, Err(SecretError::Pending(_))));
    if pending && !first {
        return vec![];
    }
    let liveness = probing(o, Kind::Liveness, &old.conditions);
    let auth = match unreachable(&liveness, o) {
        Some(condition) => Probing::Idle(condition),
        None => probing(o, Kind::Auth, &old.conditions),
    };

    let mut ops = Vec::new();
    let mut due = false;
    let mut next: Option<Instant> = None;
    for (kind, probing) in [(Kind::Liveness, &liveness), (Kind::Auth, &auth)] {
        match probing {
            Probing::Idle(_) => {}
            Probing::Fresh(_, at) => next = Some(next.map_or(*at, |n| n.min(*at))),
            Probing::Taken(fingerprint, verdict, at) => {
                ops.push(Op::Adopt(kind, fingerprint.clone(), verdict.clone(), *at));
                next = Some(next.map_or(*at, |n| n.min(*at)));
            }
            Probing::Due(fingerprint, _) => {
                ops.push(Op::Probe(kind, fingerprint.clone()));
                due = true;
                // The auth probe waits for what the liveness probe finds.
                break;
            }
        }
    }
    if !due || first {
        let conditions = conditions(o, &liveness, &auth);
        let status = status(o, &old, &conditions);
        if !same(&old, &status) {
            let happened = events(&old.conditions, &conditions, "Check");
            let write = std::iter::once(Op::WriteStatus(Box::new(status)));
            ops.splice(
                0..0,
                write.chain(
                    happened
                        .into_iter()
                        .map(|happening| Op::Event(Box::new(happening))),
                ),
            );
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

fn conditions(o: &Observed<'_>, liveness: &Probing, auth: &Probing) -> Vec<Condition> {
    let probed = |kind: Kind, probing: &Probing| match probing {
        Probing::Idle(condition) | Probing::Due(_, condition) | Probing::Fresh(condition, _) => {
            condition.clone()
        }
        Probing::Taken(_, verdict, _) => verdict.condition(kind.condition()),
    };
    let mut all = vec![
        class_ready(o),
        secret_ready(o),
        probed(Kind::Liveness, liveness),
        probed(Kind::Auth, auth),
        proxy_ready(o),
    ];
    all.push(aggregate(&all));
    all
}

fn class_ready(o: &Observed<'_>) -> Condition {
    let name = &o.object.spec.connector_class_name;
    match &o.bound {
        Ok(_) => Condition::good(
            types::CONNECTOR_CLASS_READY,
            Reason::Ready,
            format!("the Connector fits ConnectorClass \"{name}\""),
        ),
        Err(error) => Condition::bad(types::CONNECTOR_CLASS_READY, error.reason(), error.to_string()),
    }
}

fn waits_for(type_: &'static str, other: &str) -> Condition {
    Condition::unknown(type_, Reason::DependencyNotReady, format!("waits for {other}"))
}

fn secret_ready(o: &Observed<'_>) -> Condition {
    let type_ = types::SECRET_READY;
    let Ok((_, bound)) = &o.bound else {
        return waits_for(type_, types::CONNECTOR_CLASS_READY);
    };
    let found = match (&o.credential, &o.authority) {
        (Err(error), _) | (_, Err(error)) => {
            return match error {
                SecretError::Pending(_) => Condition::unknown(type_, error.reason(), error.to_string()),
                SecretError::NotReadable(_) => Condition::unknown(type_, error.reason(), error.to_string()),
                SecretError::NotFound { .. } | SecretError::Unfit { .. } => {
                    Condition::bad(type_, error.reason(), error.to_string())
                }
            };
        }
        (Ok(found), Ok(_)) => found,
    };
    match (found, bound.auth.as_ref().and_then(|auth| auth.secret.as_ref())) {
        (Some(_), Some(name)) => Condition::good(
            type_,
            Reason::Ready,
            format!(
                "Secret \"{}/{}\" has the right type and all keys",
                name.namespace, name.name
            ),
        ),
        _ => Condition::good(
            type_,
            Reason::SecretOptional,
            "no Secret is given, and the class does not ask for one",
        ),
    }
}

fn proxy_ready(o: &Observed<'_>) -> Condition {
    let type_ = types::PROXY_SERVICE_READY;
    let Some(class) = o.class else {
        return waits_for(type_, types::CONNECTOR_CLASS_READY);
    };
    if class.spec.proxy.is_none() {
        return Condition::good(type_, Reason::NonProxy, "the class has no proxy");
    }
    let known = class
        .status
        .as_ref()
        .and_then(|s| s.conditions.iter().find(|c| c.type_ == types::PROXY_READY));
    match known {
        Some(c) if c.status == Status::True.as_str() => {
            Condition::good(type_, Reason::Ready, c.message.clone())
        }
        Some(c) if c.status == Status::False.as_str() => Condition::bad(
            type_,
            Reason::ProxyServiceNotFound,
            format!("the class's proxy is not there: {}", c.message),
        ),
        _ => Condition::unknown(type_, Reason::Checking, "the class's proxy was not looked at yet"),
    }
}

/// The auth condition while nothing answers at all: asking again would only cost time.
fn unreachable(liveness: &Probing, o: &Observed<'_>) -> Option<Condition> {
    let verdict = match liveness {
        Probing::Taken(_, verdict, _) => verdict,
        Probing::Fresh(..) => &o.memory.of(Kind::Liveness)?.verdict,
        Probing::Idle(_) | Probing::Due(..) => return None,
    };
    let (class, bound) = o.bound.as_ref().ok()?;
    class.auth_probe(&bound.auth.as_ref()?.type_name)?;
    verdict.is_unreachable().then(|| {
        Condition::unknown(
            types::AUTH_READY,
            verdict.reason,
            "the credential cannot be checked while the tool cannot be reached",
        )
    })
}

fn probing(o: &Observed<'_>, kind: Kind, old: &[WireCondition]) -> Probing {
    let type_ = kind.condition();
    let Ok((class, bound)) = &o.bound else {
        return Probing::Idle(waits_for(type_, types::CONNECTOR_CLASS_READY));
    };
    let none = match kind {
        Kind::Liveness => class
            .liveness
            .is_none()
            .then_some((Reason::NonLivenessProbe, "the class has no liveness probe")),
        Kind::Auth => {
            let has = bound
                .auth
                .as_ref()
                .is_some_and(|auth| class.auth_probe(&auth.type_name).is_some());
            (!has).then_some((
                Reason::NonAuthProbe,
                "the class has no auth probe for this kind of credential",
            ))
        }
    };
    if let Some((reason, message)) = none {
        return Probing::Idle(Condition::good(type_, reason, message));
    }
    let Ok(authority) = &o.authority else {
        return Probing::Idle(waits_for(type_, types::SECRET_READY));
    };
    let credential = match (kind, &o.credential) {
        (Kind::Liveness, _) => None,
        (Kind::Auth, Err(_)) => return Probing::Idle(waits_for(type_, types::SECRET_READY)),
        (Kind::Auth, Ok(found)) => found.as_ref().map(|secret| secret.version.clone()),
    };
    let meta = |m: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| (m.uid.clone(), m.generation);
    let fingerprint = Fingerprint {
        connector: meta(&o.object.metadata),
        class: o.class.map(|class| meta(&class.metadata)).unwrap_or_default(),
        credential,
        authority: authority.as_ref().map(|secret| secret.version.clone()),
    };
    match o.memory.of(kind) {
        None => match taken_over(o, type_, old) {
            Some(verdict) => Probing::Taken(fingerprint, verdict, o.now + spread(o.interval, o.dice)),
            None => {
                let checking = Condition::unknown(
                    type_,
                    Reason::Checking,
                    format!("the first {} probe is on its way", kind.as_str()),
                );
                Probing::Due(fingerprint, checking)
            }
        },
        Some(probed) => {
            let condition = probed.verdict.condition(type_);
            let stale = probed.of != fingerprint;
            if stale || probed.next <= o.now {
                Probing::Due(fingerprint, condition)
            } else {
                Probing::Fresh(condition, probed.next)
            }
        }
    }
}

/// What the status says about this generation, found by a process that led before.
fn taken_over(o: &Observed<'_>, type_: &str, old: &[WireCondition]) -> Option<Verdict> {
    let condition = old.iter().find(|c| c.type_ == type_)?;
    if condition.observed_generation != o.object.metadata.generation {
        return None;
    }
    let reason = [
        Reason::ProbeSucceeded,
        Reason::ConnectionFailed,
        Reason::UnexpectedStatus,
        Reason::AuthenticationFailed,
        Reason::AddressNotAllowed,
        Reason::TemplateFailed,
    ]
    .into_iter()
    .find(|reason| reason.as_str() == condition.reason)?;
    let status = [Status::True, Status::False]
        .into_iter()
        .find(|status| status.as_str() == condition.status)?;
    Some(Verdict::new(status, reason, condition.message.clone()))
}

#[cfg(test)]
mod tests;
