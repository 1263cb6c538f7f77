//! Tests of values of types of their own.

use super::{Moment, Object, Zone, parse_duration, show_duration};

#[test]
fn durations_are_shown_and_read() {
    let cases = [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (3_300_000_000, "3.3s"),
        (245_000_000_000, "4m5s"),
        (3_600_000_000_000, "1h0m0s"),
        (i64::MIN, "-2562047h47m16.854775808s"),
        (i64::MAX, "2562047h47m16.854775807s"),
    ];
    for (nanos, text) in cases {
        assert_eq!(show_duration(nanos), text);
        assert_eq!(parse_duration(text.as_bytes()), Some(nanos), "{text}");
    }
    for text in [
        "",
        "1",
        "-",
        "1d",
        ".s",
        "1h-",
        "9223372036854775808ns",
        "2562048h",
    ] {
        assert_eq!(parse_duration(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn times_are_equal_as_go_compares_them() {
    let time = |zone| Object::Time(Moment::new(1, 2, zone));
    assert!(time(Zone::Utc).same(&time(Zone::Utc)));
    assert!(!time(Zone::Utc).same(&time(Zone::Local)));
    // Zones of a name are made anew each time.
    assert!(!time(Zone::fixed("CET", 0)).same(&time(Zone::fixed("CET", 0))));
    assert!(time(Zone::fixed("CET", 0)).deep_equal(&time(Zone::fixed("CET", 0))));
    assert!(time(Zone::fixed("", 3600)).same(&time(Zone::fixed("", 3600))));
    assert!(!time(Zone::fixed("", 1800)).same(&time(Zone::fixed("", 1800))));
}

#[test]
fn the_zero_time_is_that_of_go() {
    assert_eq!(Moment::zero().text(), "0001-01-01 00:00:00 +0000 UTC");
    assert!(Moment::zero().is_zero());
    assert_eq!(
        Moment::zero().go_syntax(),
        "time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)"
    );
}
