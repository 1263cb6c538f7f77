//! What was found, as data.

use serde::Serialize;

use crate::input::Missing;
use crate::output::Severity;
use crate::source::Place;

/// All that was found.
#[derive(Debug)]
pub struct Report {
    /// In the order of the files.
    pub findings: Vec<Finding>,
    /// In numbers.
    pub summary: Summary,
}

/// A report in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Objects that were checked.
    pub objects: usize,
    /// Other objects and documents.
    pub ignored: usize,
    /// Errors, those of unreadable files among them.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Files that could not be read to the end.
    pub unreadable: usize,
}

/// Something that is wrong, or unusual.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where in the output it belongs: the file, and the object in it.
    pub order: (usize, usize),
    /// The file.
    pub file: Where,
    /// Where in it.
    pub place: Option<Place>,
    /// Whether the line there may be shown: not where it may hold a credential.
    pub is_public: bool,
    /// The field; empty for the object or the file as a whole.
    pub path: String,
    /// What, in one CamelCase word.
    pub reason: &'static str,
    /// What, for a person.
    pub message: String,
    /// The object that it is about.
    pub object: Option<ObjectName>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// One that was read, by its position.
    Source(usize),
    /// One that was not.
    Missing(String),
}

/// The identity of an object, as far as it gives one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectName {
    /// With the group.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where the kind has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

const UNREADABLE: &str = "Unreadable";

impl Finding {
    /// A file that could not be opened.
    pub(super) fn missing(missing: &Missing) -> Self {
        Self {
            file: Where::Missing(missing.name.clone()),
            ..Self::unreadable(usize::MAX, None, missing.why.clone())
        }
    }

    /// A file that could not be read to its end.
    pub(super) fn unreadable(source: usize, place: Option<Place>, message: String) -> Self {
        Self {
            severity: Severity::Error,
            order: (source, usize::MAX),
            file: Where::Source(source),
            place,
            is_public: true,
            path: String::new(),
            reason: UNREADABLE,
            message,
            object: None,
        }
    }

    /// Whether it says that a file could not be read.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.reason == UNREADABLE
    }
}

impl ObjectName {
    /// `Connector demo/git-main`.
    #[must_use]
    pub fn shown(&self) -> String {
        let Self { namespace, name, .. } = self;
        let kind = if self.kind.is_empty() {
            "object"
        } else {
            &self.kind
        };
        match (namespace.as_str(), name.as_str()) {
            (_, "") => format!("{kind} without a name"),
            ("", _) => format!("{kind} {name}"),
            _ => format!("{kind} {namespace}/{name}"),
        }
    }
}
