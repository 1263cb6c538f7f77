//! How long a template may be. What rendering may cost is in [`gotemplate::Limits`].

/// The longest source of a template, in bytes.
pub const MAX_SOURCE_BYTES: usize = 16 * 1024;
