//! Compares what a template reads with what its place offers.

use super::shapes::{self, Shape};
use super::{Dialect, Finding, Holds, Known, Severity};
use crate::{Comparison, Engine, Reference, References, Segment, Use, suggest};

/// Compares what a template reads with what its place offers.
///
/// *Guarantees*: findings come in the order of the source, and one finding per reading at most.
pub fn check(references: &References, dialect: Dialect, known: &Known) -> Vec<Finding> {
    let spelling = Spelling::of(references.engine);
    let checker = Checker {
        dialect,
        known,
        spelling,
    };
    let mut findings: Vec<Finding> = Vec::new();
    for reference in &references.reads {
        let Some((severity, message)) = checker.reference(reference) else {
            continue;
        };
        let finding = Finding {
            line: reference.line,
            column: reference.column,
            severity,
            read: spelling.path(reference),
            message,
        };
        // One mistake is read again by what follows it: `.a` and `.a.b` of one expression.
        if findings
            .last()
            .is_none_or(|last| (last.line, last.column) != (finding.line, finding.column))
        {
            findings.push(finding);
        }
    }
    findings.extend(
        references
            .comparisons
            .iter()
            .filter_map(|c| checker.comparison(c)),
    );
    findings.extend(references.mistakes.iter().map(|mistake| Finding {
        line: mistake.line,
        column: mistake.column,
        severity: Severity::Error,
        read: String::new(),
        message: mistake.message.clone(),
    }));
    // Stable: of what stands at one place, the readings come first.
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

struct Checker<'a> {
    dialect: Dialect,
    known: &'a Known,
    spelling: Spelling,
}

/// How a language writes what messages speak of.
#[derive(Clone, Copy)]
struct Spelling {
    /// Before the root of a path.
    dot: &'static str,
    /// Goes through a list.
    each: &'static str,
    guard: fn(&str) -> String,
}

impl Spelling {
    fn of(engine: Engine) -> Self {
        match engine {
            Engine::Go => Self {
                dot: ".",
                each: "range",
                guard: |path| format!("{{{{ if .{path} }}}}"),
            },
            Engine::Tera => Self {
                dot: "",
                each: "for",
                guard: |path| format!("{{% if {path} %}}"),
            },
        }
    }

    fn path(self, reference: &Reference) -> String {
        let path = reference.dotted();
        format!("{}{}", self.dot, path.strip_prefix('.').unwrap_or(&path))
    }

    /// The path up to a segment, as people write it.
    fn before(self, reference: &Reference, at: usize) -> String {
        let path = reference.path.get(..at).unwrap_or_default().to_vec();
        self.path(&Reference {
            path,
            ..reference.clone()
        })
    }

    /// A sentence that is written for Go.
    fn sentence(self, text: &str) -> String {
        text.replace(" .", &format!(" {}", self.dot))
    }
}

type Verdict = Option<(Severity, String)>;

