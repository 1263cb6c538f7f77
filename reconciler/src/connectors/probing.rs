//! What each probe of a Connector is about to do, and what can be said of it meanwhile. Pure.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use patchbay_api::conditions::{Reason, types};
use patchbay_model::class::{Check, Probe};
use patchbay_model::status::{Condition, Status};
use tokio::time::Instant;

use super::bind::SecretError;
use super::conditions::waits_for;
use super::memory::{Fingerprint, MadeOf, Rhythm};
use super::plan::Observed;
use super::standing::Thresholds;
use crate::calls::share::Wants;
use crate::probes::schedule::spread;
use crate::probes::verdict::{Kind, Verdict};

/// Whoever changed something and finds that all is well does not mind that it was found a moment before.
const GOOD_FOR: Duration = Duration::from_secs(2);

/// What one probe is about to do.
#[derive(Debug)]
pub enum Probing {
    /// There is nothing to probe, or it cannot be done now.
    Idle(Condition),
    /// It is due.
    Due(Due),
    /// What the status says is taken over until then.
    Taken(Taken),
    /// What it found stands until then.
    Fresh(Condition, Instant),
}

/// A probe that is due.
#[derive(Debug)]
pub struct Due {
    /// What it is made of.
    pub of: Fingerprint,
    /// Which answers will do.
    pub wants: Wants,
    /// What can be said meanwhile.
    pub condition: Condition,
}

/// What another process found.
#[derive(Debug)]
pub struct Taken {
    /// Of what, as far as one can tell.
    pub of: Fingerprint,
    /// What.
    pub verdict: Verdict,
    /// When, as far as one can tell.
    pub at: Timestamp,
    /// Until then it stands.
    pub until: Instant,
}

impl Probing {
    /// The condition that can be written now.
    pub fn condition(&self, kind: Kind) -> Condition {
        match self {
            Self::Idle(condition) | Self::Fresh(condition, _) => condition.clone(),
            Self::Due(due) => due.condition.clone(),
            Self::Taken(taken) => taken
                .verdict
                .condition(kind.condition())
                .probed_at(Time(taken.at)),
        }
    }
}

/// How often the probe of a kind runs, and what counts: as the class says, else as the operator does.
pub fn rhythm(o: &Observed<'_>, kind: Kind) -> Rhythm {
    let probe = probe_of(o, kind);
    let timing = probe.map(|probe| probe.timing).unwrap_or_default();
    Rhythm {
        period: timing.period.unwrap_or(o.interval),
        thresholds: Thresholds {
            success: timing.success_threshold,
            failure: timing.failure_threshold,
        },
    }
}

/// What the class says to the probe of a kind.
fn probe_of<'a>(o: &'a Observed<'_>, kind: Kind) -> Option<&'a Probe> {
    let (class, bound) = o.bound.as_ref().ok()?;
    match kind {
        Kind::Liveness => class.liveness.as_ref(),
        Kind::Auth => class.auth_probe(&bound.auth.as_ref()?.type_name)?.probe.as_ref(),
    }
}

/// Whether the probe of a kind asks the API service of the class.
fn asks_api(o: &Observed<'_>, kind: Kind) -> bool {
    probe_of(o, kind).is_some_and(|probe| matches!(probe.check, Check::Api(_)))
}

/// Whether a probe asks the API service of the class, whose address is still being read.
pub fn waits_for_address(o: &Observed<'_>) -> bool {
    matches!(&o.api, Some(Err(error)) if error.is_pending())
        && (asks_api(o, Kind::Liveness) || asks_api(o, Kind::Auth))
}

/// What both probes are about to do. The auth probe waits for a tool that can be reached.
pub fn probings(o: &Observed<'_>) -> (Probing, Probing) {
    let liveness = probing(o, Kind::Liveness);
    let auth = match unreachable(&liveness, o) {
        Some(condition) => Probing::Idle(condition),
        None => probing(o, Kind::Auth),
    };
    (liveness, auth)
}

