//! Builds the tree from what a reader meets, and holds the limits.

use std::collections::BTreeMap;
use std::rc::Rc;

use patchbay_model::FieldPath;

use super::node::{Content, Entry, Item, Node, Style};
use super::scalar::{self, Scalar, Tag};
use super::{Document, Duplicate, MAX_DEPTH, MAX_TEXT, MAX_VALUES, Unreadable};

/// More keys that are given twice are not noted.
const DUPLICATES: usize = 64;

/// See the module.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Item>,
    /// Values with a name, by the reader's number.
    anchors: BTreeMap<usize, Rc<Node>>,
    duplicates: Vec<Duplicate>,
    /// Values made so far, without aliases.
    made: usize,
}

/// A list or a map that is not closed yet.
struct Open {
    at: usize,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Item>),
    Map {
        entries: Vec<Entry>,
        /// Where each key is in `entries`, and whether it is written here (and not merged).
        index: BTreeMap<String, (usize, bool)>,
        key: Key,
    },
}

/// The key whose value is next.
enum Key {
    None,
    Merge,
    Is(String, usize),
}

/// A scalar as it is written.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
    pub(super) style: Style,
    pub(super) tag: Tag<'a>,
    /// 0: none.
    pub(super) anchor: usize,
}

const KEY: &str = "a key must be text. An unquoted {{ }} is a mapping to YAML: put it in quotes; and render a Helm chart \
                   first, as in: helm template . | kubectl patchbay validate -f -";
const MERGE: &str = "<< wants a mapping, or a list of mappings";

impl Builder {
    pub(super) fn scalar(&mut self, written: Written<'_>) -> Result<(), Unreadable> {
        let Written {
            at,
            text,
            style,
            tag,
            anchor,
        } = written;
        let refuse = |why: &str| unreadable(at, why);
        let plain = style == Style::Plain;
        if let Some(key) = self.wanted_key() {
            if plain && text == "<<" && matches!(tag, Tag::None | Tag::Core("merge")) {
                *key = Key::Merge;
                return Ok(());
            }
            *key = Key::Is(scalar::key(text, plain, tag).map_err(refuse)?, at);
            if anchor > 0 {
                let node = Self::leaf(at, text, style, Scalar::Text);
                self.anchors.insert(anchor, Rc::new(node));
            }
            return Ok(());
        }
        let (means, other) = scalar::value(text, plain, tag).map_err(refuse)?;
        let node = Rc::new(Self::leaf(at, other.as_deref().unwrap_or(text), style, means));
        self.put(at, node, anchor)
    }

    /// A number of JSON, which means something else there than in YAML.
    pub(super) fn json_number(&mut self, at: usize, text: &str) -> Result<(), Unreadable> {
        let means = scalar::json_number(text).ok_or_else(|| unreadable(at, "is too large a number"))?;
        self.put(at, Rc::new(Self::leaf(at, text, Style::Plain, means)), 0)
    }

    fn leaf(at: usize, text: &str, style: Style, means: Scalar) -> Node {
        Node {
            at,
            content: Content::Scalar {
                text: text.into(),
                means,
                style,
            },
            depth: 1,
            values: 1,
            text: text.len(),
        }
    }

    pub(super) fn open_list(&mut self, at: usize, anchor: usize) -> Result<(), Unreadable> {
        self.open(at, anchor, Inside::List(vec![]))
    }

    pub(super) fn open_map(&mut self, at: usize, anchor: usize) -> Result<(), Unreadable> {
        let inside = Inside::Map {
            entries: vec![],
            index: BTreeMap::new(),
            key: Key::None,
        };
        self.open(at, anchor, inside)
    }

