//! The one place that knows the engines.

use gotemplate::{Data, ExecErrorKind, Limits, Missing, Options};
use patchbay_template::{RenderErrorKind, SecretScope};
use patchbay_tera_worker::Pool;
use serde_json::Value;

use super::MAX_TEMPLATE;
use crate::args::{Engine, Template};
use crate::output::Exit;
use crate::source::{Place, Source};

/// What a template gave.
pub(super) type Bytes = zeroize::Zeroizing<Vec<u8>>;

/// What is wrong with a template.
pub(super) struct Mistake {
    pub(super) exit: Exit,
    /// For a person.
    pub(super) text: String,
    pub(super) place: Option<Place>,
    pub(super) note: Option<String>,
}

/// More than a class may use: what is rendered here is not meant for one alone.
const LIMITS: Limits = Limits {
    output_bytes: 64 * 1024 * 1024,
    steps: 2_000_000,
    work_bytes: 256 * 1024 * 1024,
    depth: 100,
};

/// Renders.
pub(super) fn render(template: &Source, data: &Value, args: &Template) -> Result<Bytes, Mistake> {
    match args.engine {
        Engine::Go => go(template, data, args),
        Engine::Tera => tera(template, data),
    }
}

fn go(source: &Source, data: &Value, args: &Template) -> Result<Bytes, Mistake> {
    let (left, right) = args
        .delims
        .as_ref()
        .map(|delims| (delims.left.clone(), delims.right.clone()))
        .unwrap_or_default();
    let options = Options {
        functions: patchbay_template::functions(),
        left,
        right,
        missing: Missing::NoValue,
        max_source_bytes: MAX_TEMPLATE,
    };
    let mistake = |place: gotemplate::Place, text: String, go: String| Mistake {
        exit: Exit::Findings,
        text,
        place: Some(Place {
            line: place.line,
            column: place.column,
        }),
        note: Some(format!("Go says: {go}")),
    };
    let template = gotemplate::Template::parse(&source.name, &source.text, &options)
        .map_err(|error| mistake(error.place, error.kind.to_string(), error.go()))?;
    let data = Data::from_json(data).map_err(|error| Mistake {
        exit: Exit::Unusable,
        text: error.to_string(),
        place: None,
        note: None,
    })?;
    let output = template.render(&data, &LIMITS).map_err(|error| {
        let mut mistake = mistake(error.place, error.kind.to_string(), error.go());
        if matches!(error.kind, ExecErrorKind::Limit(_)) {
            mistake.note = None;
        }
        mistake
    })?;
    Ok(output.into_bytes())
}

/// Tera cannot be bounded from inside: another process of this program renders, which can be stopped.
fn tera(source: &Source, data: &Value) -> Result<Bytes, Mistake> {
    let mistake = |exit, line: usize, column: usize, text: String| Mistake {
        exit,
        text,
        place: Some(Place { line, column }),
        note: None,
    };
    let template = patchbay_template::Template::compile(patchbay_template::Source {
        engine: patchbay_template::Engine::Tera,
        ..patchbay_template::Source::go(&source.name, &source.text)
    })
    .map_err(|error| mistake(Exit::Findings, error.line, error.column, error.kind.to_string()))?;
    let program = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let workers = Pool::new(patchbay_tera_worker::Options {
        program,
        workers: 1,
        ..patchbay_tera_worker::Options::default()
    });
    let none = SecretScope::none();
    let rendered = template.render_with(data, &none, &Limits::default(), &workers);
    match rendered {
        Ok(rendered) => Ok(rendered.into_bytes()),
        Err(error) => {
            let exit = match error.kind {
                RenderErrorKind::Unavailable(_) => Exit::Unusable,
                _ => Exit::Findings,
            };
            Err(mistake(exit, error.line, error.column, error.kind.to_string()))
        }
    }
}
