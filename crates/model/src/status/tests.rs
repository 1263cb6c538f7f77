use k8s_openapi::jiff::Timestamp;

use super::*;

fn at(second: i64) -> Time {
    Time(Timestamp::from_second(second).expect("a time"))
}

fn of(statuses: &[Status]) -> Vec<Condition> {
    const TYPES: [&str; 4] = [
        types::CONNECTOR_CLASS_READY,
        types::SECRET_READY,
        types::LIVENESS_READY,
        types::AUTH_READY,
    ];
    statuses
        .iter()
        .zip(TYPES)
        .map(|(status, type_)| Condition::new(type_, *status, Reason::Checking, type_))
        .collect()
}

#[test]
fn false_outweighs_unknown_and_unknown_outweighs_true() {
    use Status::{False, True, Unknown};
    for (statuses, status, message) in [
        (vec![], Unknown, "not checked yet"),
        (vec![True, True], True, "all conditions are True"),
        (vec![True, Unknown], Unknown, "SecretReady: SecretReady"),
        (vec![Unknown, False, True], False, "SecretReady: SecretReady"),
        (
            vec![False, Unknown],
            False,
            "ConnectorClassReady: ConnectorClassReady",
        ),
        (vec![True, False, False], False, "SecretReady: SecretReady"),
        (
            vec![Unknown, Unknown],
            Unknown,
            "ConnectorClassReady: ConnectorClassReady",
        ),
    ] {
        let ready = aggregate(&of(&statuses));
        assert_eq!(
            (ready.type_, ready.status, ready.message.as_str()),
            ("Ready", status, message),
            "{statuses:?}"
        );
    }
}

#[test]
fn supported_does_not_count() {
    let mut conditions = of(&[Status::True]);
    conditions.push(Condition::bad(types::SUPPORTED, Reason::NotSupported, "Rego"));
    conditions.push(Condition::bad(
        types::READY,
        Reason::Invalid,
        "the one from before",
    ));
    assert_eq!(aggregate(&conditions).status, Status::True);
    assert_eq!(aggregate(&conditions[1..]).status, Status::Unknown);
}

#[test]
fn the_time_of_a_transition_changes_with_the_status_only() {
    let old = merge(&[], &of(&[Status::True, Status::False]), Some(1), &at(100));
    assert!(
        old.iter()
            .all(|c| c.last_transition_time == at(100) && c.observed_generation == Some(1))
    );
    let mut conditions = of(&[Status::True, Status::True]);
    conditions[0].message = "another message".to_owned();
    conditions[0].reason = Reason::Ready;
    let new = merge(&old, &conditions, Some(2), &at(200));
    assert_eq!(new[0].last_transition_time, at(100));
    assert_eq!(
        (new[0].message.as_str(), new[0].reason.as_str()),
        ("another message", "Ready")
    );
    assert_eq!(new[1].last_transition_time, at(200));
    assert!(new.iter().all(|c| c.observed_generation == Some(2)));
}

#[test]
fn conditions_that_are_not_made_any_more_are_dropped() {
    let old = merge(&[], &of(&[Status::True, Status::True]), None, &at(100));
    assert_eq!(merge(&old, &of(&[Status::True]), None, &at(200)).len(), 1);
}

#[test]
fn nothing_is_written_when_only_times_differ() {
    let old = merge(&[], &of(&[Status::True, Status::False]), Some(1), &at(100));
    let again = merge(&[], &of(&[Status::True, Status::False]), Some(1), &at(200));
    assert_ne!(old, again);
    assert!(unchanged_but_for_time(&old, &again));
    let mut reordered = again.clone();
    reordered.reverse();
    assert!(unchanged_but_for_time(&old, &reordered));
    for change in [
        |c: &mut WireCondition| c.message.push('x'),
        |c: &mut WireCondition| c.reason.push('x'),
        |c: &mut WireCondition| c.status = "Unknown".to_owned(),
        |c: &mut WireCondition| c.observed_generation = Some(2),
        |c: &mut WireCondition| c.type_.push('x'),
    ] {
        let mut changed = again.clone();
        change(&mut changed[0]);
        assert!(!unchanged_but_for_time(&old, &changed));
    }
    assert!(!unchanged_but_for_time(&old, &again[..1]));
    assert!(!unchanged_but_for_time(&[], &again));
}

#[test]
fn the_time_of_a_probe_is_kept_and_never_a_reason_to_write() {
    let found = |reason| Condition::good(types::LIVENESS_READY, reason, "");
    let old = merge(
        &[],
        &[found(Reason::ProbeSucceeded).probed_at(at(100))],
        Some(1),
        &at(101),
    );
    assert_eq!(old[0].last_probe_time, Some(at(100)));
    let again = merge(
        &old,
        &[found(Reason::ProbeSucceeded).probed_at(at(200))],
        Some(1),
        &at(201),
    );
    assert!(unchanged_but_for_time(&old, &again));
    assert_eq!(
        again[0].last_probe_time,
        Some(at(200)),
        "written with the next change"
    );
    // Somebody who did not probe does not know, and changes nothing.
    let unprobed = merge(&old, &[found(Reason::ProbeSucceeded)], Some(1), &at(300));
    assert_eq!(unprobed, old);
    let another = merge(&old, &[found(Reason::NonLivenessProbe)], Some(1), &at(300));
    assert_eq!(another[0].last_probe_time, None);
}

#[test]
fn the_reference_knows_which_reasons_belong_to_which_condition() {
    for (condition, known) in [
        (
            Condition::bad(types::LIVENESS_READY, Reason::ConnectionFailed, ""),
            true,
        ),
        (
            Condition::good(types::LIVENESS_READY, Reason::ConnectionFailed, ""),
            false,
        ),
        (
            Condition::unknown(types::AUTH_READY, Reason::ConnectionFailed, ""),
            true,
        ),
        (Condition::bad(types::READY, Reason::ConnectionFailed, ""), true),
        (Condition::good(types::READY, Reason::ConnectionFailed, ""), false),
        (Condition::good("Nonsense", Reason::Ready, ""), false),
    ] {
        assert_eq!(condition.is_in_reference(), known, "{condition:?}");
    }
}

#[test]
fn what_only_informs_says_so() {
    let conditions = [
        types::READY,
        types::LIVENESS_READY,
        types::CA_CERT_READY,
        types::SUPPORTED,
    ]
    .map(|type_| Condition::good(type_, Reason::Ready, ""));
    let wire = merge(&[], &conditions, None, &at(100));
    let severities: Vec<Option<&str>> = wire.iter().map(|c| c.severity.as_deref()).collect();
    assert_eq!(severities, [None, None, Some("Info"), Some("Info")]);
}

#[test]
fn messages_are_cut_between_characters() {
    for text in ["a".repeat(5000), "ä".repeat(5000), "𝄞".repeat(5000)] {
        let message = Condition::good(types::READY, Reason::Ready, text).message;
        assert!(
            message.len() <= MESSAGE_LIMIT && message.len() > MESSAGE_LIMIT - 8,
            "{}",
            message.len()
        );
        assert!(message.ends_with('…'));
    }
    let exact = "a".repeat(MESSAGE_LIMIT);
    assert_eq!(
        Condition::good(types::READY, Reason::Ready, exact.clone()).message,
        exact
    );
}
