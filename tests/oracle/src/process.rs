//! A Go program that answers a line for each line, and is started again when it has ended.

use std::{
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::{Serialize, de::DeserializeOwned};

/// Longer than a program gives a case, even where it is slow to notice.
const SILENCE: Duration = Duration::from_secs(120);

/// The program, running or not.
#[derive(Debug)]
pub struct Process {
    program: PathBuf,
    running: Option<Running>,
    starts: u32,
}

#[derive(Debug)]
struct Running {
    child: Child,
    questions: mpsc::Sender<Vec<u8>>,
    replies: mpsc::Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Process {
    /// One of this program; it starts with the first question.
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            running: None,
            starts: 0,
        }
    }

    /// How often it was started.
    pub fn starts(&self) -> u32 {
        self.starts
    }

    /// Ends it, until the next question.
    pub fn end(&mut self) {
        self.running = None;
    }

    /// Asks questions. Their replies come in the same order.
    ///
    /// # Errors
    /// A question is no JSON, or the program cannot be started.
    pub fn send(&mut self, questions: impl IntoIterator<Item = impl Serialize>) -> Result<()> {
        let mut lines = Vec::new();
        for question in questions {
            serde_json::to_writer(&mut lines, &question)?;
            lines.push(b'\n');
        }
        if self.running.is_none() {
            self.running = Some(start(&self.program)?);
            self.starts += 1;
        }
        if let Some(running) = &self.running {
            // Where it has ended, the replies say so.
            drop(running.questions.send(lines));
        }
        Ok(())
    }

    /// The next reply; nothing where the program has ended.
    ///
    /// # Errors
    /// It is silent for long, or its line is no reply.
    pub fn reply<R: DeserializeOwned>(&self) -> Result<Option<R>> {
        let Some(running) = &self.running else {
            return Ok(None);
        };
        match running.replies.recv_timeout(SILENCE) {
            Ok(line) => Ok(Some(
                serde_json::from_str(&line).context("a line that is no reply")?,
            )),
            Err(mpsc::RecvTimeoutError::Disconnected) => Ok(None),
            Err(mpsc::RecvTimeoutError::Timeout) => bail!("the oracle is silent"),
        }
    }
}

/// Threads for both pipes: neither side ever waits for the other with a full pipe.
fn start(program: &PathBuf) -> Result<Running> {
    let mut child = Command::new(program)
        // As in containers: the local time is UTC by name.
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("start {}", program.display()))?;
    let (stdin, stdout) = child.stdin.take().zip(child.stdout.take()).context("pipes")?;
    let (questions, to_write) = mpsc::channel::<Vec<u8>>();
    let (read, replies) = mpsc::channel();
    thread::spawn(move || {
        let mut stdin = BufWriter::new(stdin);
        for lines in to_write {
            if stdin.write_all(&lines).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { return };
            if read.send(line).is_err() {
                return;
            }
        }
    });
    Ok(Running {
        child,
        questions,
        replies,
    })
}
