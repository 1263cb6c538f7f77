//! Puts together the file system of an image from programs of this machine: a program is copied with the
//! libraries that it is linked to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{Config, from_rootfs};
use crate::{
    env::Env,
    error::{Doing as _, Error, Result},
    find::search_folders,
    process,
};

/// A file system in the making, in a temporary folder that goes away with this value.
///
/// ```no_run
/// use patchbay_cluster::image::{Config, Rootfs};
/// let mut rootfs = Rootfs::new()?;
/// rootfs.busybox()?.program("git")?.tree("/usr/lib/git-core")?.users()?.ca_certificates()?;
/// rootfs.archive("docker.io/patchbay/git:1", &Config::default(), "git.tar".as_ref())?;
/// # Ok::<(), patchbay_cluster::Error>(())
/// ```
#[derive(Debug)]
pub struct Rootfs {
    folder: tempfile::TempDir,
    search: Vec<PathBuf>,
    /// Programs whose libraries are there already.
    done: BTreeSet<PathBuf>,
}

impl Rootfs {
    /// An empty file system with `/tmp`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir().doing(|| "make a temporary folder".to_owned())?;
        let rootfs = Self {
            folder,
            search: search_folders(&Env::of_process()),
            done: BTreeSet::new(),
        };
        let tmp = rootfs.path().join("tmp");
        fs::create_dir(&tmp).at("create", &tmp)?;
        // As on every machine: all may write, each may remove what is theirs.
        fs::set_permissions(&tmp, fs::Permissions::from_mode(0o1777)).at("set the mode of", &tmp)?;
        Ok(rootfs)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Copies a program from `PATH` (or by its absolute path) to the same place, with its libraries.
    ///
    /// # Errors
    /// [`Error::Capability`] when it is not installed.
    pub fn program(&mut self, name: &str) -> Result<&mut Self> {
        let path = if name.starts_with('/') {
            PathBuf::from(name)
        } else {
            process::find_in(&self.search, name).ok_or_else(|| {
                Error::capability(format!(
                    "the image needs {name}, which is not installed: install it first."
                ))
            })?
        };
        let place = path.clone();
        self.copy(&path, &place)
    }

