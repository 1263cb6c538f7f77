//! From a field path to the place of the field.

use super::node::{Content, Item};

/// What stands at a path.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a, 'p> {
    /// The value that was found: the last one on the way.
    pub item: &'a Item,
    /// Where its key is; the value itself, if it has none.
    pub key_at: usize,
    /// What is left of the path: nothing, if it was found.
    pub rest: &'p str,
}

/// Follows a path as far as it goes. Lists are entered by position, or by the `name` of an item.
#[must_use]
pub fn find<'a, 'p>(root: &'a Item, path: &'p str) -> Found<'a, 'p> {
    let mut found = Found {
        item: root,
        key_at: root.at,
        rest: path,
    };
    while let Some(next) = step(&found) {
        found = next;
    }
    found
}

/// One step, if there is one. Each takes something of the path, so that this ends.
fn step<'a, 'p>(from: &Found<'a, 'p>) -> Option<Found<'a, 'p>> {
    let (rest, bracket) = match from.rest.strip_prefix('[') {
        Some(rest) => (rest, true),
        None => (from.rest.strip_prefix('.').unwrap_or(from.rest), false),
    };
    if rest.is_empty() {
        return None;
    }
    match &from.item.node.content {
        Content::Scalar { .. } => None,
        Content::List(items) => {
            let (word, rest) = rest.split_once(']').filter(|_| bracket)?;
            let item = match word.parse::<usize>() {
                Ok(index) => items.get(index),
                Err(_) => items.iter().find(|item| item.node.text_of("name") == Some(word)),
            }?;
            Some(Found {
                item,
                key_at: item.at,
                rest,
            })
        }
        Content::Map(entries) => {
            // Keys may hold any character of a path: the longest one that fits is meant.
            let after = |key: &str| {
                let rest = rest.strip_prefix(key)?;
                if bracket {
                    return rest.strip_prefix(']');
                }
                (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
            };
            let fits = entries
                .iter()
                .filter_map(|entry| Some((entry, after(&entry.key)?)));
            let (entry, rest) = fits.max_by_key(|(entry, _)| entry.key.len())?;
            Some(Found {
                item: &entry.item,
                key_at: entry.key_at,
                rest,
            })
        }
    }
}
