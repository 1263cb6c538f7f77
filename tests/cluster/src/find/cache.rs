//! The cache of built and downloaded programs: one folder per kit and version, filled once by one process and
//! then only read.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use super::kit::Kit;
use crate::{
    error::{Doing as _, Result},
    say::{self, Progress},
};

/// The folder of a kit; `fill` is called on a new, empty folder when there is none yet.
///
/// *Guarantees*: the folder that is returned was filled completely: it is filled under another name and
/// renamed. Processes that want the same kit wait for each other.
pub(super) fn get(home: &Path, kit: Kit, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let entry = home.join(kit.cache_key());
    if is_complete(&entry, kit) {
        return Ok(entry);
    }
    fs::create_dir_all(home).at("create", home)?;
    let _lock = lock(&home.join(format!("{}.lock", kit.cache_key())), kit)?;
    if is_complete(&entry, kit) {
        return Ok(entry);
    }
    let unfinished = home.join(format!("{}.unfinished", kit.cache_key()));
    // Left by a run that was killed; the lock says that nobody is at it now.
    remove(&unfinished)?;
    fs::create_dir(&unfinished).at("create", &unfinished)?;
    fill(&unfinished).inspect_err(|_| drop(remove(&unfinished)))?;
    remove(&entry)?;
    fs::rename(&unfinished, &entry).at("rename to", &entry)?;
    Ok(entry)
}

fn is_complete(entry: &Path, kit: Kit) -> bool {
    kit.programs().iter().all(|program| entry.join(program).is_file())
}

fn lock(path: &Path, kit: Kit) -> Result<File> {
    let file = File::create(path).at("create", path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say::line(format_args!(
                "another process prepares {}; waiting for it",
                kit.title()
            ));
            let _progress = Progress::start(format!("waiting for {}", kit.title()));
            file.lock().at("lock", path)?;
        }
        Err(TryLockError::Error(error)) => Err(error).at("lock", path)?,
    }
    Ok(file)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("remove", folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::*;
    use crate::Error;

    #[test]
    fn many_ask_and_one_fills() {
        let home = tempfile::tempdir().unwrap();
        let fills = AtomicUsize::new(0);
        let fill = |folder: &Path| {
            fills.fetch_add(1, Ordering::SeqCst);
            thread::sleep(std::time::Duration::from_millis(50));
            fs::write(folder.join("helm"), "x").at("write", folder)
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(get(home.path(), Kit::Helm, fill).unwrap().join("helm").is_file()));
            }
        });
        assert_eq!(fills.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_failed_fill_leaves_no_entry() {
        let home = tempfile::tempdir().unwrap();
        let error = get(home.path(), Kit::Helm, |folder| {
            fs::write(folder.join("part"), "x").at("write", folder)?;
            Err(Error::Invalid("no".into()))
        });
        assert!(error.is_err());
        assert!(!home.path().join(Kit::Helm.cache_key()).exists());
        let filled = get(home.path(), Kit::Helm, |folder| {
            assert_eq!(
                fs::read_dir(folder).unwrap().count(),
                0,
                "the new folder is empty"
            );
            fs::write(folder.join("helm"), "x").at("write", folder)
        });
        assert!(filled.is_ok());
    }
}
