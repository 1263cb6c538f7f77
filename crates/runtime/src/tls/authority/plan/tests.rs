use super::*;

const DAY: i64 = 24 * 3600;
const YEAR: i64 = 365 * DAY;
/// A leaf's life and the skew.
const UNTIL: i64 = DAY + 3600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn id(byte: u8) -> Fingerprint {
    Fingerprint::fake(byte)
}

fn ca(byte: u8, made: i64) -> CaFacts {
    CaFacts {
        id: id(byte),
        not_before: at(made - 3600),
        not_after: at(made + YEAR),
    }
}

fn leaf(issuer: u8, issued: i64) -> LeafFacts {
    LeafFacts {
        issuer: id(issuer),
        issued: at(issued),
        not_before: at(issued - 3600),
        not_after: at(issued + DAY),
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
        since: at(since),
    })
}

/// The plan at a second, one line per operation; times as seconds.
fn lines(now: i64, state: &State) -> Vec<String> {
    let seconds = |time: Timestamp| time.as_second() - at(0).as_second();
    plan(at(now), state, &Params::default())
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
        ["issue a leaf", "publish to place 0", "publish to place 2"]
    );
}

#[test]
fn all_is_well_until_the_leaf_is_due() {
    assert_eq!(lines(0, &base()), [format!("wait until {}", 2 * DAY / 3)]);
    assert_eq!(
        lines(2 * DAY / 3, &base()),
        [
            "issue a leaf".to_owned(),
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
    assert_eq!(lines(0, &jumped_back)[0], "issue a leaf");
    let of_another_ca = State {
        leaf: Some(leaf(7, 0)),
        ..base()
    };
    assert_eq!(lines(0, &of_another_ca)[0], "issue a leaf");
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
    assert!(!lines(YEAR - 1, &ends_with_its_ca).contains(&"issue a leaf".to_owned()));
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
    let previous = PreviousFacts {
        ca: ca(1, 0),
        until: at(now + UNTIL),
    };
    let state = State {
        current: Some(ca(2, renewal)),
        next: None,
        previous: Some(previous),
        ..state
    };
    assert_eq!(lines(now, &state)[0], "issue a leaf");
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
    assert_eq!(state.settle(at(now)), None);
    let again = State {
        places: vec![place(&[1, 2]), place(&[1, 2])],
        settled: None,
        ..state
    };
    assert_eq!(again.settle(at(now)), settled(&[1, 2], now));
}

#[test]
fn without_a_usable_ca_the_next_one_serves_at_once() {
    let expired = State {
        next: Some(ca(2, YEAR - 100)),
        ..base()
    };
    assert_eq!(
        lines(YEAR, &expired),
        [format!("switch, previous until {}", YEAR + UNTIL)]
    );
    assert_eq!(lines(YEAR, &base()), ["create the current CA"]);
    let damaged = State {
        current: None,
        next: Some(ca(2, 0)),
        ..base()
    };
    assert_eq!(lines(0, &damaged), [format!("switch, previous until {UNTIL}")]);
}

#[test]
fn a_next_ca_waits_for_the_previous_one_to_be_gone() {
    let previous = PreviousFacts {
        ca: ca(9, -YEAR),
        until: at(YEAR - 50),
    };
    let now = YEAR - 100;
    let state = State {
        next: Some(ca(2, now - 5000)),
        previous: Some(previous),
        leaf: Some(leaf(1, now)),
        places: vec![place(&[1, 2, 9])],
        settled: settled(&[1, 2, 9], now - 5000),
        ..base()
    };
    assert_eq!(lines(now, &state), [format!("wait until {}", YEAR - 50)]);
}

#[test]
fn tells_which_place_would_not_trust_the_leaf() {
    assert_eq!(base().distrusting(), None);
    assert_eq!(
        State {
            places: vec![place(&[1]), place(&[2])],
            ..base()
        }
        .distrusting(),
        Some(1)
    );
    assert_eq!(State { leaf: None, ..base() }.distrusting(), Some(0));
}
