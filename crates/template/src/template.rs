//! A compiled template.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::{
    CompileError, CompileErrorKind, Engine, Limits, References, RenderError, RenderErrorKind, Rendered, SecretScope,
    Source,
};

/// A compiled template. Cheap to clone, and may be shared between threads.
#[derive(Clone, Debug)]
pub struct Template {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    references: References,
}

impl Template {
    /// Parses a template and checks everything that needs no data: its syntax, its functions and the number of their
    /// arguments, its variables and the templates that it calls.
    ///
    /// *Errors*: the first thing that is wrong, with its place.
    pub fn compile(source: Source<'_>) -> Result<Self, CompileError> {
        if source.engine == Engine::Tera {
            return Err(CompileError {
                template: source.name.to_owned(),
                line: 1,
                column: 1,
                kind: CompileErrorKind::NotSupported(Cow::Borrowed(
                    "the engine Tera is not supported yet; write the template as a Go template and leave `engine` out",
                )),
            });
        }
        Ok(Self { inner: Arc::new(Inner { name: source.name.to_owned(), references: References::default() }) })
    }

    /// Where the template stands: [`Source::name`].
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// What the template reads and calls.
    pub fn references(&self) -> &References {
        &self.inner.references
    }

    /// Renders the template.
    ///
    /// `data` is the root (`{"connector": …}`); `secrets` are laid over it.
    ///
    /// *Guarantees*: the same arguments give the same answer; ends within `limits`; never panics.
    /// *Errors*: the first failure, with its place. No error carries a value of `data` or `secrets`.
    pub fn render(&self, _data: &Value, _secrets: &SecretScope, _limits: &Limits) -> Result<Rendered, RenderError> {
        Err(RenderError {
            template: self.inner.name.clone(),
            line: 1,
            column: 1,
            kind: RenderErrorKind::Limit(Cow::Borrowed("rendering is not built yet")),
        })
    }
}
