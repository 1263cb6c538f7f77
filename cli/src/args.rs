//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Checks files as Patchbay's admission would, and renders templates. No cluster is needed.
///
/// Installed on the PATH, it is a plugin of kubectl: `kubectl patchbay validate -f .`
#[derive(Debug, Parser)]
#[command(name = "kubectl-patchbay", version, disable_help_subcommand = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says what admission would say of files, with the place of each mistake.
    ///
    /// Reads ConnectorClasses, Connectors, Secrets that Connectors name, pods and workloads that mount something, and
    /// lists of them, all together: a Connector is checked against a class of another file. Other objects are passed
    /// over.
    ///
    /// Exit code: 0 fine (warnings are), 1 mistakes, 2 wrong usage, or a file that cannot be read.
    Validate(Validate),
    /// Renders one template with free data, as Go does.
    ///
    /// Prints exactly what the template gives, or nothing and the mistake on standard error.
    ///
    /// Exit code: 0 fine, 1 a mistake in the template, 2 wrong usage, or a file that cannot be read.
    Template(Template),
}

/// Arguments of `validate`.
#[derive(Debug, clap::Args)]
pub struct Validate {
    /// Files, folders (all .yaml, .yml and .json in them, however deep), or - for standard input. May be repeated.
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub filename: Vec<PathBuf>,
    /// The same without -f.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of the output. The JSON is documented in docs/cli.md.
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub output: Format,
    /// The namespace of objects that name none.
    #[arg(short, long, value_name = "NAME", default_value = "default")]
    pub namespace: String,
    /// Warnings are mistakes too. So is then a reference to something that is not in the files.
    #[arg(long)]
    pub strict: bool,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Arguments of `template`.
#[derive(Debug, clap::Args)]
pub struct Template {
    /// The template, or - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data, as YAML or JSON, or - for standard input. Without it, the data is null.
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// The language of the template.
    #[arg(long, value_enum, default_value_t = Engine::Go)]
    pub engine: Engine,
    /// What stands around actions of a Go template, as in '[[,]]'.
    #[arg(long, value_name = "LEFT,RIGHT")]
    pub delims: Option<Delims>,
}

/// The language of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Go's text/template with sprig.
    Go,
    /// Tera.
    Tera,
}

/// What stands around actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delims {
    /// Before.
    pub left: String,
    /// After.
    pub right: String,
}

impl std::str::FromStr for Delims {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const LONGEST: usize = 16;
        let (left, right) = text
            .split_once(',')
            .ok_or("wants two, with a comma between: '[[,]]'")?;
        for part in [left, right] {
            if part.is_empty() || part.len() > LONGEST || part.contains(char::is_whitespace) {
                return Err("wants 1 to 16 bytes without white space on each side of the comma");
            }
        }
        Ok(Self {
            left: left.to_owned(),
            right: right.to_owned(),
        })
    }
}
