//! What a source consists of.

use std::sync::Arc;

use crate::place::Span;

/// A token with its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A name, or a word that is reserved.
    Name,
    /// A name between backticks; without them.
    Quoted(Arc<str>),
    /// Digits of an integer, as they stand there. The sign is a token of its own.
    Int,
    /// The same with `u` behind it.
    Uint,
    /// A number with a point or an exponent.
    Double,
    /// A string, with its escapes resolved.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The end of the source.
    End,
}

/// All operators and brackets; those of two characters first.
pub(crate) const SIGNS: [&str; 26] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]", "{", "}", "=", "&",
];

/// Words that no variable can have for a name.
pub(crate) const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];
