//! Tests of the numbers.

use super::decimal::Decimal;
use crate::funcs::verified::LIMITS;
use crate::Meter;

#[test]
fn products_are_exact() {
    let mut meter = Meter::new(&LIMITS);
    let a = Decimal::of(582473484251182.2).unwrap();
    let b = Decimal::of(-561.024793).unwrap();
    let product = a.multiply(&b, &mut meter).unwrap();
    assert_eq!(product.to_float(&mut meter).unwrap(), -3.2678206593000826e+17);
}
