//! How bytes are told apart in the pipes: each message after its length.

/// The first bytes of a worker, when its limits stand. Anything else was started by mistake.
pub(crate) const HELLO: &[u8; 8] = b"PBTERA1\n";

/// Of a length.
pub(crate) const HEADER: usize = 4;

/// A length as it is sent. Messages are smaller than 4 GiB by far.
pub(crate) fn header(length: usize) -> [u8; HEADER] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// A length as it was received; `None` when it is larger than allowed.
pub(crate) fn length(header: [u8; HEADER], most: usize) -> Option<usize> {
    let length = usize::try_from(u32::from_be_bytes(header)).ok()?;
    (length <= most).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_back_and_bounded() {
        for (sent, most, wants) in [
            (0, 0, Some(0)),
            (70_000, 70_000, Some(70_000)),
            (70_001, 70_000, None),
            (usize::MAX, 1 << 20, None),
        ] {
            assert_eq!(length(header(sent), most), wants, "{sent}");
        }
    }
}
