//! What a template is compiled from.

use std::str::FromStr;

/// The language of a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Go's `text/template` with the pure part of sprig.
    #[default]
    Go,
    /// Tera. Rendered by a worker: see [`crate::tera`].
    Tera,
}

impl FromStr for Engine {
    /// A sentence for a person.
    type Err = String;

    /// Reads the `engine` field of a configuration; the case of letters does not matter.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.to_ascii_lowercase().as_str() {
            "go" => Ok(Self::Go),
            "tera" => Ok(Self::Tera),
            _ => Err("unknown template engine; use \"Go\" or \"Tera\"".to_owned()),
        }
    }
}

/// What opens and closes an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delims {
    /// Opens an action.
    pub left: &'static str,
    /// Closes an action.
    pub right: &'static str,
}

impl Delims {
    /// `{{` and `}}`.
    pub const BRACES: Self = Self {
        left: "{{",
        right: "}}",
    };
    /// `{%` and `%}`, for templates inside documents that are templates themselves.
    pub const PERCENT: Self = Self {
        left: "{%",
        right: "%}",
    };
}

impl Default for Delims {
    fn default() -> Self {
        Self::BRACES
    }
}

/// The text of a template and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Where the text stands, for messages: `spec.configurations[0].data[.gitconfig]`.
    pub name: &'a str,
    /// The template.
    pub text: &'a str,
    /// Its language.
    pub engine: Engine,
    /// Its delimiters.
    pub delims: Delims,
}

impl<'a> Source<'a> {
    /// A Go template with the usual delimiters.
    pub fn go(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            engine: Engine::Go,
            delims: Delims::BRACES,
        }
    }
}