    /// Copies a file of this machine to a place in the image, with its mode, and with its libraries when it is
    /// a program.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn copy(&mut self, from: &Path, place: &Path) -> Result<&mut Self> {
        let target = self.target(place)?;
        fs::copy(from, &target).at("copy", from)?;
        self.libraries(from)?;
        Ok(self)
    }

    /// Copies a folder of this machine to the same place: links stay links, files with several names stay one
    /// file, programs bring their libraries.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn tree(&mut self, folder: &str) -> Result<&mut Self> {
        self.copy_tree(Path::new(folder), &mut BTreeMap::new())?;
        Ok(self)
    }

    fn copy_tree(&mut self, folder: &Path, seen: &mut BTreeMap<(u64, u64), PathBuf>) -> Result<()> {
        let here = self.target(&folder.join("."))?;
        let mode = fs::metadata(folder).at("look at", folder)?.permissions();
        for entry in fs::read_dir(folder).at("read", folder)? {
            let from = entry.at("read", folder)?.path();
            let meta = from.symlink_metadata().at("look at", &from)?;
            let target = self.target(&from)?;
            if meta.is_dir() {
                self.copy_tree(&from, seen)?;
            } else if meta.is_symlink() {
                let link = fs::read_link(&from).at("read", &from)?;
                symlink(link, &target).at("link", &target)?;
            } else if let Some(first) = seen.get(&(meta.dev(), meta.ino())) {
                fs::hard_link(first, &target).at("link", &target)?;
            } else if meta.is_file() {
                fs::copy(&from, &target).at("copy", &from)?;
                self.libraries(&from)?;
                seen.insert((meta.dev(), meta.ino()), target);
            }
        }
        fs::set_permissions(&here, mode).at("set the mode of", &here)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn file(&mut self, place: &str, mode: u32, content: impl AsRef<[u8]>) -> Result<&mut Self> {
        let target = self.target(Path::new(place))?;
        fs::write(&target, content).at("write", &target)?;
        fs::set_permissions(&target, fs::Permissions::from_mode(mode)).at("set the mode of", &target)?;
        Ok(self)
    }

    /// Makes a folder with a mode.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn folder(&mut self, place: &str, mode: u32) -> Result<&mut Self> {
        let target = self.target(&Path::new(place).join("."))?;
        fs::set_permissions(&target, fs::Permissions::from_mode(mode)).at("set the mode of", &target)?;
        Ok(self)
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn link(&mut self, place: &str, to: &str) -> Result<&mut Self> {
        let target = self.target(Path::new(place))?;
        symlink(to, &target).at("link", &target)?;
        Ok(self)
    }

    /// Adds busybox (of the package `busybox-static`) with a link for each of its commands that is not there.
    ///
    /// # Errors
    /// [`Error::Capability`] when it is not installed, or not the static one.
    pub fn busybox(&mut self) -> Result<&mut Self> {
        let advice = "install Debian's busybox-static.";
        let Some(busybox) = process::find_in(&self.search, "busybox") else {
            return Err(Error::capability(format!(
                "the image needs busybox, which is not installed: {advice}"
            )));
        };
        if !libraries_of(&busybox)?.is_empty() {
            return Err(Error::capability(format!(
                "{} needs libraries: {advice}",
                busybox.display()
            )));
        }
        self.copy(&busybox, Path::new("/bin/busybox"))?;
        let commands = process::run_quick(&busybox, ["--list"])?;
        for command in commands.lines().filter(|command| *command != "busybox") {
            let target = self.target(&Path::new("/bin").join(command))?;
            if target.symlink_metadata().is_err() {
                symlink("busybox", &target).at("link", &target)?;
            }
        }
        Ok(self)
    }

    /// Adds what glibc needs to know users and names: `/etc/passwd`, `/etc/group` (root, and `app` as 1000),
    /// `nsswitch.conf`, and the name-service libraries where this machine still has them apart.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn users(&mut self) -> Result<&mut Self> {
        self.file(
            "/etc/passwd",
            0o644,
            "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n",
        )?;
        self.file("/etc/group", 0o644, "root:x:0:\napp:x:1000:\n")?;
        self.file(
            "/etc/nsswitch.conf",
            0o644,
            "passwd: files\ngroup: files\nhosts: files dns\n",
        )?;
        self.folder("/root", 0o700)?;
        let home = self.target(Path::new("/home/app/."))?;
        // All files of an image belong to root, so the folder has to be open for `app`.
        fs::set_permissions(&home, fs::Permissions::from_mode(0o777)).at("set the mode of", &home)?;
        for library in ["libnss_files.so.2", "libnss_dns.so.2"] {
            let folders = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64"].map(PathBuf::from);
            if let Some(path) = folders
                .iter()
                .map(|folder| folder.join(library))
                .find(|path| path.exists())
            {
                let place = path.clone();
                self.copy(&path, &place)?;
            }
        }
        Ok(self)
    }

    /// Adds this machine's bundle of certificate authorities.
    ///
    /// # Errors
    /// [`Error::Capability`] when there is none.
    pub fn ca_certificates(&mut self) -> Result<&mut Self> {
        let bundle = Path::new("/etc/ssl/certs/ca-certificates.crt");
        if !bundle.exists() {
            return Err(Error::capability(
                "the image needs certificate authorities: install ca-certificates.",
            ));
        }
        self.copy(bundle, bundle)
    }

    /// Makes the image's archive: see [`from_rootfs`].
    ///
    /// # Errors
    /// As there.
    pub fn archive(&self, name: &str, config: &Config, archive: &Path) -> Result<()> {
        from_rootfs(self.path(), name, config, archive)
    }

    /// Where a place of the image is now; its parent folders are made.
    fn target(&self, place: &Path) -> Result<PathBuf> {
        let inside: PathBuf = place
            .components()
            .filter(|c| matches!(c, std::path::Component::Normal(_)))
            .collect();
        let target = self.path().join(inside);
        let is_folder = place.as_os_str().as_encoded_bytes().ends_with(b"/.");
        let folder = if is_folder {
            Some(target.as_path())
        } else {
            target.parent()
        };
        if let Some(folder) = folder {
            fs::create_dir_all(folder).at("create", folder)?;
        }
        Ok(target)
    }

    fn libraries(&mut self, program: &Path) -> Result<()> {
        if !self.done.insert(program.to_owned()) {
            return Ok(());
        }
        for library in libraries_of(program)? {
            let target = self.target(&library)?;
            if !target.exists() {
                fs::copy(&library, &target).at("copy", &library)?;
            }
        }
        Ok(())
    }
}

