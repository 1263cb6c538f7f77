//! Several replicas, any interleaving, any stall: no client ever meets a leaf that it does not trust.
//!
//! Each replica reads the places, reads the Secret, and carries out its plan one operation at a time; between any two
//! of these steps the others may do anything. Writes are compare-and-swap, as in the API server.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::tls::bundle::Fingerprint;

const PARAMS: Params = Params {
    ca_life: Duration::from_secs(40 * 3600),
    settle: Duration::from_secs(600),
    leaf_life: Duration::from_secs(6 * 3600),
    skew: Duration::from_secs(3600),
};
const REPLICAS: usize = 3;
const PLACES: usize = 2;
/// The shell's deadlines keep it from acting on a plan that is older.
const STALE: i64 = 60;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Pass(i64),
    ReadPlaces(usize),
    ReadSecret(usize),
    Step(usize),
    Restart(usize),
    /// Everything that a replica does when nothing comes between.
    Round(usize),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (1_i64..200).prop_map(Action::Pass),
        1 => (200_i64..7200).prop_map(Action::Pass),
        6 => (0..REPLICAS).prop_map(Action::Round),
        4 => (0..REPLICAS).prop_map(Action::ReadPlaces),
        4 => (0..REPLICAS).prop_map(Action::ReadSecret),
        6 => (0..REPLICAS).prop_map(Action::Step),
        1 => (0..REPLICAS).prop_map(Action::Restart),
    ]
}

#[derive(Clone, Default)]
struct Secret {
    version: u64,
    current: Option<CaFacts>,
    next: Option<CaFacts>,
    previous: Option<PreviousFacts>,
}

#[derive(Clone, Default)]
struct Place {
    version: u64,
    bundle: BTreeSet<Fingerprint>,
    /// Every bundle that was ever there, and since when; from the first one with the CA of the last emergency on.
    history: Vec<(i64, BTreeSet<Fingerprint>)>,
}

#[derive(Clone, Default)]
struct Replica {
    places: Option<Vec<(u64, BTreeSet<Fingerprint>)>>,
    plan: Vec<Op>,
    planned: i64,
    seen: Secret,
    versions: Vec<u64>,
    state: State,
}

#[derive(Default)]
struct World {
    now: i64,
    made: u8,
    rotations: u32,
    secret: Secret,
    places: [Place; PLACES],
    replicas: [Replica; REPLICAS],
}

