//! Text to tree: lexer and parser.
//!
//! Both follow Go's `text/template/parse` token by token, since the order in which it looks decides which mistake is
//! told, and since some of what looks like a mistake is none.

mod blocks;
mod commands;
mod letters;
mod lex;
mod number;
mod parser;
mod problem;
mod token;
mod unquote;
mod variables;

use crate::ast::Program;
use crate::{Options, ParseError};

use parser::Parser;
use problem::Problem;

/// Blocks and parentheses inside one another. Bounds the recursion of the parser, of all that walks the tree, and of
/// dropping it.
pub(crate) const MAX_NESTING: u32 = 200;

pub(crate) fn parse(name: &str, text: &str, options: &Options) -> Result<Program, ParseError> {
    let parsed = if text.len() > options.max_source_bytes {
        Err(Problem::too_large("the template is too long").at(0, 0))
    } else {
        Parser::new(name, text, options).program()
    };
    parsed.map_err(|problem| problem.into_error(name, text))
}

#[cfg(test)]
mod tests;
