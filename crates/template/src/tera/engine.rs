//! Tera itself: reading a template, and rendering one in a worker.

use std::io::{self, Write};
use std::panic::catch_unwind;

use tera::value::{Key, Map};
use tera::{Context, ErrorKind, Tera, Value};
use zeroize::Zeroizing;

use super::fault::{self, Fault};
use super::job::MAGIC;
use super::{Problem, data, filters, limits};

/// Says nothing about escaping to Tera: no name of a web page.
const NAME: &str = "template";

/// The first byte of an answer.
pub(super) const RENDERED: u8 = 0;
pub(super) const FAILED: u8 = 1;

fn tera() -> Tera {
    let mut tera = Tera::default();
    tera.autoescape_on(Vec::<String>::new());
    filters::register(&mut tera);
    tera
}

/// Whether Tera reads the template, of which our own parser thinks well.
///
/// *Errors*: what Tera says. No data was near it, so that its words are those of the template.
pub(super) fn accepts(text: &str) -> Result<(), Problem> {
    let read = catch_unwind(|| tera().add_raw_template(NAME, text));
    let Ok(read) = read else {
        return Err(Problem::syntax(0, "Tera cannot read this template"));
    };
    read.map_err(|error| match error.kind() {
        ErrorKind::SyntaxError(report) => {
            let message = limits::sentence(report.message());
            Problem::syntax(report.span().range.start, message)
        }
        _ => Problem::syntax(0, "Tera cannot use this template"),
    })
}

/// Whether Tera's parser takes a text, whatever names it has.
#[cfg(test)]
pub(super) fn reads(text: &str) -> bool {
    let read = catch_unwind(|| tera().add_raw_template(NAME, text));
    match read {
        Ok(Ok(())) => true,
        Ok(Err(error)) => matches!(error.kind(), ErrorKind::Msg(_)),
        Err(_) => false,
    }
}

/// Renders a template: everything that a worker does with a job. May run without end and take all memory there is: only
/// to be called where that can be stopped.
///
/// *Guarantees*: never panics; the answer holds the rendered bytes, or a code and a place.
#[must_use]
pub fn answer(job: &[u8]) -> Zeroizing<Vec<u8>> {
    let done = catch_unwind(|| render(job)).unwrap_or_else(|_| Err(Fault::broken()));
    done.unwrap_or_else(|fault| {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + fault::LENGTH));
        bytes.push(FAILED);
        bytes.extend_from_slice(&fault.encode());
        bytes
    })
}

fn render(job: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let (text, output, context) = decode(job).ok_or_else(Fault::broken)?;
    let mut tera = tera();
    tera.add_raw_template(NAME, text).map_err(|_| Fault::broken())?;
    let mut sink = Sink::new(output);
    match tera.render_to(NAME, &context, &mut sink) {
        Ok(()) => Ok(sink.bytes),
        Err(error) => Err(Fault::of(&error)),
    }
}

/// Takes the output. Bytes that grow by themselves would leave copies behind.
struct Sink {
    bytes: Zeroizing<Vec<u8>>,
    most: usize,
}

impl Sink {
    fn new(output: usize) -> Self {
        const USUAL: usize = 8 * 1024;
        let mut bytes = Zeroizing::new(Vec::with_capacity(USUAL));
        bytes.push(RENDERED);
        Self {
            bytes,
            most: output.saturating_add(1),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let length = self.bytes.len().saturating_add(more.len());
        if length > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if length > self.bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.saturating_mul(2)));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A job that is being read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn length(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    }

    fn eight(&mut self) -> Option<[u8; 8]> {
        self.take(8)?.try_into().ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > limits::DATA_DEPTH + 8 {
            return None;
        }
        Some(match self.byte()? {
            data::NULL => Value::none(),
            data::FALSE => Value::from(false),
            data::TRUE => Value::from(true),
            data::INTEGER => Value::from(i64::from_be_bytes(self.eight()?)),
            data::UNSIGNED => Value::from(u64::from_be_bytes(self.eight()?)),
            data::FLOAT => Value::from(f64::from_be_bytes(self.eight()?)),
            data::TEXT => Value::normal_string(self.text()?),
            data::LIST => {
                let items = (0..self.length()?).map(|_| self.value(depth + 1));
                Value::from(items.collect::<Option<Vec<Value>>>()?)
            }
            data::MAP => Value::from(self.map(depth)?),
            _ => return None,
        })
    }

    fn map(&mut self, depth: usize) -> Option<Map> {
        let fields = (0..self.length()?).map(|_| {
            let key = Key::from(self.text()?.to_owned());
            Some((key, self.value(depth + 1)?))
        });
        fields.collect()
    }
}

/// The source, how much it may write, and the data.
fn decode(job: &[u8]) -> Option<(&str, usize, Context)> {
    let mut reader = Reader(job);
    if reader.take(MAGIC.len())? != MAGIC {
        return None;
    }
    let output = reader.length()?;
    let text = reader.text()?;
    let mut context = Context::new();
    if reader.byte()? != data::MAP {
        return None;
    }
    for _ in 0..reader.length()? {
        let key = reader.text()?.to_owned();
        context.insert_value(key, reader.value(1)?);
    }
    reader.0.is_empty().then_some((text, output, context))
}
