//! What leaves the program.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use crate::source::{Place, excerpt};

/// Where output goes.
#[derive(Debug)]
pub struct Streams<O, E> {
    /// Standard output.
    pub out: O,
    /// Standard error.
    pub errors: E,
    /// Whether standard output may have colours.
    pub colour: bool,
    /// Whether standard error may have colours.
    pub colour_of_errors: bool,
}

impl<O: Write, E: Write> Streams<O, E> {
    /// Writes to standard output, and all of it at once.
    ///
    /// # Errors
    /// When that fails.
    pub fn print(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Writes to standard error.
    ///
    /// # Errors
    /// When that fails.
    pub fn complain(&mut self, text: &str) -> std::io::Result<()> {
        self.errors.write_all(text.as_bytes())?;
        self.errors.flush()
    }
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing is wrong.
    Fine,
    /// Something is wrong with what was checked.
    Findings,
    /// Wrong usage, or something cannot be read.
    Unusable,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Findings => 1,
            Self::Unusable => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is refused.
    Error,
    /// It is accepted, and probably not meant.
    Warning,
}

impl Severity {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Error => "\u{1b}[1;31m",
            Self::Warning => "\u{1b}[1;33m",
        }
    }
}

/// Something that is wrong, as people read it.
#[derive(Debug)]
pub struct Message<'a> {
    /// How bad it is.
    pub severity: Severity,
    /// What; may have several lines.
    pub text: &'a str,
    /// The file.
    pub file: &'a str,
    /// Where in it.
    pub place: Option<Place>,
    /// The line there, if it may be shown.
    pub line: Option<&'a str>,
    /// What else there is to say.
    pub note: Option<&'a str>,
}

impl Message<'_> {
    /// The text, in the form of compilers, and an empty line.
    #[must_use]
    pub fn show(&self, colour: bool) -> String {
        let word = self.severity.word();
        let mut shown = if colour {
            format!(
                "{}{word}\u{1b}[0m: {}\n",
                self.severity.colour(),
                printable(self.text)
            )
        } else {
            format!("{word}: {}\n", printable(self.text))
        };
        let file = printable(self.file);
        let Some(place) = self.place else {
            let _fits = writeln!(shown, " --> {file}\n");
            return shown;
        };
        let margin = " ".repeat(place.line.to_string().len());
        let _fits = writeln!(shown, "{margin}--> {file}:{}:{}", place.line, place.column);
        if let Some(line) = self.line {
            shown.push_str(&excerpt(line, place));
        }
        if let Some(note) = self.note {
            let _fits = writeln!(shown, "{margin} = {}", printable(note));
        }
        shown.push('\n');
        shown
    }
}

/// Without what steers a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { '?' } else { c })
        .collect()
}
