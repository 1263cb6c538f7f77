//! Powers of ten, reckoned as Go reckons them, so that they round alike.

use super::number::power_of_two;

/// `math.Pow(10, places)`.
#[expect(clippy::cast_precision_loss, reason = "Go takes the places as a float64")]
pub(super) fn power_of_ten(places: i64) -> f64 {
    let places = places as f64;
    if places == 0.0 {
        return 1.0;
    }
    if places == 1.0 {
        return 10.0;
    }
    // Far beyond what a number can hold, whatever the rest is.
    if places.abs() > 1e6 {
        return if places > 0.0 { f64::INFINITY } else { 0.0 };
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    let mut left = places.abs() as u64;
    // 10 is 0.625 * 2^4.
    let (mut result, mut result_exponent) = (1.0, 0_i64);
    let (mut factor, mut exponent) = (0.625, 4_i64);
    while left != 0 {
        if exponent.abs() > 1 << 12 {
            result_exponent += exponent;
            break;
        }
        if left & 1 == 1 {
            result *= factor;
            result_exponent += exponent;
        }
        factor *= factor;
        exponent <<= 1;
        if factor < 0.5 {
            factor += factor;
            exponent -= 1;
        }
        left >>= 1;
    }
    if places < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    power_of_two(result, result_exponent)
}
