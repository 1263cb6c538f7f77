//! A compiled template.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use gotemplate::{ExecError, ExecErrorKind, Missing, Options, ParseError, ParseErrorKind};
use serde_json::Value;

use crate::problem::{Problem, line_and_column};
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
    Go(gotemplate::Template),
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
            Body::Go(template) => go(template, data, secrets, limits),
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
    template: &gotemplate::Template,
    data: &Value,
    secrets: &SecretScope,
    limits: &Limits,
) -> Result<Rendered, (usize, RenderErrorKind)> {
    let root = secrets::root(data, secrets).map_err(|_| {
        (
            0,
            RenderErrorKind::Limit(Cow::Borrowed("the data is nested too deeply")),
        )
    })?;
    match template.render(&root, limits) {
        Ok(out) => Ok(Rendered::new(out.into_bytes())),
        Err(error) => Err((error.span.start as usize, failed(error))),
    }
}

fn failed(error: ExecError) -> RenderErrorKind {
    match error.kind {
        ExecErrorKind::NoValue(what) => RenderErrorKind::NoValue(what),
        ExecErrorKind::Type { message, .. } => RenderErrorKind::Type(message),
        ExecErrorKind::Function { function, message } => RenderErrorKind::Function {
            function: function.to_owned(),
            message: message.into(),
        },
        ExecErrorKind::Stopped(message) => RenderErrorKind::Failed(message),
        ExecErrorKind::Limit(why) => RenderErrorKind::Limit(why.into()),
        other => RenderErrorKind::Type(other.to_string()),
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
    let options = Options {
        left: source.delims.left.to_owned(),
        right: source.delims.right.to_owned(),
        // A configuration file with `<no value>` in it is worse than none.
        missing: Missing::Refuse,
        max_source_bytes: MAX_SOURCE_BYTES,
        ..Options::of(crate::functions())
    };
    let template = gotemplate::Template::parse(source.name, source.text, &options).map_err(not_parsed)?;
    let references = references::find(&template)?;
    Ok((Body::Go(template), references))
}

fn not_parsed(error: ParseError) -> Problem {
    let kind = match error.kind {
        ParseErrorKind::Syntax { message, .. } => CompileErrorKind::Syntax(message.into()),
        ParseErrorKind::UnknownFunction { name, nearest } => CompileErrorKind::UnknownFunction {
            name,
            suggestion: nearest.map(str::to_owned),
        },
        ParseErrorKind::RefusedFunction { name, why } => CompileErrorKind::ForbiddenFunction { name, why },
        ParseErrorKind::TooLarge(why) => CompileErrorKind::TooLarge(why.into()),
        other => CompileErrorKind::Syntax(other.to_string().into()),
    };
    Problem {
        at: error.span.start as usize,
        kind,
    }
}
