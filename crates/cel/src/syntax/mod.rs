//! From text to a tree.

mod lex;
mod macros;
mod parser;
mod token;
mod unquote;

#[cfg(test)]
mod tests;

pub(crate) use parser::parse;
