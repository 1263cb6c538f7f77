//! What a template reads of the data.
//!
//! Tera stops at a field of what is not there, but lets the last field be missing where nothing is made of it: in a
//! condition, before `default`, with `?.`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::scope::{Path, Scopes, either};
use super::tree::{Component, Expr, Kind, Node, Program};
use super::{Problem, limits};
use crate::{Engine, FunctionUse, Reference, References, Segment};

/// What becomes of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// It is printed or used: it has to be there.
    Value,
    /// Its last field may be missing.
    Lenient,
}

/// What was found.
pub(super) struct Found {
    pub(super) references: References,
    /// Where readings of variables stand, for messages.
    pub(super) chains: Vec<Range<usize>>,
    /// The roots of the data that a rendering may look at.
    pub(super) roots: BTreeSet<String>,
}

/// A name that the template sets somewhere is not held to be a misspelt root, unless it is a root.
const ROOTS: [&str; 6] = [
    "connector",
    "connectors",
    "connectorclass",
    "context",
    "configurations",
    "secret",
];

/// Finds what a template reads and calls.
///
/// *Errors*: a template with more readings than anybody could follow.
pub(super) fn find(program: &Program, place: impl Fn(usize) -> (usize, usize)) -> Result<Found, Problem> {
    let mut finder = Finder {
        components: &program.components,
        scopes: Scopes::new(),
        guards: Vec::new(),
        reads: BTreeMap::new(),
        chains: Vec::new(),
        visits: limits::VISITS,
    };
    finder.nodes(&program.nodes)?;
    for component in &program.components {
        finder.scopes.open(true);
        finder.nodes(&component.body)?;
        finder.scopes.close();
    }
    let root = |path: &Path| path.first().and_then(Segment::key).map(str::to_owned);
    let roots = finder.reads.keys().filter_map(|(_, path)| root(path)).collect();
    let scopes = &finder.scopes;
    let may_be_root = |root: String| ROOTS.contains(&root.as_str()) || !scopes.is_own(&root);
    let reads = finder.reads.into_iter();
    let reads = reads.filter(|((_, path), _)| root(path).is_none_or(may_be_root));
    let reads = reads.map(|((at, path), (guarded, proven))| {
        let (line, column) = place(at);
        Reference {
            path,
            line,
            column,
            guarded,
            proven,
            used_as: crate::Use::Value,
        }
    });
    let functions = program.uses.iter().map(|used| {
        let (line, column) = place(used.at);
        FunctionUse {
            name: used.name.clone(),
            line,
            column,
        }
    });
    let references = References {
        reads: reads.collect(),
        functions: functions.collect(),
        engine: Engine::Tera,
        ..References::default()
    };
    let chains = finder.chains;
    Ok(Found {
        references,
        chains,
        roots,
    })
}

struct Finder<'a> {
    components: &'a [Component],
    scopes: Scopes,
    /// What is known to be there.
    guards: Vec<Path>,
    /// Whether the map is known to be there, and whether the value is.
    reads: BTreeMap<(usize, Path), (bool, bool)>,
    chains: Vec<Range<usize>>,
    visits: usize,
}

type Done<T> = Result<T, Problem>;

