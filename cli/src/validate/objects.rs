//! From documents to objects: lists are taken apart, and what is no object of ours is counted.

use patchbay_api::names::{GROUP, VERSION};
use patchbay_model::admission::template_of;
use patchbay_model::server;
use patchbay_template::suggest::nearest;
use serde_json::{Value, json};

use super::finding::{Finding, ObjectName, Where};
use crate::output::Severity;
use crate::source::Source;
use crate::yaml::{Content, Duplicate, Item, Syntax, read};

/// Lists in lists are no deeper than this.
const LIST_DEPTH: usize = 4;

/// An object that may concern us.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) role: Role,
    pub(super) name: ObjectName,
    /// Group and version.
    pub(super) group: String,
    pub(super) version: String,
    /// The file.
    pub(super) source: usize,
    /// Its number in the file.
    pub(super) number: usize,
    pub(super) root: Item,
    /// With the namespace filled in.
    pub(super) value: Value,
    pub(super) duplicates: Vec<Duplicate>,
}

/// What an object is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A kind of our group.
    Ours(&'static str),
    Secret,
    Pod,
    /// A workload, and where the template of its pods is.
    Workload(&'static str),
}

/// What is in the files.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) objects: Vec<Object>,
    /// Documents and objects that are none of ours.
    pub(super) ignored: usize,
    pub(super) findings: Vec<Finding>,
}

/// Finds the objects of all files.
pub(super) fn find(sources: &[Source], namespace: &str) -> Objects {
    let mut found = Objects::default();
    for (index, source) in sources.iter().enumerate() {
        let mut finder = Finder {
            source: index,
            text: source,
            namespace,
            number: 0,
            found: &mut found,
        };
        finder.file();
    }
    found
}

struct Finder<'a> {
    source: usize,
    text: &'a Source,
    namespace: &'a str,
    number: usize,
    found: &'a mut Objects,
}

impl Finder<'_> {
    fn file(&mut self) {
        let is_json = self.text.name.to_ascii_lowercase().ends_with(".json");
        let syntax = if is_json { Syntax::Json } else { Syntax::Guess };
        let stream = read(&self.text.text, syntax);
        for document in stream.documents {
            if let Some(root) = document.root {
                self.document(&root, document.duplicates, 0);
            }
        }
        if let Some(error) = stream.error {
            let place = self.text.place(error.at);
            let mut finding = Finding::unreadable(self.source, Some(place), error.message);
            finding.is_public = !may_be_a_secret(&self.text.text);
            self.found.findings.push(finding);
        }
    }

    fn document(&mut self, root: &Item, duplicates: Vec<Duplicate>, depth: usize) {
        let Content::Map(_) = root.node.content else {
            // `kubectl` passes over empty documents too.
            let is_empty = root.node.to_json().is_null();
            self.found.ignored += usize::from(!is_empty);
            return;
        };
        let kind = root.node.text_of("kind").unwrap_or_default();
        let items = root.node.get("items").map(|entry| &entry.item.node.content);
        match items {
            Some(Content::List(items)) if kind.ends_with("List") && depth < LIST_DEPTH => {
                for item in items {
                    // What is given twice in an item is of that item.
                    self.document(item, inside(&duplicates, item, items), depth + 1);
                }
            }
            _ => self.object(root, duplicates),
        }
    }

    fn object(&mut self, root: &Item, duplicates: Vec<Duplicate>) {
        self.number += 1;
        let text = |key: &str| root.node.text_of(key).unwrap_or_default().to_owned();
        let mut head = Head {
            api_version: text("apiVersion"),
            kind: text("kind"),
            problems: vec![],
        };
        head.mend(root);
        let (group, version) = match head.api_version.split_once('/') {
            Some((group, version)) => (group.to_owned(), version.to_owned()),
            None => (String::new(), head.api_version.clone()),
        };
        let role = role(&group, &version, &head.kind);
        let metadata = root.node.get("metadata").map(|entry| &entry.item.node);
        let meta = |key: &str| metadata.and_then(|node| node.text_of(key)).unwrap_or_default();
        let is_namespaced = role != Some(Role::Ours("ConnectorClass"));
        let namespace = match meta("namespace") {
            _ if !is_namespaced => "",
            "" => self.namespace,
            own => own,
        };
        let name = ObjectName {
            api_version: head.api_version,
            kind: head.kind,
            namespace: namespace.to_owned(),
            name: meta("name").to_owned(),
        };
        for (key, reason, message) in head.problems {
            let at = root.node.get(&key).map_or(root.at, |entry| {
                if reason == "UnknownField" {
                    entry.key_at
                } else {
                    entry.item.at
                }
            });
            self.found.findings.push(Finding {
                severity: Severity::Error,
                order: (self.source, self.number),
                file: Where::Source(self.source),
                place: Some(self.text.place(at)),
                is_public: true,
                path: key,
                reason,
                message,
                object: Some(name.clone()),
            });
        }
        let Some(role) = role else {
            self.found.ignored += 1;
            return;
        };
        let mut value = root.node.to_json();
        fill_in(&mut value, namespace);
        self.found.objects.push(Object {
            role,
            name,
            group,
            version,
            source: self.source,
            number: self.number,
            root: root.clone(),
            value,
            duplicates,
        });
    }
}