impl World {
    fn act(&mut self, action: Action) {
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
            Action::Restart(replica) => self.replicas[replica] = Replica::default(),
        }
    }

    fn read_secret(&mut self, replica: usize) {
        let (now, secret) = (self.now, self.secret.clone());
        let replica = &mut self.replicas[replica];
        let Some(places) = replica.places.take() else {
            return;
        };
        replica.versions = places.iter().map(|(version, _)| *version).collect();
        replica.state = State {
            current: secret.current,
            next: secret.next,
            previous: secret.previous,
            places: places
                .into_iter()
                .map(|(_, bundle)| PlaceFacts { bundle })
                .collect(),
            settled: replica.state.settled.take(),
            leaf: replica.state.leaf,
        };
        replica.state.settled = replica.state.settle(at(now));
        replica.seen = secret;
        replica.plan = plan(at(now), &replica.state, &PARAMS);
        replica.plan.reverse();
        replica.planned = now;
    }

    fn step(&mut self, index: usize) {
        let replica = &mut self.replicas[index];
        if self.now - replica.planned > STALE {
            replica.plan.clear();
        }
        let Some(op) = replica.plan.pop() else { return };
        let seen = replica.seen.clone();
        match op {
            Op::Wait { .. } => {}
            Op::IssueLeaf => {
                let ca = seen.current.unwrap();
                let not_after = (at(self.now) + PARAMS.leaf_life).min(ca.not_after);
                let (issued, not_before) = (at(self.now), at(self.now) - PARAMS.skew);
                replica.state.leaf = Some(LeafFacts {
                    issuer: ca.id,
                    issued,
                    not_before,
                    not_after,
                });
            }
            Op::Publish { place } => {
                let (version, union) = (replica.versions[place], replica.state.union());
                let (now, current) = (self.now, self.secret.current);
                let place = &mut self.places[place];
                if place.version == version {
                    place.version += 1;
                    place.bundle = union.clone();
                    if !place.history.is_empty() || current.is_some_and(|ca| union.contains(&ca.id)) {
                        place.history.push((now, union));
                    }
                }
            }
            Op::CreateCurrent => {
                let ca = self.create();
                self.write(&Secret {
                    current: Some(ca),
                    ..seen
                });
            }
            Op::CreateNext => {
                let ca = self.create();
                self.write(&Secret {
                    next: Some(ca),
                    ..seen
                });
            }
            Op::SwitchToNext { previous_until } => {
                let previous = seen.current.map(|ca| PreviousFacts {
                    ca,
                    until: previous_until,
                });
                if self.write(&Secret {
                    current: seen.next,
                    next: None,
                    previous,
                    version: seen.version,
                }) {
                    self.rotations += 1;
                }
            }
            Op::DropPrevious => {
                self.write(&Secret {
                    previous: None,
                    ..seen
                });
            }
        }
    }

    fn create(&mut self) -> CaFacts {
        self.made = self.made.wrapping_add(1);
        CaFacts {
            id: Fingerprint::fake(self.made),
            not_before: at(self.now) - PARAMS.skew,
            not_after: at(self.now) + PARAMS.ca_life,
        }
    }

    fn write(&mut self, secret: &Secret) -> bool {
        let won = self.secret.version == secret.version;
        if won && self.secret.current.is_none_or(|ca| at(self.now) >= ca.not_after) {
            // An emergency: all that clients trust has expired, so what they trusted before says nothing.
            self.places.iter_mut().for_each(|place| place.history.clear());
        }
        if won {
            self.secret = Secret {
                version: secret.version + 1,
                ..secret.clone()
            };
        }
        won
    }

    /// A client has read a bundle up to `settle` ago and never again. It must trust every leaf that is alive.
    fn check(&self) -> Result<(), TestCaseError> {
        let lag = self.now - i64::try_from(PARAMS.settle.as_secs()).unwrap() + 1;
        for (index, replica) in self.replicas.iter().enumerate() {
            let Some(leaf) = replica.state.leaf.filter(|leaf| at(self.now) < leaf.not_after) else {
                continue;
            };
            if self.secret.current.is_none_or(|ca| at(self.now) >= ca.not_after) {
                // Nobody has looked at the Secret for so long that its CA has expired: there is nothing to trust.
                continue;
            }
            for place in &self.places {
                let ends = place
                    .history
                    .iter()
                    .skip(1)
                    .map(|(since, _)| *since)
                    .chain([i64::MAX]);
                for ((since, bundle), end) in place.history.iter().zip(ends) {
                    let current = end > lag;
                    prop_assert!(
                        !current || bundle.contains(&leaf.issuer),
                        "at {} replica {index} serves a leaf of {} but a client trusts {bundle:?} (read since {since})",
                        self.now,
                        leaf.issuer,
                    );
                }
            }
        }
        Ok(())
    }
}

/// Replicas that look often enough get through whole rotations, and end in a quiet state.
#[test]
fn rotations_happen_and_end() {
    let mut world = World::default();
    for round in 0..2000 {
        world.act(Action::Pass(120));
        let replica = round % REPLICAS;
        world.act(Action::Round(replica));
        world.check().unwrap();
    }
    assert!(world.rotations >= 2, "{}", world.rotations);
    let all: BTreeSet<_> = world.places.iter().map(|place| place.bundle.clone()).collect();
    assert_eq!(all.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_client_meets_a_leaf_that_it_does_not_trust(actions in prop::collection::vec(action(), 50..1500)) {
        let mut world = World::default();
        for action in actions {
            world.act(action);
            world.check()?;
        }
    }
}
