//! Counting what a rendering costs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use zeroize::{Zeroize, Zeroizing};

use super::value::{TooDeep, Value};
use crate::Limits;

/// Why an evaluation stopped, without its place.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The argument (from 0, the value of the pipe last) is missing.
    Missing(usize),
    /// The argument is of another type.
    Argument {
        index: usize,
        wants: &'static str,
        got: &'static str,
    },
    /// A sentence that never depends on values.
    Message(Cow<'static, str>),
    /// A bound was reached.
    Limit(Cow<'static, str>),
    /// `fail` or `required`.
    Stop,
}

impl Failure {
    pub(crate) fn message(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Message(text.into())
    }

    pub(crate) fn steps() -> Self {
        Self::Limit(Cow::Borrowed(
            "the template does too much work; it must do with less looping",
        ))
    }
}

impl From<TooDeep> for Failure {
    fn from(_: TooDeep) -> Self {
        Self::Limit(Cow::Borrowed("lists and maps are nested too deeply"))
    }
}

/// What is left of the limits.
pub(crate) struct Meter {
    steps: u64,
    work: u64,
    output: usize,
}

/// Bytes that go through a function count as steps, this many at a time.
const BYTES_PER_STEP: u64 = 64;

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            steps: limits.steps,
            work: limits.work_bytes,
            output: limits.output_bytes,
        }
    }

    pub(crate) fn step(&mut self, count: u64) -> Result<(), Failure> {
        self.steps = self.steps.checked_sub(count).ok_or_else(Failure::steps)?;
        Ok(())
    }

    /// Pays for going through `bytes` bytes.
    pub(crate) fn read(&mut self, bytes: u64) -> Result<(), Failure> {
        self.step(bytes / BYTES_PER_STEP + 1)
    }

    /// Pays for making `bytes` bytes. To be called before they are made, where their number is known.
    pub(crate) fn make(&mut self, bytes: u64) -> Result<(), Failure> {
        self.work = self.work.checked_sub(bytes).ok_or(Failure::Limit(Cow::Borrowed(
            "the template makes too much text on the way",
        )))?;
        self.read(bytes)
    }

    pub(crate) fn text(&mut self, bytes: Vec<u8>) -> Result<Value, Failure> {
        let mut bytes = Zeroizing::new(bytes);
        self.make(bytes.len() as u64 + 16)?;
        Ok(Value::text(std::mem::take(&mut *bytes)))
    }

    pub(crate) fn list(&mut self, items: Vec<Value>) -> Result<Value, Failure> {
        self.make(items.len() as u64 * 16 + 16)?;
        Ok(Value::list(items)?)
    }

    pub(crate) fn map(&mut self, entries: BTreeMap<String, Value>) -> Result<Value, Failure> {
        let keys: u64 = entries.keys().map(|key| key.len() as u64 + 64).sum();
        self.make(keys + 16)?;
        Ok(Value::map(entries)?)
    }

    /// Adds to the output.
    pub(crate) fn output(&mut self, out: &mut Buffer, bytes: &[u8]) -> Result<(), Failure> {
        self.read(bytes.len() as u64)?;
        self.output = self
            .output
            .checked_sub(bytes.len())
            .ok_or(Failure::Limit(Cow::Borrowed("the output is too long")))?;
        out.push(bytes);
        Ok(())
    }
}

/// A growing buffer that leaves no copy behind when it moves.
#[derive(Default)]
pub(crate) struct Buffer(Zeroizing<Vec<u8>>);

impl Buffer {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.0.capacity() - self.0.len() < bytes.len() {
            let capacity = (self.0.capacity() * 2).max(self.0.len() + bytes.len()).max(64);
            let mut larger = Vec::with_capacity(capacity);
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn take(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.0)
    }

    pub(crate) fn into_zeroizing(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}
