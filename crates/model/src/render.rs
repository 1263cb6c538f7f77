//! The files of a volume and the request of a probe.

use patchbay_api::conditions::{Class as ErrorClass, Reason};

use crate::class::{Class, Method};
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
    /// The Secret of `bound.auth.secret`.
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
        Self { bytes: 1024 * 1024, files: 256 }
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

/// Why files or a request could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    reason: Reason,
    message: String,
}

impl RenderError {
    /// The reason of the condition, event and metric.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Invalid
    }

    /// For a person; carries no value.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.message
    }
}

/// The files of a volume, by name.
pub fn files(_input: &RenderInput<'_>) -> Result<Vec<RenderedFile>, RenderError> {
    Ok(vec![])
}

/// A digest of files that says nothing about their content to those who do not know the salt. Equal for equal files
/// and salt.
#[must_use]
pub fn version(_files: &[RenderedFile], _salt: &[u8; 32]) -> String {
    String::new()
}

/// The request of a probe.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub struct ProbePlan {
    /// The method. A POST has an empty body.
    pub method: Method,
    /// `http` or `https`.
    pub scheme: crate::class::Scheme,
    /// A name or a literal, an IPv6 one without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query, as they go into the request line.
    pub target: SecretBytes,
    /// Names in lower case; values without line breaks.
    pub headers: Vec<(String, SecretBytes)>,
    /// Do not follow redirects.
    pub disable_redirect: bool,
    /// What an answer means.
    pub success: Success,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Success {
    /// 200 is success.
    Http,
    /// 200 is success; 401 and 403 say that the credential is wrong.
    Api,
}

/// What a probe is made of.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct ProbeInput<'a> {
    /// The object.
    pub object: &'a patchbay_api::Connector,
    /// Its class.
    pub class: &'a Class,
    /// The Connector against its class.
    pub bound: &'a Bound,
    /// The Secret of `bound.auth.secret`.
    pub secret: Option<&'a SecretData>,
    /// The class's `status.api.address.url`.
    pub api_address: Option<&'a str>,
}

/// The request of the class's liveness probe; `None` where it has none. The Secret is not used.
pub fn liveness_request(_input: &ProbeInput<'_>) -> Result<Option<ProbePlan>, RenderError> {
    Ok(None)
}

/// The request of the auth probe of the Connector's auth type; `None` where there is none.
pub fn auth_request(_input: &ProbeInput<'_>) -> Result<Option<ProbePlan>, RenderError> {
    Ok(None)
}
