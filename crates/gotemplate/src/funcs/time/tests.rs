//! Tests of dates and durations.

use serde_json::json;

use crate::funcs::answered::{assert_limited, text};

#[test]
fn the_present_time_is_not_shown() {
    for template in [
        r#"{{date "2006" "yesterday"}}"#,
        r#"{{date "2006" nil}}"#,
        r#"{{htmlDate 1.5}}"#,
        r#"{{dateInZone "2006" (list) "UTC"}}"#,
        r#"{{durationRound (toDate "2006" "2020")}}"#,
    ] {
        let error = text(template);
        assert!(
            error.contains("the present time") || error.contains("nil is not a command"),
            "{template}: {error}"
        );
    }
    assert!(text("{{now}}").contains("templates cannot see the clock"));
}

#[test]
fn zones_are_utc_and_fixed_ones() {
    let shown = |zone: &str| text(&format!(r#"{{{{dateInZone "15:04 -0700 MST" 0 "{zone}"}}}}"#));
    assert_eq!(shown("UTC"), "00:00 +0000 UTC");
    assert_eq!(shown("Local"), "00:00 +0000 UTC");
    assert_eq!(shown("Etc/GMT+5"), "19:00 -0500 -05");
    // Go takes what cannot be a name as UTC.
    assert_eq!(shown("../x"), "00:00 +0000 UTC");
    assert!(shown("Europe/Berlin").contains("is the name of a time zone"));
    assert!(shown("Etc/GMT+13").contains("is the name of a time zone"));
}

#[test]
fn methods_are_those_of_go() {
    let date = r#"(toDate "2006-01-02T15:04:05Z07:00" "2020-02-29T23:59:58.5+05:30")"#;
    let method = |name: &str| text(&format!("{{{{{date}.{name}}}}}"));
    assert_eq!(method("Year"), "2020");
    assert_eq!(method("Month"), "February");
    assert_eq!(method("Weekday"), "Saturday");
    assert_eq!(method("YearDay"), "60");
    assert_eq!(method("UTC"), "2020-02-29 18:29:58.5 +0000 UTC");
    assert_eq!(method("AddDate 1 0 0"), "2021-03-01 23:59:58.5 +0530 +0530");
    assert_eq!(method("Add 1500000000"), "2020-03-01 00:00:00 +0530 +0530");
    assert!(method("ISOWeek").contains("more than one value"));
}

#[test]
fn layouts_are_paid_for() {
    assert_limited(
        "{{range until 100}}{{$x := date $ 0}}{{end}}",
        &json!("1".repeat(100_000)),
    );
    assert_limited("{{toDate . .}}", &json!("2006".repeat(200_000)));
}
