//! Asks the Go program, which ends when a case runs away with it and is then started again.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::golden::{Answer, Group};

/// Longer than the program gives a case, even where it is slow to notice.
const SILENCE: Duration = Duration::from_secs(120);

/// After this error the program ends.
const DEADLINE: &str = "deadline";

/// One question.
#[derive(Debug, Clone, Serialize)]
pub struct Question<'a> {
    id: u64,
    template: &'a str,
    data: &'a Value,
    left: &'a str,
    right: &'a str,
    sprig: bool,
    runs: u32,
    milliseconds: u32,
}

/// What Go said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Its answer.
    pub answer: Answer,
    /// Two runs gave two answers.
    pub unstable: bool,
}

#[derive(Deserialize)]
struct Reply {
    id: u64,
    phase: String,
    #[serde(default)]
    output: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    unstable: bool,
}

/// The running program.
#[derive(Debug)]
pub struct Oracle {
    program: PathBuf,
    running: Option<Running>,
    /// How often it was started.
    pub starts: u32,
    /// What a case may take. The slowest honest one takes a few; the machine may be busy.
    pub milliseconds: u32,
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
            milliseconds: 10_000,
        }
    }

    /// What Go makes of the cases of a group, in their order, each rendered `runs` times.
    ///
    /// # Errors
    /// The program cannot be started, is silent for long, or answers something else than it was asked.
    pub fn ask(&mut self, group: &Group, templates: &[&str], runs: u32) -> Result<Vec<Said>> {
        let mut questions: VecDeque<Question<'_>> = (0u64..)
            .zip(templates)
            .map(|(id, template)| Question {
                id,
                template,
                data: &group.data,
                left: &group.left,
                right: &group.right,
                sprig: group.sprig,
                runs,
                milliseconds: self.milliseconds,
            })
            .collect();
        let mut said = Vec::with_capacity(questions.len());
        while let Some(first) = questions.front().map(|question| question.id) {
            self.send(questions.make_contiguous())?;
            let mut next = first;
            while !questions.is_empty() {
                let reply = self.reply()?;
                if reply.as_ref().is_some_and(|reply| reply.id != next) {
                    bail!("the oracle does not answer {next}, which was asked");
                }
                next += 1;
                questions.pop_front();
                let ended = reply.as_ref().is_none_or(|reply| reply.error == DEADLINE);
                said.push(match reply {
                    Some(reply) => understood(reply)?,
                    None => Said {
                        answer: Answer::Stopped("Go's runtime ended the program".to_owned()),
                        unstable: false,
                    },
                });
                if ended {
                    self.running = None;
                    break;
                }
            }
        }
        Ok(said)
    }

    fn send(&mut self, questions: &[Question<'_>]) -> Result<()> {
        let mut lines = Vec::new();
        for question in questions {
            serde_json::to_writer(&mut lines, question)?;
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

fn understood(reply: Reply) -> Result<Said> {
    let answer = match reply.phase.as_str() {
        "ok" => Answer::Ok(base64::engine::general_purpose::STANDARD.decode(&reply.output)?),
        "parse" => Answer::Parse(reply.error),
        "exec" => Answer::Exec(reply.error),
        "killed" => Answer::Stopped(reply.error),
        other => bail!("the oracle names a phase {other:?}"),
    };
    Ok(Said {
        answer,
        unstable: reply.unstable,
    })
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
