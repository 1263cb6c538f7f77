//! Several replicas, any interleaving, any stall, clocks that differ, and people who break things: no client ever
//! meets a leaf that it does not trust.
//!
//! Each replica reads the places, reads the Secret, and carries out its plan one operation at a time; between any two
//! of these steps the others may do anything. Writes are compare-and-swap, as in the API server.

mod world;

use proptest::prelude::*;

use self::world::{Action, PLACES, REPLICAS, World};
use super::Source;

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

/// What people do to it.
fn meddling() -> impl Strategy<Value = Action> {
    prop_oneof![
        40 => action(),
        1 => (0..PLACES).prop_map(Action::WipePlace),
        1 => Just(Action::AskToRotate),
        1 => (0..REPLICAS, -600_i64..600).prop_map(|(replica, ahead)| Action::SetClock(replica, ahead)),
    ]
}

/// And to the Secret. Not while it changes who signs: what replicas with different sources put back of a Secret that
/// was lost then may lack the authority of the others.
fn breaking() -> impl Strategy<Value = Action> {
    prop_oneof![
        40 => meddling(),
        1 => Just(Action::LoseSecret),
        1 => Just(Action::DamageCurrent),
    ]
}

/// And to who signs.
fn handing_over() -> impl Strategy<Value = Action> {
    prop_oneof![
        40 => meddling(),
        1 => Just(Action::GiveLeaf),
        1 => Just(Action::GiveCa),
        1 => (0..REPLICAS).prop_map(|replica| Action::SetSource(replica, Source::Given)),
        1 => (0..REPLICAS).prop_map(|replica| Action::SetSource(replica, Source::Own)),
    ]
}

/// Does all of it, and then nothing for long: nobody noticed, and in the end all is well again.
fn until_all_is_well(actions: Vec<Action>) -> Result<(), TestCaseError> {
    let mut world = World::default();
    for action in actions {
        // Replicas look every few seconds, so that all of them know what is lost.
        let looks = match action {
            Action::LoseSecret | Action::DamageCurrent => 2,
            _ => 0,
        };
        for replica in (0..looks).flat_map(|_| 0..REPLICAS) {
            world.act(Action::Round(replica));
            world.check()?;
        }
        world.act(action);
        world.check()?;
    }
    for replica in 0..REPLICAS {
        world.act(Action::SetSource(replica, Source::Own));
    }
    quietly(&mut world, 20 * 3600);
    prop_assert!(world.all_open() && world.is_uniform());
    Ok(())
}

/// All replicas look every 20 s for so long, or every 200 s when that takes hours.
fn quietly(world: &mut World, seconds: i64) {
    let pause = if seconds < 3600 { 20 } else { 200 };
    for round in 0..seconds / pause {
        world.act(Action::Pass(pause));
        let first = usize::try_from(round).unwrap_or(0);
        for offset in 0..REPLICAS {
            world.act(Action::Round((first + offset) % REPLICAS));
            world.check().unwrap();
        }
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
    assert!(world.is_uniform());
    assert_eq!(world.emergencies, 1, "the first CA, and never again");
}

/// What is done once, at each moment of a rotation; and nobody notices.
#[test]
fn at_each_step_of_a_rotation() {
    let faults: &[(&str, &[Action])] = &[
        ("a restart", &[Action::Restart(0)]),
        ("two restarts", &[Action::Restart(0), Action::Restart(1)]),
        ("a lost Secret", &[Action::LoseSecret]),
        (
            "a lost Secret and a restart",
            &[Action::LoseSecret, Action::Restart(1)],
        ),
        ("a damaged Secret", &[Action::DamageCurrent]),
        (
            "a damaged Secret and a restart",
            &[Action::Restart(0), Action::DamageCurrent],
        ),
        ("an empty bundle", &[Action::WipePlace(0)]),
        (
            "empty bundles and a lost Secret",
            &[Action::WipePlace(0), Action::WipePlace(1), Action::LoseSecret],
        ),
        (
            "clocks that jump apart",
            &[Action::SetClock(0, 600), Action::SetClock(1, -600)],
        ),
        ("another wish", &[Action::AskToRotate]),
        (
            "a hand-over",
            &[
                Action::GiveCa,
                Action::SetSource(0, Source::Given),
                Action::SetSource(1, Source::Given),
            ],
        ),
    ];
    // A rotation that somebody asks for is over after settling and a leaf's life: about eight hours here.
    for (name, fault) in faults {
        for moment in (0..8).map(|i| i * 100).chain([3600, 7 * 3600]) {
            let mut world = World::default();
            quietly(&mut world, 1200);
            world.act(Action::AskToRotate);
            quietly(&mut world, moment);
            fault.iter().for_each(|action| world.act(*action));
            quietly(&mut world, 1800);
            assert!(world.all_open(), "{name} at {moment}: not all are ready");
            quietly(&mut world, 9 * 3600);
            assert_eq!(world.emergencies, 1, "{name} at {moment}");
            // The wish is lost with the Secret when nobody has seen it.
            assert!(world.rotations >= 1 || moment == 0, "{name} at {moment}");
            assert!(world.all_open() && world.is_uniform(), "{name} at {moment}");
        }
    }
}

/// To a given certificate, through two of its CAs, and back; nobody notices.
#[test]
fn to_a_given_certificate_and_back() {
    for with_secret_left in [true, false] {
        let mut world = World::default();
        quietly(&mut world, 1200);
        world.act(Action::GiveCa);
        for replica in 0..REPLICAS {
            world.act(Action::SetSource(replica, Source::Given));
            quietly(&mut world, 60);
            assert!(
                world.all_open(),
                "each is ready at once, so that an upgrade goes on"
            );
        }
        quietly(&mut world, 10 * 3600);
        assert!(world.all_given());
        for _ in 0..2 {
            world.act(Action::GiveLeaf);
            quietly(&mut world, 60);
            world.act(Action::GiveCa);
            quietly(&mut world, 10 * 3600);
            assert!(world.all_given() && world.all_open());
        }
        if !with_secret_left {
            world.act(Action::TakeAway);
        }
        for replica in 0..REPLICAS {
            world.act(Action::SetSource(replica, Source::Own));
            quietly(&mut world, 1200);
            assert!(world.all_open(), "after settling at the latest");
        }
        quietly(&mut world, 10 * 3600);
        assert!(world.none_given() && world.all_open() && world.is_uniform());
        assert_eq!(world.emergencies, 1);
    }
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

    #[test]
    fn nor_when_people_break_the_secret(actions in prop::collection::vec(breaking(), 50..1500)) {
        until_all_is_well(actions)?;
    }

    #[test]
    fn nor_when_people_hand_over(actions in prop::collection::vec(handing_over(), 50..1500)) {
        until_all_is_well(actions)?;
    }
}
