//! Tests of versions and constraints.

use serde_json::json;

use crate::Limits;
use crate::funcs::answered::{assert_limited, render, text};

#[test]
fn constraints_hold_as_in_go() {
    let cases = [
        (">=1.2 <3", "2.9.9", true),
        (">=1.2 <3", "3.0.0", false),
        ("~1.2", "1.2.9", true),
        ("~1.2", "1.3.0", false),
        ("^0.2.3", "0.2.9", true),
        ("^0.2.3", "0.3.0", false),
        ("^0.0.3", "0.0.4", false),
        ("1.2 - 2", "2.9.9", true),
        ("1.x || 3.x", "3.1.0", true),
        (">11", "11.1.0", false),
        ("*", "1.2.3-alpha", false),
        (">=1.2.3-0", "1.2.3-alpha", true),
        ("!=1.2.x", "1.2.3", false),
    ];
    for (constraint, version, expected) in cases {
        let template = format!(r#"{{{{semverCompare "{constraint}" "{version}"}}}}"#);
        assert_eq!(text(&template), expected.to_string(), "{template}");
    }
}

#[test]
fn parts_and_errors() {
    assert_eq!(
        text(
            r#"{{$v := semver "v1.2.3-rc.1+b"}}{{$v}} {{$v.Original}} {{$v.Major}} {{$v.Prerelease}} {{$v.IncPatch}}"#
        ),
        "1.2.3-rc.1+b v1.2.3-rc.1+b 1 rc.1 1.2.3"
    );
    for template in [r#"{{semver "one"}}"#, r#"{{semverCompare ">=1" "x"}}"#] {
        assert!(
            text(template).ends_with("is not a semantic version"),
            "{}",
            text(template)
        );
    }
    assert!(text(r#"{{semverCompare "what" "1.2.3"}}"#).contains("is not a constraint"));
}

#[test]
fn long_constraints_are_paid_for() {
    let parts = json!(">=1.2.3 ".repeat(50_000));
    assert_limited(r#"{{semverCompare . "1.2.3"}}"#, &parts);
    let ranges = json!("1 - 2 ".repeat(10_000));
    assert!(render(r#"{{semverCompare . "1.2.3"}}"#, &ranges, &Limits::default()).is_err());
}
