//! The system calls of the file layout. Decides nothing.
//!
//! Every call is relative to the open root folder of the volume and follows no link, so that nothing in the volume
//! can lead outside of it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat, renameat};
use nix::sys::stat::{Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, UnlinkatFlags, fchown, symlinkat, unlinkat};
use zeroize::Zeroizing;

use super::{Access, File, FileName, FileOp, Seen};

const DATA: &str = "..data";
const DATA_TMP: &str = "..data_tmp";
const LINK_TMP: &str = "..link_tmp";

/// Looks at what is in the volume.
///
/// # Errors
/// What the kernel says.
pub fn observe(root: BorrowedFd<'_>) -> Result<Seen, Errno> {
    let mut seen = Seen {
        current: current(root)?,
        ..Seen::default()
    };
    for name in names(root)? {
        if name == DATA || seen.current.as_deref() == Some(name.as_str()) {
            continue;
        }
        if name.starts_with("..") {
            seen.leftovers.insert(name);
        } else {
            let right = readlinkat(root, name.as_str()).is_ok_and(|target| target == *link_target(&name));
            seen.visible.insert(name, right);
        }
    }
    Ok(seen)
}

/// The generation that `..data` points at, when it is one and exists.
pub(super) fn current(root: BorrowedFd<'_>) -> Result<Option<String>, Errno> {
    let target = match readlinkat(root, DATA) {
        Ok(target) => target,
        Err(Errno::ENOENT | Errno::EINVAL) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    let Some(generation) = target.to_str().filter(|name| is_generation(name)) else {
        return Ok(None);
    };
    match fstatat(root, generation, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(stat) if is_folder(stat.st_mode) => Ok(Some(generation.to_owned())),
        Ok(_) | Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Whether a generation holds exactly these files with these rights.
pub(super) fn holds(
    root: BorrowedFd<'_>,
    generation: &str,
    files: &[File],
    access: Access,
) -> Result<bool, Errno> {
    let folder = open_folder(root, generation)?;
    if !has_rights(folder.as_fd(), access.folder_mode(), access)? {
        return Ok(false);
    }
    let wanted: BTreeSet<String> = files.iter().map(|file| file.name.as_str().to_owned()).collect();
    if names(folder.as_fd())?.into_iter().collect::<BTreeSet<_>>() != wanted {
        return Ok(false);
    }
    for file in files {
        if !holds_file(folder.as_fd(), file, access)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds_file(folder: BorrowedFd<'_>, file: &File, access: Access) -> Result<bool, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let open = match openat(folder, file.name.as_str(), flags, Mode::empty()) {
        Ok(open) => open,
        Err(Errno::ELOOP | Errno::ENOENT) => return Ok(false),
        Err(errno) => return Err(errno),
    };
    let size = fstat(&open)?.st_size;
    let same_size = u64::try_from(size).is_ok_and(|size| size == file.content.len() as u64);
    if !same_size || !has_rights(open.as_fd(), access.file_mode(file.mode), access)? {
        return Ok(false);
    }
    let mut content = Zeroizing::new(vec![0; file.content.len()]);
    match std::fs::File::from(open).read_exact(&mut content) {
        Ok(()) => Ok(content.as_slice() == file.content.expose()),
        Err(_) => Ok(false),
    }
}

/// Does one operation.
pub(super) fn run(root: BorrowedFd<'_>, op: &FileOp, files: &[File], access: Access) -> Result<(), Errno> {
    match op {
        FileOp::Remove(name) => remove(root, name),
        FileOp::Make(generation) => {
            // Only the driver may look inside until the folder has its rights.
            mkdirat(root, generation.as_str(), Mode::S_IRWXU)?;
            give_rights(
                open_folder(root, generation)?.as_fd(),
                access.folder_mode(),
                access,
            )
        }
        FileOp::Write {
            generation, index, ..
        } => {
            let file = files.get(*index).ok_or(Errno::EINVAL)?;
            write_file(open_folder(root, generation)?.as_fd(), file, access)
        }
        FileOp::Link(name) => symlinkat(link_target(name.as_str()).as_str(), root, name.as_str()),
        FileOp::Relink(name) => relink(root, name),
        FileOp::Swap(generation) => {
            symlinkat(generation.as_str(), root, DATA_TMP)?;
            renameat(root, DATA_TMP, root, DATA)
        }
        FileOp::Unlink(name) => unlinkat(root, name.as_str(), UnlinkatFlags::NoRemoveDir),
    }
}

fn write_file(folder: BorrowedFd<'_>, file: &File, access: Access) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let open = openat(folder, file.name.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
    let mut open = std::fs::File::from(open);
    open.write_all(file.content.expose())
        .map_err(|error| errno_of(&error))?;
    give_rights(open.as_fd(), access.file_mode(file.mode), access)
}

fn relink(root: BorrowedFd<'_>, name: &FileName) -> Result<(), Errno> {
    match unlinkat(root, LINK_TMP, UnlinkatFlags::NoRemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    symlinkat(link_target(name.as_str()).as_str(), root, LINK_TMP)?;
    renameat(root, LINK_TMP, root, name.as_str())
}

/// Removes a name of the layout: a link, a file, or a folder of files.
fn remove(root: BorrowedFd<'_>, name: &str) -> Result<(), Errno> {
    let stat = match fstatat(root, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::ENOENT) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    if !is_folder(stat.st_mode) {
        return unlinkat(root, name, UnlinkatFlags::NoRemoveDir);
    }
    let folder = open_folder(root, name)?;
    for file in names(folder.as_fd())? {
        unlinkat(&folder, file.as_str(), UnlinkatFlags::NoRemoveDir)?;
    }
    unlinkat(root, name, UnlinkatFlags::RemoveDir)
}

fn give_rights(open: BorrowedFd<'_>, mode: u32, access: Access) -> Result<(), Errno> {
    if let Some(group) = access.group {
        fchown(open, None, Some(Gid::from_raw(group)))?;
    }
    // After the change of owner, which may clear bits; and not at creation, where the umask has its say.
    fchmod(open, Mode::from_bits_truncate(mode))
}

fn has_rights(open: BorrowedFd<'_>, mode: u32, access: Access) -> Result<bool, Errno> {
    let stat = fstat(open)?;
    Ok(stat.st_mode & 0o7777 == mode && access.group.is_none_or(|group| group == stat.st_gid))
}

fn open_folder(root: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    openat(
        root,
        name,
        OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC,
        Mode::empty(),
    )
}

/// The names in a folder. A name that is not UTF-8 is not ours and can not be compared: it is an error.
fn names(folder: BorrowedFd<'_>) -> Result<Vec<String>, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut listing = Dir::openat(folder, ".", flags, Mode::empty())?;
    let mut names = Vec::new();
    for entry in listing.iter() {
        let entry = entry?;
        let name = entry.file_name().to_str().map_err(|_| Errno::EILSEQ)?;
        if name != "." && name != ".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn link_target(name: &str) -> String {
    format!("{DATA}/{name}")
}

fn is_generation(name: &str) -> bool {
    name.starts_with("..") && name.len() > 2 && !name.contains('/') && name != DATA && name != DATA_TMP
}

fn is_folder(mode: u32) -> bool {
    SFlag::from_bits_truncate(mode) & SFlag::S_IFMT == SFlag::S_IFDIR
}

fn errno_of(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}
