//! Readers in other languages: one process reads many files.
//!
//! Each line of the input is the name of a reader and a file in base64; each line of the output is what it read, in
//! base64 with a `=` before it, or `!` and a message.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// A program that reads files.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// Python's standard library.
    Python,
    /// Node.js.
    Node,
    /// Java's standard library.
    Java,
    /// Go's standard library and what Kubernetes and its tools use.
    Go,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers")
}

/// A script beside the readers.
pub(crate) fn script(name: &str) -> PathBuf {
    folder().join(name)
}

impl Program {
    fn command(self) -> Command {
        let start = |program: &str, file: &str| {
            let mut command = Command::new(program);
            command.arg(folder().join(file));
            command
        };
        match self {
            Self::Python => start("python3", "reader.py"),
            Self::Node => start("node", "reader.js"),
            Self::Java => start("java", "Reader.java"),
            Self::Go => {
                let mut command = Command::new("go");
                command.args(["run", "."]).current_dir(folder().join("go"));
                command
            }
        }
    }
}

/// The output of a program that is given an input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let what = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{what}: {error}; please install it"))
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        // A program that stops reading says why by its status.
        scope.spawn(move || stdin.write_all(input).ok());
        child.wait_with_output().expect("the program ends")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}: {said}", output.status);
    output.stdout
}

/// What a reader made of one file.
pub(crate) type Answer = Result<Vec<String>, String>;

/// What a reader of the program makes of each file.
pub(crate) fn read(program: Program, reader: &str, files: &[String]) -> Vec<Answer> {
    let lines: String = files
        .iter()
        .map(|file| format!("{reader} {}\n", BASE64_STANDARD.encode(file)))
        .collect();
    let output = run(&mut program.command(), lines.as_bytes());
    let output = String::from_utf8(output).expect("ASCII");
    let answers: Vec<Answer> = output.lines().map(answer).collect();
    assert_eq!(
        answers.len(),
        files.len(),
        "{program:?} {reader} answers every line"
    );
    answers
}

fn answer(line: &str) -> Answer {
    if let Some(problem) = line.strip_prefix('!') {
        return Err(problem.to_owned());
    }
    line.split(' ')
        .map(|field| {
            let bytes = BASE64_STANDARD.decode(field.trim_start_matches('='));
            let bytes = bytes.map_err(|error| format!("{field}: {error}"))?;
            String::from_utf8(bytes).map_err(|error| error.to_string())
        })
        .collect()
}

/// Asserts that every reader gives back each value, and what stands after it.
#[expect(clippy::print_stdout, reason = "how many values were tried is worth a line")]
pub(crate) fn agree(readers: &[(Program, &str)], cases: &[(String, String)], file: impl Fn(&str) -> String) {
    let files: Vec<String> = cases.iter().map(|(_, escaped)| file(escaped)).collect();
    for (program, reader) in readers {
        let answers = read(*program, reader, &files);
        for (((value, _), file), answer) in cases.iter().zip(&files).zip(answers) {
            let short: String = file.chars().take(400).collect();
            let wants = Ok(vec![value.clone(), "after".to_owned()]);
            assert!(
                answer == wants,
                "{program:?} {reader}: {value:?} is read as {answer:?} from {short}"
            );
        }
        println!("{program:?} {reader}: {} values", cases.len());
    }
}
