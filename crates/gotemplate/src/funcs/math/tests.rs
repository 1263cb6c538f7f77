//! Tests of the numbers.

use serde_json::json;

use super::decimal::Decimal;
use super::number::{NumberError, parse_float, parse_int};
use crate::funcs::answered::{assert_limited, text};
use crate::{Limits, Meter};

#[test]
fn whole_numbers_are_read_as_go_reads_them() {
    let cases: &[(&str, u32, Result<i64, NumberError>)] = &[
        ("0x1f", 0, Ok(31)),
        ("-0b11", 0, Ok(-3)),
        ("017", 0, Ok(15)),
        ("0o17", 0, Ok(15)),
        ("1_000", 0, Ok(1000)),
        ("0x_1f", 0, Ok(31)),
        ("1__0", 0, Err(NumberError::Syntax)),
        ("_1", 0, Err(NumberError::Syntax)),
        ("1_", 0, Err(NumberError::Syntax)),
        ("1_0", 10, Err(NumberError::Syntax)),
        (" 1", 0, Err(NumberError::Syntax)),
        ("", 0, Err(NumberError::Syntax)),
        ("+", 0, Err(NumberError::Syntax)),
        ("08", 0, Err(NumberError::Syntax)),
        ("9223372036854775807", 10, Ok(i64::MAX)),
        ("-9223372036854775808", 10, Ok(i64::MIN)),
        ("9223372036854775808", 10, Err(NumberError::Range(i64::MAX))),
        ("-99999999999999999999", 10, Err(NumberError::Range(i64::MIN))),
    ];
    for (text, base, expected) in cases {
        assert_eq!(parse_int(text.as_bytes(), *base), *expected, "{text}");
    }
}

#[test]
fn zeros_behind_the_point_are_dropped_as_cast_does_it() {
    let template =
        "{{add `777.0.`}} {{add `7.00`}} {{add `7.`}} {{add `.0`}} {{add `0.`}} {{add `0`}} {{add `70.0.0`}}";
    assert_eq!(text(template), "777 7 0 0 0 0 0");
}

#[test]
fn floating_point_numbers_are_read_as_go_reads_them() {
    let cases: &[(&str, Option<f64>)] = &[
        ("1.5", Some(1.5)),
        (".5", Some(0.5)),
        ("5.", Some(5.0)),
        (".", None),
        ("1e400", None),
        ("-inf", Some(f64::NEG_INFINITY)),
        ("+Infinity", Some(f64::INFINITY)),
        ("0x1p-2", Some(0.25)),
        ("0x1.8p3", Some(12.0)),
        ("0x1p-1075", Some(0.0)),
        ("0x1.8p-1075", Some(5e-324)),
        ("0x1.fffffffffffff8p1023", None),
        ("0x1.00000000000008p0", Some(1.0)),
        ("0x1.000000000000081p0", Some(1.000_000_000_000_000_2)),
        ("0x1", None),
        ("0xp1", None),
        ("1_0.5", Some(10.5)),
        ("1._5", None),
        ("1 ", None),
        ("+nan", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_float(text.as_bytes()), *expected, "{text}");
    }
    assert!(parse_float(b"NaN").is_some_and(f64::is_nan));
}

#[test]
fn products_are_exact() {
    let mut meter = Meter::new(&Limits::default());
    // Two sixteen-digit decimals are equally near to the first; Go takes the even one.
    let a = Decimal::of(582_473_484_251_182.2).unwrap();
    let b = Decimal::of(-561.024_793).unwrap();
    let product = a.multiply(&b, &mut meter).unwrap();
    assert_eq!(product.to_float(&mut meter).unwrap(), -3.267_820_659_300_082_6e17);
    assert_eq!(
        text("{{addf 0.1 0.2}} {{divf 2 3}} {{divf -2 3}}"),
        "0.3 0.6666666666666667 -0.6666666666666667"
    );
}

#[test]
fn what_has_no_result_fails_without_values() {
    assert_eq!(text("{{div 1 0}}"), "div: divides by zero");
    assert_eq!(text("{{mod 1 0}}"), "mod: divides by zero");
    assert_eq!(text("{{divf 1 0}}"), "divf: divides by zero");
    assert_eq!(
        text(r#"{{addf "inf" 1}}"#),
        "addf: cannot reckon with a number that is not finite"
    );
}

#[test]
fn work_is_bounded() {
    let none = json!(null);
    assert_limited("{{until 1000000000}}", &none);
    assert_limited("{{seq 1 1000000000}}", &none);
    assert_limited("{{untilStep 0 9223372036854775807 9223372036854775806}}", &none);
    assert_limited(&format!("{{{{divf {}}}}}", "1.2345e-300 ".repeat(2000)), &none);
    let long = json!({ "s": "0".repeat(50_000) });
    assert_limited("{{range until 100000}}{{$x := int $.s}}{{end}}", &long);
}
