use super::*;
use crate::tls::authority::facts::{GivenFacts, PlaceFacts, PreviousFacts, Remembered, Union, Unready};
use crate::tls::bundle::Fingerprint;

mod given;

const DAY: i64 = 24 * 3600;
const YEAR: i64 = 365 * DAY;
/// A leaf's life and the skew.
const UNTIL: i64 = DAY + 3600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// How long the replica runs at this second: it was started a day before.
fn up(second: i64) -> Duration {
    Duration::from_secs(u64::try_from(second + DAY).unwrap())
}

fn id(byte: u8) -> Fingerprint {
    Fingerprint::fake(byte)
}

fn ca(byte: u8, made: i64) -> CaFacts {
    CaFacts {
        id: id(byte),
        certificates: [id(byte)].into(),
        not_before: at(made - 3600),
        not_after: at(made + YEAR),
        own: true,
    }
}

/// A CA whose key somebody else has.
fn foreign(byte: u8) -> CaFacts {
    CaFacts {
        own: false,
        ..ca(byte, 0)
    }
}

/// A given certificate: its CA, and its own number.
fn given(issuer: u8, certificate: u8) -> Option<GivenFacts> {
    Some(GivenFacts {
        ca: foreign(issuer),
        certificate: id(certificate),
        not_after: at(90 * DAY),
    })
}

fn previous(byte: u8, until: i64) -> Option<PreviousFacts> {
    Some(PreviousFacts {
        ca: ca(byte, 0),
        until: at(until),
    })
}

fn remembered(current: CaFacts, union: &[u8]) -> Option<Remembered> {
    Some(Remembered {
        current,
        union: place(union).bundle,
    })
}

fn leaf(issuer: u8, issued: i64) -> LeafFacts {
    LeafFacts {
        certificate: id(issuer + 100),
        issuer: id(issuer),
        anchors: [id(issuer)].into(),
        issued: at(issued),
        not_before: at(issued - 3600),
        not_after: at(issued + DAY),
        given: false,
    }
}

/// The given leaf of this CA, with this number.
fn taken(issuer: u8, certificate: u8) -> LeafFacts {
    LeafFacts {
        certificate: id(certificate),
        not_after: at(90 * DAY),
        given: true,
        ..leaf(issuer, 0)
    }
}

fn place(bytes: &[u8]) -> PlaceFacts {
    PlaceFacts {
        bundle: bytes.iter().map(|byte| id(*byte)).collect(),
    }
}

fn settled(bytes: &[u8], since: i64) -> Option<Union> {
    Some(Union {
        ids: place(bytes).bundle,
        since: up(since),
    })
}

/// The plan at a second, one line per operation; times as seconds.
fn lines(now: i64, state: &State) -> Vec<String> {
    let seconds = |time: Timestamp| time.as_second() - at(0).as_second();
    let state = State {
        uptime: up(now),
        ..state.clone()
    };
    plan(at(now), &state, &Params::default())
        .into_iter()
        .map(|op| match op {
            Op::Wait { until } => format!("wait until {}", seconds(until)),
            Op::SwitchToNext { previous_until } => {
                format!("switch, previous until {}", seconds(previous_until))
            }
            other => other.to_string(),
        })
        .collect()
}

fn base() -> State {
    State {
        current: Some(ca(1, 0)),
        places: vec![place(&[1])],
        leaf: Some(leaf(1, 0)),
        settled: settled(&[1], 0),
        ..State::default()
    }
}

#[test]
fn an_empty_secret_gets_a_ca() {
    assert_eq!(
        lines(
            0,
            &State {
                places: vec![place(&[])],
                ..State::default()
            }
        ),
        ["create the current CA"]
    );
}

#[test]
fn a_new_replica_adopts_and_publishes() {
    let state = State {
        leaf: None,
        places: vec![place(&[]), place(&[1]), place(&[9])],
        ..base()
    };
    assert_eq!(
        lines(0, &state),
        [
            "issue a leaf of the current CA",
            "publish to place 0",
            "publish to place 2"
        ]
    );
}

#[test]
fn all_is_well_until_the_leaf_is_due() {
    assert_eq!(lines(0, &base()), [format!("wait until {}", 2 * DAY / 3)]);
    assert_eq!(
        lines(2 * DAY / 3, &base()),
        [
            "issue a leaf of the current CA".to_owned(),
            format!("wait until {}", 2 * DAY / 3 + DAY / 2)
        ]
    );
}

