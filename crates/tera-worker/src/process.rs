//! One worker, as its parent sees it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use patchbay_template::tera::{Failure, Job};
use zeroize::Zeroizing;

use crate::deadline::{Verdict, verdict};
use crate::frame::{self, HEADER, HELLO};
use crate::{Options, SUBCOMMAND};

/// The largest answer: what any limit on output allows, and a little more.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

const NOT_STARTED: Failure = Failure::Unavailable("the worker cannot be started");
const ENDED: Failure = Failure::Unavailable("the worker was ended from outside");

/// A worker that waits for a job. It is killed and reaped when dropped.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    clock: Option<ClockId>,
    /// Jobs done.
    pub(crate) jobs: u32,
    /// When it was put down.
    pub(crate) since: Instant,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Process {
    /// Starts a worker and waits until its limits stand.
    pub(crate) fn start(options: &Options) -> Result<Self, Failure> {
        let mut child = Command::new(&options.program)
            .arg0(format!("patchbay-{SUBCOMMAND}"))
            .args(&options.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| NOT_STARTED)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(NOT_STARTED);
        };
        let pid = i32::try_from(child.id()).map(Pid::from_raw).ok();
        let mut process = Self {
            child,
            input,
            output,
            clock: pid.and_then(|pid| ClockId::pid_cpu_clock_id(pid).ok()),
            jobs: 0,
            since: Instant::now(),
        };
        process.greet(options).map_err(|_| NOT_STARTED)?;
        Ok(process)
    }

    fn greet(&mut self, options: &Options) -> io::Result<()> {
        for pipe in [self.input.as_fd(), self.output.as_fd()] {
            fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        let begun = Instant::now();
        let mut hello = [0; HELLO.len()];
        let mut done = 0;
        while let Some(rest) = hello.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match nix::unistd::read(self.output.as_fd(), rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => done += read,
                Err(Errno::EAGAIN | Errno::EINTR) => {
                    let left = options.start.saturating_sub(begun.elapsed());
                    if left.is_zero() {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    wait(&[(self.output.as_fd(), PollFlags::POLLIN)], left)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if &hello == HELLO {
            Ok(())
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    /// Whether it is still there. One that ended while it waited did so for reasons of its own.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Does a job. After a failure the worker is of no use any more.
    pub(crate) fn run(&mut self, job: &Job, options: &Options) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut exchange = Exchange::new(job.as_bytes());
        let before = self.processor_time();
        let begun = Instant::now();
        self.jobs = self.jobs.saturating_add(1);
        loop {
            match exchange.step(self.input.as_fd(), self.output.as_fd()) {
                Ok(true) => return Ok(exchange.answer),
                Ok(false) => {}
                Err(_) => return Err(self.epitaph()),
            }
            let used = match (before, self.processor_time()) {
                (Some(before), Some(now)) => Some(now.saturating_sub(before)),
                _ => None,
            };
            let time = match verdict(begun.elapsed(), used, options) {
                Verdict::Wait(time) => time,
                Verdict::Over => {
                    self.end();
                    return Err(Failure::Time);
                }
                Verdict::Starved => {
                    self.end();
                    return Err(Failure::Unavailable("the machine is too busy"));
                }
            };
            let flags = exchange.waits_for();
            let pipes = [(self.input.as_fd(), flags.0), (self.output.as_fd(), flags.1)];
            let pipes = pipes.iter().filter(|(_, flags)| !flags.is_empty());
            let pipes: Vec<_> = pipes.copied().collect();
            if wait(&pipes, time).is_err() {
                self.end();
                return Err(Failure::Unavailable("the worker cannot be waited for"));
            }
        }
    }

    fn processor_time(&self) -> Option<Duration> {
        clock_gettime(self.clock?).ok().map(Duration::from)
    }

    /// Kills it, and waits until it is gone: the kernel frees its memory, and wipes it.
    fn end(&mut self) -> Option<ExitStatus> {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok()
    }

    /// Why a worker ended in the middle of a job.
    fn epitaph(&mut self) -> Failure {
        // It closed its pipes, so that it has ended, or is about to: its own signal comes before ours only if it is
        // given the time.
        let begun = Instant::now();
        while self.is_alive() && begun.elapsed() < Duration::from_millis(200) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let signal = self.end().and_then(|status| status.signal());
        let signal = signal.and_then(|number| Signal::try_from(number).ok());
        match signal {
            Some(Signal::SIGABRT | Signal::SIGSEGV | Signal::SIGBUS) => Failure::Memory,
            Some(Signal::SIGXCPU) => Failure::Time,
            _ => ENDED,
        }
    }
}

/// Waits until one of the pipes is ready, or for a time.
fn wait(pipes: &[(BorrowedFd<'_>, PollFlags)], time: Duration) -> nix::Result<()> {
    let mut pipes: Vec<PollFd<'_>> = pipes
        .iter()
        .map(|(pipe, flags)| PollFd::new(*pipe, *flags))
        .collect();
    // Rounded up: a wait of nothing would not wait.
    let timeout = u16::try_from(time.as_millis().saturating_add(1)).unwrap_or(u16::MAX);
    match poll(&mut pipes, PollTimeout::from(timeout)) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A job on its way to a worker, and its answer on its way back.
struct Exchange<'a> {
    header: [u8; HEADER],
    job: &'a [u8],
    /// Of the header and the job.
    sent: usize,
    answer_header: [u8; HEADER],
    answer: Zeroizing<Vec<u8>>,
    /// Of the header and the answer.
    received: usize,
}

impl<'a> Exchange<'a> {
    fn new(job: &'a [u8]) -> Self {
        Self {
            header: frame::header(job.len()),
            job,
            sent: 0,
            answer_header: [0; HEADER],
            answer: Zeroizing::new(Vec::new()),
            received: 0,
        }
    }

    /// What each of the pipes has to be ready for.
    fn waits_for(&self) -> (PollFlags, PollFlags) {
        let input = if self.sent < HEADER + self.job.len() {
            PollFlags::POLLOUT
        } else {
            PollFlags::empty()
        };
        (input, PollFlags::POLLIN)
    }

    /// Moves what can be moved without waiting. True when the answer is complete.
    fn step(&mut self, input: BorrowedFd<'_>, output: BorrowedFd<'_>) -> io::Result<bool> {
        self.send(input)?;
        self.receive(output)
    }

    fn send(&mut self, input: BorrowedFd<'_>) -> io::Result<()> {
        loop {
            let rest = match self.sent.checked_sub(HEADER) {
                None => self.header.get(self.sent..),
                Some(sent) => self.job.get(sent..),
            };
            let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
                return Ok(());
            };
            match nix::unistd::write(input, rest) {
                Ok(written) => self.sent += written,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn receive(&mut self, output: BorrowedFd<'_>) -> io::Result<bool> {
        loop {
            let rest = match self.received.checked_sub(HEADER) {
                None => self.answer_header.get_mut(self.received..),
                Some(received) => self.answer.get_mut(received..),
            };
            let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
                return Ok(true);
            };
            match nix::unistd::read(output, rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.received += read,
                Err(Errno::EAGAIN) => return Ok(false),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
            if self.received == HEADER {
                let length = frame::length(self.answer_header, MAX_ANSWER_BYTES);
                let Some(length) = length.filter(|length| *length > 0) else {
                    return Err(io::ErrorKind::InvalidData.into());
                };
                self.answer = Zeroizing::new(vec![0; length]);
            }
        }
    }
}
