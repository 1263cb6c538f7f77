//! Reading YAML into free data.

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use zeroize::Zeroizing;

use super::words::{self, Meaning};

/// Lists and maps within one another.
const DEPTH: usize = 64;
/// Values of a document with all aliases filled in. Text counts as one more for every 32 bytes.
const NODES: usize = 50_000;
const TEXT_OF_NODE: usize = 32;
const TOO_MANY: &str = "there are more than 50,000 values with all aliases filled in";
/// Longer texts are no settings.
const BYTES: usize = 1024 * 1024;

/// A value that was read.
#[expect(missing_debug_implementations, reason = "it may hold a secret")]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, and whole ones above 64 bits.
    Float(f64),
    /// Text, which may be a secret.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<Self>),
    /// A map in the order of the text. Keys are there once.
    Map(Vec<(String, Self)>),
}

/// Text that is not the YAML it should be. Says where, never what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not YAML at line {line}, column {column}: {problem}")]
pub struct YamlError {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, in words that never depend on the text.
    pub problem: &'static str,
}

impl YamlError {
    fn at(span: Span, problem: &'static str) -> Self {
        Self {
            line: span.start.line().max(1),
            column: span.start.col() + 1,
            problem,
        }
    }
}

/// Reads the first document of a text; nothing at all is `null`.
///
/// Words mean what they mean to Go's `sigs.k8s.io/yaml`: `yes` and `on` are true, `0x10` is 16, dates stay text, keys
/// become text. Unlike there, whole numbers stay whole, and a key that is there twice is an error.
///
/// *Guarantees*: ends in time linear in the text; aliases cannot multiply it without bound.
/// *Errors*: what is not YAML, tags other than those of JSON, keys that are lists, maps or null, numbers that are not
/// finite, more than 64 levels, more than 50,000 values, and more than 1 MiB.
pub fn from_yaml(text: &str) -> Result<Tree, YamlError> {
    if text.len() > BYTES {
        return Err(YamlError {
            line: 1,
            column: 1,
            problem: "the text is longer than 1 MiB",
        });
    }
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: Vec::new(),
        left: NODES,
    };
    loop {
        match reader.next()? {
            None | Some((Event::StreamEnd, _)) => return Ok(Tree::Null),
            Some((Event::DocumentStart(..), _)) => {
                let (event, span) = reader.node_event()?;
                return Ok(reader.node(event, span, 0)?.tree);
            }
            Some(_) => {}
        }
    }
}

/// A value and how many values it holds, itself included.
struct Read {
    tree: Tree,
    size: usize,
    /// A scalar without quotes that stands for `<<`.
    merges: bool,
}