#[test]
fn the_leaf_follows_the_wall_clock_and_the_ca() {
    let jumped_back = State {
        leaf: Some(leaf(1, 7200)),
        ..base()
    };
    assert_eq!(lines(0, &jumped_back)[0], "issue a leaf of the current CA");
    let of_another_ca = State {
        leaf: Some(leaf(7, 0)),
        ..base()
    };
    assert_eq!(lines(0, &of_another_ca)[0], "issue a leaf of the current CA");
    let last = LeafFacts {
        not_after: at(YEAR),
        ..leaf(1, YEAR - 60)
    };
    let ends_with_its_ca = State {
        leaf: Some(last),
        next: Some(ca(2, YEAR - 90)),
        places: vec![place(&[1, 2])],
        ..base()
    };
    assert!(!lines(YEAR - 1, &ends_with_its_ca).contains(&"issue a leaf of the current CA".to_owned()));
}

#[test]
fn rotates_in_order() {
    let renewal = YEAR - (YEAR + 3600) / 3;
    let fresh = |now| Some(leaf(1, now));
    let state = State {
        leaf: fresh(renewal - 10),
        ..base()
    };
    assert_eq!(lines(renewal - 10, &state), [format!("wait until {renewal}")]);
    assert_eq!(lines(renewal, &state), ["create the next CA"]);

    let state = State {
        next: Some(ca(2, renewal)),
        ..state
    };
    assert_eq!(lines(renewal, &state), ["publish to place 0"]);

    let state = State {
        places: vec![place(&[1, 2])],
        ..state
    };
    assert_eq!(
        lines(renewal + 5, &state),
        [format!("wait until {}", renewal + 605)],
        "not known to be settled"
    );
    let state = State {
        settled: settled(&[1, 2], renewal + 5),
        ..state
    };
    assert_eq!(
        lines(renewal + 604, &state),
        [format!("wait until {}", renewal + 605)]
    );
    assert_eq!(
        lines(renewal + 605, &state),
        [format!("switch, previous until {}", renewal + 605 + UNTIL)]
    );

    let now = renewal + 605;
    let state = State {
        current: Some(ca(2, renewal)),
        next: None,
        previous: previous(1, now + UNTIL),
        ..state
    };
    assert_eq!(lines(now, &state)[0], "issue a leaf of the current CA");
    let state = State {
        leaf: Some(leaf(2, now + DAY)),
        ..state
    };
    assert_eq!(lines(now + DAY, &state), [format!("wait until {}", now + UNTIL)]);
    assert_eq!(lines(now + UNTIL, &state), ["drop the previous CA"]);

    let state = State {
        previous: None,
        ..state
    };
    assert_eq!(lines(now + UNTIL, &state), ["publish to place 0"]);
}

#[test]
fn a_place_that_loses_the_union_stops_the_switch() {
    let now = YEAR - 1000;
    let state = State {
        next: Some(ca(2, now - 700)),
        leaf: Some(leaf(1, now)),
        settled: settled(&[1, 2], now - 700),
        places: vec![place(&[1, 2]), place(&[1])],
        ..base()
    };
    assert_eq!(lines(now, &state), ["publish to place 1"]);
    assert_eq!(state.settle(), None);
    let again = State {
        places: vec![place(&[1, 2]), place(&[1, 2])],
        settled: None,
        uptime: up(now),
        ..state
    };
    assert_eq!(again.settle(), settled(&[1, 2], now));
}

#[test]
fn without_a_usable_ca_the_next_one_serves_at_once() {
    let expired = State {
        next: Some(ca(2, YEAR - 100)),
        lost_since: Some(up(YEAR - 10)),
        ..base()
    };
    assert_eq!(
        lines(YEAR, &expired),
        [format!("switch, previous until {}", YEAR + UNTIL)]
    );
    let nobody_can_help = State {
        lost_since: Some(up(YEAR - 10)),
        ..base()
    };
    assert_eq!(lines(YEAR, &nobody_can_help), ["create the current CA"]);
    let damaged = State {
        current: None,
        next: Some(ca(2, 0)),
        lost_since: Some(up(-10)),
        ..base()
    };
    assert_eq!(lines(0, &damaged), [format!("switch, previous until {UNTIL}")]);
}

