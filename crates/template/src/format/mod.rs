//! Whether bytes are well-formed, so that a broken file is never published.

mod ini;

use std::str::FromStr;

/// What a configuration says its file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML, one document or several.
    Yaml,
    /// TOML 1.0.
    Toml,
    /// XML 1.0.
    Xml,
    /// Sections, keys and comments, as git, pip and npm read them.
    Ini,
}

impl FromStr for Format {
    /// A sentence for a person.
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "yaml" | "yml" => Ok(Self::Yaml),
            "toml" => Ok(Self::Toml),
            "xml" => Ok(Self::Xml),
            "ini" => Ok(Self::Ini),
            _ => Err("unknown format; use json, yaml, toml, xml or ini".to_owned()),
        }
    }
}

impl Format {
    /// The word that a class uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Xml => "xml",
            Self::Ini => "ini",
        }
    }
}

/// Bytes that are not what they should be. Says where, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not well-formed {} at line {line}, column {column}: {problem}", .format.word())]
pub struct FormatError {
    /// What the bytes should be.
    pub format: Format,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, in words that never depend on the bytes.
    pub problem: &'static str,
}

impl FormatError {
    /// A word for metrics and conditions.
    pub fn reason(&self) -> &'static str {
        "FileNotWellFormed"
    }

    /// The sentence for a person.
    pub fn public(&self) -> String {
        self.to_string()
    }
}

impl FormatError {
    fn at(format: Format, text: &str, offset: usize, problem: &'static str) -> Self {
        let (line, column) = crate::engine::line_and_column(text, offset);
        Self {
            format,
            line,
            column,
            problem,
        }
    }
}

/// Parses the bytes and forgets the result.
///
/// *Guarantees*: never panics; nesting is bounded; external parts (DTDs, entities) are never read.
/// *Errors*: the first place that is not well-formed.
pub fn check(format: Format, bytes: &[u8]) -> Result<(), FormatError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let valid = std::str::from_utf8(valid).unwrap_or_default();
        FormatError::at(format, valid, valid.len(), "a byte is not UTF-8")
    })?;
    match format {
        Format::Json => json(text),
        Format::Yaml => yaml(text),
        Format::Toml => toml(text),
        Format::Xml => xml(text),
        Format::Ini => ini::check(text),
    }
}

fn json(text: &str) -> Result<(), FormatError> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else {
        return Ok(());
    };
    let problem = match error.classify() {
        serde_json::error::Category::Eof => "the text ends too early",
        _ => "something else is expected here",
    };
    Err(FormatError {
        format: Format::Json,
        line: error.line().max(1),
        column: error.column().max(1),
        problem,
    })
}

fn yaml(text: &str) -> Result<(), FormatError> {
    for event in granit_parser::Parser::new_from_str(text) {
        if let Err(error) = event {
            let marker = error.marker();
            let (line, column) = (marker.line().max(1), marker.col() + 1);
            return Err(FormatError {
                format: Format::Yaml,
                line,
                column,
                problem: "something else is expected here",
            });
        }
    }
    Ok(())
}

fn toml(text: &str) -> Result<(), FormatError> {
    let Err(error) = toml::de::DeTable::parse(text) else {
        return Ok(());
    };
    let at = error.span().map_or(0, |span| span.start);
    Err(FormatError::at(
        Format::Toml,
        text,
        at,
        "something else is expected here, or a key is given twice",
    ))
}

fn xml(text: &str) -> Result<(), FormatError> {
    // Each node takes memory; more than bytes there cannot be.
    let options = roxmltree::ParsingOptions {
        nodes_limit: 200_000,
        ..roxmltree::ParsingOptions::default()
    };
    let Err(error) = roxmltree::Document::parse_with_options(text, options) else {
        return Ok(());
    };
    let place = error.pos();
    let problem = match error {
        roxmltree::Error::DtdDetected => "a document type definition is not allowed",
        roxmltree::Error::NodesLimitReached => "there are too many elements",
        roxmltree::Error::UnclosedRootNode | roxmltree::Error::NoRootNode => {
            "the document has no closed root element"
        }
        roxmltree::Error::UnexpectedCloseTag(..) => "the closing tag does not fit the open one",
        roxmltree::Error::UnknownEntityReference(..) | roxmltree::Error::MalformedEntityReference(_) => {
            "& must be written as &amp;"
        }
        _ => "something else is expected here",
    };
    let row = usize::try_from(place.row).unwrap_or(1).max(1);
    let column = usize::try_from(place.col).unwrap_or(1).max(1);
    Err(FormatError {
        format: Format::Xml,
        line: row,
        column,
        problem,
    })
}

#[cfg(test)]
mod tests;
