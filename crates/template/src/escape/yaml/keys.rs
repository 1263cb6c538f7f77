//! The order of keys: letters after signs and digits, numbers in them by their size, as go-yaml 2 sorts them.

use std::cmp::Ordering;

/// Sorts by [`compare`]. Not by the standard library: the order is not transitive for all keys, at which that may
/// panic.
pub(super) fn sort<T>(entries: Vec<(&str, T)>) -> Vec<(&str, T)> {
    if entries.len() < 2 {
        return entries;
    }
    let mut left = entries;
    let right = left.split_off(left.len() / 2);
    let mut right = sort(right).into_iter().peekable();
    let mut sorted = Vec::new();
    for entry in sort(left) {
        while let Some(smaller) = right.next_if(|other| compare(other.0, entry.0) == Ordering::Less) {
            sorted.push(smaller);
        }
        sorted.push(entry);
    }
    sorted.extend(right);
    sorted
}

fn compare(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (Some(&x), Some(&y)) = (a.get(same), b.get(same)) else {
        return a.len().cmp(&b.len());
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero that follows other digits is no leading one.
    let inner = (x == '0' || y == '0')
        && a.iter()
            .take(same)
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .any(|c| *c != '0');
    let (number_a, digits_a) = number(a.get(same..).unwrap_or_default(), inner);
    let (number_b, digits_b) = number(b.get(same..).unwrap_or_default(), inner);
    number_a
        .cmp(&number_b)
        .then(digits_a.cmp(&digits_b))
        .then(x.cmp(&y))
}

/// The number at the start, as far as 64 bits go, and how many digits it has.
fn number(text: &[char], inner: bool) -> (i64, usize) {
    let mut value = i64::from(inner);
    let mut digits = 0;
    for digit in text.iter().map_while(|c| c.to_digit(10)) {
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        digits += 1;
    }
    (value, digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_keys_sort_by_their_size() {
        let keys = ["b", "a10", "a2", "B", "_", "a", "10", "9", "a02", "ab", "a-b", ""];
        let sorted: Vec<&str> = sort(keys.map(|key| (key, ())).to_vec())
            .into_iter()
            .map(|(key, ())| key)
            .collect();
        assert_eq!(
            sorted,
            ["", "_", "9", "10", "B", "a", "a-b", "a2", "a02", "a10", "ab", "b"]
        );
    }
}