/// The files that a program's start needs, its loader included; none for what is no dynamic program.
fn libraries_of(program: &Path) -> Result<Vec<PathBuf>> {
    let mut magic = [0; 4];
    let mut file = fs::File::open(program).at("open", program)?;
    if file.read_exact(&mut magic).is_err() || magic != *b"\x7fELF" {
        return Ok(Vec::new());
    }
    let out = process::output(Command::new("ldd").arg(program), None, Duration::from_secs(30))?;
    // ldd fails for a static program, which is the answer.
    Ok(parse_ldd(&String::from_utf8_lossy(&out.stdout)))
}

/// The absolute paths in ldd's output: `libc.so.6 => /lib/libc.so.6 (0x...)`, `/lib64/ld.so.2 (0x...)`.
fn parse_ldd(text: &str) -> Vec<PathBuf> {
    let path = |line: &str| {
        let found = line.split_once("=>").map_or(line, |(_, path)| path);
        let word = found.split_whitespace().next()?;
        word.starts_with('/').then(|| PathBuf::from(word))
    };
    text.lines()
        .filter(|line| line.starts_with([' ', '\t']))
        .filter_map(path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ldd_prints() {
        let text = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibz.so.1 => /lib/x/libz.so.1 (0x1)\n\tlibgone.so => not found\n\t/lib64/ld-linux-x86-64.so.2 (0x2)\n";
        assert_eq!(
            parse_ldd(text),
            [
                PathBuf::from("/lib/x/libz.so.1"),
                PathBuf::from("/lib64/ld-linux-x86-64.so.2")
            ]
        );
        assert_eq!(parse_ldd("\tnot a dynamic executable\n"), Vec::<PathBuf>::new());
        assert_eq!(parse_ldd("/bin/x: error\n"), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_program_brings_its_libraries() {
        let mut rootfs = Rootfs::new().unwrap();
        rootfs.program("cat").unwrap().users().unwrap();
        let cat = process::find_in(&rootfs.search, "cat").unwrap();
        for path in libraries_of(&cat).unwrap().iter().chain([&cat]) {
            assert!(
                rootfs.path().join(path.strip_prefix("/").unwrap()).is_file(),
                "{}",
                path.display()
            );
        }
        let error = rootfs.program("no-such-program-anywhere").unwrap_err();
        assert!(matches!(error, Error::Capability(_)), "{error}");
    }

    #[test]
    fn a_tree_keeps_links_and_modes() {
        let source = tempfile::tempdir().unwrap();
        let at = |name: &str| source.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("sub/a"), "x").unwrap();
        fs::hard_link(at("sub/a"), at("b")).unwrap();
        symlink("sub/a", at("c")).unwrap();
        fs::set_permissions(at("sub"), fs::Permissions::from_mode(0o710)).unwrap();
        let mut rootfs = Rootfs::new().unwrap();
        rootfs.tree(source.path().to_str().unwrap()).unwrap();
        let copy = rootfs.path().join(source.path().strip_prefix("/").unwrap());
        let meta = |name: &str| copy.join(name).symlink_metadata().unwrap();
        assert_eq!(meta("sub/a").ino(), meta("b").ino());
        assert!(meta("c").is_symlink());
        assert_eq!(meta("sub").mode() & 0o777, 0o710);
    }
}
