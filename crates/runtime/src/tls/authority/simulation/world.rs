//! The API, the replicas and their clients, as far as certificates go.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::tls::authority::*;
use crate::tls::bundle::Fingerprint;

pub(super) const PARAMS: Params = Params {
    ca_life: Duration::from_secs(40 * 3600),
    settle: Duration::from_secs(600),
    leaf_life: Duration::from_secs(6 * 3600),
    skew: Duration::from_secs(3600),
};
pub(super) const REPLICAS: usize = 3;
pub(super) const PLACES: usize = 2;
/// The shell's deadlines keep it from acting on a plan that is older.
const STALE: i64 = 60;
/// Of a given certificate.
const GIVEN_LIFE: Duration = Duration::from_secs(90 * 24 * 3600);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Pass(i64),
    ReadPlaces(usize),
    ReadSecret(usize),
    Step(usize),
    Restart(usize),
    /// Everything that a replica does when nothing comes between.
    Round(usize),
    /// Somebody empties the Secret, or deletes it and makes it again.
    LoseSecret,
    DamageCurrent,
    /// Somebody applies a manifest without a bundle.
    WipePlace(usize),
    AskToRotate,
    /// The keeper of the given certificate renews it.
    GiveLeaf,
    /// And changes its CA.
    GiveCa,
    /// And is removed.
    TakeAway,
    SetClock(usize, i64),
    /// A replica is replaced by one of another configuration.
    SetSource(usize, Source),
}

#[derive(Clone, Default)]
struct Secret {
    version: u64,
    current: Option<CaFacts>,
    next: Option<CaFacts>,
    previous: Option<PreviousFacts>,
    wish: Option<Wish>,
}

#[derive(Clone, Default)]
struct Place {
    version: u64,
    bundle: BTreeSet<Fingerprint>,
    /// Every bundle that was ever published there, and since when; from the first one with the CA of the last
    /// emergency on. A client that finds no bundle keeps the one that it has.
    history: Vec<(i64, BTreeSet<Fingerprint>)>,
}

#[derive(Clone, Default)]
struct Replica {
    /// How far its clock is ahead.
    ahead: i64,
    places: Option<Vec<(u64, BTreeSet<Fingerprint>)>>,
    plan: Vec<Op>,
    planned: i64,
    seen: Secret,
    versions: Vec<u64>,
    state: State,
    remembered: Option<Secret>,
    /// The gate.
    open: bool,
    confirmed: i64,
}

#[derive(Default)]
pub(super) struct World {
    now: i64,
    made: u32,
    /// What was done, for a person who looks at a failure.
    log: Vec<String>,
    pub(super) rotations: u32,
    /// How often nobody could help it that clients met a CA that they did not know.
    pub(super) emergencies: u32,
    secret: Secret,
    given: Option<GivenFacts>,
    places: [Place; PLACES],
    replicas: [Replica; REPLICAS],
}

