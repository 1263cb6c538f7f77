//! Templates of a probe, and what may leave them.

use patchbay_api::conditions::Reason;
use patchbay_template::{Limits, SecretScope, Template};
use serde_json::Value;

use super::super::error::RenderError;
use crate::secret::SecretBytes;
use crate::show;

/// A path with its query, in bytes.
const LONGEST_TARGET: usize = 8 * 1024;
/// What one template gives, in bytes.
const LONGEST_TEXT: usize = 16 * 1024;

/// What renders the templates of one probe.
pub(super) struct Renderer {
    pub(super) root: Value,
    pub(super) secrets: SecretScope,
    /// The probe in messages.
    pub(super) what: String,
}

impl Renderer {
    /// What the class's templates give cannot be used.
    pub(super) fn error(&self, problem: &str) -> RenderError {
        self.failed(Reason::TemplateFailed, problem)
    }

    pub(super) fn failed(&self, reason: Reason, problem: &str) -> RenderError {
        RenderError::new(reason, format!("{} {problem}", self.what))
    }

    pub(super) fn text(&self, template: &Template, field: &str) -> Result<SecretBytes, RenderError> {
        let limits = Limits {
            output_bytes: LONGEST_TEXT,
            ..Limits::default()
        };
        let what = format!("{field} of {}", self.what);
        let rendered = template
            .render(&self.root, &self.secrets, &limits)
            .map_err(|error| RenderError::template(&what, &error))?;
        Ok(SecretBytes::from(rendered.into_bytes()))
    }

    /// The value of a header, without space around it. A line break would begin another header.
    pub(super) fn header(&self, template: &Template, name: &str) -> Result<SecretBytes, RenderError> {
        let value = self.text(template, &format!("header {}", show::text(name)))?;
        let trimmed = value.expose().trim_ascii();
        if trimmed.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
            let problem = format!(
                "gives header {} a line break or another control character",
                show::text(name)
            );
            return Err(self.error(&problem));
        }
        Ok(SecretBytes::new(trimmed.to_vec()))
    }

    /// A path and query for the request line: what may not stand there is percent-encoded, a fragment dropped.
    pub(super) fn target(&self, path: &[u8]) -> Result<SecretBytes, RenderError> {
        let path = path.split(|b| *b == b'#').next().unwrap_or_default();
        if path.iter().any(u8::is_ascii_control) {
            return Err(self.error("has a line break or another control character in its path"));
        }
        if path.is_empty() {
            return Err(self.error("has a path that renders to nothing"));
        }
        if !path.starts_with(b"/") {
            return Err(self.error("has a path that does not begin with a slash when rendered"));
        }
        // Room for every byte encoded: a vector that grows leaves copies behind.
        let mut target = Vec::with_capacity(path.len().saturating_mul(3));
        for byte in path {
            if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(byte) {
                target.push(*byte);
            } else {
                target.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
        }
        if target.len() > LONGEST_TARGET {
            let problem = format!("has a path of more than {LONGEST_TARGET} bytes");
            return Err(self.failed(Reason::LimitExceeded, &problem));
        }
        Ok(SecretBytes::new(target))
    }

    /// A user or a password, as it is in the Secret. A line break at its end is the most common slip there is.
    pub(super) fn login_part(
        &self,
        value: SecretBytes,
        what: &str,
        longest: usize,
    ) -> Result<SecretBytes, RenderError> {
        if value.expose().iter().any(u8::is_ascii_control) {
            let problem = format!(
                "gets a {what} with a line break or another control character: was the Secret made with echo instead \
                 of printf?"
            );
            return Err(self.error(&problem));
        }
        if value.len() > longest {
            let problem = format!("gets a {what} of more than {longest} bytes");
            return Err(self.failed(Reason::LimitExceeded, &problem));
        }
        Ok(value)
    }
}
