//! The lists of cases: text files, one template on a line.
//!
//! - `## …` is a comment; the first one says what the list is about.
//! - `@data NAME` takes the data of `NAME.json`, `@json …` the JSON on the line.
//! - `@delims [[ ]]` sets the delimiters, `@delims` the usual ones; `@core` leaves Go's own functions, `@sprig` adds
//!   sprig's, which is how a list begins.
//! - `⏎ ⇥ ␍` stand for a line break, a tab and a carriage return. `<<<` and `>>>` on lines of their own enclose a
//!   template of several lines.
//! - `«a¦b¦c»` makes a case of each; several of them make all combinations.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::golden::{Answer, Golden, Group};

/// Reads a list. The answers are still empty.
///
/// # Errors
/// The file cannot be read or is not of the form.
pub fn read(path: &Path) -> Result<Golden> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut golden = Golden::default();
    let mut now = Group {
        sprig: true,
        ..Group::default()
    };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("## ") {
            if golden.about.is_empty() {
                golden.about = comment.to_owned();
            }
        } else if line == "<<<" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != ">>>").collect();
            now.cases.push((block.join("\n"), unanswered()));
        } else if let Some(directive) = line.strip_prefix('@').filter(|rest| !rest.is_empty()) {
            close(&mut golden, &mut now);
            apply(directive, &mut now, folder)
                .with_context(|| format!("{}: @{directive}", path.display()))?;
        } else if line == "@" {
            now.cases.push((String::new(), unanswered()));
        } else if !line.is_empty() {
            now.cases
                .extend(cases(line).into_iter().map(|case| (case, unanswered())));
        }
    }
    close(&mut golden, &mut now);
    Ok(golden)
}

fn unanswered() -> Answer {
    Answer::Stopped(String::new())
}

fn close(golden: &mut Golden, now: &mut Group) {
    let cases = std::mem::take(&mut now.cases);
    if !cases.is_empty() {
        golden.groups.push(Group { cases, ..now.clone() });
    }
}

fn apply(directive: &str, now: &mut Group, folder: &Path) -> Result<()> {
    let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
    match word {
        "data" => now.data = data(&folder.join(format!("{rest}.json")))?,
        "json" => now.data = serde_json::from_str(rest)?,
        "core" => now.sprig = false,
        "sprig" => now.sprig = true,
        "delims" => {
            let (left, right) = rest.split_once(' ').unwrap_or_default();
            (now.left, now.right) = (left.to_owned(), right.to_owned());
        }
        _ => bail!("no such directive"),
    }
    Ok(())
}

/// Reads data.
///
/// # Errors
/// The file cannot be read or is no JSON.
pub fn data(path: &Path) -> Result<Value> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

/// The lists in a folder, by topic.
///
/// # Errors
/// The folder cannot be read.
pub fn all(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let topic = path.file_stem().unwrap_or_default().to_string_lossy();
            all.insert(topic.into_owned(), path);
        }
    }
    Ok(all)
}

/// The cases on a line, which is no directive.
pub fn cases(line: &str) -> Vec<String> {
    let unescape = |case: &String| case.replace('⏎', "\n").replace('⇥', "\t").replace('␍', "\r");
    expand(line).iter().map(unescape).collect()
}

/// All combinations of the alternatives on a line.
fn expand(line: &str) -> Vec<String> {
    let Some((before, rest)) = line.split_once('«') else {
        return vec![line.to_owned()];
    };
    let Some((alternatives, after)) = rest.split_once('»') else {
        return vec![line.to_owned()];
    };
    let tails = expand(after);
    alternatives
        .split('¦')
        .flat_map(|one| tails.iter().map(move |tail| format!("{before}{one}{tail}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_combined() {
        assert_eq!(expand("a«1¦2»b«¦x»"), ["a1b", "a1bx", "a2b", "a2bx"]);
        assert_eq!(expand("plain"), ["plain"]);
    }

    #[test]
    fn a_list_is_read() {
        let folder = std::env::temp_dir().join(format!("oracle-list-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("x.txt");
        fs::write(
            &path,
            "## about\n@json {\"a\": 1}\n{{.a}}⏎\n<<<\na\n b\n>>>\n@delims [[ ]]\n@core\n[[«1¦2»]]\n",
        )
        .unwrap();
        let golden = read(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(golden.about, "about");
        let shown: Vec<(bool, &str, Vec<&str>)> = golden
            .groups
            .iter()
            .map(|group| {
                let cases = group.cases.iter().map(|(template, _)| template.as_str());
                (group.sprig, group.left.as_str(), cases.collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                (true, "", vec!["{{.a}}\n", "a\n b"]),
                (false, "[[", vec!["[[1]]", "[[2]]"])
            ]
        );
    }
}
