//! What to do about a class: its conditions, and when to look again. Pure.

use std::fmt;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use patchbay_api::class::{Address, ApiStatus, ConnectorClassStatus, ProxyStatus};
use patchbay_api::conditions::{Class as ErrorClass, Reason, types};
use patchbay_model::path::FieldPath;
use patchbay_model::status::{Condition, aggregate, merge, unchanged_but_for_time};
use patchbay_runtime::events::Happening;
use tokio::time::Instant;

use super::address::Resolved;
use crate::probes::schedule::wait;
use crate::probes::verdict::Verdict;
use crate::sources::ClassEntry;
use crate::status::events;

/// A service of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `spec.api`.
    Api,
    /// `spec.proxy`.
    Proxy,
}

impl Endpoint {
    fn path(self) -> FieldPath {
        FieldPath::new("spec").child(match self {
            Self::Api => "api",
            Self::Proxy => "proxy",
        })
    }
}

/// What is remembered of a class between two looks.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Whether the API service answered.
    pub api: Option<Reached>,
    /// Whether the proxy answered.
    pub proxy: Option<Reached>,
}

impl Memory {
    /// What is remembered of one service.
    #[must_use]
    pub const fn of(&self, endpoint: Endpoint) -> Option<&Reached> {
        match endpoint {
            Endpoint::Api => self.api.as_ref(),
            Endpoint::Proxy => self.proxy.as_ref(),
        }
    }

    /// Remembers what a request to a service found.
    pub fn record(
        &mut self,
        endpoint: Endpoint,
        url: String,
        verdict: Verdict,
        now: Instant,
        interval: Duration,
        dice: f64,
    ) {
        let reached = Some(Reached {
            url,
            verdict,
            next: now + wait(interval, dice),
        });
        match endpoint {
            Endpoint::Api => self.api = reached,
            Endpoint::Proxy => self.proxy = reached,
        }
    }
}

/// What a request to a service found.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Where it went.
    pub url: String,
    /// What it found.
    pub verdict: Verdict,
    /// When to ask again.
    pub next: Instant,
}

/// All that a plan is made from.
#[derive(Debug)]
pub struct Observed<'a> {
    /// The class.
    pub entry: &'a ClassEntry,
    /// Where its API service is.
    pub api: Resolved,
    /// Where its proxy is.
    pub proxy: Resolved,
    /// What is remembered.
    pub memory: &'a Memory,
    /// For what is due.
    pub now: Instant,
    /// For conditions.
    pub wall: Time,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Ask whether a service answers, then plan again.
    Reach(Endpoint, String),
    /// Write this status.
    WriteStatus(Box<ConnectorClassStatus>),
    /// Say what happened.
    Event(Box<Happening>),
    /// Look again then.
    Requeue(Instant),
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reach(endpoint, url) => write!(f, "reach {endpoint:?} {url}"),
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

/// Plans.
///
/// *Guarantees*: a status is written only if something besides a time changes; a service is asked when its address
/// changed or its time has come, and before the status is written, so that one change makes one write. Only a class
/// without any condition is written first, so that a person sees that it was noticed. Nothing is written while an object
/// with an address is still being read, so that a restart changes no status.
#[must_use]
pub fn plan(observed: &Observed<'_>) -> Vec<Op> {
    let old = observed.entry.object.status.clone().unwrap_or_default();
    let first = old.conditions.is_empty();
    let known = [(Endpoint::Api, &observed.api), (Endpoint::Proxy, &observed.proxy)];
    let pending = |found: &Resolved| matches!(found, Some(Err(error)) if error.is_pending());
    if !first && known.iter().any(|(_, found)| pending(found)) {
        return vec![];
    }
    let urls = known
        .into_iter()
        .filter_map(|(endpoint, found)| Some((endpoint, found.as_ref()?.as_ref().ok()?)));
    let due: Vec<Op> = urls
        .clone()
        .filter(|(endpoint, url)| {
            observed
                .memory
                .of(*endpoint)
                .is_none_or(|m| m.url != **url || m.next <= observed.now)
        })
        .map(|(endpoint, url)| Op::Reach(endpoint, url.clone()))
        .collect();

    let conditions = conditions(observed);
    let status = status(observed, &conditions);
    let mut ops = Vec::new();
    if (due.is_empty() || first) && !same(&old, &status) {
        let happened = events(&old.conditions, &conditions, "Check");
        ops.push(Op::WriteStatus(Box::new(status)));
        ops.extend(
            happened
                .into_iter()
                .map(|happening| Op::Event(Box::new(happening))),
        );
    }
    if due.is_empty() {
        // What has no address is not asked again before it has one.
        let next = urls
            .filter_map(|(endpoint, _)| observed.memory.of(endpoint))
            .map(|m| m.next)
            .min();
        ops.extend(next.map(Op::Requeue));
    }
    ops.extend(due);
    ops
}

