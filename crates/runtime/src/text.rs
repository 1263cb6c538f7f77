//! Cutting texts to what an API takes.

/// The longest start of `text` that has at most `bytes` bytes and ends on a character.
#[must_use]
pub fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_cuts_a_character() {
        for (text, bytes, expected) in [
            ("", 5, ""),
            ("abc", 5, "abc"),
            ("abc", 2, "ab"),
            ("aä", 2, "a"),
            ("ä", 1, ""),
            ("ä", 0, ""),
        ] {
            assert_eq!(cut(text, bytes), expected);
        }
    }
}
