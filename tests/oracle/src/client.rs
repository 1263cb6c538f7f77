//! Asks the Go program, which ends when a case runs away with it and is then started again.

use std::{collections::VecDeque, path::PathBuf};

use anyhow::{Result, bail};
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    golden::{Answer, Group},
    process::Process,
};

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
    process: Process,
    /// What a case may take. The slowest honest one takes a few; the machine may be busy.
    pub milliseconds: u32,
}

impl Oracle {
    /// One for this program; it starts with the first question.
    pub fn new(program: PathBuf) -> Self {
        Self {
            process: Process::new(program),
            milliseconds: 10_000,
        }
    }

    /// How often the program was started.
    pub fn starts(&self) -> u32 {
        self.process.starts()
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
            self.process.send(&questions)?;
            let mut next = first;
            while !questions.is_empty() {
                let reply: Option<Reply> = self.process.reply()?;
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
                    self.process.end();
                    break;
                }
            }
        }
        Ok(said)
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
