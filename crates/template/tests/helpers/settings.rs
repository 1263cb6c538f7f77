//! Settings of git, npm, and tools that read INI files.

use std::process::Command;

use patchbay_template::escape;

use crate::readers::{Program, agree, run, script};
use crate::values::escaped;

fn has_nul(value: &str) -> bool {
    value.contains('\0')
}

/// Every entry of a file as git sees it: key, line break, value.
fn git_entries(config: &str) -> Vec<(String, String)> {
    let mut git = Command::new("git");
    let output = run(
        git.args(["config", "--file", "-", "--list", "-z"]),
        config.as_bytes(),
    );
    let output = String::from_utf8(output).expect("UTF-8");
    output
        .split_terminator('\0')
        .map(|entry| entry.split_once('\n').expect("a key and a value"))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn git_config_value_reads_back() {
    let cases = escaped(escape::git_config_value, has_nul);
    let mut config = String::new();
    let mut wants = Vec::new();
    for (index, (value, escaped)) in cases.iter().enumerate() {
        config.push_str(&format!(
            "[user \"{index}\"]\n\tname = {escaped}\n\tsigningKey = {escaped} # of the robot\n\temail = after\n"
        ));
        wants.push((format!("user.{index}.name"), value.clone()));
        wants.push((format!("user.{index}.signingkey"), value.clone()));
        wants.push((format!("user.{index}.email"), "after".to_owned()));
    }
    for (got, wants) in git_entries(&config).into_iter().zip(&wants) {
        assert_eq!(got, *wants);
    }
    println!("git config: {} values", cases.len());
}

#[test]
fn git_config_subsection_reads_back() {
    let cases = escaped(escape::git_config_subsection, |value| {
        value.contains(['\0', '\n'])
    });
    let mut config = String::new();
    for (index, (_, escaped)) in cases.iter().enumerate() {
        config.push_str(&format!(
            "[url {escaped}]\n\tinsteadOf = {index}\n[after]\n\tvalue = after\n"
        ));
    }
    let entries = git_entries(&config);
    for (index, (value, _)) in cases.iter().enumerate() {
        assert_eq!(
            entries[2 * index],
            (format!("url.{value}.insteadof"), index.to_string())
        );
        assert_eq!(
            entries[2 * index + 1],
            ("after.value".to_owned(), "after".to_owned())
        );
    }
    println!("git config: {} subsections", cases.len());
}

/// What may be refused: everything that is not one line of words without quotes around it.
fn no_ini(value: &str) -> bool {
    let comment = |mark: char| {
        value.starts_with(mark) || value.contains(&format!(" {mark}")) || value.contains(&format!("\t{mark}"))
    };
    value.contains(|c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}'))
        || value.trim() != value
        || value.starts_with(['"', '\''])
        || value.ends_with('\\')
        || ['#', ';'].into_iter().any(comment)
        || value.contains(|c: char| c.is_whitespace() && c != ' ')
}

#[test]
fn ini_value_reads_back_from_a_pip_configuration() {
    let cases = escaped(escape::ini_value, no_ini);
    agree(&[(Program::Python, "pip_conf")], &cases, |password| {
        format!("[global]\npassword = {password}\nuser = after\n")
    });
}

fn no_npmrc(value: &str) -> bool {
    let space = |c: char| c.is_whitespace() || c == '\u{feff}';
    value.contains("${")
        || value.starts_with(space)
        || value.ends_with(space)
        || matches!(value, "null" | "undefined")
}

#[test]
fn npmrc_value_reads_back_from_npm() {
    let cases = escaped(escape::npmrc_value, no_npmrc);
    let mut config = String::new();
    for (index, (_, escaped)) in cases.iter().enumerate() {
        config.push_str(&format!(
            "//h{index}.example.com/:_password={escaped}\nafter-{index} = after ; of the robot\n"
        ));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("npmrc");
    std::fs::write(&file, config).expect("a file");
    let mut npm = Command::new("node");
    npm.arg(script("npmrc.js")).arg(&file).current_dir(folder.path());
    let read: serde_json::Value = serde_json::from_slice(&run(&mut npm, b"")).expect("JSON");
    for (index, (value, escaped)) in cases.iter().enumerate() {
        let got = match &read[format!("//h{index}.example.com/:_password")] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert_eq!(got, *value, "{escaped}");
        assert_eq!(read[format!("after-{index}")], "after");
    }
    println!("npm: {} values", cases.len());
}