impl World {
    pub(super) fn act(&mut self, action: Action) {
        if !matches!(
            action,
            Action::Pass(_)
                | Action::ReadPlaces(_)
                | Action::ReadSecret(_)
                | Action::Step(_)
                | Action::Round(_)
        ) {
            self.log.push(format!("{}: {action:?}", self.now));
        }
        match action {
            Action::Pass(seconds) => self.now += seconds,
            Action::ReadPlaces(replica) => {
                let seen = self
                    .places
                    .iter()
                    .map(|place| (place.version, place.bundle.clone()))
                    .collect();
                self.replicas[replica].places = Some(seen);
            }
            Action::ReadSecret(replica) => self.read_secret(replica),
            Action::Step(replica) => self.step(replica),
            Action::Round(replica) => {
                self.act(Action::ReadPlaces(replica));
                self.act(Action::ReadSecret(replica));
                while !self.replicas[replica].plan.is_empty() {
                    self.act(Action::Step(replica));
                }
            }
            Action::Restart(replica) => {
                self.act(Action::SetSource(replica, self.replicas[replica].state.source))
            }
            Action::LoseSecret => self.meddle(|_| Secret::default()),
            Action::DamageCurrent => self.meddle(|secret| Secret {
                current: None,
                ..secret
            }),
            Action::AskToRotate => self.meddle(|secret| Secret {
                wish: Some(Wish::Rotate),
                ..secret
            }),
            Action::WipePlace(place) => {
                self.places[place].version += 1;
                self.places[place].bundle.clear();
            }
            Action::GiveLeaf => {
                let certificate = self.number();
                let not_after = at(self.now) + GIVEN_LIFE;
                self.given = self.given.take().map(|given| GivenFacts {
                    certificate,
                    not_after,
                    ..given
                });
            }
            Action::GiveCa => {
                let ca = self.create(GIVEN_LIFE * 4, false);
                let (certificate, not_after) = (self.number(), at(self.now) + GIVEN_LIFE);
                self.given = Some(GivenFacts {
                    ca,
                    certificate,
                    not_after,
                });
            }
            Action::TakeAway => self.given = None,
            Action::SetClock(replica, ahead) => self.replicas[replica].ahead = ahead,
            Action::SetSource(replica, source) => {
                let state = State {
                    source,
                    ..State::default()
                };
                self.replicas[replica] = Replica {
                    ahead: self.replicas[replica].ahead,
                    state,
                    ..Replica::default()
                };
            }
        }
    }

    pub(super) fn all_open(&self) -> bool {
        self.replicas.iter().all(|replica| replica.open)
    }

    pub(super) fn all_given(&self) -> bool {
        let number = self.given.as_ref().map(|given| given.certificate);
        self.leaves().all(|leaf| Some(leaf.certificate) == number)
    }

    pub(super) fn none_given(&self) -> bool {
        self.leaves().all(|leaf| !leaf.given)
    }

    /// One bundle everywhere.
    pub(super) fn is_uniform(&self) -> bool {
        self.places
            .iter()
            .all(|place| place.bundle == self.places[0].bundle && !place.bundle.is_empty())
    }

    fn leaves(&self) -> impl Iterator<Item = &LeafFacts> {
        self.replicas
            .iter()
            .filter_map(|replica| replica.state.leaf.as_ref())
    }

    fn meddle(&mut self, change: impl FnOnce(Secret) -> Secret) {
        let version = self.secret.version + 1;
        self.secret = Secret {
            version,
            ..change(self.secret.clone())
        };
    }

    fn read_secret(&mut self, index: usize) {
        let (secret, given) = (self.secret.clone(), self.given.clone());
        let replica = &mut self.replicas[index];
        let Some(places) = replica.places.take() else {
            return;
        };
        let now = at(self.now + replica.ahead);
        let is_usable = secret.current.as_ref().is_some_and(|ca| now < ca.not_after);
        replica.versions = places.iter().map(|(version, _)| *version).collect();
        // Nobody's clock of this kind jumps.
        let uptime = Duration::from_secs(u64::try_from(self.now).unwrap());
        replica.state = State {
            uptime,
            source: replica.state.source,
            current: secret.current.clone(),
            next: secret.next.clone(),
            previous: secret.previous.clone(),
            given,
            wish: secret.wish,
            places: places
                .into_iter()
                .map(|(_, bundle)| PlaceFacts { bundle })
                .collect(),
            settled: replica.state.settled.take(),
            leaf: replica.state.leaf.take(),
            remembered: replica.remembered.as_ref().and_then(remembered),
            lost_since: if is_usable {
                None
            } else {
                replica.state.lost_since.or(Some(uptime))
            },
        };
        replica.state.settled = replica.state.settle();
        if is_usable {
            replica.remembered = Some(secret.clone());
        }
        replica.seen = secret;
        replica.plan = plan(now, &replica.state, &PARAMS);
        replica.plan.reverse();
        replica.planned = self.now;
        replica.confirmed = self.now;
        self.show(index);
    }

