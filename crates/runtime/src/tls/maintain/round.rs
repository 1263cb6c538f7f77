//! One round: observe, plan, carry the plan out.

use std::sync::Arc;

use jiff::Timestamp;

use super::{RESYNC, RoundError, STALE, Serving, Then};
use crate::client::CallClass;
use crate::clock;
use crate::readiness::Gate;
use crate::tls::authority::{Ca, Op, PlaceFacts, Record, Remembered, Slot, Source, State, Wish, plan};
use crate::tls::bundle::fingerprints;
use crate::tls::given::Given;
use crate::tls::leaf::{self, Leaf};
use crate::tls::publish::{CaBundle, Place};
use crate::tls::store::Stored;

pub(super) const EARLY: &str = "this replica's CA is new, and waits until it has reached all clients";

/// What was read from the API.
struct Seen {
    places: Vec<Place>,
    /// What is worked with: of the Secret, or of memory when there is no Secret.
    record: Record,
    wish: Option<Wish>,
    given: Option<Given>,
    /// Taken by the operation that writes it, which is the last one of a plan.
    stored: Option<Stored>,
    /// The Secret is not there and cannot be made.
    is_missing: bool,
}

impl<B: CaBundle> Serving<B> {
    /// Observes, plans, and carries the plan out.
    pub(super) async fn round(&mut self, gate: &Gate) -> Result<Then, RoundError> {
        let began = clock::mono();
        let mut seen = self.observe().await?;
        let now = self.clock.now();
        let mut state = self.state(now, &seen);
        let mut then = Then::At(now + RESYNC);
        for op in plan(now, &state, &self.options.params) {
            if clock::mono().duration_since(began) > STALE {
                return Ok(Then::Again);
            }
            if seen.is_missing && op.writes_secret() {
                break;
            }
            if op.writes() {
                tracing::info!(secret = %self.options.secret, %op, "certificate authority");
            }
            let before = self.leaf.as_ref().map(|leaf| leaf.facts.certificate);
            match self.carry_out(op, now, &mut seen).await {
                Ok(()) => {}
                Err(RoundError::Call(error)) if error.class() == CallClass::Conflict => {
                    return Ok(Then::Again);
                }
                Err(error) => return Err(error),
            }
            if let Op::Publish { place } = op {
                state.published(place);
            }
            if let Some(leaf) = self
                .leaf
                .as_ref()
                .filter(|leaf| Some(leaf.facts.certificate) != before)
                && state.is_stopgap(&leaf.facts)
            {
                gate.close(EARLY);
            }
            match op {
                Op::Wait { until } => then = Then::At(until),
                op if op.writes() => then = Then::Again,
                _ => {}
            }
        }
        state.leaf = self.leaf.as_ref().map(|leaf| leaf.facts.clone());
        self.confirmed = now;
        self.show(gate, now, &state, &seen.places);
        if seen.is_missing {
            let (namespace, secret) = (&self.options.namespace, &self.options.secret);
            return Err(RoundError::Missing(format!("{namespace}/{secret}")));
        }
        if matches!(then, Then::At(_)) {
            self.maintained.set(now.as_second());
        }
        Ok(then)
    }

    async fn observe(&mut self) -> Result<Seen, RoundError> {
        // The order matters: see `State`.
        let places = self.publisher.observe().await?;
        let stored = self.store.read().await?;
        let given = self.given().await?;
        let is_missing = stored.is_missing() && !self.options.may_create;
        let record = match &self.remembered {
            Some(remembered) if is_missing => remembered.clone(),
            _ => stored.record.clone(),
        };
        let wish = stored.wish();
        Ok(Seen {
            places,
            record,
            wish,
            given,
            stored: Some(stored),
            is_missing,
        })
    }

    /// The certificate that somebody else keeps for us. What is wrong with it is said when it changes.
    async fn given(&mut self) -> Result<Option<Given>, RoundError> {
        let options = &self.options.given;
        if options.secret.is_empty() {
            return Ok(None);
        }
        let read = self
            .store
            .read_given(&options.secret, &options.names, self.clock.now())
            .await?;
        let (given, complaint) = match read {
            Some(Ok(given)) => (Some(given), None),
            Some(Err(error)) => (
                None,
                Some(format!(
                    "the certificate in the Secret {} is not used: {error}",
                    options.secret
                )),
            ),
            None => (
                None,
                Some(format!(
                    "the Secret {} with the certificate does not exist yet",
                    options.secret
                )),
            ),
        };
        if options.source == Source::Given
            && complaint != self.complaint
            && let Some(complaint) = &complaint
        {
            tracing::warn!("{complaint}");
        }
        self.complaint = complaint;
        Ok(given)
    }