impl Finder<'_> {
    fn nodes(&mut self, nodes: &[Node]) -> Done<()> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    fn node(&mut self, node: &Node) -> Done<()> {
        match node {
            Node::Print(value) => {
                self.value(value, Need::Value)?;
            }
            Node::Set { name, value, global } => {
                let paths = match value {
                    Some(value) => self.value(value, Need::Lenient)?,
                    None => vec![],
                };
                self.scopes.set(name, paths, *global);
            }
            Node::If {
                test,
                body,
                otherwise,
            } => {
                self.value(test, Need::Lenient)?;
                let mark = self.scopes.enter_branch();
                self.where_known(self.truths(test), |finder| finder.nodes(body))?;
                self.scopes.leave_branch(&mark);
                let mark = self.scopes.enter_branch();
                self.where_known(self.falsities(test), |finder| finder.nodes(otherwise))?;
                self.scopes.leave_branch(&mark);
            }
            Node::For {
                key,
                name,
                over,
                body,
                empty,
            } => {
                let paths = self.value(over, Need::Value)?;
                let known = self.truths(over);
                let mark = self.scopes.enter_branch();
                self.where_known(known, |finder| {
                    finder.in_loop(key.as_deref(), name, paths, |finder| finder.nodes(body))
                })?;
                self.scopes.leave_branch(&mark);
                let mark = self.scopes.enter_branch();
                self.nodes(empty)?;
                self.scopes.leave_branch(&mark);
            }
            Node::Body(body, arguments) => {
                self.nodes(body)?;
                self.values(arguments)?;
            }
        }
        Ok(())
    }

    fn in_loop(
        &mut self,
        key: Option<&str>,
        name: &str,
        over: Vec<Path>,
        inside: impl FnOnce(&mut Self) -> Done<()>,
    ) -> Done<()> {
        self.scopes.open(false);
        if let Some(key) = key {
            self.scopes.set(key, vec![], false);
        }
        let items = elements(over);
        self.scopes.set(name, items.clone(), false);
        // Where there is an item, there is the list.
        self.where_known(items, inside)?;
        self.scopes.close();
        Ok(())
    }

    fn where_known<T>(&mut self, known: Vec<Path>, inside: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        let before = self.guards.len();
        self.guards.extend(known);
        let done = inside(self);
        self.guards.truncate(before);
        done
    }

    fn values(&mut self, values: &[Expr]) -> Done<()> {
        for value in values {
            self.value(value, Need::Value)?;
        }
        Ok(())
    }

    /// Looks at an expression; says of which parts of the data its value may be.
    fn value(&mut self, expr: &Expr, need: Need) -> Done<Vec<Path>> {
        self.visit(expr)?;
        match &expr.kind {
            Kind::Text(_) | Kind::Constant => Ok(vec![]),
            Kind::Var(_) | Kind::Attr { .. } | Kind::Item { .. } => self.reading(expr, need),
            Kind::Parts(parts) => self.values(parts).map(|()| vec![]),
            Kind::Slice(of, parts) => {
                self.values(parts)?;
                self.value(of, Need::Value)
            }
            Kind::Filter { of, name, arguments } => self.filter(of, name, arguments),
            Kind::Test { of, arguments, .. } => {
                let need = if arguments.is_empty() {
                    Need::Lenient
                } else {
                    Need::Value
                };
                self.value(of, need)?;
                for (_, argument) in arguments {
                    self.value(argument, Need::Value)?;
                }
                Ok(vec![])
            }
            Kind::Not(of) => self.value(of, Need::Lenient).map(|_| vec![]),
            Kind::And(left, right) => {
                let paths = self.value(left, Need::Lenient)?;
                let known = self.truths(left);
                let others = self.where_known(known, |finder| finder.value(right, need))?;
                Ok(either(paths, others))
            }
            Kind::Or(left, right) => {
                let paths = self.value(left, Need::Lenient)?;
                let known = self.falsities(left);
                let others = self.where_known(known, |finder| finder.value(right, need))?;
                Ok(either(paths, others))
            }
            Kind::In(left, right) => {
                self.value(left, Need::Value)?;
                self.value(right, Need::Value).map(|_| vec![])
            }
            Kind::Equal { left, right, .. } => {
                self.value(left, Need::Lenient)?;
                self.value(right, Need::Lenient).map(|_| vec![])
            }
            Kind::Ternary { test, yes, no } => {
                self.value(test, Need::Lenient)?;
                let known = self.truths(test);
                let paths = self.where_known(known, |finder| finder.value(yes, need))?;
                let known = self.falsities(test);
                let others = self.where_known(known, |finder| finder.value(no, need))?;
                Ok(either(paths, others))
            }
            Kind::Comprehension {
                item,
                key,
                name,
                over,
                test,
            } => {
                let paths = self.value(over, Need::Value)?;
                let known = self.truths(over);
                self.where_known(known, |finder| {
                    finder.in_loop(key.as_deref(), name, paths, |finder| {
                        let mut known = vec![];
                        if let Some(test) = test {
                            finder.value(test, Need::Lenient)?;
                            known = finder.truths(test);
                        }
                        finder.where_known(known, |finder| finder.value(item, Need::Value))?;
                        Ok(())
                    })
                })?;
                Ok(vec![])
            }
            Kind::Component {
                name,
                given,
                values,
                body,
            } => {
                self.values(values)?;
                self.nodes(body)?;
                self.implicit(expr, name, given)?;
                Ok(vec![])
            }
        }
    }

    /// What a component takes from the place where it is used.
    fn implicit(&mut self, call: &Expr, name: &str, given: &[String]) -> Done<()> {
        let component = self.components.iter().find(|c| c.name == name);
        for (parameter, default) in component.map_or(&[][..], |c| &c.implicit) {
            if !given.contains(parameter) {
                let need = if *default { Need::Lenient } else { Need::Value };
                self.visit(call)?;
                for path in self.scopes.lookup(parameter) {
                    self.record(call.at, path, need, false);
                }
            }
        }
        Ok(())
    }

    fn visit(&mut self, expr: &Expr) -> Done<()> {
        let message = "the template reads more than can be followed";
        self.visits = self
            .visits
            .checked_sub(1)
            .ok_or_else(|| Problem::too_large(expr.at, message))?;
        Ok(())
    }

    fn filter(&mut self, of: &Expr, name: &str, arguments: &[(String, Expr)]) -> Done<Vec<Path>> {
        let need = if name == "default" {
            Need::Lenient
        } else {
            Need::Value
        };
        let paths = self.value(of, need)?;
        let mut given = Vec::new();
        for (argument, value) in arguments {
            let found = self.value(value, Need::Value)?;
            given.push((argument.as_str(), value, found));
        }
        match name {
            "default" => {
                let others = given.into_iter().flat_map(|(_, _, found)| found);
                Ok(either(paths, others.collect()))
            }
            "first" | "last" | "nth" => Ok(elements(paths)),
            "reverse" | "sort" | "unique" | "safe" => Ok(paths),
            "values" => Ok(paths),
            "get" => {
                let text = given.iter().find_map(|(name, value, _)| match &value.kind {
                    Kind::Text(key) if *name == "key" => Some(key.clone()),
                    _ => None,
                });
                let segment = text.map_or(Segment::Dynamic, Segment::Index);
                let default = given.iter().any(|(name, ..)| *name == "default");
                let need = if default { Need::Lenient } else { Need::Value };
                let paths = below(paths, &segment);
                for path in &paths {
                    self.record(of.at, path.clone(), need, false);
                }
                Ok(paths)
            }
            _ => Ok(vec![]),
        }
    }

    /// A variable with all that is read of it.
    fn reading(&mut self, expr: &Expr, need: Need) -> Done<Vec<Path>> {
        self.inner_values(expr)?;
        let paths = self.paths(expr);
        let optional = match &expr.kind {
            Kind::Attr { optional, .. } | Kind::Item { optional, .. } => *optional,
            _ => false,
        };
        self.chains.push(expr.at..expr.end);
        for path in &paths {
            self.record(expr.at, path.clone(), need, optional);
        }
        Ok(paths)
    }

    /// The keys in brackets of a reading, and what it begins with where that is no variable.
    fn inner_values(&mut self, expr: &Expr) -> Done<()> {
        match &expr.kind {
            Kind::Var(_) => Ok(()),
            Kind::Attr { of, .. } => self.inner_values(of),
            Kind::Item { of, key, .. } => {
                self.value(key, Need::Value)?;
                self.inner_values(of)
            }
            _ => self.value(expr, Need::Value).map(|_| ()),
        }
    }

    /// The paths of a reading.
    fn paths(&self, expr: &Expr) -> Vec<Path> {
        let (of, segment) = match &expr.kind {
            Kind::Var(name) => return self.scopes.lookup(name),
            Kind::Attr { of, name, .. } => (of, Segment::Field(name.clone())),
            Kind::Item { of, key, .. } => {
                // A key that is no name can only be written so: it is as certain as a name.
                let segment = match &key.kind {
                    Kind::Text(key) => Segment::Field(key.clone()),
                    Kind::Constant => Segment::Element,
                    _ => Segment::Dynamic,
                };
                (of, segment)
            }
            _ => return vec![],
        };
        below(self.paths(of), &segment)
    }

    fn record(&mut self, at: usize, path: Path, need: Need, optional: bool) {
        let parent = path.split_last().map_or(&[][..], |(_, parent)| parent);
        let lenient = need == Need::Lenient;
        let beside = |guard: &Path| {
            if parent.is_empty() {
                guard.starts_with(&path)
            } else {
                guard.starts_with(parent)
            }
        };
        let guarded = optional || self.guards.iter().any(beside) || (lenient && always_there(parent));
        let proven = lenient || self.guards.iter().any(|guard| guard.starts_with(&path));
        let read = self.reads.entry((at, path)).or_insert((true, true));
        read.0 &= guarded;
        read.1 &= proven;
    }

    /// What is there when the expression holds.
    fn truths(&self, expr: &Expr) -> Vec<Path> {
        match &expr.kind {
            Kind::Var(_) | Kind::Attr { .. } | Kind::Item { .. } => self.certain(expr),
            Kind::And(left, right) => both(self.truths(left), self.truths(right)),
            Kind::Not(of) => self.falsities(of),
            Kind::Test { of, name, .. } if name != "undefined" && name != "none" => self.certain(of),
            Kind::In(key, of) => match &key.kind {
                Kind::Text(key) => below(self.certain(of), &Segment::Field(key.clone())),
                _ => vec![],
            },
            Kind::Equal {
                left,
                right,
                same: true,
            } => match (&left.kind, &right.kind) {
                (_, Kind::Text(_)) => self.certain(left),
                (Kind::Text(_), _) => self.certain(right),
                _ => vec![],
            },
            _ => vec![],
        }
    }

    /// What is there when the expression does not hold.
    fn falsities(&self, expr: &Expr) -> Vec<Path> {
        match &expr.kind {
            Kind::Not(of) => self.truths(of),
            Kind::Or(left, right) => both(self.falsities(left), self.falsities(right)),
            Kind::Test { of, name, .. } if name == "undefined" => self.certain(of),
            _ => vec![],
        }
    }

    /// The path of a reading, where it can be no other.
    fn certain(&self, expr: &Expr) -> Vec<Path> {
        let paths = self.paths(expr);
        if paths.len() == 1 { paths } else { vec![] }
    }
}

fn both(mut left: Vec<Path>, right: Vec<Path>) -> Vec<Path> {
    left.extend(right);
    left
}

fn elements(paths: Vec<Path>) -> Vec<Path> {
    below(paths, &Segment::Element)
}

/// What is one step down. Where that is deeper than any data, nothing more is said about it.
fn below(mut paths: Vec<Path>, segment: &Segment) -> Vec<Path> {
    paths.retain(|path| path.len() < limits::DATA_DEPTH);
    for path in &mut paths {
        path.push(segment.clone());
    }
    paths
}

/// What every rendering has, whatever the Connector: only the Secret may be missing, and what is deeper down.
fn always_there(path: &[Segment]) -> bool {
    let keys: Vec<_> = path.iter().map(Segment::key).collect();
    match keys.as_slice() {
        [] => true,
        [Some(root)] => !matches!(*root, "secret" | "Secret"),
        [Some("connector"), Some("metadata" | "spec" | "status")] => true,
        _ => false,
    }
}
