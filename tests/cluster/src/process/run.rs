//! Programs that are run to their end, within a limit.

use std::{
    ffi::OsStr,
    io::{self, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::POLL;
use crate::error::{Doing as _, Error, Result, tail};

/// A command line as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs a program to its end, within a limit, with nothing or the given text as its input.
///
/// # Errors
/// Only when it cannot be started or runs too long (it is then killed); its own failure is in the output.
pub fn output(command: &mut Command, input: Option<&str>, limit: Duration) -> Result<Output> {
    let name = shown(command);
    let stdin = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .doing(|| format!("start `{name}`"))?;
    // Threads, not turns: a full pipe must not stop the program while another is read.
    let feed = child.stdin.take().zip(input.map(str::to_owned));
    let feeder = thread::spawn(move || feed.map(|(mut pipe, text)| pipe.write_all(text.as_bytes())));
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let status = wait(&mut child, limit).doing(|| format!("wait for `{name}`"))?;
    // A program that does not read its input shows by its status whether that matters.
    drop(feeder.join());
    let Some(status) = status else {
        return Err(Error::Failed {
            command: name,
            status: format!("no end after {} s, killed", limit.as_secs()),
            output: String::new(),
        });
    };
    Ok(Output {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    })
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// As [`output`]; and [`Error::Failed`] with the end of its standard error when it does not succeed.
pub fn run(command: &mut Command, input: Option<&str>, limit: Duration) -> Result<String> {
    let out = output(command, input, limit)?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    Err(failed(command, &out))
}

/// The error for a program that ended without success.
pub(crate) fn failed(command: &Command, out: &Output) -> Error {
    let text = if out.stderr.is_empty() {
        &out.stdout
    } else {
        &out.stderr
    };
    Error::Failed {
        command: shown(command),
        status: status_text(out.status),
        output: tail(&String::from_utf8_lossy(text), 20),
    }
}

/// A kubectl, nft, ip ... that should end at once.
pub(crate) fn run_quick<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
) -> Result<String> {
    run(Command::new(program).args(args), None, Duration::from_secs(30))
}

fn status_text(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown status".to_owned(),
    }
}

fn collect(pipe: Option<impl io::Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth showing.
            drop(pipe.read_to_end(&mut bytes));
        }
        bytes
    })
}

/// Waits for a child; none, and the child killed, when the limit is over.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    // Short at first: most programs here end within milliseconds.
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_both_pipes_and_input() {
        let out = output(
            Command::new("sh").args(["-c", "cat; echo bad >&2; exit 3"]),
            Some("hello"),
            Duration::from_secs(10),
        )
        .unwrap();
        assert_eq!(
            (out.stdout.as_slice(), out.stderr.as_slice(), out.status.code()),
            (&b"hello"[..], &b"bad\n"[..], Some(3))
        );
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let error = output(Command::new("sleep").arg("100"), None, Duration::from_millis(100)).unwrap_err();
        assert!(
            error.to_string().starts_with("`sleep 100` failed (no end after"),
            "{error}"
        );
    }

    #[test]
    fn a_failure_shows_the_command_and_the_end_of_its_errors() {
        let error = run(
            Command::new("/bin/sh").args(["-c", "echo no >&2; exit 1"]),
            None,
            Duration::from_secs(10),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c echo no >&2; exit 1` failed (exit status 1)\n    no"
        );
    }
}
