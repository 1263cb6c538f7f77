//! How many files the process may have open. Container runtimes start programs with a soft limit of 1024, which is for
//! programs that use `select`, and with a hard limit that is far above; each connection is an open file.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// More than this is never of use here, and some hard limits are without end.
const MOST: u64 = 1 << 18;

/// Raises the soft limit as far as the hard limit allows; says what it is now.
///
/// # Errors
/// The system call that failed. The caller logs it and goes on with what it has.
pub fn raise_limit() -> Result<u64, nix::Error> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = raised(soft, hard);
    if wanted != soft {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)?;
    }
    Ok(wanted)
}

/// The limit to set: never lower than it is.
fn raised(soft: u64, hard: u64) -> u64 {
    hard.min(MOST).max(soft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_and_never_lowered() {
        for (soft, hard, want) in [
            (1024, 524_288, MOST),
            (1024, 4096, 4096),
            (1024, 1024, 1024),
            (1_048_576, 1_048_576, 1_048_576),
            (1024, u64::MAX, MOST),
        ] {
            assert_eq!(raised(soft, hard), want, "{soft} of {hard}");
        }
        let now = raise_limit().unwrap();
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap().0, now);
    }
}