/// A text that cannot be read cannot be known to hold no Secret.
fn may_be_a_secret(text: &str) -> bool {
    let says_so = |line: &str| {
        let line = line.to_ascii_lowercase();
        line.contains("kind") && line.contains("secret")
    };
    text.lines().any(says_so)
}

/// Those of the duplicates that are written inside an item of a list.
fn inside(duplicates: &[Duplicate], item: &Item, items: &[Item]) -> Vec<Duplicate> {
    let next = items
        .iter()
        .map(|other| other.at)
        .filter(|at| *at > item.at)
        .min();
    let is_inside = |it: &&Duplicate| it.at >= item.at && next.is_none_or(|next| it.at < next);
    let of_item = |it: &Duplicate| {
        // `items[3].spec.x`: the path of the list goes.
        let path = it
            .path
            .split_once("].")
            .map_or(it.path.as_str(), |(_, path)| path);
        Duplicate {
            path: path.to_owned(),
            ..it.clone()
        }
    };
    duplicates.iter().filter(is_inside).map(of_item).collect()
}

fn fill_in(value: &mut Value, namespace: &str) {
    let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata.filter(|_| !namespace.is_empty()) {
        let own = metadata.entry("namespace").or_insert(Value::Null);
        if own.is_null() || *own == json!("") {
            *own = json!(namespace);
        }
    }
}

fn role(group: &str, version: &str, kind: &str) -> Option<Role> {
    match (group, version, kind) {
        (GROUP, _, kind) => server::kinds().find(|it| *it == kind).map(Role::Ours),
        ("", "v1", "Secret") => Some(Role::Secret),
        ("", "v1", "Pod") => Some(Role::Pod),
        _ => template_of(group, kind).map(Role::Workload),
    }
}

/// `apiVersion` and `kind`, with slips put right and noted.
struct Head {
    api_version: String,
    kind: String,
    /// Field, reason, message.
    problems: Vec<(String, &'static str, String)>,
}

impl Head {
    fn mend(&mut self, root: &Item) {
        self.mend_keys(root);
        let (group, version) = match self.api_version.split_once('/') {
            Some((group, version)) => (group, version),
            None => (self.api_version.as_str(), ""),
        };
        let is_kind = |it: &str| it.eq_ignore_ascii_case(&self.kind);
        let is_near = group.eq_ignore_ascii_case(GROUP)
            || (group.to_ascii_lowercase().contains("patchbay") && server::kinds().any(is_kind));
        if !is_near {
            return;
        }
        if group != GROUP || version != VERSION {
            let message = format!("got {:?}, wants \"{GROUP}/{VERSION}\"", self.api_version);
            self.note("apiVersion", "FieldValueNotSupported", message);
            self.api_version = format!("{GROUP}/{VERSION}");
        }
        if !server::kinds().any(|it| it == self.kind) {
            let near = nearest(&self.kind, server::kinds());
            let kinds: Vec<&str> = server::kinds().collect();
            let hint = match near {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("this version knows {}", kinds.join(" and ")),
            };
            let message = if self.kind.is_empty() {
                format!("is missing; {hint}")
            } else {
                format!("got {:?}, which is no kind of {GROUP}; {hint}", self.kind)
            };
            self.note("kind", "FieldValueNotSupported", message);
            if let Some(near) = near {
                near.clone_into(&mut self.kind);
            }
        }
    }

    /// `apiversion` and `Kind` are no fields, but it is plain what is meant.
    fn mend_keys(&mut self, root: &Item) {
        let Content::Map(entries) = &root.node.content else {
            return;
        };
        let slip = |wanted: &str| {
            let entry = entries
                .iter()
                .find(|entry| entry.key != wanted && entry.key.eq_ignore_ascii_case(wanted))?;
            Some((entry.key.clone(), entry.item.node.as_text()?.to_owned()))
        };
        let mut slips = Vec::new();
        if self.api_version.is_empty() {
            slips.extend(slip("apiVersion").map(|it| ("apiVersion", it)));
        }
        if self.kind.is_empty() {
            slips.extend(slip("kind").map(|it| ("kind", it)));
        }
        let api_version = slips.iter().find(|(wanted, _)| *wanted == "apiVersion");
        let api_version = api_version.map_or(self.api_version.as_str(), |(_, (_, value))| value.as_str());
        if !api_version.to_ascii_lowercase().contains(GROUP) {
            return;
        }
        for (wanted, (_, value)) in &slips {
            match *wanted {
                "kind" => self.kind.clone_from(value),
                _ => self.api_version.clone_from(value),
            }
        }
        if server::kinds().any(|it| it == self.kind) {
            // Unknown fields are found later, all of them, once the kind is known.
            return;
        }
        for (wanted, (key, _)) in slips {
            let message = format!("is not known; did you mean {wanted:?}?");
            self.note(&key, "UnknownField", message);
        }
    }

    fn note(&mut self, field: &str, reason: &'static str, message: String) {
        self.problems.push((field.to_owned(), reason, message));
    }
}
