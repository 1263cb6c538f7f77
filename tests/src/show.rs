//! Shows a person what happens: each command as it could be typed, its real output, and progress while one waits.

use std::io::Write as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Longer than this without a word, and a person wonders whether it hangs.
const SILENCE: Duration = Duration::from_secs(2);
/// After the first word, one this often is enough.
const REMINDER: Duration = Duration::from_secs(10);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(100);
/// Lines of output that are shown of one command; the rest is counted.
const MAX_LINES: usize = 40;

/// A narrator that writes to standard output.
#[derive(Debug)]
pub struct Show {
    started: Instant,
    chapter: usize,
}

impl Default for Show {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            chapter: 0,
        }
    }
}

/// What a command printed.
#[derive(Debug)]
pub struct Shown {
    /// It ended with 0.
    pub ok: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Shown {
    /// Both streams, for searching.
    #[must_use]
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Show {
    /// Seconds since the story began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Begins a chapter.
    pub fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        println!(
            "\n\u{2501}\u{2501} {}. {title}  [{:.0?}]",
            self.chapter,
            self.started.elapsed()
        );
    }

    /// Says a sentence.
    pub fn say(&self, text: &str) {
        println!("   {text}");
    }

    /// Shows `typed`, runs `command`, shows its output. A failing command is not an error here: some are meant to fail.
    ///
    /// # Errors
    /// The command cannot be started.
    pub fn run(&self, typed: &str, command: &mut Command) -> Result<Shown> {
        println!("   $ {typed}");
        let shown = self.quietly(typed, command)?;
        print_indented(&shown.all());
        Ok(shown)
    }

    /// Like [`Show::run`], and a failing command is an error.
    ///
    /// # Errors
    /// The command cannot be started, or it fails.
    pub fn must(&self, typed: &str, command: &mut Command) -> Result<Shown> {
        let shown = self.run(typed, command)?;
        if !shown.ok {
            bail!("`{typed}` failed");
        }
        Ok(shown)
    }

    /// Runs a command without showing it, but for progress when it takes long.
    ///
    /// # Errors
    /// The command cannot be started.
    pub fn quietly(&self, what: &str, command: &mut Command) -> Result<Shown> {
        let output =
            with_progress(what, || command.output()).with_context(|| format!("cannot start `{what}`"))?;
        Ok(shown(&output))
    }

    /// Waits until `look` finds something.
    ///
    /// # Errors
    /// `look` fails, or finds nothing before `deadline`.
    pub fn wait<T>(
        &self,
        what: &str,
        deadline: Duration,
        mut look: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let mut spoken = start;
        loop {
            if let Some(found) = look()? {
                if spoken != start {
                    println!("   \u{2026} {what}: done after {:.1?}", start.elapsed());
                }
                return Ok(found);
            }
            if start.elapsed() > deadline {
                bail!("waited {deadline:?} for: {what}");
            }
            let pause = if spoken == start { SILENCE } else { REMINDER };
            if spoken.elapsed() > pause {
                println!("   \u{2026} {what} ({:.0?})", start.elapsed());
                spoken = Instant::now();
            }
            std::thread::sleep(POLL);
        }
    }
}

fn shown(output: &Output) -> Shown {
    Shown {
        ok: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn print_indented(text: &str) {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    for line in lines.iter().take(MAX_LINES) {
        println!("     {line}");
    }
    if lines.len() > MAX_LINES {
        println!("     \u{2026} and {} more lines", lines.len() - MAX_LINES);
    }
}

/// Runs `work` and prints a line every few seconds while it lasts.
///
/// # Errors
/// What `work` returns.
pub fn with_progress<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let start = Instant::now();
            let mut pause = SILENCE;
            while waiting.recv_timeout(pause) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                pause = REMINDER;
                println!("   \u{2026} {what} ({:.0?})", start.elapsed());
                drop(std::io::stdout().flush());
            }
        });
        let result = work();
        drop(done);
        result
    })
}