struct Reader<'a> {
    events: Parser<'a, granit_parser::StrInput<'a>>,
    anchors: Vec<(usize, Tree, usize)>,
    left: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, YamlError> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let marker = error.marker();
                Err(YamlError {
                    line: marker.line().max(1),
                    column: marker.col() + 1,
                    problem: "something else is expected here",
                })
            }
        }
    }

    /// The next event that is part of the document.
    fn node_event(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        loop {
            let Some((event, span)) = self.next()? else {
                let problem = "the text ends too early";
                return Err(YamlError {
                    line: 1,
                    column: 1,
                    problem,
                });
            };
            let ends = matches!(event, Event::SequenceEnd | Event::MappingEnd);
            if ends || event.is_node() {
                return Ok((event, span));
            }
        }
    }

    fn take(&mut self, count: usize, span: Span) -> Result<(), YamlError> {
        self.left = self
            .left
            .checked_sub(count)
            .ok_or_else(|| YamlError::at(span, TOO_MANY))?;
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Read, YamlError> {
        if depth > DEPTH {
            return Err(YamlError::at(span, "there are more than 64 levels"));
        }
        self.take(1, span)?;
        let (anchor, read) = match event {
            Event::Alias(id) => return self.alias(id, span, depth),
            Event::Scalar(text, style, anchor, tag) => {
                self.take(text.len() / TEXT_OF_NODE, span)?;
                (anchor, scalar(&text, style, tag.as_deref(), span)?)
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "seq", span)?;
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "map", span)?;
                (anchor, self.map(depth)?)
            }
            _ => return Err(YamlError::at(span, "something else is expected here")),
        };
        if anchor != 0 {
            // The copy counts: memory is bounded by what is left.
            self.take(read.size, span)?;
            self.anchors.push((anchor, copy(&read.tree), read.size));
        }
        Ok(read)
    }

    fn alias(&mut self, id: usize, span: Span, depth: usize) -> Result<Read, YamlError> {
        let Some((_, tree, size)) = self.anchors.iter().rev().find(|(anchor, ..)| *anchor == id) else {
            return Err(YamlError::at(
                span,
                "an alias is used within the value that it names",
            ));
        };
        let size = *size;
        if depth + levels(tree) > DEPTH {
            return Err(YamlError::at(span, "there are more than 64 levels"));
        }
        if size > self.left {
            return Err(YamlError::at(span, TOO_MANY));
        }
        let tree = copy(tree);
        self.take(size, span)?;
        Ok(Read {
            tree,
            size,
            merges: false,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Read, YamlError> {
        let mut items = Vec::new();
        let mut size = 1;
        loop {
            let (event, span) = self.node_event()?;
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            let item = self.node(event, span, depth + 1)?;
            size += item.size;
            items.push(item.tree);
        }
        Ok(Read {
            tree: Tree::List(items),
            size,
            merges: false,
        })
    }

    fn map(&mut self, depth: usize) -> Result<Read, YamlError> {
        let mut fields = Fields::default();
        let mut merged = Vec::new();
        let mut size = 1;
        loop {
            let (event, span) = self.node_event()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, value_span) = self.node_event()?;
            let value = self.node(event, value_span, depth + 1)?;
            size += key.size + value.size;
            if key.merges {
                merged.push((value.tree, value_span));
            } else if !fields.add(key_text(key.tree, span)?, value.tree) {
                return Err(YamlError::at(span, "a key is given twice"));
            }
        }
        for (tree, span) in merged {
            fields.merge(tree, span)?;
        }
        Ok(Read {
            tree: Tree::Map(fields.list),
            size,
            merges: false,
        })
    }
}

/// The fields of a map, each name once.
#[derive(Default)]
struct Fields {
    list: Vec<(String, Tree)>,
    names: std::collections::BTreeSet<String>,
}

impl Fields {
    /// Whether the name is new.
    fn add(&mut self, name: String, value: Tree) -> bool {
        let new = self.names.insert(name.clone());
        if new {
            self.list.push((name, value));
        }
        new
    }

    /// `<<`: what the map itself does not have, earlier maps before later ones.
    fn merge(&mut self, tree: Tree, span: Span) -> Result<(), YamlError> {
        let maps = match tree {
            Tree::List(items) => items,
            other => vec![other],
        };
        for map in maps {
            let Tree::Map(fields) = map else {
                return Err(YamlError::at(span, "<< wants a map or a list of maps"));
            };
            for (name, value) in fields {
                self.add(name, value);
            }
        }
        Ok(())
    }
}

fn check_tag(tag: Option<&Tag>, own: &str, span: Span) -> Result<(), YamlError> {
    match tag {
        Some(tag) if tag.core_suffix() != Some(own) => Err(YamlError::at(span, "this tag is not supported")),
        _ => Ok(()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Read, YamlError> {
    let plain = style == ScalarStyle::Plain;
    let meaning = match tag {
        None if plain => words::meaning(text),
        None => Meaning::Text,
        Some(tag) => match (tag.core_suffix(), words::meaning(text)) {
            (Some("str"), _) => Meaning::Text,
            (Some("int"), meaning @ (Meaning::Int(_) | Meaning::Uint(_))) => meaning,
            (Some("bool"), meaning @ Meaning::Bool(_)) => meaning,
            (Some("null"), Meaning::Null) => Meaning::Null,
            (Some("float"), meaning @ Meaning::Float(_)) => meaning,
            #[expect(clippy::cast_precision_loss, reason = "the tag asks for a float")]
            (Some("float"), Meaning::Int(number)) => Meaning::Float(number as f64),
            (Some("int" | "bool" | "null" | "float"), _) => {
                return Err(YamlError::at(span, "the value is not what its tag says"));
            }
            _ => return Err(YamlError::at(span, "this tag is not supported")),
        },
    };
    let tree = match meaning {
        Meaning::Null => Tree::Null,
        Meaning::Bool(value) => Tree::Bool(value),
        Meaning::Int(number) => Tree::Int(number),
        #[expect(
            clippy::cast_precision_loss,
            reason = "as Go does with what its integers cannot hold"
        )]
        Meaning::Uint(number) => Tree::Float(number as f64),
        Meaning::Float(number) if !number.is_finite() => {
            return Err(YamlError::at(span, "a number is not finite"));
        }
        Meaning::Float(number) => Tree::Float(number),
        Meaning::Time | Meaning::Merge | Meaning::Text => Tree::Text(Zeroizing::new(text.to_owned())),
    };
    Ok(Read {
        tree,
        size: 1 + text.len() / TEXT_OF_NODE,
        merges: meaning == Meaning::Merge,
    })
}

/// Keys are text in JSON.
fn key_text(tree: Tree, span: Span) -> Result<String, YamlError> {
    match tree {
        Tree::Text(text) => Ok((*text).clone()),
        Tree::Int(number) => Ok(number.to_string()),
        Tree::Float(number) => Ok(number.to_string()),
        Tree::Bool(value) => Ok(value.to_string()),
        Tree::Null => Err(YamlError::at(span, "a key is null; put it in quotes")),
        Tree::List(_) | Tree::Map(_) => Err(YamlError::at(span, "a key is a list or a map")),
    }
}

fn levels(tree: &Tree) -> usize {
    match tree {
        Tree::List(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Tree::Map(fields) => 1 + fields.iter().map(|(_, value)| levels(value)).max().unwrap_or(0),
        _ => 0,
    }
}

fn copy(tree: &Tree) -> Tree {
    match tree {
        Tree::Null => Tree::Null,
        Tree::Bool(value) => Tree::Bool(*value),
        Tree::Int(number) => Tree::Int(*number),
        Tree::Float(number) => Tree::Float(*number),
        Tree::Text(text) => Tree::Text(text.clone()),
        Tree::List(items) => Tree::List(items.iter().map(copy).collect()),
        Tree::Map(fields) => Tree::Map(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), copy(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As JSON, for comparison.
    fn json(tree: &Tree) -> serde_json::Value {
        match tree {
            Tree::Null => serde_json::Value::Null,
            Tree::Bool(value) => (*value).into(),
            Tree::Int(number) => (*number).into(),
            Tree::Float(number) => (*number).into(),
            Tree::Text(text) => text.as_str().into(),
            Tree::List(items) => items.iter().map(json).collect(),
            Tree::Map(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), json(value)))
                .collect(),
        }
    }

    fn said(text: &str) -> String {
        match from_yaml(text) {
            Ok(tree) => json(&tree).to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn documents_read_as_free_data() {
        for (text, wants) in [
            ("", "null"),
            ("# only a comment\n", "null"),
            (
                "a: 1\nb: yes\nc: 'yes'\nd: 1.5\ne: ~\n",
                r#"{"a":1,"b":true,"c":"yes","d":1.5,"e":null}"#,
            ),
            ("a: 1\n---\nb: 2\n", r#"{"a":1}"#),
            ("{a: [1, {b: c}], d: {}}", r#"{"a":[1,{"b":"c"}],"d":{}}"#),
            ("a: &x {b: 1}\nc: *x\n", r#"{"a":{"b":1},"c":{"b":1}}"#),
            (
                "x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n",
                r#"{"x":{"a":1,"b":2},"z":{"b":3,"a":1}}"#,
            ),
            ("1: a\ntrue: b\n", r#"{"1":"a","true":"b"}"#),
            ("when: 2024-01-02\n", r#"{"when":"2024-01-02"}"#),
            ("a: !!str 5\nb: !!float 5\n", r#"{"a":"5","b":5.0}"#),
            ("'<<': a\n", r#"{"<<":"a"}"#),
        ] {
            assert_eq!(said(text), wants, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_by_place() {
        for (text, wants) in [
            (
                "a: 1\na: 2\n",
                "not YAML at line 2, column 1: a key is given twice",
            ),
            (
                "a: [1\n",
                "not YAML at line 1, column 4: something else is expected here",
            ),
            (
                "a: *x\n",
                "not YAML at line 1, column 4: something else is expected here",
            ),
            (
                "a: !secret x\n",
                "not YAML at line 1, column 12: this tag is not supported",
            ),
            (
                "? [a]\n: b\n",
                "not YAML at line 1, column 3: a key is a list or a map",
            ),
            (
                "~: b\n",
                "not YAML at line 1, column 1: a key is null; put it in quotes",
            ),
            (
                "a: .inf\n",
                "not YAML at line 1, column 4: a number is not finite",
            ),
            (
                "a: &x [*x]\n",
                "not YAML at line 1, column 8: an alias is used within the value that it names",
            ),
            (
                "<<: 5\n",
                "not YAML at line 1, column 5: << wants a map or a list of maps",
            ),
        ] {
            assert_eq!(said(text), wants, "{text}");
        }
    }

    #[test]
    fn hostile_documents_end() {
        let laughs: String = (0..30)
            .map(|i| format!("a{}: &a{} [*a{i}, *a{i}, *a{i}]\n", i + 1, i + 1))
            .collect();
        for text in [
            "[".repeat(100_000),
            "- ".repeat(100_000),
            "x".repeat(2 * 1024 * 1024),
            format!("a0: &a0 x\n{laughs}"),
            format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a, ".repeat(100_000)),
            (0..60_000).map(|i| format!("k{i}: 1\n")).collect(),
        ] {
            assert!(from_yaml(&text).is_err());
        }
    }
}
