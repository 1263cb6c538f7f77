//! Asks the Go program, which ends when a case runs away with it and is then started again.

use std::path::PathBuf;

use anyhow::{Result, bail};
use patchbay_oracle::process::Process;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::golden::Answer;

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
    process: Process,
}

impl Oracle {
    /// One for this program; it starts with the first question.
    pub fn new(program: PathBuf) -> Self {
        Self {
            process: Process::new(program),
        }
    }

    /// How often the program was started.
    pub fn starts(&self) -> u32 {
        self.process.starts()
    }

    /// What cel-go makes of expressions over the same data, in their order.
    ///
    /// # Errors
    /// The program cannot be started, is silent for long, or answers something else than it was asked.
    pub fn ask(&mut self, data: &Value, sources: &[&str]) -> Result<Vec<Said>> {
        let mut said = Vec::with_capacity(sources.len());
        while said.len() < sources.len() {
            let first = said.len();
            let questions = sources.iter().enumerate().skip(first);
            self.process
                .send(questions.map(|(id, source)| Question { id, source, data }))?;
            for id in first..sources.len() {
                let Some(reply) = self.process.reply::<Reply>()? else {
                    self.process.end();
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
}
