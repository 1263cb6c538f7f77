//! The worker: takes its limits upon itself, then does one job after the other until its input ends.

use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use patchbay_template::tera::{self, MAX_JOB_BYTES, WORKER_MEMORY};
use zeroize::Zeroizing;

use crate::frame::{self, HEADER, HELLO};

/// Seconds of processor time that a job can never reach while the parent is there to stop it.
const STOP_GAP: u64 = 2;
/// The kernel lets the stack grow up to here.
const STACK: u64 = 16 * 1024 * 1024;
/// Standard input, output and error.
const OPEN_FILES: u64 = 3;

/// Works until the input ends.
pub(crate) fn run() -> ExitCode {
    if confine().is_err() {
        return ExitCode::from(2);
    }
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Gives up everything that rendering does not need. What was given up cannot be taken back.
fn confine() -> io::Result<()> {
    let memory = address_space()?.saturating_add(WORKER_MEMORY);
    // As deep as a template may go; where that is more than the system allows, what goes deeper ends the worker.
    setrlimit(Resource::RLIMIT_STACK, STACK, STACK).ok();
    nix::unistd::chdir("/")?;
    prctl::set_dumpable(false)?;
    prctl::set_no_new_privs()?;
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NPROC, 0),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_AS, memory),
    ] {
        setrlimit(resource, most, most)?;
    }
    allow_one_job()?;
    Ok(())
}

/// What the program takes by itself, in bytes.
fn address_space() -> io::Result<u64> {
    const PAGE: u64 = 4096;
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages = text.split(' ').next().and_then(|pages| pages.parse::<u64>().ok());
    pages
        .map(|pages| pages.saturating_mul(PAGE))
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Should the parent be gone, the kernel ends a job that does not end by itself.
fn allow_one_job() -> nix::Result<()> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let used = usage.user_time().tv_sec() + usage.system_time().tv_sec();
    let used = u64::try_from(used).unwrap_or_default();
    setrlimit(Resource::RLIMIT_CPU, used + STOP_GAP, nix::libc::RLIM_INFINITY)
}

fn work() -> io::Result<()> {
    write_all(HELLO)?;
    let mut header = [0; HEADER];
    while read_exact(&mut header)? {
        let Some(length) = frame::length(header, MAX_JOB_BYTES) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut job = Zeroizing::new(vec![0; length]);
        if !read_exact(&mut job)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        allow_one_job()?;
        let answer = tera::answer(&job);
        drop(job);
        write_all(&frame::header(answer.len()))?;
        write_all(&answer)?;
    }
    Ok(())
}

/// Reads without a buffer, which would keep what it held. False when the input ends before the first byte.
fn read_exact(into: &mut [u8]) -> io::Result<bool> {
    let input = io::stdin();
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match nix::unistd::read(input.as_fd(), rest) {
            Ok(0) if done == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let output = io::stdout();
    let mut rest = bytes;
    while !rest.is_empty() {
        match nix::unistd::write(output.as_fd(), rest) {
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