    fn state(&mut self, now: Timestamp, seen: &Seen) -> State {
        let uptime = clock::mono().duration_since(self.started);
        let record = &seen.record;
        let current = record.current.as_ref().map(Ca::facts);
        let is_usable = current.as_ref().is_some_and(|ca| now < ca.not_after);
        self.lost_since = if is_usable {
            None
        } else {
            self.lost_since.or(Some(uptime))
        };
        let mut state = State {
            uptime,
            source: self.options.given.source,
            current,
            next: record.next.as_ref().map(Ca::facts),
            previous: record.previous.as_ref().map(|(_, facts)| facts.clone()),
            given: seen.given.as_ref().map(Given::facts),
            wish: seen.wish,
            places: seen
                .places
                .iter()
                .map(|place| PlaceFacts {
                    bundle: fingerprints(&place.bundle),
                })
                .collect(),
            settled: self.settled.take(),
            leaf: self.leaf.as_ref().map(|leaf| leaf.facts.clone()),
            remembered: self.remembered.as_ref().and_then(remembered),
            lost_since: self.lost_since,
        };
        state.settled = state.settle();
        self.settled.clone_from(&state.settled);
        if is_usable {
            self.remembered = Some(record.clone());
        }
        state
    }

    async fn carry_out(&mut self, op: Op, now: Timestamp, seen: &mut Seen) -> Result<(), RoundError> {
        match op {
            Op::Wait { .. } => Ok(()),
            Op::Publish { place } => {
                if let Some(place) = seen.places.get(place) {
                    self.publisher.publish(place, &seen.record.bundle_pem()).await?;
                }
                Ok(())
            }
            Op::IssueLeaf(slot) => {
                let ca = match slot {
                    Slot::Current => &seen.record.current,
                    Slot::Next => &seen.record.next,
                };
                if let Some(ca) = ca {
                    let leaf = leaf::issue(ca, &self.options.dns_names, now, &self.options.params)?;
                    self.adopt(leaf);
                }
                Ok(())
            }
            Op::TakeLeaf => {
                if let Some(given) = &seen.given {
                    self.adopt(given.leaf(now));
                }
                Ok(())
            }
            write => self.write(write, now, seen).await,
        }
    }

    async fn write(&self, op: Op, now: Timestamp, seen: &mut Seen) -> Result<(), RoundError> {
        let create = || Ca::generate(&self.options.secret, now, &self.options.params);
        let old = seen.record.clone();
        let (record, granted) = match op {
            Op::Create(slot) => (with(old, slot, create()?), true),
            Op::Accept(slot) => match &seen.given {
                Some(given) => (with(old, slot, given.ca().clone()), false),
                None => return Ok(()),
            },
            Op::Replace => (
                Record {
                    current: Some(create()?),
                    ..Record::default()
                },
                true,
            ),
            Op::Restore => match &self.remembered {
                Some(remembered) => (remembered.clone(), false),
                None => return Ok(()),
            },
            Op::SwitchToNext { previous_until } => (old.switched(previous_until), true),
            Op::RetireNext { previous_until } => (old.retired(previous_until), false),
            Op::DropPrevious => (
                Record {
                    previous: None,
                    ..old
                },
                false,
            ),
            Op::Wait { .. } | Op::Publish { .. } | Op::IssueLeaf(_) | Op::TakeLeaf => return Ok(()),
        };
        match seen.stored.take() {
            Some(stored) => Ok(self.store.write(stored, granted, &record).await?),
            None => Ok(()),
        }
    }

    fn adopt(&mut self, leaf: Leaf) {
        let facts = &leaf.facts;
        tracing::info!(ca = %facts.issuer, not_after = %facts.not_after, "serving with a new certificate");
        self.resolver.set(Arc::clone(&leaf.key));
        self.leaf = Some(leaf);
    }
}

fn with(record: Record, slot: Slot, ca: Ca) -> Record {
    match slot {
        Slot::Current => Record {
            current: Some(ca),
            ..record
        },
        Slot::Next => Record {
            next: Some(ca),
            ..record
        },
    }
}

fn remembered(record: &Record) -> Option<Remembered> {
    let (next, previous) = (&record.next, &record.previous);
    let current = record.current.as_ref()?.facts();
    let others = next
        .as_ref()
        .map(Ca::facts)
        .into_iter()
        .chain(previous.as_ref().map(|(_, facts)| facts.ca.clone()));
    let union = std::iter::once(current.clone())
        .chain(others)
        .flat_map(|ca| ca.certificates)
        .collect();
    Some(Remembered { current, union })
}