/// The auth condition while nothing answers at all: asking again would only cost time.
fn unreachable(liveness: &Probing, o: &Observed<'_>) -> Option<Condition> {
    let verdict = match liveness {
        Probing::Taken(taken) => &taken.verdict,
        Probing::Fresh(..) => o.memory.of(Kind::Liveness)?.standing.last(),
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

fn probing(o: &Observed<'_>, kind: Kind) -> Probing {
    let type_ = kind.condition();
    if let Some(condition) = nothing_to_probe(o, kind) {
        return Probing::Idle(condition);
    }
    let authority = match &o.authority {
        Ok(found) => found.as_ref().map(|secret| secret.version.as_str()),
        // It is not there: what the built-in authorities have signed can be probed all the same.
        Err(SecretError::NotFound { .. } | SecretError::Unfit { .. }) => None,
        Err(SecretError::Pending(_) | SecretError::NotReadable(_)) => {
            return Probing::Idle(waits_for(type_, types::CA_CERT_READY));
        }
    };
    let credential = match (kind, &o.credential) {
        (Kind::Liveness, _) => None,
        (Kind::Auth, Err(_)) => return Probing::Idle(waits_for(type_, types::SECRET_READY)),
        (Kind::Auth, Ok(found)) => found.as_ref().map(|secret| secret.version.as_str()),
    };
    let of = Fingerprint::of(MadeOf {
        connector: o.object,
        class: o.class,
        credential,
        authority,
        api_address: match &o.api {
            Some(Ok(url)) if asks_api(o, kind) => Some(url),
            _ => None,
        },
    });
    let rhythm = rhythm(o, kind);
    let changed = Wants {
        since: o.now.checked_sub(GOOD_FOR).unwrap_or(o.now),
        bad_since: o.now,
    };
    let Some(probed) = o.memory.of(kind) else {
        return match taken_over(o, type_) {
            Some((verdict, at)) => Probing::Taken(Taken {
                of,
                verdict,
                at,
                until: o.now + spread(rhythm.period, o.dice),
            }),
            None => Probing::Due(Due {
                of,
                wants: changed,
                condition: Condition::unknown(
                    type_,
                    Reason::Checking,
                    format!("the first {} probe is on its way", kind.as_str()),
                ),
            }),
        };
    };
    let condition = probed
        .standing
        .verdict(rhythm.thresholds)
        .condition(type_)
        .probed_at(Time(probed.standing.at()));
    if probed.of != of {
        Probing::Due(Due {
            of,
            wants: changed,
            condition,
        })
    } else if probed.next <= o.began {
        // What somebody else found since this one last asked: who shares a call looks at the same moment.
        let half = o.now.checked_sub(rhythm.period / 2).unwrap_or(o.now);
        let news = probed.started.map_or(half, |last| last + Duration::from_nanos(1));
        let since = half.max(news);
        Probing::Due(Due {
            of,
            wants: Wants {
                since,
                bad_since: since,
            },
            condition,
        })
    } else {
        Probing::Fresh(condition, probed.next)
    }
}

/// The condition where there is no probe, or no use in one.
fn nothing_to_probe(o: &Observed<'_>, kind: Kind) -> Option<Condition> {
    let type_ = kind.condition();
    let Ok((class, bound)) = &o.bound else {
        return Some(waits_for(type_, types::CONNECTOR_CLASS_READY));
    };
    let (reason, message) = match kind {
        Kind::Liveness if class.liveness.is_some() => return None,
        Kind::Liveness => (Reason::NonLivenessProbe, "the class has no liveness probe"),
        Kind::Auth => {
            let auth_type = bound.auth.as_ref().map(|auth| auth.type_name.as_str());
            if auth_type.is_some_and(|name| class.auth_probe(name).is_some()) {
                return None;
            }
            let message = "the class has no auth probe for this kind of credential";
            (Reason::NonAuthProbe, message)
        }
    };
    Some(Condition::good(type_, reason, message))
}

/// What the status says about this generation, found by a process that led before.
fn taken_over(o: &Observed<'_>, type_: &str) -> Option<(Verdict, Timestamp)> {
    let conditions = &o.object.status.as_ref()?.conditions;
    let condition = conditions.iter().find(|c| c.type_ == type_)?;
    if condition.observed_generation != o.object.metadata.generation {
        return None;
    }
    let reason = Reason::from_word(&condition.reason).filter(|reason| is_result(*reason))?;
    let status = [Status::True, Status::False]
        .into_iter()
        .find(|status| status.as_str() == condition.status)?;
    let verdict = Verdict::new(status, reason, condition.message.clone());
    let probed = condition.last_probe_time.as_ref();
    let at = probed.map_or(condition.last_transition_time.0, |time| time.0);
    Some((verdict, at))
}

/// Whether a reason tells what a probe found, and not why there was none.
const fn is_result(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::Ready
            | Reason::Checking
            | Reason::DependencyNotReady
            | Reason::NonLivenessProbe
            | Reason::NonAuthProbe
            | Reason::Unavailable
            | Reason::Internal
    )
}
