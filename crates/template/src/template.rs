//! A compiled template.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::ast::Program;
use crate::engine::exec::{self, Fault};
use crate::engine::{Problem, line_and_column, parse};
use crate::{
    CompileError, CompileErrorKind, Engine, Limits, MAX_SOURCE_BYTES, References, RenderError,
    RenderErrorKind, Rendered, SecretScope, Source, references, secrets,
};

/// A compiled template. Cheap to clone, and may be shared between threads.
#[derive(Clone)]
pub struct Template {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    text: String,
    program: Program,
    references: References,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("name", &self.inner.name)
            .finish_non_exhaustive()
    }
}

impl Template {
    /// Parses a template and checks everything that needs no data: its syntax, its functions and the number of their
    /// arguments, its variables and the templates that it calls.
    ///
    /// *Errors*: the first thing that is wrong, with its place.
    pub fn compile(source: Source<'_>) -> Result<Self, CompileError> {
        let (program, references) = build(source).map_err(|problem| {
            let (line, column) = line_and_column(source.text, problem.at);
            CompileError {
                template: source.name.to_owned(),
                line,
                column,
                kind: problem.kind,
            }
        })?;
        let (name, text) = (source.name.to_owned(), source.text.to_owned());
        Ok(Self {
            inner: Arc::new(Inner {
                name,
                text,
                program,
                references,
            }),
        })
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
    pub fn render(
        &self,
        data: &Value,
        secrets: &SecretScope,
        limits: &Limits,
    ) -> Result<Rendered, RenderError> {
        let fault = match secrets::root(data, secrets) {
            Ok(root) => match exec::run(&self.inner.program, &self.inner.text, &root, limits) {
                Ok(out) => return Ok(Rendered::new(out.into_zeroizing())),
                Err(fault) => fault,
            },
            Err(_) => Fault {
                at: 0,
                kind: RenderErrorKind::Limit(Cow::Borrowed("the data is nested too deeply")),
            },
        };
        let (line, column) = line_and_column(&self.inner.text, fault.at);
        Err(RenderError {
            template: self.inner.name.clone(),
            line,
            column,
            kind: fault.kind,
        })
    }
}

fn build(source: Source<'_>) -> Result<(Program, References), Problem> {
    if source.engine == Engine::Tera {
        let message = "the engine Tera is not supported yet; write a Go template and leave `engine` out";
        return Err(Problem {
            at: 0,
            kind: CompileErrorKind::NotSupported(Cow::Borrowed(message)),
        });
    }
    if source.text.len() > MAX_SOURCE_BYTES {
        let message = format!(
            "the template has {} bytes, and {MAX_SOURCE_BYTES} are allowed",
            source.text.len()
        );
        return Err(Problem {
            at: 0,
            kind: CompileErrorKind::TooLarge(message.into()),
        });
    }
    let program = parse::parse(source.text, source.delims)?;
    let references = references::find(&program, source.text)?;
    Ok((program, references))
}