    /// The gate, when the plan is done.
    fn show(&mut self, index: usize) {
        let replica = &mut self.replicas[index];
        if replica.plan.is_empty() {
            let unready = replica.state.unready(at(self.now + replica.ahead), PARAMS.settle);
            let stays = matches!(unready, Some(Unready::Lost | Unready::Early)) && replica.open;
            replica.open = unready.is_none() || stays;
        }
    }

    fn step(&mut self, index: usize) {
        let replica = &mut self.replicas[index];
        if self.now - replica.planned > STALE {
            replica.plan.clear();
        }
        let Some(op) = replica.plan.pop() else { return };
        let (seen, now) = (replica.seen.clone(), at(self.now + replica.ahead));
        if !matches!(op, Op::Wait { .. }) {
            self.log.push(format!("{}: replica {index}: {op}", self.now));
        }
        match op {
            Op::Wait { .. } => {}
            Op::IssueLeaf(slot) => {
                let ca = if slot == Slot::Current {
                    seen.current
                } else {
                    seen.next
                };
                let certificate = self.number();
                self.replicas[index].adopt(issue(&ca.unwrap(), certificate, now));
            }
            Op::TakeLeaf => {
                let leaf = take(replica.state.given.as_ref().unwrap(), now);
                replica.adopt(leaf);
            }
            Op::Publish { place } => {
                let (version, union) = (replica.versions[place], replica.state.union());
                if self.places[place].version == version {
                    replica.state.published(place);
                }
                self.publish(place, version, union);
            }
            write => self.write_op(index, write, seen, now),
        }
        self.show(index);
    }

    fn publish(&mut self, place: usize, version: u64, union: BTreeSet<Fingerprint>) {
        let trusts = self
            .secret
            .current
            .as_ref()
            .is_some_and(|ca| ca.is_trusted_by(&union));
        let (now, place) = (self.now, &mut self.places[place]);
        if place.version == version {
            place.version += 1;
            place.bundle.clone_from(&union);
            if !place.history.is_empty() || trusts {
                place.history.push((now, union));
            }
        }
    }

    fn write_op(&mut self, index: usize, op: Op, seen: Secret, now: Timestamp) {
        let base = Secret {
            wish: seen.wish,
            ..seen.clone()
        };
        let given = self.replicas[index]
            .state
            .given
            .as_ref()
            .map(|given| given.ca.clone());
        let (written, is_emergency) = match op {
            Op::Create(slot) => {
                let ca = Some(self.create(PARAMS.ca_life, true));
                (
                    in_slot(Secret { wish: None, ..base }, slot, ca),
                    slot == Slot::Current,
                )
            }
            Op::Accept(slot) => (in_slot(base, slot, given), slot == Slot::Current),
            Op::Replace => {
                let current = Some(self.create(PARAMS.ca_life, true));
                (
                    Secret {
                        current,
                        version: seen.version,
                        ..Secret::default()
                    },
                    true,
                )
            }
            Op::Restore => {
                let remembered = self.replicas[index].remembered.clone().unwrap();
                (
                    Secret {
                        version: seen.version,
                        wish: seen.wish,
                        ..remembered
                    },
                    false,
                )
            }
            Op::SwitchToNext { previous_until } => {
                let is_emergency = seen.current.as_ref().is_none_or(|ca| now >= ca.not_after);
                let previous = seen.current.map(|ca| PreviousFacts {
                    ca,
                    until: previous_until,
                });
                let (current, next) = (seen.next, None);
                (
                    Secret {
                        current,
                        next,
                        previous: previous.or(seen.previous),
                        wish: None,
                        ..base
                    },
                    is_emergency,
                )
            }
            Op::RetireNext { previous_until } => {
                let previous = seen.next.map(|ca| PreviousFacts {
                    ca,
                    until: previous_until,
                });
                (
                    Secret {
                        next: None,
                        previous,
                        ..base
                    },
                    false,
                )
            }
            _ => (
                Secret {
                    previous: None,
                    ..base
                },
                false,
            ),
        };
        if self.secret.version != seen.version {
            return;
        }
        self.secret = Secret {
            version: seen.version + 1,
            ..written
        };
        self.rotations += u32::from(matches!(op, Op::SwitchToNext { .. }));
        if is_emergency {
            // What clients trusted before says nothing, nor what was served.
            self.emergencies += 1;
            self.replicas.iter_mut().for_each(|replica| replica.open = false);
            self.places.iter_mut().for_each(|place| place.history.clear());
        }
    }

