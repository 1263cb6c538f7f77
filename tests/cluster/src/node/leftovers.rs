//! What there is of a node on this machine, and how each part is removed.
//!
//! Removal and the question "is anything left?" use the same list, so nothing can be forgotten by one of them.
//! The list follows from the node's name alone, wherever that is possible.

use std::{
    collections::BTreeSet,
    fmt, fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::mount::{MntFlags, umount2};

use super::{kernel::cgroup_roots, plan::Names};
use crate::{
    env::Env,
    error::{Doing as _, Error, Result},
    find::search_folders,
    process::{self, ProcessId, run_quick},
};

/// Removal is repeated this often: the kernel takes namespaces and cgroups down in its own time.
const ROUNDS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// A part of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Process(ProcessId),
    Socket(PathBuf),
    Mount(PathBuf),
    Netns(PathBuf),
    Link(String),
    Table(String),
    Cgroup(PathBuf),
    File(PathBuf),
    Folder(PathBuf),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(id) => f.write_str(&process::describe(*id)),
            Self::Socket(path) => write!(f, "socket {}", path.display()),
            Self::Mount(path) => write!(f, "mount {}", path.display()),
            Self::Netns(path) => write!(f, "network namespace {}", path.display()),
            Self::Link(name) => write!(f, "network interface {name}"),
            Self::Table(name) => write!(f, "nftables table ip {name}"),
            Self::Cgroup(path) => write!(f, "cgroup {}", path.display()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Folder(path) => write!(f, "folder {}", path.display()),
        }
    }
}

/// Everything of a node that is there now, one line each.
pub(super) fn list(names: &Names) -> Vec<String> {
    find(names).iter().map(ToString::to_string).collect()
}

/// Removes everything of a node.
///
/// # Errors
/// [`Error::Leftovers`] with what is still there after ten seconds.
pub(super) fn remove(names: &Names) -> Result<()> {
    let mut parts = find(names);
    for round in 0..ROUNDS {
        if round > 0 {
            std::thread::sleep(PAUSE);
        }
        remove_once(names, &parts);
        parts = find(names);
        if parts.is_empty() {
            tidy();
            return Ok(());
        }
    }
    Err(Error::Leftovers {
        name: names.name.clone(),
        parts: parts.iter().map(ToString::to_string).collect(),
    })
}

/// All parts, in the order in which they are removed.
fn find(names: &Names) -> Vec<Part> {
    let folder = names.folder();
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let cgroups = cgroup_folders(&mountinfo, &names.cgroup());
    let mut parts: Vec<Part> = processes(names, &cgroups)
        .into_iter()
        .map(Part::Process)
        .collect();
    parts.extend(shim_sockets(&folder).into_iter().map(Part::Socket));
    // The last mounted first: it may be on top of another.
    parts.extend(
        mounts_below(&mountinfo, &folder)
            .into_iter()
            .rev()
            .map(Part::Mount),
    );
    parts.extend(existing(names.netns_file()).map(Part::Netns));
    parts.extend(existing(Path::new("/sys/class/net").join(names.link())).map(|_| Part::Link(names.link())));
    parts.extend(
        tables()
            .contains(&names.table())
            .then(|| Part::Table(names.table())),
    );
    parts.extend(cgroups.into_iter().map(Part::Cgroup));
    parts.extend(files_elsewhere(names).into_iter().map(Part::File));
    parts.extend(existing(folder).map(Part::Folder));
    parts
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    path.symlink_metadata().is_ok().then_some(path)
}

/// Tries each part once; what fails is found again in the next round.
fn remove_once(names: &Names, parts: &[Part]) {
    let ids: Vec<ProcessId> = parts
        .iter()
        .filter_map(|part| {
            if let Part::Process(id) = part {
                Some(*id)
            } else {
                None
            }
        })
        .collect();
    if !process::kill_all(&ids, Duration::from_secs(5)).is_empty() {
        return;
    }
    for part in parts {
        // What could not be removed is found again, and reported in the end.
        drop(match part {
            Part::Process(_) => Ok(()),
            Part::Socket(path) | Part::File(path) => fs::remove_file(path).at("remove", path),
            Part::Mount(path) => umount2(path, MntFlags::MNT_DETACH).at("unmount", path),
            Part::Netns(_) => run_quick(system("ip"), ["netns", "delete", &names.netns()]).map(drop),
            Part::Link(name) => run_quick(system("ip"), ["link", "delete", name]).map(drop),
            Part::Table(name) => run_quick(system("nft"), ["delete", "table", "ip", name]).map(drop),
            Part::Cgroup(path) => fs::remove_dir(path).at("remove", path),
            Part::Folder(path) => remove_folder(path),
        });
    }
}

/// Removes the state folder, but never through a mount: below it may be a folder of the user.
fn remove_folder(folder: &Path) -> Result<()> {
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").doing(|| "read mountinfo".to_owned())?;
    if mounts_below(&mountinfo, folder).is_empty() {
        return fs::remove_dir_all(folder).at("remove", folder);
    }
    Ok(())
}

