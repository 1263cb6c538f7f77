//! The files of a volume, replaced all at once, laid out as kubelet lays out Secret volumes:
//!
//! ```text
//! .gitconfig -> ..data/.gitconfig            what programs open
//! ..data     -> ..20261121T085612.123-7f3a   renamed over in one step
//! ..20261121T085612.123-7f3a/.gitconfig      one folder per generation
//! ```
//!
//! What to do is a plan ([`plan`], pure); doing it ([`apply`]) decides nothing. A crash between two operations leaves
//! the old files or the new ones, and the next write clears what it left over.

mod apply;
mod plan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use patchbay_model::secret::SecretBytes;

pub use apply::observe;
pub use plan::{Change, FileOp, Seen, plan};

/// The kernel's limit for a name.
const MAX_NAME: usize = 255;

/// The name of a file in a volume: one plain path component that can not be taken for the layout's own names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`FileNameError`] when it is empty, `.`, too long, begins with `..`, or has a slash or a control character.
    pub fn parse(name: &str) -> Result<Self, FileNameError> {
        let fits = !name.is_empty() && name.len() <= MAX_NAME;
        let plain = name != "." && !name.starts_with("..") && !name.contains('/');
        if fits && plain && !name.chars().any(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(FileNameError)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A file name that is refused. The name itself is not repeated: it may hold control characters.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a file name must be one plain path component of 1 to {MAX_NAME} bytes that does not begin with \"..\""
)]
pub struct FileNameError;

/// One file of a volume.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "the content is secret")]
pub struct File {
    /// Its name.
    pub name: FileName,
    /// Its content.
    pub content: SecretBytes,
    /// Its permission bits as the broker wants them; 0 stands for the default.
    pub mode: u32,
}

/// Who may read a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The pod's `fsGroup`. Without one everybody in the pod may read.
    pub group: Option<u32>,
}

impl Access {
    /// The bits of a file that was asked for with `mode`. Nobody may write: the next generation would undo it.
    ///
    /// With a group, the group may read and others may not, as kubelet does it for a Secret volume.
    #[must_use]
    pub fn file_mode(self, mode: u32) -> u32 {
        let mode = if mode & 0o777 == 0 { 0o444 } else { mode };
        match self.group {
            Some(_) => (mode | 0o440) & 0o550,
            None => mode & 0o555,
        }
    }

    /// The bits of a folder.
    #[must_use]
    pub fn folder_mode(self) -> u32 {
        match self.group {
            Some(_) => 0o750,
            None => 0o755,
        }
    }
}

/// What became of the generation that a write replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Previous {
    /// It stays until [`sweep`], so that a program that is just opening a file still finds it.
    Linger,
    /// It goes at once: the pod may no longer have it.
    Remove,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The volume held exactly these files.
    Unchanged,
    /// The first files of the volume.
    First,
    /// The files took the place of others.
    Replaced,
}

/// A write that failed. What the volume held before is still there, whole.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed")]
pub struct WriteError {
    operation: String,
    #[source]
    errno: Errno,
}

impl WriteError {
    /// A bounded CamelCase word for conditions and metrics.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.errno {
            Errno::ENOSPC | Errno::EDQUOT | Errno::ENOMEM => "VolumeFull",
            _ => "WriteFailed",
        }
    }

    /// For a person; no content.
    #[must_use]
    pub fn public(&self) -> String {
        match self.errno {
            Errno::ENOSPC => {
                "the files do not fit into the volume: make them smaller, or let the operator raise \
                              --volume-size-limit of the CSI driver"
                    .to_owned()
            }
            errno => format!(
                "the files could not be written: {} failed: {}",
                self.operation,
                errno.desc()
            ),
        }
    }
}

/// The name of a new generation: when it was made, and a random part against two in one millisecond.
#[must_use]
pub fn generation(now: jiff::Timestamp, random: &str) -> String {
    let random: String = random
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    format!("..{}-{random}", now.strftime("%Y%m%dT%H%M%S.%3f"))
}

/// Makes the volume hold exactly `files`, and a reader see either all of the old ones or all of the new ones.
///
/// `generation` names the new folder and must not have been used before in this volume.
///
/// *Guarantees:* the switch is one rename; names that are new appear in that same instant, and names that are gone
/// vanish in it. Equal content is not written again. Leftovers of a write that was cut short are removed.
///
/// *Caveats:* one writer at a time; the caller holds the volume's lock.
///
/// # Errors
/// [`WriteError`] when a system call fails. The volume then holds what it held before.
pub fn write(
    root: BorrowedFd<'_>,
    files: &[File],
    access: Access,
    generation: &str,
    previous: Previous,
) -> Result<Written, WriteError> {
    let seen = apply::observe(root).map_err(|errno| failed("looking into the volume", errno))?;
    let same = match &seen.current {
        Some(current) => {
            apply::holds(root, current, files, access).map_err(|errno| failed("comparing", errno))?
        }
        None => false,
    };
    let change = if same {
        Change::None
    } else {
        Change::To(generation)
    };
    let names: Vec<&FileName> = files.iter().map(|file| &file.name).collect();
    for op in plan(&seen, &names, change, previous) {
        if let Err(errno) = apply::run(root, &op, files, access) {
            // Gives the space of a half-written generation back; when this fails too, the next write does it.
            if op.is_before_swap() {
                let _gone = apply::run(root, &FileOp::Remove(generation.to_owned()), files, access);
            }
            return Err(failed(&op.to_string(), errno));
        }
    }
    Ok(match (same, seen.current) {
        (true, _) => Written::Unchanged,
        (false, None) => Written::First,
        (false, Some(_)) => Written::Replaced,
    })
}

/// Removes every generation but the current one.
///
/// # Errors
/// [`WriteError`] when a system call fails.
pub fn sweep(root: BorrowedFd<'_>) -> Result<(), WriteError> {
    let seen = apply::observe(root).map_err(|errno| failed("looking into the volume", errno))?;
    for leftover in seen.leftovers {
        let op = FileOp::Remove(leftover);
        apply::run(root, &op, &[], Access { group: None }).map_err(|errno| failed(&op.to_string(), errno))?;
    }
    Ok(())
}

/// Whether the volume was written at least once to the end.
///
/// # Errors
/// [`WriteError`] when a system call fails.
pub fn is_complete(root: BorrowedFd<'_>) -> Result<bool, WriteError> {
    apply::current(root)
        .map(|current| current.is_some())
        .map_err(|errno| failed("looking into the volume", errno))
}

fn failed(operation: &str, errno: Errno) -> WriteError {
    WriteError {
        operation: operation.to_owned(),
        errno,
    }
}
