//! Characters as Go's `unicode` package knows them: Unicode 15.0, and the simple mappings of case, where one character
//! always becomes one character.

mod tables;

use tables::{DIGIT, LETTER, LOWER_BY_PROPERTY, NUMBER, PUNCT};

fn is_in(table: &[(u32, u32)], char: char) -> bool {
    let code = u32::from(char);
    table
        .binary_search_by(|(first, last)| match () {
            () if *last < code => std::cmp::Ordering::Less,
            () if *first > code => std::cmp::Ordering::Greater,
            () => std::cmp::Ordering::Equal,
        })
        .is_ok()
}

/// `unicode.IsLetter`
pub(crate) fn is_letter(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphabetic();
    }
    is_in(LETTER, char)
}

/// `unicode.IsDigit`
pub(crate) fn is_digit(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_digit();
    }
    is_in(DIGIT, char)
}

/// `unicode.IsNumber`
pub(crate) fn is_number(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_digit();
    }
    is_in(NUMBER, char)
}

/// `unicode.IsPunct`
pub(crate) fn is_punct(char: char) -> bool {
    is_in(PUNCT, char)
}

/// `unicode.IsSpace`
pub(crate) fn is_space(char: char) -> bool {
    char.is_whitespace()
}

/// `unicode.IsUpper`
pub(crate) fn is_upper(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_uppercase();
    }
    char.is_uppercase() && is_letter(char)
}

/// `unicode.IsLower`
pub(crate) fn is_lower(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_lowercase();
    }
    // Later versions of Unicode took the case off the last one.
    (char.is_lowercase() && is_letter(char) && !is_in(LOWER_BY_PROPERTY, char)) || char == 'ʕ'
}

/// `unicode.IsTitle`
pub(crate) fn is_title(char: char) -> bool {
    matches!(
        u32::from(char),
        0x1c5 | 0x1c8 | 0x1cb | 0x1f2 | 0x1f88..=0x1f8f | 0x1f98..=0x1f9f | 0x1fa8..=0x1faf | 0x1fbc | 0x1fcc | 0x1ffc
    )
}

/// `unicode.ToUpper`
pub(crate) fn to_upper(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_uppercase();
    }
    // Those whose full mapping is several characters.
    let ahead = match u32::from(char) {
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => 9,
        _ => return simple(char, char.to_uppercase()),
    };
    char::from_u32(u32::from(char) + ahead).unwrap_or(char)
}

/// `unicode.ToLower`
pub(crate) fn to_lower(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    match char {
        'İ' => 'i',
        _ => simple(char, char.to_lowercase()),
    }
}

/// `unicode.ToTitle`
pub(crate) fn to_title(char: char) -> char {
    match u32::from(char) {
        0x1c4..=0x1c6 => '\u{1c5}',
        0x1c7..=0x1c9 => '\u{1c8}',
        0x1ca..=0x1cc => '\u{1cb}',
        0x1f1..=0x1f3 => '\u{1f2}',
        // Georgian has capitals, and no title case.
        0x10d0..=0x10fa | 0x10fd..=0x10ff => char,
        _ => to_upper(char),
    }
}

/// The mapping where it is to one character, and both of them were characters in Go's version of Unicode.
fn simple(char: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) if one != char && is_cased(char) && is_cased(one) => one,
        _ => char,
    }
}

/// A letter, or one of those others that have case: a combining mark, Roman numerals, letters in circles.
fn is_cased(char: char) -> bool {
    is_letter(char) || matches!(u32::from(char), 0x345 | 0x2160..=0x217f | 0x24b6..=0x24e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash of what Go gives for all characters.
    fn hash(of: impl Fn(char) -> u32) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for char in '\0'..=char::MAX {
            let [_, bytes @ ..] = of(char).to_be_bytes();
            for byte in bytes {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
        hash
    }

    #[test]
    fn every_mapping_is_that_of_go() {
        assert_eq!(hash(|char| to_upper(char).into()), 0x8c6e_4343_e836_3cbf);
        assert_eq!(hash(|char| to_lower(char).into()), 0xa51e_48cf_4965_9886);
        assert_eq!(hash(|char| to_title(char).into()), 0x3912_4738_b045_d803);
    }

    #[test]
    fn every_class_is_that_of_go() {
        assert_eq!(hash(|char| is_upper(char).into()), 0x56b2_7faf_9f77_6290);
        assert_eq!(hash(|char| is_lower(char).into()), 0x0152_1b8e_3ada_f110);
        assert_eq!(hash(|char| is_title(char).into()), 0xc2f8_d6f9_694a_8fb0);
        assert_eq!(hash(|char| is_letter(char).into()), 0xdc72_f57f_90e0_a2d5);
        assert_eq!(hash(|char| is_punct(char).into()), 0x7c06_65cb_f7aa_133b);
        assert_eq!(hash(|char| is_digit(char).into()), 0xf41e_e0f8_6e8b_6e4d);
        assert_eq!(hash(|char| is_number(char).into()), 0x1454_7335_dee1_467a);
        assert_eq!(hash(|char| is_space(char).into()), 0x91a0_8549_4f98_bdc4);
    }
}
