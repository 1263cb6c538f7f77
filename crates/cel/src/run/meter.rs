//! Counting what a run costs.

use crate::{
    Limits,
    run::Failure,
    value::{Map, Value},
};

/// What is left of the [`Limits`].
#[derive(Debug)]
pub(crate) struct Meter {
    steps: u64,
    bytes: u64,
}

/// Bytes that are gone through count as steps, this many at a time.
const BYTES_PER_STEP: usize = 64;

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            steps: limits.steps,
            bytes: limits.bytes,
        }
    }

    /// Pays for `count` steps.
    pub(crate) fn step(&mut self, count: usize) -> Result<(), Failure> {
        self.steps = self.steps.checked_sub(count as u64).ok_or(Failure::Steps)?;
        Ok(())
    }

    /// Pays for going through `bytes` bytes with the fast functions of the standard library.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Failure> {
        self.step(bytes / BYTES_PER_STEP)
    }

    /// Pays for going through `bytes` bytes one by one.
    pub(crate) fn walk(&mut self, bytes: usize) -> Result<(), Failure> {
        self.step(bytes / 16)
    }

    /// Pays for making `bytes` bytes, before they are made.
    pub(crate) fn make(&mut self, bytes: usize) -> Result<(), Failure> {
        self.bytes = self.bytes.checked_sub(bytes as u64).ok_or(Failure::Bytes)?;
        self.read(bytes)
    }

    /// Pays for a list of so many values.
    pub(crate) fn make_list(&mut self, items: usize) -> Result<(), Failure> {
        self.make(items.saturating_mul(size_of::<Value>()))?;
        // A value is more work than its bytes: those that are shared are counted.
        self.step(items / 4)
    }

    /// Pays for looking for a key: it may begin like others.
    pub(crate) fn seek(&mut self, key: &Value, map: &Map) -> Result<(), Failure> {
        let halvings = (usize::BITS - map.len().leading_zeros()) as usize;
        self.step(1)?;
        match key {
            Value::String(text) => self.step(text.len() / BYTES_PER_STEP * halvings),
            _ => Ok(()),
        }
    }
}
