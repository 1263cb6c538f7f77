//! Where text goes to while it is made: it is paid for, padded and counted here.

use crate::meter::Buffer;
use crate::{Failure, Meter};

/// So many bytes may be made before they are paid for. Small pieces are paid together.
const CREDIT: usize = 512;

/// Values that nest deeper than this are not printed, whatever the limits allow.
const MAX_LEVELS: u32 = 10_000;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%#v`: as Go's syntax.
    pub(super) syntax: bool,
}

/// Writes text and pays for it.
pub(super) struct Printer<'p> {
    out: &'p mut Buffer,
    meter: &'p mut Meter,
    is_output: bool,
    unpaid: usize,
    pub(super) flags: Flags,
    /// There are no flags: most verbs, and all printing without a format.
    pub(super) is_bare: bool,
    /// Inside of `%!verb(…)`, where objects are not asked for their text.
    pub(super) erroring: bool,
}

impl<'p> Printer<'p> {
    /// One whose text is output.
    pub(super) fn to_output(out: &'p mut Buffer, meter: &'p mut Meter) -> Self {
        Self::new(out, meter, true)
    }

    /// One whose text is made on the way.
    pub(super) fn to_work(out: &'p mut Buffer, meter: &'p mut Meter) -> Self {
        Self::new(out, meter, false)
    }

    fn new(out: &'p mut Buffer, meter: &'p mut Meter, is_output: bool) -> Self {
        Self {
            out,
            meter,
            is_output,
            unpaid: 0,
            flags: Flags::default(),
            is_bare: true,
            erroring: false,
        }
    }

    /// Forgets the flags of the verb before.
    pub(super) fn reset(&mut self) {
        self.flags = Flags::default();
        self.is_bare = true;
    }

    #[inline]
    pub(super) fn write(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.pay(text.len())?;
        self.out.push(text);
        Ok(())
    }

    pub(super) fn write_char(&mut self, char: char) -> Result<(), Failure> {
        self.write(char.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// Writes a byte `count` times.
    pub(super) fn fill(&mut self, byte: u8, count: usize) -> Result<(), Failure> {
        self.pay(count)?;
        let chunk = [byte; 64];
        let mut left = count;
        while left > 0 {
            let some = left.min(chunk.len());
            self.out.push(chunk.get(..some).unwrap_or_default());
            left -= some;
        }
        Ok(())
    }

    /// Text in pieces, padded to the width. `chars` is how many characters it has.
    pub(super) fn pad(&mut self, pieces: &[&[u8]], chars: impl FnOnce() -> usize) -> Result<(), Failure> {
        let missing = match self.flags.width {
            None | Some(0) => 0,
            Some(width) => width.saturating_sub(chars()),
        };
        if !self.flags.minus {
            self.padding(missing)?;
        }
        for piece in pieces {
            self.write(piece)?;
        }
        if self.flags.minus {
            self.padding(missing)?;
        }
        Ok(())
    }

    /// ASCII text in pieces, padded to the width.
    pub(super) fn pad_ascii(&mut self, pieces: &[&[u8]]) -> Result<(), Failure> {
        self.pad(pieces, || pieces.iter().map(|piece| piece.len()).sum())
    }

    /// So much padding, of the kind that the flags ask for.
    pub(super) fn padding(&mut self, count: usize) -> Result<(), Failure> {
        // Zeros to the right would change a number.
        let byte = if self.flags.zero && !self.flags.minus {
            b'0'
        } else {
            b' '
        };
        self.fill(byte, count)
    }

    /// Pays for work that takes more time than the text that it makes says.
    #[inline]
    pub(super) fn effort(&mut self, steps: u64) -> Result<(), Failure> {
        self.meter.step(steps)
    }

    /// Pays for memory that is needed on the way.
    pub(super) fn scratch(&mut self, bytes: usize) -> Result<(), Failure> {
        self.meter.make(bytes)
    }

    /// How deeply values may be nested.
    pub(super) fn max_levels(&self) -> usize {
        self.meter.depth().min(MAX_LEVELS) as usize
    }

    #[inline]
    fn pay(&mut self, bytes: usize) -> Result<(), Failure> {
        self.unpaid = self.unpaid.saturating_add(bytes);
        if self.unpaid < CREDIT {
            return Ok(());
        }
        self.settle()
    }

    /// Pays what is left to pay. To be called at the end.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        let bytes = std::mem::take(&mut self.unpaid);
        if self.is_output {
            self.meter.output(bytes)
        } else {
            self.meter.make(bytes)
        }
    }
}
