//! To a certificate that somebody else keeps, its changes, and back.

use super::*;

#[test]
fn hands_over_to_a_given_certificate() {
    let given_too = State {
        source: Source::Given,
        given: given(5, 50),
        ..base()
    };
    assert_eq!(lines(10, &given_too), ["accept the given CA as the next one"]);
    // A replica that starts now serves as the others do until clients know the new CA.
    let fresh = State {
        next: Some(foreign(5)),
        places: vec![place(&[1, 5])],
        settled: settled(&[1, 5], 10),
        leaf: None,
        ..given_too.clone()
    };
    assert_eq!(
        lines(10, &fresh),
        ["issue a leaf of the current CA", "wait until 610"]
    );
    let ready = State {
        leaf: Some(leaf(1, 10)),
        ..fresh
    };
    assert_eq!(
        lines(610, &ready),
        [format!("switch, previous until {}", 610 + UNTIL)]
    );
    let switched = State {
        current: Some(foreign(5)),
        next: None,
        previous: previous(1, 610 + UNTIL),
        ..ready
    };
    assert_eq!(lines(611, &switched)[0], "serve the given certificate");
    let serving = State {
        leaf: Some(taken(5, 50)),
        ..switched
    };
    assert_eq!(lines(612, &serving), ["wait until 4212"]);
    assert_eq!(lines(610 + UNTIL, &serving), ["drop the previous CA"]);
}

#[test]
fn a_given_certificate_changes_below_us() {
    let steady = State {
        source: Source::Given,
        current: Some(foreign(5)),
        given: given(5, 50),
        leaf: Some(taken(5, 50)),
        places: vec![place(&[5])],
        settled: settled(&[5], 0),
        ..State::default()
    };
    let idle = "wait until 3610";
    assert_eq!(lines(10, &steady), [idle]);
    let renewed = State {
        given: given(5, 51),
        ..steady.clone()
    };
    assert_eq!(lines(10, &renewed), ["serve the given certificate", idle]);
    // Another CA: the old certificate is served until all clients trust the new one.
    let other_ca = State {
        given: given(6, 60),
        ..steady.clone()
    };
    assert_eq!(lines(10, &other_ca), ["accept the given CA as the next one"]);
    let published = State {
        next: Some(foreign(6)),
        places: vec![place(&[5, 6])],
        settled: settled(&[5, 6], 10),
        ..other_ca
    };
    assert_eq!(lines(10, &published), ["wait until 610"]);
    assert_eq!(
        lines(610, &published),
        [format!("switch, previous until {}", 610 + UNTIL)]
    );
    // A replica that starts in between has nothing but the new one.
    let fresh = State {
        leaf: None,
        ..published.clone()
    };
    assert_eq!(
        lines(10, &fresh),
        ["serve the given certificate", "wait until 610"]
    );
    // Another one again, before the switch.
    let again = State {
        given: given(7, 70),
        ..published
    };
    assert_eq!(
        lines(10, &again),
        [format!("give up the next CA, trusted until {}", at(10 + UNTIL))]
    );
    let gone = State {
        given: None,
        ..steady
    };
    assert_eq!(lines(10, &gone), [idle], "what is served stays");
}

#[test]
fn comes_back_from_a_given_certificate() {
    let back = State {
        source: Source::Own,
        current: Some(foreign(5)),
        given: given(5, 50),
        leaf: None,
        places: vec![place(&[5])],
        settled: settled(&[5], 0),
        ..State::default()
    };
    assert_eq!(
        lines(10, &back),
        ["serve the given certificate", "create the next CA"]
    );
    let next = State {
        next: Some(ca(2, 10)),
        places: vec![place(&[5, 2])],
        settled: settled(&[5, 2], 11),
        ..back
    };
    assert_eq!(
        lines(
            12,
            &State {
                leaf: Some(taken(5, 50)),
                ..next.clone()
            }
        ),
        ["wait until 611"]
    );
    // The given certificate is gone: the next CA signs early, for a replica that nobody calls before clients trust it.
    let alone = State {
        given: None,
        ..next.clone()
    };
    assert_eq!(lines(12, &alone)[0], "issue a leaf of the next CA");
    let early = State {
        leaf: Some(leaf(2, 12)),
        ..alone
    };
    assert_eq!(lines(12, &early), ["wait until 611"]);
    let unready = |now| {
        State {
            uptime: up(now),
            ..early.clone()
        }
        .unready(at(now), Params::default().settle)
    };
    assert_eq!(unready(12), Some(Unready::Early));
    assert_eq!(unready(611), None);
    assert_eq!(
        lines(611, &early),
        [format!("switch, previous until {}", 611 + UNTIL)]
    );
}

#[test]
fn a_hand_over_that_was_taken_back_is_cleared_up() {
    let state = State {
        next: Some(foreign(5)),
        places: vec![place(&[1, 5])],
        settled: settled(&[1, 5], 0),
        ..base()
    };
    // Replicas that want it may still be on their way in.
    assert_eq!(lines(1199, &state), ["wait until 1200"]);
    assert_eq!(
        lines(1200, &state),
        [format!("give up the next CA, trusted until {}", at(1200 + UNTIL))]
    );
}

#[test]
fn a_given_certificate_that_never_came_leaves_ours_in_force() {
    let state = State {
        source: Source::Given,
        ..base()
    };
    assert_eq!(lines(10, &state), lines(10, &base()));
    let due = YEAR - 1000;
    let state = State {
        leaf: Some(leaf(1, due)),
        ..state
    };
    assert_eq!(lines(due, &state), ["create the next CA"]);
    let first = State {
        source: Source::Given,
        places: vec![place(&[])],
        ..State::default()
    };
    assert_eq!(lines(0, &first), ["wait until 3600"]);
    let first = State {
        given: given(5, 50),
        ..first
    };
    assert_eq!(lines(0, &first), ["accept the given CA as the current one"]);
}
