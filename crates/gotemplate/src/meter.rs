//! Counting what a rendering costs.

use zeroize::Zeroizing;

use crate::wiped::Wiped;
use crate::{Failure, Limits};

/// What is left of the [`Limits`].
#[derive(Debug)]
pub struct Meter {
    steps: u64,
    work: u64,
    output: usize,
    depth: u32,
}

/// Bytes that go through a function count as steps, this many at a time.
const BYTES_PER_STEP: u64 = 64;

impl Meter {
    /// A full one.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            steps: limits.steps,
            work: limits.work_bytes,
            output: limits.output_bytes,
            depth: limits.levels(),
        }
    }

    /// Pays for `count` steps.
    ///
    /// # Errors
    /// There are not so many left.
    #[inline]
    pub fn step(&mut self, count: u64) -> Result<(), Failure> {
        match self.steps.checked_sub(count) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Failure::steps()),
        }
    }

    /// Pays for going through `bytes` bytes.
    ///
    /// # Errors
    /// No steps are left.
    #[inline]
    pub fn read(&mut self, bytes: usize) -> Result<(), Failure> {
        self.step(bytes as u64 / BYTES_PER_STEP + 1)
    }

    /// Pays for making `bytes` bytes. To be called before they are made, where their number is known.
    ///
    /// # Errors
    /// No bytes or steps are left.
    #[inline]
    pub fn make(&mut self, bytes: usize) -> Result<(), Failure> {
        match self.work.checked_sub(bytes as u64) {
            Some(left) => self.work = left,
            None => return Err(Failure::Limit("the template makes too much text on the way")),
        }
        self.read(bytes)
    }

    /// Pays for looking for a text of `bytes` bytes among others: it may begin like several of them.
    ///
    /// # Errors
    /// No steps are left.
    #[inline]
    pub fn seek(&mut self, bytes: usize, among: usize) -> Result<(), Failure> {
        // Few are looked at one by one; of many, as many as halving takes.
        let compared = among.min(16) as u64;
        self.step(bytes as u64 / BYTES_PER_STEP * compared)
    }

    /// How many bytes may still be made.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.work
    }

    /// The levels that values and blocks may have.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Pays for `bytes` bytes of output.
    ///
    /// # Errors
    /// The output would be too long.
    #[inline]
    pub(crate) fn output(&mut self, bytes: usize) -> Result<(), Failure> {
        self.read(bytes)?;
        self.output = self
            .output
            .checked_sub(bytes)
            .ok_or(Failure::Limit("the output is too long"))?;
        Ok(())
    }
}

/// A growing buffer that leaves no copy behind when it moves.
#[derive(Default)]
pub(crate) struct Buffer(Wiped);

impl Buffer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Wiped::new(Vec::with_capacity(bytes)))
    }

    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.0.room() < bytes.len() {
            self.grow(bytes.len());
        }
        self.0.extend(bytes);
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let capacity = (self.0.capacity() * 2).max(self.0.len() + more).max(64);
        let mut larger = Wiped::new(Vec::with_capacity(capacity));
        larger.extend(&self.0);
        self.0 = larger;
    }

    pub(crate) fn into_wiped(self) -> Wiped {
        self.0
    }

    pub(crate) fn into_zeroizing(self) -> Zeroizing<Vec<u8>> {
        self.0.into_zeroizing()
    }
}
