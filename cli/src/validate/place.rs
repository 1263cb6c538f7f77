//! From a field path and a message to a place in the file.

use crate::source::{Place, Source};
use crate::yaml::scalar::Scalar;
use crate::yaml::{Content, Item, Style, Syntax, find, offset_in_text, read};

/// Which part of a field is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What it holds.
    Value,
    /// Its name.
    Key,
}

/// The place of a field. Where the message names a line and a column of a text (of a template), that place in the file.
/// Of a field that is not there, the place of what should have it.
pub(super) fn place(source: &Source, root: &Item, path: &str, message: &str, part: Part) -> Place {
    source.place(offset(&source.text, root, path, message, part))
}

fn offset(text: &str, root: &Item, path: &str, message: &str, part: Part) -> usize {
    let found = find(root, path);
    let Content::Scalar {
        text: value,
        means,
        style,
    } = &found.item.node.content
    else {
        return found.key_at;
    };
    if part == Part::Key && found.rest.is_empty() {
        return found.key_at;
    }
    // An alias has a place of its own, but its text is where it is written.
    let inside = |line, column| {
        let start = found.item.node.at;
        offset_in_text(text, start, *style, value, line, column)
    };
    let is_text = *means == Scalar::Text;
    let within = if !is_text {
        None
    } else if found.rest.is_empty() {
        line_and_column(message).and_then(|(line, column)| inside(line, column))
    } else {
        embedded(value, found.rest, message, part).and_then(|place| inside(place.line, place.column))
    };
    match within {
        Some(offset) => offset,
        None if *style == Style::Plain && value.is_empty() => found.key_at,
        None => found.item.at,
    }
}

/// The place of a field in a text that is YAML or JSON itself, as the annotation of a pod is.
fn embedded(text: &str, rest: &str, message: &str, part: Part) -> Option<Place> {
    let inner = Source::new("", text.to_owned());
    let root = read(text, Syntax::Guess).documents.into_iter().next()?.root?;
    if matches!(root.node.content, Content::Scalar { .. }) {
        return None;
    }
    Some(place(&inner, &root, rest, message, part))
}

/// `line 3, column 5` at the beginning of a message, or in parentheses.
fn line_and_column(message: &str) -> Option<(usize, usize)> {
    let rest = match message.strip_prefix("line ") {
        Some(rest) => rest,
        None => message.split_once("(line ")?.1,
    };
    let (line, rest) = rest.split_once(", column ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((line.parse().ok()?, rest.get(..end)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, path: &str, message: &str) -> (usize, usize) {
        let source = Source::new("f", text.to_owned());
        let root = read(text, Syntax::Guess)
            .documents
            .remove(0)
            .root
            .expect("a document");
        let place = place(&source, &root, path, message, Part::Value);
        (place.line, place.column)
    }

    #[test]
    fn places_of_fields() {
        let text = "\
metadata:
  annotations:
    patchbay.dev/mounts: |
      - connector: git
        configurations: [a, b]
    json: '{\"a\": {\"b\": 1}}'
spec:
  empty:
  data:
    file: |
      one
      {{ two }}
  copy: &copy |
    x
     {{ y }}
  alias: *copy
";
        for (path, message, wanted) in [
            (
                "metadata.annotations[patchbay.dev/mounts][0].configurations[1]",
                "",
                (5, 29),
            ),
            (
                "metadata.annotations[patchbay.dev/mounts][0].mountPath",
                "",
                (4, 9),
            ),
            (
                "metadata.annotations[patchbay.dev/mounts]",
                "is wrong (line 2, column 3), wants",
                (5, 9),
            ),
            ("metadata.annotations[json][a].b", "", (6, 24)),
            ("spec.empty", "is empty", (8, 8)),
            (
                "spec.data[file]",
                "line 2, column 4: no function \"two\"",
                (12, 10),
            ),
            ("spec.data[file]", "line 9, column 4: no such line", (11, 7)),
            ("spec.data[file]", "in line 2, column 4", (11, 7)),
            ("spec.missing.deeper", "is missing", (7, 1)),
            ("spec.alias", "", (16, 10)),
            ("spec.alias", "line 2, column 2: x", (15, 6)),
        ] {
            assert_eq!(at(text, path, message), wanted, "{path} {message}");
        }
    }
}
