//! Settings of the whole machine that a node needs changed. The values from before the first node are kept, and
//! put back with the last.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use serde::{Deserialize, Serialize};

use crate::{
    error::{Doing as _, Result},
    say,
};

/// Where the values from before are. On a file system that a restart empties, as it does the settings.
const BEFORE: &str = "/run/patchbay-cluster-before.json";

/// What kubelet sets without being asked, and forwarding, which the host needs to reach pods from elsewhere.
const SETTINGS: [&str; 7] = [
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/panic_on_oom",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/panic_on_oops",
    "/proc/sys/kernel/keys/root_maxkeys",
    "/proc/sys/kernel/keys/root_maxbytes",
    "/proc/sys/net/ipv4/ip_forward",
];

/// What was there before the first node.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Before {
    settings: BTreeMap<String, String>,
    /// Whether `ip netns` had made its folder a mount point, as it does with its first namespace.
    netns_mounted: bool,
}

/// The folder of named network namespaces.
const NETNS: &str = "/run/netns";

/// Remembers what is there, unless an earlier node did.
pub(super) fn remember() -> Result<()> {
    let path = Path::new(BEFORE);
    if path.exists() {
        return Ok(());
    }
    let read = |path: &&str| Some(((*path).to_owned(), fs::read_to_string(path).ok()?));
    let before = Before {
        settings: SETTINGS.iter().filter_map(read).collect(),
        netns_mounted: mount_points(&mountinfo()?).any(|point| point == NETNS),
    };
    fs::write(path, serde_json::to_vec(&before).unwrap_or_default()).at("write", path)
}

/// Changes the settings that are ours to change; kubelet sees to its own.
pub(super) fn change() -> Result<()> {
    fs::write("/proc/sys/net/ipv4/ip_forward", "1").doing(|| "switch IP forwarding on".to_owned())?;
    share_mounts()
}

fn mountinfo() -> Result<String> {
    fs::read_to_string("/proc/self/mountinfo").doing(|| "read mountinfo".to_owned())
}

fn mount_points(mountinfo: &str) -> impl Iterator<Item = &str> {
    mountinfo.lines().filter_map(|line| line.split(' ').nth(4))
}

/// Makes the parent of all containers' cgroups, in every hierarchy.
pub(super) fn make_cgroups(cgroup: &str) -> Result<()> {
    for (root, is_v2) in cgroup_roots(&mountinfo()?) {
        if is_v2 {
            for controller in ["+cpuset", "+cpu", "+io", "+memory", "+pids"] {
                // Beside version 1 there are none here; what kubelet misses it names.
                drop(fs::write(root.join("cgroup.subtree_control"), controller));
            }
        }
        let path = root.join(cgroup);
        fs::create_dir_all(&path).at("create", &path)?;
    }
    Ok(())
}

/// Where cgroup hierarchies are mounted, and whether they are of version 2.
pub(super) fn cgroup_roots(mountinfo: &str) -> Vec<(PathBuf, bool)> {
    let root = |line: &str| {
        let kind = line.split_once(" - ")?.1.split(' ').next()?;
        let is_v2 = kind == "cgroup2";
        (is_v2 || kind == "cgroup").then(|| Some((PathBuf::from(line.split(' ').nth(4)?), is_v2)))?
    };
    mountinfo.lines().filter_map(root).collect()
}

/// Makes the mounts below `/` shared, without which a volume that a driver mounts cannot reach other pods. It is
/// not put back: it is the usual state of a machine, and mounts made since then rely on it.
fn share_mounts() -> Result<()> {
    if is_shared(&mountinfo()?) {
        return Ok(());
    }
    say::line("mounts below / become shared (mount --make-rshared /), as kubelet needs; they stay so");
    let flags = MsFlags::MS_REC | MsFlags::MS_SHARED;
    mount(None::<&str>, "/", None::<&str>, flags, None::<&str>)
        .doing(|| "make the mounts below / shared".to_owned())
}