fn status(observed: &Observed<'_>, conditions: &[Condition]) -> ConnectorClassStatus {
    let object = &observed.entry.object;
    let old = object
        .status
        .as_ref()
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    let generation = object.metadata.generation;
    let known = |url: &Resolved| url.as_ref().and_then(|url| url.as_ref().ok()).cloned();
    let api = known(&observed.api).zip(object.spec.api.as_ref());
    let proxy = known(&observed.proxy).zip(object.spec.proxy.as_ref());
    ConnectorClassStatus {
        conditions: merge(old, conditions, generation, &observed.wall),
        observed_generation: generation,
        api: api.map(|(url, of)| ApiStatus {
            address: Some(address(url, of.ca_certs.clone(), of.audience.clone())),
        }),
        proxy: proxy.map(|(url, of)| ProxyStatus {
            http_address: Some(address(url, of.ca_certs.clone(), of.audience.clone())),
        }),
        // What somebody else wrote into the status stays theirs.
        ..ConnectorClassStatus::default()
    }
}

fn address(url: String, ca_certs: Option<String>, audience: Option<String>) -> Address {
    Address {
        url: Some(url),
        name: None,
        ca_certs,
        audience,
    }
}

fn same(old: &ConnectorClassStatus, new: &ConnectorClassStatus) -> bool {
    unchanged_but_for_time(&old.conditions, &new.conditions)
        && old.observed_generation == new.observed_generation
        && old.api == new.api
        && old.proxy == new.proxy
}

fn conditions(observed: &Observed<'_>) -> Vec<Condition> {
    let mut all = vec![
        service(observed, Endpoint::Api),
        service(observed, Endpoint::Proxy),
        supported(observed),
    ];
    let ready = match &observed.entry.parsed {
        Err(violations) => Condition::bad(
            types::READY,
            Reason::ConnectorClassInvalid,
            violations.to_string(),
        ),
        Ok(_) => aggregate(&all),
    };
    all.push(ready);
    all
}

fn service(observed: &Observed<'_>, endpoint: Endpoint) -> Condition {
    let (type_, found, none) = match endpoint {
        Endpoint::Api => (types::API_READY, &observed.api, Reason::NonAPI),
        Endpoint::Proxy => (types::PROXY_READY, &observed.proxy, Reason::NonProxy),
    };
    match found {
        None => Condition::good(type_, none, format!("the class has no {}", endpoint.path())),
        Some(Err(error)) => match error.class() {
            ErrorClass::Transient => Condition::unknown(type_, error.reason(), error.to_string()),
            _ => Condition::bad(type_, error.reason(), error.to_string()),
        },
        Some(Ok(url)) => match observed.memory.of(endpoint).filter(|m| m.url == *url) {
            Some(reached) => reached.verdict.condition(type_),
            None => Condition::unknown(type_, Reason::Checking, format!("asking {url}")),
        },
    }
}

fn supported(observed: &Observed<'_>) -> Condition {
    let unsupported = observed
        .entry
        .parsed
        .as_ref()
        .map(|class| class.unsupported.as_slice())
        .unwrap_or_default();
    if unsupported.is_empty() {
        return Condition::good(
            types::SUPPORTED,
            Reason::Ready,
            "everything that the class uses is supported",
        );
    }
    let lines: Vec<String> = unsupported
        .iter()
        .map(|u| format!("{}: {}", u.path, u.what))
        .collect();
    Condition::bad(
        types::SUPPORTED,
        Reason::NotSupported,
        format!("accepted, and without effect: {}", lines.join("; ")),
    )
}

#[cfg(test)]
mod tests;
