//! Candidates whose requests are slow, lost or reordered: never do two of them believe in their claim at a time.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::Params;
use super::step::{Held, Next, Seen, claim_until, see, step};

const PARAMS: Params = Params {
    duration: Duration::from_secs(15),
    renew_deadline: Duration::from_secs(10),
    retry: Duration::from_secs(2),
};
const CANDIDATES: usize = 3;
const NAMES: [&str; CANDIDATES] = ["a", "b", "c"];

#[derive(Clone, Copy, Debug)]
enum Action {
    Pass(u64),
    /// The answer to a read arrives; the candidate decides, and sends its write.
    Read(usize),
    /// The write arrives at the server.
    Write(usize),
    /// The answer to the write arrives.
    Answer(usize),
    /// The answer is lost.
    Lose(usize),
    /// Somebody deletes the Lease.
    Delete,
    Release(usize),
}

fn action() -> impl Strategy<Value = Action> {
    let one = 0..CANDIDATES;
    prop_oneof![
        6 => (1_u64..4000).prop_map(Action::Pass),
        1 => (4000_u64..30_000).prop_map(Action::Pass),
        6 => one.clone().prop_map(Action::Read),
        6 => one.clone().prop_map(Action::Write),
        6 => one.clone().prop_map(Action::Answer),
        1 => one.clone().prop_map(Action::Lose),
        1 => one.prop_map(Action::Release),
    ]
}

#[derive(Clone)]
struct Candidate {
    seen: Option<Seen>,
    /// A write on its way: what it expects to find, and when it was sent.
    sent: Option<(Option<String>, Instant)>,
    /// A write that succeeded, whose answer is on its way.
    answered: Option<Instant>,
    claim: Option<Instant>,
}

struct World {
    now: Instant,
    version: u64,
    lease: Option<Held>,
    candidates: Vec<Candidate>,
    elections: usize,
}

impl World {
    fn new() -> Self {
        let candidate = Candidate {
            seen: None,
            sent: None,
            answered: None,
            claim: None,
        };
        Self {
            now: Instant::now(),
            version: 0,
            lease: None,
            candidates: vec![candidate; CANDIDATES],
            elections: 0,
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Pass(milliseconds) => self.now += Duration::from_millis(milliseconds),
            Action::Read(index) => self.read(index),
            Action::Write(index) => self.write(index),
            Action::Answer(index) => {
                let candidate = &mut self.candidates[index];
                if let Some(asked) = candidate.answered.take() {
                    candidate.claim = Some(claim_until(asked, &PARAMS));
                }
            }
            Action::Lose(index) => self.candidates[index].answered = None,
            Action::Delete => self.lease = None,
            Action::Release(index) => self.release(index),
        }
    }

    fn read(&mut self, index: usize) {
        let (now, lease) = (self.now, self.lease.clone());
        let candidate = &mut self.candidates[index];
        candidate.seen = see(candidate.seen.take(), lease.as_ref(), now);
        if lease.as_ref().is_some_and(|held| held.holder != NAMES[index]) {
            candidate.claim = None;
        }
        match step(
            lease.as_ref(),
            candidate.seen.as_ref(),
            NAMES[index],
            now,
            &PARAMS,
        ) {
            Next::Wait(_) => {}
            Next::Create | Next::Renew | Next::Acquire => {
                candidate.sent = Some((lease.map(|held| held.version), now));
                candidate.answered = None;
            }
        }
    }

    fn write(&mut self, index: usize) {
        let Some((expected, asked)) = self.candidates[index].sent.take() else {
            return;
        };
        if self.lease.as_ref().map(|held| held.version.clone()) != expected {
            return;
        }
        if self.lease.as_ref().is_none_or(|held| held.holder != NAMES[index]) {
            self.elections += 1;
        }
        self.version += 1;
        let version = self.version.to_string();
        self.lease = Some(Held {
            holder: NAMES[index].to_owned(),
            duration: PARAMS.duration,
            version,
        });
        self.candidates[index].answered = Some(asked);
    }

    /// A holder that stops: it gives its claim up first.
    fn release(&mut self, index: usize) {
        let candidate = &mut self.candidates[index];
        (candidate.claim, candidate.answered, candidate.sent) = (None, None, None);
        if let Some(held) = self.lease.as_mut().filter(|held| held.holder == NAMES[index]) {
            self.version += 1;
            held.holder = String::new();
            held.version = self.version.to_string();
        }
    }

    fn believers(&self) -> Vec<&str> {
        let current = |candidate: &Candidate| candidate.claim.is_some_and(|until| self.now < until);
        NAMES
            .into_iter()
            .zip(&self.candidates)
            .filter(|(_, candidate)| current(candidate))
            .map(|(name, _)| name)
            .collect()
    }
}

#[test]
fn a_holder_that_goes_silent_is_replaced() {
    let mut world = World::new();
    let round = |world: &mut World, index| {
        for action in [
            Action::Read(index),
            Action::Write(index),
            Action::Answer(index),
            Action::Pass(1000),
        ] {
            world.act(action);
        }
    };
    round(&mut world, 0);
    assert_eq!(world.believers(), ["a"]);
    for _ in 0..9 {
        round(&mut world, 1);
    }
    assert_eq!(
        world.believers(),
        Vec::<&str>::new(),
        "it has stepped down by itself"
    );
    for _ in 0..8 {
        round(&mut world, 1);
    }
    assert_eq!((world.believers(), world.elections), (vec!["b"], 2));
    // Deleting the Lease by hand is the one thing that can make two: it is outside the protocol.
    world.act(Action::Delete);
    round(&mut world, 1);
    assert_eq!(world.believers(), ["b"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_two_that_believe(actions in prop::collection::vec(action(), 10..600)) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
            prop_assert!(world.believers().len() < 2, "{:?}", world.believers());
        }
    }
}
