//! What may not stand in a file of the tree.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A Rust file longer than this wants splitting.
const MAX_LINES: usize = 600;

/// Crates that take time, ids and observed state as arguments.
const PURE: [&str; 3] = ["crates/api/src", "crates/model/src", "crates/template/src"];

/// Every text file under version control or about to be: path below the root, and text.
fn files() -> Vec<(PathBuf, String)> {
    let root = xtask::root();
    let output = Command::new("git")
        .current_dir(&root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .expect("git is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).expect("UTF-8 names");
    let read = |name: &str| {
        Some((
            PathBuf::from(name),
            std::fs::read_to_string(root.join(name)).ok()?,
        ))
    };
    let files: Vec<_> = names
        .split('\0')
        .filter(|name| !name.is_empty())
        .filter_map(read)
        .collect();
    assert!(files.len() > 50, "the tree is not read right");
    files
}

fn rust() -> impl Iterator<Item = (PathBuf, String)> {
    files()
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|extension| extension == "rs"))
}

fn is_pure(path: &Path) -> bool {
    PURE.iter().any(|folder| path.starts_with(folder))
}

/// Lines of `text` that are code or documentation of the program itself: up to the tests, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line))
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_test(path: &Path) -> bool {
    let under = |name: &str| path.components().any(|part| part.as_os_str() == name);
    under("tests") || under("it") || path.file_stem().is_some_and(|stem| stem == "tests")
}

/// Where one of `words` stands, by the caller's choice of lines.
fn find<'a>(path: &Path, lines: impl Iterator<Item = (usize, &'a str)>, words: &[String]) -> Vec<String> {
    lines
        .filter_map(|(number, line)| {
            let word = words.iter().find(|word| line.contains(word.as_str()))?;
            Some(format!("{}:{number}: {word}", path.display()))
        })
        .collect()
}

fn assert_none(found: &[String], what: &str) {
    assert!(found.is_empty(), "{what}\n{}", found.join("\n"));
}

/// This file names what is banned, in pieces, so that it does not find itself.
fn joined(pieces: &[(&str, &str)]) -> Vec<String> {
    pieces
        .iter()
        .map(|(left, right)| format!("{left}{right}"))
        .collect()
}

#[test]
fn files_are_short() {
    let long: Vec<_> = rust()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert_none(&long, "split these by step or by kind:");
}

#[test]
fn pure_crates_take_time_and_chance_as_arguments() {
    let words = joined(&[
        ("SystemTime::", "now"),
        ("Instant::", "now"),
        ("Timestamp::", "now"),
        ("std::", "fs"),
        ("Tcp", "Stream"),
        ("Tcp", "Listener"),
        ("Udp", "Socket"),
        ("ToSocket", "Addrs"),
        ("std::", "env"),
        ("std::process::", "Command"),
        ("rand", "::"),
        ("Hash", "Map"),
        ("Hash", "Set"),
        ("tokio", "::"),
        ("kube::", "Client"),
    ]);
    let found: Vec<_> = rust()
        .filter(|(path, _)| is_pure(path) && !is_test(path))
        .flat_map(|(path, text)| find(&path, code(&text), &words))
        .collect();
    assert_none(
        &found,
        "pure crates have no clock, chance, files, network, or order that changes from run to run:",
    );
}

#[test]
fn nothing_is_unsafe_and_no_test_is_skipped() {
    let words = joined(&[
        ("unsafe", " {"),
        ("unsafe", " fn"),
        ("unsafe", " impl"),
        ("#[ig", "nore"),
    ]);
    let found: Vec<_> = rust()
        .flat_map(|(path, text)| {
            let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
            find(&path, lines, &words)
        })
        .collect();
    assert_none(&found, "not in this project:");
}

#[test]
fn no_file_names_a_machine_or_a_package_registry() {
    let words = joined(&[
        ("/wo", "rk/main"),
        ("/wo", "rk/shared"),
        ("/ro", "ot/."),
        ("/tm", "p/bash"),
        ("crates", ".io"),
        ("proxy.golang", ".org"),
        ("pypi", ".org"),
        ("registry.npmjs", ".org"),
        ("artifac", "tory"),
    ]);
    // Lock files name where packages come from by their nature.
    let is_lock = |path: &Path| {
        path.file_name()
            .is_some_and(|name| name == "Cargo.lock" || name == "go.sum")
    };
    let found: Vec<_> = files()
        .into_iter()
        .filter(|(path, _)| !is_lock(path))
        .flat_map(|(path, text)| {
            let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
            find(&path, lines, &words)
        })
        .collect();
    assert_none(&found, "a clone on another machine has none of these:");
}

#[test]
fn invariants_name_tests_that_exist() {
    let files = files();
    let text = |name: &str| {
        files
            .iter()
            .find(|(path, _)| path == Path::new(name))
            .map(|(_, text)| text.as_str())
    };
    let architecture = text("ARCHITECTURE.md").expect("ARCHITECTURE.md");
    let table = architecture
        .split("| Invariant | Tests |")
        .nth(1)
        .expect("the table of invariants");
    let named: Vec<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('_'))
        .collect();
    assert!(named.len() > 20, "the table is not read right: {named:?}");
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| {
            let declared = format!("fn {name}(");
            !files
                .iter()
                .any(|(path, text)| path.extension().is_some_and(|e| e == "rs") && text.contains(&declared))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md names tests that are not there: {missing:?}"
    );
}

#[test]
fn the_readme_names_files_that_exist() {
    let files = files();
    let readme = files
        .iter()
        .find(|(path, _)| path == Path::new("README.md"))
        .map(|(_, text)| text.as_str());
    let words = readme
        .expect("README.md")
        .split(|c: char| c.is_whitespace() || "()[]`".contains(c));
    let named: Vec<&str> = words
        .filter(|word| word.starts_with("examples/") || word.starts_with("charts/") || word.ends_with(".md"))
        .collect();
    assert!(named.len() > 5, "the README is not read right: {named:?}");
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| !xtask::root().join(name).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "README.md names files that are not there: {missing:?}"
    );
}
