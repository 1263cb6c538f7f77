//! The files of a volume and the request of a probe.

mod built_in;
mod data;
mod error;
mod files;
mod probe;

use sha2::{Digest, Sha256};

pub use built_in::BUILT_IN_FILES;
pub use error::RenderError;
pub use files::{files, files_with, reads_secret};
pub(crate) use files::{params, unknown_configurations};
pub use probe::{ProbeInput, auth_request, liveness_request};

use crate::class::Class;
use crate::connector::Bound;
use crate::secret::{SecretBytes, SecretData};
use crate::volume::VolumeSource;

/// All that the files of a volume are made of.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct RenderInput<'a> {
    /// In the order of `source.connectors`.
    pub connectors: &'a [RenderConnector<'a>],
    /// What the volume asks for.
    pub source: &'a VolumeSource,
    /// Bounds of the result.
    pub limits: RenderLimits,
}

/// One Connector of a volume.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct RenderConnector<'a> {
    /// The object, with its status.
    pub object: &'a patchbay_api::Connector,
    /// Its class.
    pub class: &'a Class,
    /// The Connector against its class.
    pub bound: &'a Bound,
    /// The Secret of `bound.auth.secret`. Needed only where [`reads_secret`] says so.
    pub secret: Option<&'a SecretData>,
    /// The Secret of `bound.ca_secret`.
    pub ca: Option<&'a SecretData>,
}

/// Bounds of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderLimits {
    /// Bytes of all files together.
    pub bytes: usize,
    /// How many files.
    pub files: usize,
}

impl Default for RenderLimits {
    fn default() -> Self {
        Self {
            bytes: 1024 * 1024,
            files: 256,
        }
    }
}

/// One file of a volume.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub struct RenderedFile {
    /// A plain file name: no separator, not `.` or `..`, no leading `..`.
    pub name: String,
    /// Its bytes.
    pub content: SecretBytes,
    /// Unix permission bits.
    pub mode: u32,
}

/// A digest of files that says nothing about their content to those who do not know the salt. Equal for equal files
/// and salt.
#[must_use]
pub fn version(files: &[RenderedFile], salt: &[u8; 32]) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    for file in files {
        // Lengths first, so that no two lists of files are one text.
        for part in [file.name.as_bytes(), file.content.expose()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(file.mode.to_be_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests;
