//! A compiled template.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::ast::Program;
use crate::engine::exec;
use crate::engine::{Problem, line_and_column, parse};
use crate::tera::{self, Compiled, NoWorker, Worker};
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
    body: Body,
    references: References,
}

/// What is rendered.
enum Body {
    Go(Program),
    Tera(Compiled),
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
        let (body, references) = build(source).map_err(|(at, kind)| {
            let (line, column) = line_and_column(source.text, at);
            CompileError {
                template: source.name.to_owned(),
                line,
                column,
                kind,
            }
        })?;
        let (name, text) = (source.name.to_owned(), source.text.to_owned());
        Ok(Self {
            inner: Arc::new(Inner {
                name,
                text,
                body,
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

    /// Its language.
    pub fn engine(&self) -> Engine {
        match self.inner.body {
            Body::Go(_) => Engine::Go,
            Body::Tera(_) => Engine::Tera,
        }
    }

    /// Renders the template here. One that is written in Tera needs a worker: see [`Self::render_with`].
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
        self.render_with(data, secrets, limits, &NoWorker)
    }

    /// Renders the template; one that is written in Tera by a worker, and then this blocks.
    ///
    /// *Guarantees*: those of [`Self::render`], but that a worker is timed: what takes long may fail or not.
    /// *Errors*: those of [`Self::render`]; and [`RenderErrorKind::Unavailable`] when there is no worker.
    pub fn render_with(
        &self,
        data: &Value,
        secrets: &SecretScope,
        limits: &Limits,
        worker: &dyn Worker,
    ) -> Result<Rendered, RenderError> {
        let text = &self.inner.text;
        let rendered = match &self.inner.body {
            Body::Go(program) => go(program, text, data, secrets, limits),
            Body::Tera(compiled) => {
                let references = &self.inner.references;
                tera::render(compiled, references, text, data, secrets, limits, worker)
            }
        };
        rendered.map_err(|(at, kind)| {
            let (line, column) = line_and_column(text, at);
            RenderError {
                template: self.inner.name.clone(),
                line,
                column,
                kind,
            }
        })
    }
}

fn go(
    program: &Program,
    text: &str,
    data: &Value,
    secrets: &SecretScope,
    limits: &Limits,
) -> Result<Rendered, (usize, RenderErrorKind)> {
    let Ok(root) = secrets::root(data, secrets) else {
        let message = Cow::Borrowed("the data is nested too deeply");
        return Err((0, RenderErrorKind::Limit(message)));
    };
    match exec::run(program, text, &root, limits) {
        Ok(out) => Ok(Rendered::new(out.into_zeroizing())),
        Err(fault) => Err((fault.at, fault.kind)),
    }
}

fn build(source: Source<'_>) -> Result<(Body, References), (usize, CompileErrorKind)> {
    if source.engine == Engine::Tera {
        let compiled = tera::compile(source.text).map_err(|problem| (problem.at, problem.kind))?;
        return Ok((Body::Tera(compiled.0), compiled.1));
    }
    build_go(source).map_err(|problem| (problem.at, problem.kind))
}

fn build_go(source: Source<'_>) -> Result<(Body, References), Problem> {
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
    Ok((Body::Go(program), references))
}
