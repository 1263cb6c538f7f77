//! Every file of `cases/` is one run: a command line, its files, and all that comes out.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Set it to write down what comes out, instead of comparing.
const UPDATE: &str = "UPDATE_CASES";
const MARK: &str = "==== ";
const OPEN_END: &str = ", without a line break at its end";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the root")
        .to_path_buf()
}

/// Runs the program in a folder.
pub(crate) fn run(folder: &Path, args: &[&str], stdin: &[u8]) -> (i32, Vec<u8>, Vec<u8>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-patchbay"))
        .current_dir(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    let stdin = stdin.to_vec();
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || pipe.write_all(&stdin).is_ok());
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic");
    (
        output.status.code().expect("no signal"),
        output.stdout,
        output.stderr,
    )
}

struct Section {
    head: String,
    text: String,
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(MARK) {
            Some(head) => sections.push(Section {
                head: head.trim_end().to_owned(),
                text: String::new(),
            }),
            None => sections
                .last_mut()
                .expect("a file begins with a section")
                .text
                .push_str(line),
        }
    }
    for section in &mut sections {
        if let Some(head) = section.head.strip_suffix(OPEN_END) {
            section.head = head.to_owned();
            section.text.truncate(section.text.len() - 1);
        }
    }
    sections
}

fn written(head: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if text.ends_with('\n') {
        format!("{MARK}{head}\n{text}")
    } else {
        format!("{MARK}{head}{OPEN_END}\n{text}\n")
    }
}

/// What the file should be.
fn rerun(case: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let root = root().display().to_string();
    let mut args = Vec::new();
    let mut stdin = String::new();
    let mut kept = String::new();
    for Section { head, text } in sections(case) {
        match head.split_once(' ').unwrap_or((&head, "")) {
            ("run", line) => {
                args = line.split(' ').map(|arg| arg.replace("{root}", &root)).collect();
                let _fits = write!(kept, "{MARK}{head}\n{text}");
                continue;
            }
            ("stdin", _) => stdin.clone_from(&text),
            ("file", name) => {
                let path = folder.path().join(name);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, &text).expect("written");
            }
            ("exit" | "stdout" | "stderr", _) => continue,
            _ => assert!(text.is_empty(), "no section is called {head:?}"),
        }
        kept.push_str(&written(&head, &text));
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (code, stdout, stderr) = run(folder.path(), &args, stdin.as_bytes());
    let shown = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace(&root, "{root}");
    format!(
        "{kept}{MARK}exit {code}\n{}{}",
        written("stdout", &shown(stdout)),
        written("stderr", &shown(stderr))
    )
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "case") {
            found.push(path);
        }
    }
}

#[test]
fn every_case_comes_out_as_written() {
    let mut cases = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"), &mut cases);
    cases.sort();
    assert!(cases.len() >= 40, "only {} cases are found", cases.len());
    let mut wrong = String::new();
    for path in cases {
        let case = std::fs::read_to_string(&path).expect("a case");
        let now = rerun(&case);
        if now == case {
            continue;
        }
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, now).expect("written");
        } else {
            let _fits = write!(wrong, "{}:\n{now}\n\n", path.display());
        }
    }
    assert!(wrong.is_empty(), "{UPDATE}=1 writes this down:\n{wrong}");
}
