//! Templates of Patchbay: two dialects of data, limits, redaction and static checks.
//!
//! A template is compiled once ([`Template::compile`]), checked against what its place offers ([`check`]) and
//! rendered many times ([`Template::render`]). Nothing here reads the clock, the environment, files or the network:
//! the same template and data give the same bytes on every replica.
//!
//! Errors never carry a value of the data, so that they may be shown in events, conditions and logs. Values that came
//! from a Secret go in through [`SecretScope`] and come out in [`Rendered`]; both wipe their memory, and neither can
//! be printed.

mod dialect;
mod error;
pub mod escape;
pub mod format;
mod functions;
mod go_names;
mod limits;
mod lines;
mod problem;
mod references;
mod secrets;
mod source;
mod template;
pub mod tera;

#[cfg(test)]
mod tests;

pub use dialect::{Dialect, Finding, Holds, Known, Severity, check};
pub use error::{CompileError, CompileErrorKind, RenderError, RenderErrorKind};
pub use functions::functions;
pub use go_names::go_names;
pub use gotemplate::{Limits, suggest};
pub use limits::MAX_SOURCE_BYTES;
pub use references::{Comparison, FunctionUse, Mistake, Reference, References, Segment, Use};
pub use secrets::{Rendered, SecretScope};
pub use source::{Delims, Engine, Source};
pub use template::Template;
