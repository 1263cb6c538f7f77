//! Random identifiers: the only place, beside back-off jitter, that draws random numbers.
//!
//! They tell things apart (a replica, a request); they are not secrets, and nobody may use them as such.

/// 128 random bits in lower-case hexadecimal.
#[must_use]
pub fn random() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// 128 random bits.
#[must_use]
pub fn random_u128() -> u128 {
    fastrand::u128(..)
}

/// A number from 0 up to, but not, 1: the jitter that the pure functions of [`crate::backoff`] take as an argument.
#[must_use]
pub fn unit() -> f64 {
    fastrand::f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_32_hex_digits_and_differs_from_the_next() {
        let (a, b) = (random(), random());
        assert_eq!(a.len(), 32);
        assert!(a.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(a, b);
    }
}
