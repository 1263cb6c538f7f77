//! `template`: renders one template with free data.

mod data;
mod engine;

use std::io::{Read, Write};

use crate::args::{Engine, Template};
use crate::input::{Missing, is_stdin, read_one};
use crate::output::{Exit, Message, Severity, Streams};
use crate::source::{Place, Source};
use crate::yaml::MAX_BYTES;

/// The longest template, in bytes.
const MAX_TEMPLATE: usize = 1024 * 1024;

/// Why nothing is printed.
struct Failure<'a> {
    exit: Exit,
    /// What, for a person.
    text: String,
    /// The file; `None` for the command line.
    file: Option<&'a str>,
    source: Option<&'a Source>,
    place: Option<Place>,
    note: Option<String>,
}

/// Runs the command.
///
/// # Guarantees
/// Standard output gets all bytes that the template gives, and no other; none when anything fails.
///
/// # Errors
/// When the output cannot be written.
pub fn run(
    args: &Template,
    mut stdin: impl Read,
    streams: &mut Streams<impl Write, impl Write>,
) -> std::io::Result<Exit> {
    if let Some(why) = wrong_usage(args) {
        streams.complain(&format!("error: {why}\n"))?;
        return Ok(Exit::Unusable);
    }
    let template = match read_one(&args.file, &mut stdin, MAX_TEMPLATE) {
        Ok(template) => template,
        Err(missing) => return complain(streams, &unreadable(&missing)),
    };
    let data = match &args.data {
        None => None,
        Some(path) => match read_one(path, &mut stdin, MAX_BYTES) {
            Ok(data) => Some(data),
            Err(missing) => return complain(streams, &unreadable(&missing)),
        },
    };
    match render(args, &template, data.as_ref()) {
        Ok(bytes) => {
            streams.print(&bytes)?;
            Ok(Exit::Fine)
        }
        Err(failure) => complain(streams, &failure),
    }
}

fn wrong_usage(args: &Template) -> Option<&'static str> {
    let both = is_stdin(&args.file) && args.data.as_deref().is_some_and(is_stdin);
    if both {
        return Some("the template and the data cannot both come from standard input");
    }
    let braces = args.engine == Engine::Tera && args.delims.is_some();
    braces.then_some("--delims is for Go templates: Tera has {{ }} and {% %}")
}

fn render<'a>(
    args: &Template,
    template: &'a Source,
    data: Option<&'a Source>,
) -> Result<engine::Bytes, Failure<'a>> {
    let value = match data {
        None => serde_json::Value::Null,
        Some(source) => data::read(source).map_err(|problem| Failure {
            exit: Exit::Unusable,
            text: format!("the data cannot be read: {}", problem.message),
            file: Some(&source.name),
            source: Some(source),
            place: Some(problem.place),
            note: None,
        })?,
    };
    engine::render(template, &value, args).map_err(|mistake| Failure {
        exit: mistake.exit,
        text: mistake.text,
        file: Some(&template.name),
        source: Some(template),
        place: mistake.place,
        note: mistake.note,
    })
}

fn unreadable(missing: &Missing) -> Failure<'_> {
    Failure {
        exit: Exit::Unusable,
        text: missing.why.clone(),
        file: Some(&missing.name),
        source: None,
        place: None,
        note: None,
    }
}

fn complain(streams: &mut Streams<impl Write, impl Write>, failure: &Failure<'_>) -> std::io::Result<Exit> {
    let name = failure.file.unwrap_or_default();
    let message = Message {
        severity: Severity::Error,
        text: &failure.text,
        file: if name == "-" { "standard input" } else { name },
        place: failure.place,
        line: failure
            .place
            .and_then(|place| Some(failure.source?.line(place.line))),
        note: failure.note.as_deref(),
    };
    let shown = message.show(streams.colour_of_errors);
    streams.complain(shown.trim_end())?;
    streams.complain("\n")?;
    Ok(failure.exit)
}
