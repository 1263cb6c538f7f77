//! What a worker gets: a template, its data and how much it may write.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::data::{self, Refused, push_length, push_text};
use super::limits;
use crate::{References, SecretScope};

/// The first bytes of each job: a worker of another version cannot take it for its own.
pub(super) const MAGIC: &[u8; 4] = b"PBT1";

/// One template to render, with its data. Holds secrets: wiped when dropped, and cannot be printed.
#[expect(
    missing_debug_implementations,
    reason = "holds secrets: must not be printable"
)]
pub struct Job {
    bytes: Zeroizing<Vec<u8>>,
}

impl Job {
    /// What goes to the worker, and there to [`super::answer`]. At most [`limits::MAX_JOB_BYTES`].
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn new(
        text: &str,
        data: &Json,
        secrets: &SecretScope,
        (roots, references): (&BTreeSet<String>, &References),
        output: usize,
    ) -> Result<Self, Refused> {
        let root = data::root(data, secrets, roots, references)?;
        let size = MAGIC.len() + 4 + 4 + text.len() + root.size();
        if size > limits::MAX_JOB_BYTES {
            return Err(Refused::TooLarge);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        bytes.extend_from_slice(MAGIC);
        push_length(&mut bytes, output);
        push_text(&mut bytes, text);
        root.encode(&mut bytes);
        Ok(Self { bytes })
    }
}

/// Why a job has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It took more than [`limits::FILE_TIME`], and its worker was killed.
    Time,
    /// The templates of its volume have had their time together.
    Volume,
    /// Its worker ran out of memory or stack, and died.
    Memory,
    /// There is no worker that could do it now: nothing is known about the template.
    Unavailable(&'static str),
}

impl Failure {
    /// A word for metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Time => "Time",
            Self::Volume => "Volume",
            Self::Memory => "Memory",
            Self::Unavailable(_) => "Unavailable",
        }
    }
}