impl Checker<'_> {
    fn reference(&self, reference: &Reference) -> Verdict {
        let root = reference.root()?;
        let roots = shapes::roots(self.dialect);
        let Some((_, shape)) = roots.iter().find(|(name, _)| *name == root) else {
            return Some((Severity::Error, self.unknown_root(root)));
        };
        if root == "secret" && !self.known.credentials {
            let message = format!(
                "{}secret is not available here; add `credentials: true` to the configuration, so that reviewers see \
                 which files carry credentials",
                self.spelling.dot
            );
            return Some((Severity::Error, message));
        }
        self.walk(reference, *shape)
    }

    fn unknown_root(&self, root: &str) -> String {
        let names = shapes::roots(self.dialect).iter().map(|(name, _)| *name);
        let shown = names
            .clone()
            .filter(|name| *name != "secret" || self.known.credentials);
        let dot = self.spelling.dot;
        let available: Vec<String> = shown.map(|name| format!("{dot}{name}")).collect();
        let help = match (shapes::hint(self.dialect, root), suggest::nearest(root, names)) {
            (Some(hint), _) => format!("; {}", self.spelling.sentence(hint)),
            (None, Some(name)) => format!("; did you mean {dot}{name}?"),
            (None, None) => String::new(),
        };
        format!(
            "{dot}{root} is not available here, only {}{help}",
            available.join(", ")
        )
    }

    /// Follows the path down the shape. Segments before `at` are known to be there.
    fn walk(&self, reference: &Reference, root: Shape) -> Verdict {
        let mut shape = root;
        for (at, segment) in reference.path.iter().enumerate().skip(1) {
            shape = match (shape, segment) {
                (Shape::Any, _) => return None,
                (Shape::Secret, _) => {
                    let verdict = self.secret_key(reference, segment);
                    return verdict.or_else(|| self.held(reference, at + 1, Holds::Scalar));
                }
                (Shape::Params, _) => return self.param(reference, at, segment),
                (Shape::List(item), Segment::Element) => *item,
                (Shape::List(_), Segment::Dynamic)
                | (Shape::Fields(_), Segment::Element | Segment::Dynamic) => {
                    return None;
                }
                (Shape::List(_), Segment::Field(_) | Segment::Index(_)) => {
                    let (path, each) = (self.spelling.before(reference, at), self.spelling.each);
                    let message = format!("{path} is a list; go through it with {each}");
                    return Some((Severity::Error, message));
                }
                (Shape::Fields(fields), Segment::Field(key) | Segment::Index(key)) => {
                    match fields.iter().find(|(name, _)| name == key) {
                        Some((_, shape)) => *shape,
                        None => {
                            let place = self.spelling.before(reference, at);
                            return Some(unknown_field(&place, segment, key, fields));
                        }
                    }
                }
                (Shape::Scalar, _) => return self.held(reference, at, Holds::Scalar),
            };
        }
        match shape {
            Shape::Scalar => self.held(reference, reference.path.len(), Holds::Scalar),
            _ => self.called(reference),
        }
    }

    /// What is wrong with reading on, behind the first `at` segments, in what holds this.
    fn held(&self, reference: &Reference, at: usize, holds: Holds) -> Verdict {
        let path = self.spelling.before(reference, at);
        let further = reference.path.get(at);
        let ranged = further.is_none() && reference.used_as == Use::Range;
        let message = match (holds, further) {
            // A byte of a text may be asked for by its place.
            (Holds::Scalar, Some(Segment::Element | Segment::Dynamic)) => return None,
            (Holds::Scalar | Holds::Whole, Some(_)) => format!("{path} has no fields"),
            (Holds::List, Some(Segment::Field(_))) => {
                format!("{path} is a list; go through it with {}", self.spelling.each)
            }
            (Holds::Scalar, None) if ranged => {
                format!(
                    "{path} is no list, map or whole number for {} to go through",
                    self.spelling.each
                )
            }
            _ => return self.called(reference),
        };
        Some((Severity::Error, message))
    }

    /// Only functions take arguments.
    fn called(&self, reference: &Reference) -> Verdict {
        (reference.used_as == Use::Call).then(|| {
            let path = self.spelling.path(reference);
            (
                Severity::Error,
                format!("{path} is no function, and only functions take arguments or the value of a pipe"),
            )
        })
    }

    /// A name that is looked for and can never be found is a slip.
    fn comparison(&self, comparison: &Comparison) -> Option<Finding> {
        let (last, list) = comparison.path.split_last()?;
        if !matches!(last.key(), Some("name" | "Name")) {
            return None;
        }
        let keys: Vec<&str> = list.iter().map(|segment| segment.key().unwrap_or("[]")).collect();
        let (what, names) = match keys.as_slice() {
            ["connector", "spec", "params", "[]"] | ["connectors", "[]", "spec", "params", "[]"] => {
                ("param of the class", self.known.params.as_ref()?)
            }
            ["connector", "spec", "auth", "params", "[]"] | ["Connector", "Spec", "Auth", "Params", "[]"] => {
                ("param of the authentication", self.known.auth_params.as_ref()?)
            }
            _ => return None,
        };
        if names.contains(&comparison.text) {
            return None;
        }
        let text = &comparison.text;
        Some(Finding {
            line: comparison.line,
            column: comparison.column,
            severity: Severity::Warning,
            read: String::new(),
            message: format!("no {what} is named {text:?}; {}", known_names(text, names.iter())),
        })
    }

    fn secret_key(&self, reference: &Reference, segment: &Segment) -> Verdict {
        let prefix = if self.dialect == Dialect::Probe {
            "Secret.StringData"
        } else {
            "secret"
        };
        let dot = self.spelling.dot;
        if let (Some(key), Some(keys)) = (segment.key(), &self.known.secret_keys)
            && !keys.contains(key)
        {
            let tolerated = self.known.tolerated_secret_keys.contains(key);
            let severity = if tolerated {
                Severity::Warning
            } else {
                severity_of(segment)
            };
            let message = format!(
                "{dot}{prefix}.{key} is not a key of the Secret; {}",
                known_names(key, keys.iter())
            );
            return Some((severity, message));
        }
        if self.known.secret_optional && !reference.guarded {
            let guard = if self.dialect == Dialect::Probe {
                "Secret"
            } else {
                "secret"
            };
            let message = format!(
                "a Connector may come without a Secret, and then {} has no value; put {} around it",
                self.spelling.path(reference),
                (self.spelling.guard)(guard)
            );
            return Some((Severity::Warning, message));
        }
        None
    }

    fn param(&self, reference: &Reference, at: usize, segment: &Segment) -> Verdict {
        let (key, params) = (segment.key()?, self.known.configurations.as_ref()?);
        if let Some(holds) = params.get(key) {
            return self.held(reference, at + 1, *holds);
        }
        let help = known_names(key, params.keys());
        Some((
            severity_of(segment),
            format!(
                "{}configurations.{key} is not a param of the configuration; {help}",
                self.spelling.dot
            ),
        ))
    }
}

/// `index` is how templates ask for what may not be there.
fn severity_of(segment: &Segment) -> Severity {
    if matches!(segment, Segment::Index(_)) {
        Severity::Warning
    } else {
        Severity::Error
    }
}

fn known_names<'a>(key: &str, known: impl Iterator<Item = &'a String> + Clone) -> String {
    if let Some(name) = suggest::nearest(key, known.clone().map(String::as_str)) {
        return format!("did you mean {name:?}?");
    }
    let names: Vec<String> = known.map(|name| format!("{name:?}")).collect();
    if names.is_empty() {
        "none is declared".to_owned()
    } else {
        format!("declared are {}", names.join(", "))
    }
}

fn unknown_field(place: &str, segment: &Segment, key: &str, fields: &[(&str, Shape)]) -> (Severity, String) {
    let help = match suggest::nearest(key, fields.iter().map(|(name, _)| *name)) {
        Some(name) => format!("did you mean {name:?}?"),
        None => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            format!("there are {}", names.join(", "))
        }
    };
    (
        severity_of(segment),
        format!("{place} has no field {key:?}; {help}"),
    )
}
