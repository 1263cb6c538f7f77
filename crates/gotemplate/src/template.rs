//! A parsed template, and what it gives.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::ast::Program;
use crate::wiped::Wiped;
use crate::{Data, ExecError, Functions, Limits, ParseError};

/// What printing something that is not there does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Go's default: it prints `<no value>`.
    #[default]
    NoValue,
    /// It fails. Conditions and functions may still look for what is not there.
    Refuse,
}

/// How a template is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The functions that it may call.
    pub functions: Functions,
    /// What opens an action. Empty: `{{`.
    pub left: String,
    /// What closes an action. Empty: `}}`.
    pub right: String,
    /// What printing something that is not there does.
    pub missing: Missing,
    /// The longest source, in bytes.
    pub max_source_bytes: usize,
}

impl Options {
    /// Go's own functions, `{{ }}`, sources up to 1 MiB.
    #[must_use]
    pub fn builtin() -> Self {
        Self::of(Functions::builtin())
    }

    /// Go's and sprig's functions, `{{ }}`, sources up to 1 MiB.
    #[must_use]
    pub fn sprig() -> Self {
        Self::of(Functions::sprig())
    }

    /// Such functions, `{{ }}`, sources up to 1 MiB.
    #[must_use]
    pub fn of(functions: Functions) -> Self {
        Self {
            functions,
            left: String::new(),
            right: String::new(),
            missing: Missing::default(),
            max_source_bytes: 1024 * 1024,
        }
    }
}

/// A parsed template. Cheap to clone, and to share between threads.
#[derive(Clone, Debug)]
pub struct Template(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    source: String,
    program: Program,
    missing: Missing,
}

impl Template {
    /// Parses a template.
    ///
    /// # Guarantees
    /// Ends in time linear in the length of the source. Blocks and parentheses nest 200 levels deep at most, so that a
    /// stack of 2 MiB is enough; a chain of `else if` does not nest.
    ///
    /// # Errors
    /// The source is not the language, names a function that is not there, is too long or nests too deeply.
    pub fn parse(name: &str, text: &str, options: &Options) -> Result<Self, ParseError> {
        let program = crate::syntax::parse(name, text, options)?;
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            source: text.to_owned(),
            program,
            missing: options.missing,
        })))
    }

    /// Renders over data.
    ///
    /// # Guarantees
    /// Ends within the limits. The same data gives the same bytes.
    ///
    /// # Errors
    /// The template fails on this data, or a limit is reached. Nothing of the output is left then.
    pub fn render(&self, data: &Data<'_>, limits: &Limits) -> Result<Output, ExecError> {
        crate::exec::render(self, data, limits).map(Output)
    }

    /// The name that it was parsed under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &Program {
        &self.0.program
    }

    pub(crate) fn missing(&self) -> Missing {
        self.0.missing
    }
}

/// What a template gave. It may hold secrets: it is wiped when dropped, and cannot be shown.
#[expect(
    missing_debug_implementations,
    reason = "may hold secrets: must not be printable"
)]
#[derive(Clone)]
pub struct Output(Wiped);

impl Output {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to keep.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0.into_zeroizing()
    }
}