    fn open(&mut self, at: usize, anchor: usize, inside: Inside) -> Result<(), Unreadable> {
        if self.wanted_key().is_some() {
            return Err(unreadable(at, KEY));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open { at, anchor, inside });
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Unreadable> {
        let Some(Open { at, anchor, inside }) = self.open.pop() else {
            return Ok(());
        };
        let content = match inside {
            Inside::List(items) => Content::List(items),
            Inside::Map { entries, .. } => Content::Map(entries),
        };
        let (mut depth, mut values, mut text) = (0, 1_usize, 0_usize);
        let mut add = |node: &Node, key: usize| {
            depth = depth.max(node.depth);
            values = values.saturating_add(node.values);
            text = text.saturating_add(node.text).saturating_add(key);
        };
        match &content {
            Content::List(items) => items.iter().for_each(|item| add(&item.node, 0)),
            Content::Map(entries) => entries
                .iter()
                .for_each(|entry| add(&entry.item.node, entry.key.len())),
            Content::Scalar { .. } => {}
        }
        let node = Node {
            at,
            content,
            depth: depth + 1,
            values,
            text,
        };
        self.put(at, Rc::new(node), anchor)
    }

    pub(super) fn alias(&mut self, at: usize, anchor: usize) -> Result<(), Unreadable> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(unreadable(
                at,
                "the value that this alias names contains the alias itself",
            ));
        };
        if self.wanted_key().is_none() {
            return self.put(at, node, 0);
        }
        match &node.content {
            Content::Scalar { text, .. } => {
                let key = Key::Is(text.to_string(), at);
                if let Some(wanted) = self.wanted_key() {
                    *wanted = key;
                }
                Ok(())
            }
            Content::List(_) | Content::Map(_) => Err(unreadable(at, KEY)),
        }
    }

    /// Where the key goes, if one is next.
    fn wanted_key(&mut self) -> Option<&mut Key> {
        match &mut self.open.last_mut()?.inside {
            Inside::Map { key, .. } if matches!(key, Key::None) => Some(key),
            Inside::Map { .. } | Inside::List(_) => None,
        }
    }

    fn put(&mut self, at: usize, node: Rc<Node>, anchor: usize) -> Result<(), Unreadable> {
        self.made = self.made.saturating_add(1);
        if self.made > MAX_VALUES || node.values > MAX_VALUES {
            return Err(unreadable(
                at,
                &format!("the document has more than {MAX_VALUES} values"),
            ));
        }
        if node.text > MAX_TEXT {
            return Err(unreadable(
                at,
                "the aliases of the document make too much text of it",
            ));
        }
        if self.open.len() + node.depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let item = Item { at, node };
        match self.open.last_mut() {
            None => {
                self.root = Some(item);
                Ok(())
            }
            Some(Open {
                inside: Inside::List(items),
                ..
            }) => {
                items.push(item);
                Ok(())
            }
            Some(Open {
                inside: Inside::Map { key, .. },
                ..
            }) => match std::mem::replace(key, Key::None) {
                Key::Is(key, key_at) => {
                    self.insert(Entry { key, key_at, item }, true);
                    Ok(())
                }
                Key::Merge => self.merge(&item),
                Key::None => Err(unreadable(at, KEY)),
            },
        }
    }

    fn insert(&mut self, entry: Entry, own: bool) {
        if own {
            self.note_duplicate(&entry);
        }
        let Some(Open {
            inside: Inside::Map { entries, index, .. },
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        match index.get_mut(&entry.key) {
            None => {
                index.insert(entry.key.clone(), (entries.len(), own));
                entries.push(entry);
            }
            Some((at, was_own)) => {
                *was_own |= own;
                if let Some(before) = entries.get_mut(*at) {
                    *before = entry;
                }
            }
        }
    }

    /// A key that is written twice, and not merged.
    fn note_duplicate(&mut self, entry: &Entry) {
        let Some(Inside::Map { entries, index, .. }) = self.open.last().map(|open| &open.inside) else {
            return;
        };
        let before = index.get(&entry.key).filter(|(_, own)| *own);
        let Some(first) = before.and_then(|(at, _)| entries.get(*at)).map(|it| it.key_at) else {
            return;
        };
        if self.duplicates.len() < DUPLICATES {
            let path = self.path().property(&entry.key).to_string();
            self.duplicates.push(Duplicate {
                at: entry.key_at,
                first,
                path,
            });
        }
    }

    /// As go-yaml does it: in the order of the text, so that what comes later holds. In a list the first mapping does.
    fn merge(&mut self, item: &Item) -> Result<(), Unreadable> {
        let maps: Vec<&Item> = match &item.node.content {
            Content::Map(_) => vec![item],
            Content::List(items) => items.iter().rev().collect(),
            Content::Scalar { .. } => return Err(unreadable(item.at, MERGE)),
        };
        for map in maps {
            let Content::Map(entries) = &map.node.content else {
                return Err(unreadable(map.at, MERGE));
            };
            self.made = self.made.saturating_add(entries.len());
            if self.made > MAX_VALUES {
                return Err(unreadable(
                    item.at,
                    &format!("the document has more than {MAX_VALUES} values"),
                ));
            }
            for entry in entries {
                self.insert(entry.clone(), false);
            }
        }
        Ok(())
    }

    /// Where the innermost open value is.
    fn path(&self) -> FieldPath {
        let outer = self.open.split_last().map(|(_, outer)| outer).unwrap_or_default();
        outer
            .iter()
            .fold(FieldPath::default(), |path, open| match &open.inside {
                Inside::List(items) => path.index(items.len()),
                Inside::Map {
                    key: Key::Is(key, _), ..
                } => path.property(key),
                Inside::Map { .. } => path.key("<<"),
            })
    }

    /// The document is over.
    pub(super) fn finish(&mut self) -> Document {
        let document = Document {
            root: self.root.take(),
            duplicates: std::mem::take(&mut self.duplicates),
        };
        *self = Self::default();
        document
    }
}

fn too_deep(at: usize) -> Unreadable {
    unreadable(at, &format!("is nested deeper than {MAX_DEPTH} levels"))
}

pub(super) fn unreadable(at: usize, message: &str) -> Unreadable {
    Unreadable {
        at,
        message: message.to_owned(),
    }
}
