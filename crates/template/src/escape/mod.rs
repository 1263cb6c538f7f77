//! Writing a value into a format so that it cannot break out of its place.
//!
//! Each function gives the text to put into the file, with its quotes where the format has some, or says that the
//! format cannot hold the value. None of them changes what a reader of the format gets back. All of them are functions
//! of templates too, under the same name in camelCase.
//!
//! Where readers of one format disagree, the docstring names the readers that are meant: what they would read
//! differently is written in a way that all of them read alike, or refused. `tests/helpers` holds this against the
//! readers themselves.

mod config;
mod markup;
mod password_file;
mod quoted;
mod word;
pub mod yaml;

pub use config::{git_config_subsection, git_config_value, ini_value, npmrc_value, properties_value};
pub use markup::{xml_attr, xml_text};
pub use password_file::{netrc_token, pgpass_field};
pub use quoted::{json_string, toml_string, yaml_string};
pub use word::{shell_quote, url_userinfo};

use zeroize::Zeroizing;

/// A value that a format cannot hold. Never carries the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{format} cannot hold the value: {problem}")]
pub struct EscapeError {
    /// The format in words.
    pub format: &'static str,
    /// Why, and what would help.
    pub problem: &'static str,
}

/// Text that may hold a secret: wiped when dropped.
pub type Escaped = Zeroizing<String>;

const LINE_BREAK: &str = "it has a line break or a NUL";
const NUL: &str = "it has a NUL";

fn refuse(bad: bool, format: &'static str, problem: &'static str) -> Result<(), EscapeError> {
    if bad {
        Err(EscapeError { format, problem })
    } else {
        Ok(())
    }
}

/// Builds text with enough room from the start, so that it is not copied while it grows.
fn build(value: &str, most_per_byte: usize, each: impl Fn(&mut String, char)) -> Escaped {
    between("", value, most_per_byte, each)
}

/// The same between two quotes.
fn between(quote: &str, value: &str, most_per_byte: usize, each: impl Fn(&mut String, char)) -> Escaped {
    let mut out = Zeroizing::new(String::with_capacity(
        value.len().saturating_mul(most_per_byte) + 2,
    ));
    out.push_str(quote);
    for c in value.chars() {
        each(&mut out, c);
    }
    out.push_str(quote);
    out
}

#[cfg(test)]
mod tests;