/// Processes of the components and their children, of containers, and of whoever is in the node's network.
fn processes(names: &Names, cgroups: &[PathBuf]) -> BTreeSet<ProcessId> {
    let mut found: BTreeSet<ProcessId> = process::marked(&names.marker()).into_iter().collect();
    for folder in cgroups {
        let listed = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        found.extend(listed.lines().filter_map(|pid| ProcessId::of(pid.parse().ok()?)));
    }
    let identity = |path: &Path| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    if let Some(netns) = identity(&names.netns_file()) {
        let inside = |id: &ProcessId| {
            identity(Path::new(&format!("/proc/{}/ns/net", id.pid))).is_some_and(|own| own == netns)
        };
        found.extend(process::all().into_iter().filter(inside));
    }
    // A shell that asks for leftovers from inside must not end itself.
    found.retain(|id| u32::try_from(id.pid).is_ok_and(|pid| pid != std::process::id()));
    found
}

/// Sockets of containerd's shims. They are in a folder of the whole machine, under names that tell nothing; each
/// container's folder says which is its.
fn shim_sockets(folder: &Path) -> Vec<PathBuf> {
    let containers = folder.join("containerd/state/io.containerd.runtime.v2.task/k8s.io");
    let socket = |entry: fs::DirEntry| {
        let address = fs::read_to_string(entry.path().join("address")).ok()?;
        existing(PathBuf::from(address.trim().strip_prefix("unix://")?))
    };
    let found: BTreeSet<PathBuf> = fs::read_dir(containers)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(socket)
        .collect();
    found.into_iter().collect()
}

/// Mount points at or below a folder, in the order in which they were mounted.
fn mounts_below(mountinfo: &str, folder: &Path) -> Vec<PathBuf> {
    mountinfo
        .lines()
        .filter_map(mount_point)
        .filter(|point| point.starts_with(folder))
        .collect()
}

fn mount_point(line: &str) -> Option<PathBuf> {
    Some(PathBuf::from(unescape(line.split(' ').nth(4)?)))
}

/// The kernel writes blanks and backslashes as three octal digits.
fn unescape(text: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .into_iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(text.to_owned(), |text, (escaped, plain)| {
            text.replace(escaped, plain)
        })
}

/// A cgroup in every hierarchy, with all cgroups below it, the deepest first.
fn cgroup_folders(mountinfo: &str, cgroup: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (root, _) in cgroup_roots(mountinfo) {
        descend(root.join(cgroup), &mut found);
    }
    found
}

fn descend(folder: PathBuf, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(&folder) else {
        return;
    };
    for entry in entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
    {
        descend(entry.path(), found);
    }
    found.push(folder);
}

/// Tables of nftables' `ip` family; none where there is no nft.
fn tables() -> Vec<String> {
    let text = run_quick(system("nft"), ["list", "tables", "ip"]).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix("table ip "))
        .map(|name| name.trim().to_owned())
        .collect()
}

/// Files that components put into folders of the whole machine, whatever their configuration says: kubelet's
/// links to logs, and the network plugins' cached results (which name the pod's namespace below our folder).
fn files_elsewhere(names: &Names) -> Vec<PathBuf> {
    let ours = names.folder();
    let entries = |folder: &str| {
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
    };
    let logs = entries("/var/log/containers")
        .filter(|path| fs::read_link(path).is_ok_and(|to| to.starts_with(&ours)));
    let inside = format!("\"{}/", ours.display());
    let results = entries("/var/lib/cni/results")
        .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&inside)));
    logs.chain(results).collect()
}

/// Removes folders of the whole machine that components made, as far as they are empty.
fn tidy() {
    let folders = [
        "/var/log/containers",
        "/var/lib/cni/results",
        "/var/lib/cni",
        "/run/containerd/s",
        "/run/containerd",
        super::plan::HOME,
    ];
    for folder in folders {
        // Not empty or not there: somebody else's, or nobody's.
        drop(fs::remove_dir(folder));
    }
}

fn system(program: &str) -> PathBuf {
    process::find_in(&search_folders(&Env::of_process()), program).unwrap_or_else(|| program.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
40 22 0:40 / /var/lib/patchbay-cluster/a/kubelet/pods/x/volumes/v rw - tmpfs tmpfs rw
41 22 0:41 / /var/lib/patchbay-cluster/ab rw - tmpfs tmpfs rw
42 40 0:42 / /var/lib/patchbay-cluster/a/kubelet/with\\040blank rw - tmpfs tmpfs rw
";

    #[test]
    fn mounts_of_one_node_only() {
        let found = mounts_below(MOUNTINFO, Path::new("/var/lib/patchbay-cluster/a"));
        let want = ["kubelet/pods/x/volumes/v", "kubelet/with blank"];
        assert_eq!(
            found,
            want.map(|path| Path::new("/var/lib/patchbay-cluster/a").join(path))
        );
    }

    #[test]
    fn escapes_of_the_kernel() {
        for (text, want) in [
            ("/a\\040b", "/a b"),
            ("/a\\134b", "/a\\b"),
            ("/a\\011\\012", "/a\t\n"),
            ("/a", "/a"),
        ] {
            assert_eq!(unescape(text), want);
        }
    }

    #[test]
    fn a_node_that_never_was_has_left_nothing() {
        let names = Names::new("never-was").unwrap();
        assert_eq!(list(&names), Vec::<String>::new());
        assert!(remove(&names).is_ok());
    }

    #[test]
    fn deepest_folders_come_first() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("c/pod/container")).unwrap();
        let mut found = Vec::new();
        descend(root.path().join("c"), &mut found);
        assert_eq!(
            found,
            ["c/pod/container", "c/pod", "c"].map(|path| root.path().join(path))
        );
    }
}
