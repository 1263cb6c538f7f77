//! The frames of a client's HTTP/2 connection (RFC 9113, 4.1), as far as finding its header blocks needs.

use super::hpack;

/// What a client sends first.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADER: usize = 9;
const HEADERS: u8 = 1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;
const PRIORITY_FIELDS: usize = 5;
/// The largest frame that a server takes unless it says otherwise, and ours does not.
const MAX_FRAME: usize = 16_384;

/// Copies a client's bytes, and replaces the `:authority` of each request.
///
/// *Guarantees*: never holds more than one frame of [`MAX_FRAME`]; bytes that it does not understand pass unchanged, for
/// the HTTP/2 library to refuse.
#[derive(Debug, Default)]
pub(super) struct Rewriter {
    /// How much of the preface has passed.
    preface: usize,
    /// The beginning of a frame that is not complete.
    held: Vec<u8>,
    /// How much of the current frame's payload still passes as it is.
    passing: usize,
}

impl Rewriter {
    /// Takes the next bytes of the client, and appends what is to be read instead.
    pub(super) fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let taken = self.step(bytes, out);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }

    /// One step; says how many bytes it took, at least one.
    fn step(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let pass = if self.preface < PREFACE.len() {
            PREFACE.len() - self.preface
        } else {
            self.passing
        };
        if pass > 0 {
            let some = pass.min(bytes.len());
            out.extend_from_slice(bytes.get(..some).unwrap_or_default());
            if self.preface < PREFACE.len() {
                self.preface += some;
            } else {
                self.passing -= some;
            }
            return some;
        }
        let wanted = match self.held.first_chunk() {
            Some(header) => HEADER + length(header),
            None => HEADER,
        };
        let some = (wanted - self.held.len()).min(bytes.len());
        self.held.extend_from_slice(bytes.get(..some).unwrap_or_default());
        self.settle(out);
        some
    }

    /// Lets go of what is held, once it is clear what to do with it.
    fn settle(&mut self, out: &mut Vec<u8>) {
        let Some((header, payload)) = self.held.split_first_chunk() else {
            return;
        };
        let length = length(header);
        let whole = header[3] == HEADERS && header[4] & END_HEADERS != 0 && length <= MAX_FRAME;
        if !whole {
            self.passing = length;
        } else if payload.len() < length {
            return;
        } else if let Some(frame) = rewrite(header, payload) {
            out.extend_from_slice(&frame);
            self.held.clear();
            return;
        }
        out.append(&mut self.held);
    }
}

fn length(header: &[u8; HEADER]) -> usize {
    usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2])
}

/// The same request with another authority and without padding; `None` when it needs none or is not understood.
fn rewrite(header: &[u8; HEADER], payload: &[u8]) -> Option<Vec<u8>> {
    let flags = header[4];
    let unpadded = if flags & PADDED == 0 {
        payload
    } else {
        let (padding, rest) = payload.split_first()?;
        rest.get(..rest.len().checked_sub(usize::from(*padding))?)?
    };
    let (priority, block) =
        unpadded.split_at_checked(if flags & PRIORITY == 0 { 0 } else { PRIORITY_FIELDS })?;
    let block = hpack::with_authority(block, b"localhost")?;
    let length = u32::try_from(priority.len() + block.len()).ok()?.to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], HEADERS, flags & !PADDED];
    frame.extend_from_slice(&header[5..]);
    frame.extend_from_slice(priority);
    frame.extend_from_slice(&block);
    Some(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `:method POST`, `:scheme http`, `:authority /a`, in a frame with these flags.
    fn request(flags: u8, before: &[u8], after: &[u8]) -> Vec<u8> {
        let block: &[u8] = &[0x83, 0x86, 0x41, 2, b'/', b'a'];
        let length = u8::try_from(before.len() + block.len() + after.len()).unwrap();
        [&[0, 0, length, HEADERS, flags, 0, 0, 0, 1], before, block, after].concat()
    }

    fn fed(pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rewriter = Rewriter::default();
        rewriter.feed(PREFACE, &mut out);
        for piece in pieces {
            rewriter.feed(piece, &mut out);
        }
        out.split_off(PREFACE.len())
    }

    fn named(flags: u8, before: &[u8]) -> Vec<u8> {
        let block = [&[0x83, 0x86, 0x41, 9], b"localhost".as_slice()].concat();
        let length = u8::try_from(before.len() + block.len()).unwrap();
        [&[0, 0, length, HEADERS, flags, 0, 0, 0, 1], before, &block].concat()
    }

    #[test]
    fn requests_get_a_name_and_other_frames_pass() {
        let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0];
        let data = [0, 0, 3, 0, 1, 0, 0, 0, 1, 0x41, 1, b'/'];
        let priority = [0, 0, 0, 0, 16];
        for (got, want) in [
            (
                fed(&[&settings, &request(4, &[], &[]), &data]),
                [&settings, named(4, &[]).as_slice(), &data].concat(),
            ),
            (fed(&[&request(4 | PADDED, &[2], &[0, 0])]), named(4, &[])),
            (
                fed(&[&request(4 | PRIORITY, &priority, &[])]),
                named(4 | PRIORITY, &priority),
            ),
            // More padding than payload, or a block that goes on elsewhere: for the library to judge.
            (
                fed(&[&request(4 | PADDED, &[200], &[])]),
                request(4 | PADDED, &[200], &[]),
            ),
            (fed(&[&request(0, &[], &[])]), request(0, &[], &[])),
        ] {
            assert_eq!(got, want);
        }
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_makes_no_difference(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..200) {
            let (one, two) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(fed(&[&bytes]), fed(&[one, two]));
        }

        #[test]
        fn requests_are_found_wherever_they_are_cut(cut in 0_usize..60) {
            let bytes = [request(4, &[], &[]), request(4, &[], &[])].concat();
            let (one, two) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(fed(&[one, two]), [named(4, &[]), named(4, &[])].concat());
        }
    }
}
