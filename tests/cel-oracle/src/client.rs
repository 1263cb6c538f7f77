//! Asks the Go program, which ends when a case runs away with it and is then started again.

use std::{
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::golden::Answer;

/// Longer than the program gives a case, even where it is slow to notice.
const SILENCE: Duration = Duration::from_secs(120);

#[derive(Serialize)]
struct Question<'a> {
    id: usize,
    source: &'a str,
    data: &'a Value,
}

#[derive(Deserialize)]
struct Reply {
    id: usize,
    phase: String,
    text: String,
    #[serde(default)]
    unstable: bool,
}

/// What cel-go said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Its answer.
    pub answer: Answer,
    /// Two runs gave two answers: maps come in any order.
    pub unstable: bool,
}

/// The running program.
#[derive(Debug)]
pub struct Oracle {
    program: PathBuf,
    running: Option<Running>,
    /// How often it was started.
    pub starts: u32,
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

impl Oracle {
    /// One for this program; it starts with the first question.
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            running: None,
            starts: 0,
        }
    }

    /// What cel-go makes of expressions over the same data, in their order.
    ///
    /// # Errors
    /// The program cannot be started, is silent for long, or answers something else than it was asked.
    pub fn ask(&mut self, data: &Value, sources: &[&str]) -> Result<Vec<Said>> {
        let mut said = Vec::with_capacity(sources.len());
        while said.len() < sources.len() {
            let first = said.len();
            let mut lines = Vec::new();
            for (id, source) in sources.iter().enumerate().skip(first) {
                serde_json::to_writer(&mut lines, &Question { id, source, data })?;
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
            for id in first..sources.len() {
                let Some(reply) = self.reply()? else {
                    self.running = None;
                    let answer = Answer::Stopped("Go's runtime ended the program".to_owned());
                    let unstable = false;
                    said.push(Said { answer, unstable });
                    break;
                };
                let answer = Answer::new(&reply.phase, &reply.text);
                match answer.filter(|_| reply.id == id) {
                    Some(answer) => said.push(Said {
                        answer,
                        unstable: reply.unstable,
                    }),
                    None => bail!("the oracle does not answer {id}, which was asked"),
                }
            }
        }
        Ok(said)
    }

    /// The next reply; nothing where the program has ended.
    fn reply(&self) -> Result<Option<Reply>> {
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
