//! Header blocks (RFC 7541), as far as replacing one value needs: fields are stepped over, not decoded.

/// `:authority` in the static table (RFC 7541, appendix A).
const AUTHORITY: usize = 1;

/// The block with another `:authority`; `None` when it carries none as a literal, or cannot be read.
///
/// The field keeps its form, so that one that enters the dynamic table still does, at the same index. It is shorter
/// there than its sender believes, so the table forgets its oldest fields later than the sender does, never earlier: no
/// index that the sender uses changes its meaning.
pub(super) fn with_authority(block: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    let short = u8::try_from(value.len()).ok().filter(|length| *length < 0x7f)?;
    let mut rest = block;
    let mut found = None;
    while let Some(&first) = rest.first() {
        let (index, after) = match first {
            // An indexed field, or a change of the table's size.
            0x80.. => (None, integer(rest, 7)?.1),
            0x20..0x40 => (None, integer(rest, 5)?.1),
            // A literal, which enters the table or does not.
            0x40..0x80 => integer(rest, 6).map(|(index, after)| (Some(index), after))?,
            0..0x20 => integer(rest, 4).map(|(index, after)| (Some(index), after))?,
        };
        rest = match index {
            None => after,
            Some(index) => {
                let value = if index == 0 { string(after)? } else { after };
                let next = string(value)?;
                if index == AUTHORITY {
                    found = Some((block.len() - value.len(), next));
                }
                next
            }
        };
    }
    let (at, next) = found?;
    // Not Huffman-coded: the first bit of the length is 0.
    Some([block.get(..at)?, &[short], value, next].concat())
}

/// An integer with a prefix of so many bits (RFC 7541, 5.1), and what follows it.
fn integer(bytes: &[u8], prefix: u32) -> Option<(usize, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let full = (1_usize << prefix) - 1;
    let mut number = usize::from(*first) & full;
    if number < full {
        return Some((number, rest));
    }
    // Four more bytes reach 256 MiB, far past any frame.
    for shift in [0, 7, 14, 21] {
        let (next, after) = rest.split_first()?;
        rest = after;
        number = number.checked_add((usize::from(*next) & 0x7f) << shift)?;
        if *next & 0x80 == 0 {
            return Some((number, rest));
        }
    }
    None
}

/// What follows a string (RFC 7541, 5.2).
fn string(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = integer(bytes, 7)?;
    rest.get(length..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks() {
        type Case = (&'static str, &'static [u8], Option<&'static [u8]>);
        let cases: [Case; 9] = [
            (
                "enters the table",
                &[0x83, 0x41, 2, b'/', b'a', 0x86],
                Some(&[0x83, 0x41, 1, b'x', 0x86]),
            ),
            ("does not", &[0x01, 2, b'/', b'a'], Some(&[0x01, 1, b'x'])),
            ("never may", &[0x11, 2, b'/', b'a'], Some(&[0x11, 1, b'x'])),
            ("Huffman-coded", &[0x41, 0x82, 0xff, 0xff], Some(&[0x41, 1, b'x'])),
            (
                "behind a size and a field with a new name",
                &[0x3f, 0xe1, 0x1f, 0x40, 1, b'a', 1, b'b', 0x41, 0],
                Some(&[0x3f, 0xe1, 0x1f, 0x40, 1, b'a', 1, b'b', 0x41, 1, b'x']),
            ),
            ("from the table", &[0x83, 0xbe], None),
            ("none at all", &[0x83, 0x86], None),
            ("cut short", &[0x41, 5, b'/'], None),
            (
                "an endless integer",
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                None,
            ),
        ];
        for (what, block, want) in cases {
            assert_eq!(with_authority(block, b"x").as_deref(), want, "{what}");
        }
    }

    proptest! {
        #[test]
        fn no_block_makes_it_panic(block in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(once) = with_authority(&block, b"localhost") {
                prop_assert_eq!(with_authority(&once, b"localhost"), Some(once));
            }
        }
    }
}