#[test]
fn a_next_ca_waits_for_the_previous_one_to_be_gone() {
    let now = YEAR - 100;
    let state = State {
        next: Some(ca(2, now - 5000)),
        previous: previous(9, YEAR - 50),
        leaf: Some(leaf(1, now)),
        places: vec![place(&[1, 2, 9])],
        settled: settled(&[1, 2, 9], now - 5000),
        ..base()
    };
    assert_eq!(lines(now, &state), [format!("wait until {}", YEAR - 50)]);
}

#[test]
fn a_next_ca_is_published_while_the_previous_one_is_still_trusted() {
    let state = State {
        wish: Some(Wish::Rotate),
        previous: previous(9, 5000),
        places: vec![place(&[1, 9])],
        ..base()
    };
    assert_eq!(lines(10, &state), ["create the next CA"]);
    let state = State {
        wish: None,
        next: Some(ca(2, 10)),
        ..state
    };
    assert_eq!(lines(10, &state), ["publish to place 0"]);
}

#[test]
fn a_person_asks_for_another_ca() {
    let asks = |wish| State {
        wish: Some(wish),
        ..base()
    };
    assert_eq!(lines(10, &asks(Wish::Rotate)), ["create the next CA"]);
    assert_eq!(
        lines(10, &asks(Wish::Replace)),
        ["replace the CA and forget the old one, as an annotation asks"]
    );
    let under_way = State {
        next: Some(ca(2, 0)),
        places: vec![place(&[1, 2])],
        ..asks(Wish::Rotate)
    };
    assert_eq!(lines(10, &under_way), ["wait until 610"], "not a second one");
    // Of a CA that is not ours nobody can ask us.
    let given = State {
        source: Source::Given,
        current: Some(foreign(5)),
        given: given(5, 50),
        leaf: Some(taken(5, 50)),
        places: vec![place(&[5])],
        ..asks(Wish::Replace)
    };
    assert_eq!(lines(10, &given), ["wait until 3610"]);
}

#[test]
fn what_is_lost_is_put_back_by_who_remembers_it() {
    let lost = |places: &[&[u8]], what| State {
        current: None,
        places: places.iter().map(|bytes| place(bytes)).collect(),
        remembered: what,
        lost_since: Some(up(100)),
        ..base()
    };
    let restore = "put the CA back that was lost from the Secret";
    let wait = "wait until 110";
    for (name, state, want) in [
        (
            "all of it is trusted",
            lost(&[&[1]], remembered(ca(1, 0), &[1])),
            restore,
        ),
        (
            "a union",
            lost(&[&[1, 2], &[1]], remembered(ca(1, 0), &[1, 2])),
            restore,
        ),
        (
            "a bundle is lost as well",
            lost(&[&[], &[1]], remembered(ca(1, 0), &[1])),
            restore,
        ),
        ("nothing is remembered", lost(&[&[1]], None), wait),
        (
            "others have moved on",
            lost(&[&[2]], remembered(ca(1, 0), &[1])),
            wait,
        ),
        (
            "others have switched",
            lost(&[&[1, 2]], remembered(ca(1, 0), &[1])),
            wait,
        ),
        (
            "what is remembered has expired",
            lost(&[&[1]], remembered(ca(1, -YEAR), &[1])),
            wait,
        ),
        (
            "nobody trusts anything",
            lost(&[&[], &[]], None),
            "create the current CA",
        ),
    ] {
        assert_eq!(lines(101, &state), [want], "{name}");
    }
    assert_eq!(lines(110, &lost(&[&[1]], None)), ["create the current CA"]);
}

#[test]
fn tells_why_a_replica_is_not_ready() {
    let why = |state: State| state.unready(at(10), Params::default().settle);
    assert_eq!(why(base()), None);
    let partly = State {
        places: vec![place(&[1]), place(&[2])],
        ..base()
    };
    assert_eq!(why(partly), Some(Unready::Distrusted(1)));
    assert_eq!(why(State { leaf: None, ..base() }), Some(Unready::NoLeaf));
    assert_eq!(
        why(State {
            current: None,
            ..base()
        }),
        Some(Unready::Lost)
    );
    assert_eq!(
        why(State {
            leaf: Some(leaf(1, -2 * DAY)),
            ..base()
        }),
        Some(Unready::NoLeaf)
    );
}
