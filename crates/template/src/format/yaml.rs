//! YAML: one document or several, keys once, aliases that do not multiply it.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};

use super::{DEPTH, Format, FormatError, TOO_DEEP, TWICE};

/// Values of a document with all aliases filled in: what a reader has to hold.
const VALUES: u64 = 500_000;

pub(super) fn check(text: &str) -> Result<(), FormatError> {
    let mut document = Document::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| place(&error))?;
        document.add(event).map_err(|problem| FormatError {
            format: Format::Yaml,
            line: span_line(span),
            column: span.start.col() + 1,
            problem,
        })?;
    }
    Ok(())
}

fn span_line(span: Span) -> usize {
    span.start.line().max(1)
}

fn place(error: &ScanError) -> FormatError {
    let marker = error.marker();
    FormatError {
        format: Format::Yaml,
        line: marker.line().max(1),
        column: marker.col() + 1,
        problem: problem(error.kind()),
    }
}

/// In words of ours, which never quote the text.
fn problem(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::UnknownAnchor => "this alias names nothing that came before it",
        ErrorKind::RecursionLimitExceeded => TOO_DEEP,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "a tab does not belong here; use spaces",
        ErrorKind::InvalidIndentation => "the indentation fits no line above",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            "a quote is not closed, or its lines are not indented"
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofBlockMapping => "the text ends too early",
        ErrorKind::UnclosedFlowCollection { .. } => "a bracket is not closed",
        ErrorKind::MismatchedFlowCollectionEnd { .. } | ErrorKind::MisplacedFlowCollectionEnd => {
            "this bracket closes nothing"
        }
        ErrorKind::UnknownQuotedScalarEscape => "this escape is not known; a backslash is written as two",
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "a colon is expected after the key",
        _ => "something else is expected here",
    }
}

/// What is known of the document so far.
#[derive(Default)]
struct Document {
    open: Vec<Open>,
    /// The size of what an anchor names, with all aliases in it filled in.
    anchors: BTreeMap<usize, u64>,
}

/// A list or a map that is not closed yet.
struct Open {
    anchor: usize,
    size: u64,
    /// The keys of a map, and whether the next value is one.
    keys: Option<(BTreeSet<Key>, bool)>,
}

/// `5` and `"5"` are two keys.
type Key = (bool, String);

impl Document {
    fn add(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                // Merged maps may be named one by one.
                let merge = plain && text == "<<";
                self.value(1, anchor, (!merge).then(|| (plain, text.into_owned())))
            }
            Event::Alias(anchor) => {
                let size = self.anchors.get(&anchor).copied();
                let size = size.ok_or("this alias is used within the value that it names")?;
                self.value(size, 0, None)
            }
            Event::SequenceStart(_, anchor, _) => self.open(anchor, None),
            Event::MappingStart(_, anchor, _) => self.open(anchor, Some((BTreeSet::new(), true))),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(closed) => self.value(closed.size, closed.anchor, None),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, anchor: usize, keys: Option<(BTreeSet<Key>, bool)>) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH {
            return Err(TOO_DEEP);
        }
        self.open.push(Open {
            anchor,
            size: 1,
            keys,
        });
        Ok(())
    }

    /// Notes a whole value: a key or a value of the innermost map, or an item.
    fn value(&mut self, size: u64, anchor: usize, key: Option<Key>) -> Result<(), &'static str> {
        if anchor != 0 {
            self.anchors.insert(anchor, size);
        }
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        open.size = open.size.saturating_add(size);
        if open.size > VALUES {
            return Err("there are more than 500,000 values with all aliases filled in");
        }
        if let Some((keys, next_is_key)) = &mut open.keys {
            let is_key = *next_is_key;
            *next_is_key = !is_key;
            if let Some(key) = key.filter(|_| is_key)
                && !keys.insert(key)
            {
                return Err(TWICE);
            }
        }
        Ok(())
    }
}