/// Whether the mount at `/` is shared: one of its optional fields says so.
fn is_shared(mountinfo: &str) -> bool {
    mountinfo.lines().any(|line| {
        let mut fields = line.split(' ').skip(4);
        fields.next() == Some("/")
            && fields
                .skip(1)
                .take_while(|&field| field != "-")
                .any(|f| f.starts_with("shared:"))
    })
}

/// Puts everything back when no node is left.
pub(super) fn restore() {
    let mut nodes = fs::read_dir(NETNS).into_iter().flatten().flatten();
    if nodes.any(|entry| entry.file_name().to_string_lossy().starts_with("patchbay-")) {
        return;
    }
    let Ok(text) = fs::read(BEFORE) else { return };
    let before: Before = serde_json::from_slice(&text).unwrap_or_default();
    for (path, value) in before
        .settings
        .iter()
        .filter(|(path, _)| SETTINGS.contains(&path.as_str()))
    {
        if fs::read_to_string(path).ok().as_ref() != Some(value)
            && let Err(error) = fs::write(path, value)
        {
            say::line(format_args!(
                "{path} could not be set back to {}: {error}",
                value.trim()
            ));
        }
    }
    let is_empty = fs::read_dir(NETNS).is_ok_and(|mut entries| entries.next().is_none());
    if !before.netns_mounted && is_empty {
        // Each `ip netns` of a new mount namespace may have put one on top of the other.
        while umount2(NETNS, MntFlags::MNT_DETACH).is_ok() {}
        drop(fs::remove_dir(NETNS));
    }
    // Only a restart would bring it back; then it is gone too.
    drop(fs::remove_file(BEFORE));
    remove_device_plugins(Path::new("/var/lib/kubelet"));
}

/// kubelet puts this one socket into its usual folder, whatever its configuration says. Where a kubelet of the
/// machine's own is at home, there is more in the folder, and nothing is touched.
fn remove_device_plugins(folder: &Path) {
    let names = |folder: &Path| -> Vec<_> {
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name())
            .collect()
    };
    if names(folder) == ["device-plugins"] {
        let plugins = folder.join("device-plugins");
        let ours = ["kubelet.sock", "kubelet_internal_checkpoint"];
        if names(&plugins)
            .iter()
            .all(|name| ours.iter().any(|&own| name == own))
        {
            drop(fs::remove_dir_all(folder));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_of_both_versions() {
        let text = "30 22 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n31 22 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n32 22 0:32 / /sys rw - sysfs sysfs rw\n";
        assert_eq!(
            cgroup_roots(text),
            [
                ("/sys/fs/cgroup/cpu".into(), false),
                ("/sys/fs/cgroup/unified".into(), true)
            ]
        );
    }

    #[test]
    fn a_kubelet_of_the_machines_own_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("kubelet");
        let socket = folder.join("device-plugins/kubelet.sock");
        fs::create_dir_all(socket.parent().unwrap()).unwrap();
        fs::write(&socket, "").unwrap();
        fs::create_dir(folder.join("pki")).unwrap();
        remove_device_plugins(&folder);
        assert!(socket.exists());
        fs::remove_dir(folder.join("pki")).unwrap();
        remove_device_plugins(&folder);
        assert!(!folder.exists());
    }

    #[test]
    fn shared_and_private_roots() {
        for (line, want) in [
            ("22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw", true),
            (
                "22 1 254:0 / / rw,relatime master:2 shared:1 - ext4 /dev/vda rw",
                true,
            ),
            ("22 1 254:0 / / rw,relatime - ext4 /dev/vda rw", false),
            ("22 1 254:0 / / rw,relatime master:1 - ext4 shared:1 rw", false),
            ("23 22 0:5 / /sys rw shared:1 - sysfs sysfs rw", false),
        ] {
            assert_eq!(is_shared(line), want, "{line}");
        }
    }
}
