//! YAML and JSON with the place of everything, read as Kubernetes reads them.
//!
//! What `kubectl` sends is what `sigs.k8s.io/yaml` makes of a file: YAML 1.1 words (`yes`, `on`, `0777`), merge keys, and
//! then JSON, where `1.0` is an integer. [`scalar`] holds those rules. A text that is JSON is read as JSON, where `1.0`
//! is none.
//!
//! *Guarantees*: no input panics, hangs, or makes more of a document than [`Limits`] say: depth, values, and text, with
//! every alias counted as often as it is used.

mod build;
mod embedded;
mod events;
mod json;
mod locate;
mod node;
pub mod scalar;

#[cfg(test)]
mod tests;

pub use embedded::offset_in_text;
pub use locate::{Found, find};
pub use node::{Content, Entry, Item, Node, Style};

/// The most bytes of one file.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The deepest nesting.
const MAX_DEPTH: usize = 100;
/// The most values of one document, aliases expanded.
const MAX_VALUES: usize = 500_000;
/// The most bytes of text in one document, aliases expanded.
const MAX_TEXT: usize = 32 * 1024 * 1024;

/// A document of a stream.
#[derive(Debug)]
pub struct Document {
    /// Its root; `None` for one without content.
    pub root: Option<Item>,
    /// Keys that are given twice. The last one holds.
    pub duplicates: Vec<Duplicate>,
}

/// A key that is given twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Where it is given again, in bytes.
    pub at: usize,
    /// Where it was given first, in bytes.
    pub first: usize,
    /// The field.
    pub path: String,
}

/// A text that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where, in bytes.
    pub at: usize,
    /// Why, for a person.
    pub message: String,
}

/// All documents up to the first place that cannot be read.
#[derive(Debug, Default)]
pub struct Stream {
    /// In order.
    pub documents: Vec<Document>,
    /// Why it ends before the end.
    pub error: Option<Unreadable>,
}

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON if it begins with a brace and is JSON; else YAML.
    Guess,
    /// JSON.
    Json,
}

/// Reads a text.
#[must_use]
pub fn read(text: &str, syntax: Syntax) -> Stream {
    let is_object = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    match syntax {
        Syntax::Json => json::read(text),
        Syntax::Guess if is_object => {
            let stream = json::read(text);
            if stream.error.is_none() {
                stream
            } else {
                events::read(text)
            }
        }
        Syntax::Guess => events::read(text),
    }
}
