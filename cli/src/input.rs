//! Reading files, folders and standard input, all bounded.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::source::Source;
use crate::yaml::MAX_BYTES;

/// The most files of one run.
const MAX_FILES: usize = 20_000;
/// The most bytes of one run.
const MAX_TOTAL: usize = 64 * 1024 * 1024;
/// The deepest folder.
const MAX_DEPTH: usize = 40;

/// A file that cannot be read: which, and why, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// As the user wrote it, or as it was found in a folder.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Inputs {
    /// In the order in which they were named; those of a folder by name.
    pub sources: Vec<Source>,
    /// What could not be read.
    pub missing: Vec<Missing>,
}

/// Whether a path stands for standard input.
#[must_use]
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads one file, or standard input.
///
/// # Errors
/// Why not, for a person: it is not there, too large, or not text.
pub fn read_one(path: &Path, stdin: impl Read, most: usize) -> Result<Source, Missing> {
    let name = path.display().to_string();
    let read = if is_stdin(path) {
        read_bounded(stdin, most)
    } else {
        File::open(path)
            .map_err(|error| explain(&error))
            .and_then(|file| read_bounded(file, most))
    };
    match read {
        Ok(text) => Ok(Source::new(name, text)),
        Err(why) => Err(Missing { name, why }),
    }
}

fn read_bounded(from: impl Read, most: usize) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| explain(&error))?;
    if bytes.len() > most {
        return Err(format!("this is larger than {}", size(most)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("this is not text in UTF-8: see line {line}")
    })
}

fn size(bytes: usize) -> String {
    if bytes.is_multiple_of(1024 * 1024) {
        format!("{} MiB", bytes / (1024 * 1024))
    } else {
        format!("{} KiB", bytes / 1024)
    }
}

fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "this user may not read this".to_owned(),
        ErrorKind::IsADirectory => "this is a folder".to_owned(),
        _ => format!("this cannot be read: {error}"),
    }
}

/// Reads files and folders.
pub fn read_all(paths: &[&Path], mut stdin: impl Read) -> Inputs {
    let mut inputs = Inputs::default();
    let mut seen = BTreeSet::new();
    let mut total = 0;
    for path in paths {
        let mut files = Vec::new();
        if !is_stdin(path) && path.is_dir() {
            folder(path, 0, &mut files, &mut inputs.missing);
        } else {
            files.push((*path).to_path_buf());
        }
        for file in files {
            if !seen.insert(file.clone()) {
                continue;
            }
            match read_one(&file, &mut stdin, MAX_BYTES) {
                Ok(source) => {
                    total += source.text.len();
                    inputs.sources.push(source);
                }
                Err(missing) => inputs.missing.push(missing),
            }
            if inputs.sources.len() >= MAX_FILES || total > MAX_TOTAL {
                inputs.missing.push(Missing {
                    name: file.display().to_string(),
                    why: format!(
                        "what comes after this is not read: the limit is {MAX_FILES} files and {} together",
                        size(MAX_TOTAL)
                    ),
                });
                return inputs;
            }
        }
    }
    inputs
}

/// The files of a folder that may hold objects, by name. What begins with a dot is passed over, and so are links to
/// folders, which may lead around in circles.
fn folder(path: &Path, depth: usize, files: &mut Vec<PathBuf>, missing: &mut Vec<Missing>) {
    let mut note = |why: String| {
        missing.push(Missing {
            name: path.display().to_string(),
            why,
        });
    };
    if depth > MAX_DEPTH {
        return note(format!("this is more than {MAX_DEPTH} folders deep"));
    }
    let entries = match std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => return note(explain(&error)),
    };
    let mut paths: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || files.len() > MAX_FILES {
            continue;
        }
        let is_link = path.is_symlink();
        if path.is_dir() && !is_link {
            folder(&path, depth + 1, files, missing);
        } else if path.is_file() && has_objects(&path) {
            files.push(path);
        }
    }
}

fn has_objects(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    ["yaml", "yml", "json"]
        .iter()
        .any(|it| extension.eq_ignore_ascii_case(it))
}