    fn number(&mut self) -> Fingerprint {
        self.made += 1;
        Fingerprint::numbered(self.made)
    }

    fn create(&mut self, life: Duration, own: bool) -> CaFacts {
        let id = self.number();
        CaFacts {
            id,
            certificates: [id].into(),
            not_before: at(self.now) - PARAMS.skew,
            not_after: at(self.now) + life,
            own,
        }
    }

    /// A client has read a bundle up to `settle` ago and never again. It must trust every leaf that is served.
    pub(super) fn check(&self) -> Result<(), TestCaseError> {
        if self
            .secret
            .current
            .as_ref()
            .is_some_and(|ca| at(self.now) >= ca.not_after)
        {
            // Nobody has looked at the Secret for so long that its CA has expired: there is nothing to trust.
            return Ok(());
        }
        for (index, replica) in self.replicas.iter().enumerate() {
            let is_served = |leaf: &&LeafFacts| {
                let confirmed = replica.confirmed + i64::try_from(PARAMS.leaf_life.as_secs()).unwrap();
                replica.open && at(self.now) < leaf.not_after && (!leaf.given || self.now < confirmed)
            };
            let Some(leaf) = replica.state.leaf.as_ref().filter(is_served) else {
                continue;
            };
            for place in &self.places {
                self.check_place(index, leaf, place)?;
            }
        }
        Ok(())
    }

    fn check_place(&self, index: usize, leaf: &LeafFacts, place: &Place) -> Result<(), TestCaseError> {
        let lag = self.now - i64::try_from(PARAMS.settle.as_secs()).unwrap() + 1;
        let ends = place
            .history
            .iter()
            .skip(1)
            .map(|(since, _)| *since)
            .chain([i64::MAX]);
        for ((since, bundle), end) in place.history.iter().zip(ends) {
            prop_assert!(
                end <= lag || bundle.is_superset(&leaf.anchors),
                "at {} replica {index} serves a leaf of {} but a client trusts {bundle:?} (read since {since}); {:#?}",
                self.now,
                leaf.issuer,
                self.log.iter().rev().take(30).collect::<Vec<_>>(),
            );
        }
        Ok(())
    }
}

impl Replica {
    fn adopt(&mut self, leaf: LeafFacts) {
        self.open &= !self.state.is_stopgap(&leaf);
        self.state.leaf = Some(leaf);
    }
}

fn in_slot(secret: Secret, slot: Slot, ca: Option<CaFacts>) -> Secret {
    match slot {
        Slot::Current => Secret {
            current: ca,
            ..secret
        },
        Slot::Next => Secret { next: ca, ..secret },
    }
}

fn remembered(secret: &Secret) -> Option<Remembered> {
    let previous = secret.previous.as_ref().map(|previous| &previous.ca);
    let all = [secret.current.as_ref(), secret.next.as_ref(), previous];
    let union = all
        .into_iter()
        .flatten()
        .flat_map(|ca| ca.certificates.clone())
        .collect();
    Some(Remembered {
        current: secret.current.clone()?,
        union,
    })
}

fn issue(ca: &CaFacts, certificate: Fingerprint, now: Timestamp) -> LeafFacts {
    LeafFacts {
        certificate,
        issuer: ca.id,
        anchors: ca.certificates.clone(),
        issued: now,
        not_before: now - PARAMS.skew,
        not_after: (now + PARAMS.leaf_life).min(ca.not_after),
        given: false,
    }
}

fn take(given: &GivenFacts, now: Timestamp) -> LeafFacts {
    LeafFacts {
        certificate: given.certificate,
        issuer: given.ca.id,
        anchors: given.ca.certificates.clone(),
        issued: now,
        not_before: now,
        not_after: given.not_after,
        given: true,
    }
}
