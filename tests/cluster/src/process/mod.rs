//! Processes: found again by number and start, marked with their cluster's name, started in the background with
//! their output in a file, or run to their end within a limit.

mod run;

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::run::run_quick;
pub use self::run::{output, run};
use crate::error::{Doing as _, Result, tail};

/// How often a state is looked at while waiting for it.
pub(crate) const POLL: Duration = Duration::from_millis(20);
/// The same where the question is a program that has to be run: its work is taken from what is waited for.
pub(crate) const QUESTION: Duration = Duration::from_millis(150);
/// The environment variable that marks every process of a cluster with the cluster's name. Children of a
/// component (containerd's shims, for one) inherit it, so it finds what no list of process ids knows.
pub(crate) const MARKER: &str = "PATCHBAY_CLUSTER";

/// A process by number and time of start: the number alone may come to mean another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProcessId {
    /// The process number.
    pub pid: i32,
    /// Clock ticks between boot and the start of the process.
    pub start: u64,
}

impl ProcessId {
    /// The process that has this number now; none when there is none, or only a zombie.
    pub fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (state, start) = parse_stat(&stat)?;
        (!matches!(state, 'Z' | 'X')).then_some(Self { pid, start })
    }

    /// Whether it still runs (a stopped process counts, a zombie does not).
    pub fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Sends a signal, unless the process is gone.
    pub fn signal(self, signal: Signal) {
        if self.is_alive() {
            // It may have ended in between, which is as good.
            let _ = kill(Pid::from_raw(self.pid), signal);
        }
    }
}

/// State and start time from a line of `/proc/<pid>/stat`. The second field, the name, may hold spaces and
/// brackets, so counting starts after its last bracket.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// Every process whose environment holds `MARKER=<name>`, oldest number first.
pub(crate) fn marked(name: &str) -> Vec<ProcessId> {
    let wanted = format!("{MARKER}={name}").into_bytes();
    all()
        .into_iter()
        .filter(|id| {
            let environ = fs::read(format!("/proc/{}/environ", id.pid)).unwrap_or_default();
            environ
                .split(|&byte| byte == 0)
                .any(|variable| variable == wanted)
        })
        .collect()
}

/// Every process that runs now.
pub(crate) fn all() -> Vec<ProcessId> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut ids: Vec<ProcessId> = entries
        .filter_map(|entry| ProcessId::of(entry.file_name().to_str()?.parse().ok()?))
        .collect();
    ids.sort_unstable();
    ids
}

/// The command line of a process, for people.
pub(crate) fn describe(id: ProcessId) -> String {
    let raw = fs::read(format!("/proc/{}/cmdline", id.pid)).unwrap_or_default();
    let words: Vec<String> = raw
        .split(|&byte| byte == 0)
        .take(3)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    format!("process {} ({})", id.pid, words.join(" ").trim())
}

/// Kills processes and waits until they are gone; returns those that are not.
pub(crate) fn kill_all(ids: &[ProcessId], limit: Duration) -> Vec<ProcessId> {
    for id in ids {
        id.signal(Signal::SIGKILL);
    }
    let mut left = ids.to_vec();
    wait_until(limit, || {
        left.retain(|id| id.is_alive());
        left.is_empty()
    });
    left
}

/// Polls until the condition holds; false when it did not within the limit.
pub(crate) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if started.elapsed() >= limit {
            return false;
        }
        thread::sleep(POLL);
    }
}

/// A long-running program as it is to be started: data, so that command lines can be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    /// The program's file.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Variables besides those of this process.
    pub(crate) env: Vec<(String, String)>,
}

impl Spec {
    /// A program with arguments.
    pub(crate) fn new(program: impl Into<PathBuf>, args: Vec<String>) -> Self {
        Self {
            program: program.into(),
            args,
            env: Vec::new(),
        }
    }

    /// The same program started by another one, as `nsenter --net=... <program> <args>`.
    pub(crate) fn wrapped(self, wrapper: &Path, wrapper_args: Vec<String>) -> Self {
        let mut args = wrapper_args;
        args.push(self.program.display().to_string());
        args.extend(self.args);
        Self {
            program: wrapper.to_owned(),
            args,
            env: self.env,
        }
    }
}

/// Starts a program in the background: output appended to `log`, no input, in a process group of its own (so
/// that Ctrl-C reaches the harness first), marked with the cluster's name.
pub(crate) fn spawn(spec: &Spec, cluster: &str, log: &Path) -> Result<Child> {
    let out = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .at("open", log)?;
    let err = out.try_clone().at("open", log)?;
    Command::new(&spec.program)
        .args(&spec.args)
        .envs(spec.env.iter().map(|(k, v)| (k, v)))
        .env(MARKER, cluster)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .at("start", &spec.program)
}

/// Finds a program in folders, as a shell would.
pub(crate) fn find_in(folders: &[PathBuf], program: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let runs = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    folders.iter().map(|folder| folder.join(program)).find(runs)
}

/// The end of a log file; empty when there is none.
pub(crate) fn log_tail(path: &Path, lines: usize) -> String {
    const WINDOW: u64 = 64 * 1024;
    let read = || -> io::Result<Vec<u8>> {
        use std::io::{Seek as _, SeekFrom};
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
        let mut bytes = Vec::new();
        file.take(WINDOW).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    tail(&String::from_utf8_lossy(&read().unwrap_or_default()), lines)
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_lines_with_difficult_names() {
        let rest = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        for (line, want) in [
            (format!("12 (etcd) S {rest}"), Some(('S', 4711))),
            (format!("12 (a) b) Z {rest}"), Some(('Z', 4711))),
            ("12 (etcd) S 1 2".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(parse_stat(&line), want, "{line}");
        }
    }

    #[test]
    fn a_process_is_known_by_number_and_start() {
        let me = ProcessId::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(me.is_alive());
        assert!(
            !ProcessId {
                start: me.start + 1,
                ..me
            }
            .is_alive()
        );
        assert!(all().contains(&me));
    }

    #[test]
    fn wrapping_keeps_the_order() {
        let spec = Spec::new("/b/etcd", vec!["--x".into()])
            .wrapped(Path::new("/nsenter"), vec!["--net=/n".into(), "--".into()]);
        assert_eq!(
            (spec.program, spec.args),
            (
                "/nsenter".into(),
                ["--net=/n", "--", "/b/etcd", "--x"].map(String::from).to_vec()
            )
        );
    }
}
