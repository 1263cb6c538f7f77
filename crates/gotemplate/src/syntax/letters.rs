//! Which characters make a name.

use crate::unicode::{is_digit, is_letter};

/// A letter, a digit or an underscore.
pub(super) fn is_alphanumeric(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => true,
        '\0'..='\x7f' => false,
        _ => is_letter(c) || is_digit(c),
    }
}

/// White space as the language knows it: nothing beyond ASCII.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
