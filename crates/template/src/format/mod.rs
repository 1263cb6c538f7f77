//! Whether bytes are well-formed, so that a broken file is never published.
//!
//! Well-formed is what readers of the format agree on. A key that is there twice is an error in every format but INI,
//! where git makes lists of such keys: of the others, readers take the first or the last without a word.

mod ini;
mod json;
mod properties;
mod xml;
mod yaml;

use std::str::FromStr;

use crate::suggest;

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
    /// Keys and values, as Java reads them.
    Properties,
}

const TWICE: &str = "a key is given twice";
const TOO_DEEP: &str = "it is nested too deeply";
/// Lists, maps and elements within one another. Readers give up somewhere above.
const DEPTH: usize = 128;

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
            "properties" => Ok(Self::Properties),
            _ => {
                let near = suggest::nearest(word, Self::ALL.map(Self::word));
                let near = near
                    .map(|near| format!("; did you mean {near:?}?"))
                    .unwrap_or_default();
                Err(format!("wants json, yaml, toml, xml, ini or properties{near}"))
            }
        }
    }
}

impl Format {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::Json,
        Self::Yaml,
        Self::Toml,
        Self::Xml,
        Self::Ini,
        Self::Properties,
    ];

    /// The word that a class uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Xml => "xml",
            Self::Ini => "ini",
            Self::Properties => "properties",
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
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
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
/// *Guarantees*: never panics; time and memory are linear in the bytes; nesting is bounded; external parts (DTDs,
/// entities) are never read; aliases are never followed.
/// *Errors*: the first place that is not well-formed.
pub fn check(format: Format, bytes: &[u8]) -> Result<(), FormatError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let valid = std::str::from_utf8(valid).unwrap_or_default();
        FormatError::at(format, valid, valid.len(), "a byte is not UTF-8")
    })?;
    match format {
        Format::Json => json::check(text),
        Format::Yaml => yaml::check(text),
        Format::Toml => toml(text),
        Format::Xml => xml::check(text),
        Format::Ini => ini::check(text),
        Format::Properties => properties::check(text),
    }
}

fn toml(text: &str) -> Result<(), FormatError> {
    let Err(error) = ::toml::de::DeTable::parse(text) else {
        return Ok(());
    };
    let at = error.span().map_or(0, |span| span.start);
    let problem = match error.message() {
        message if message.starts_with("duplicate key") => TWICE,
        message if message.starts_with("recursion limit") => TOO_DEEP,
        _ => "something else is expected here",
    };
    Err(FormatError::at(Format::Toml, text, at, problem))
}

#[cfg(test)]
mod tests;
