//! What `/proc/self/mountinfo` says. Pure.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The source by which the driver names its mounts: how they are told from those of others.
pub const SOURCE: &str = "patchbay";
/// Their file system.
pub const FS_TYPE: &str = "tmpfs";

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is.
    pub path: PathBuf,
    /// The kind of its file system.
    pub fs_type: String,
    /// The device, or the name that was given at the mount.
    pub source: String,
}

impl Mount {
    /// Whether the driver made it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.fs_type == FS_TYPE && self.source == SOURCE
    }
}

/// Reads the table. Lines that do not have its form are passed over: the kernel may add fields, never remove them.
///
/// Mounts at one path come in the order in which they were made: the last one is on top.
pub fn parse(table: &[u8]) -> impl Iterator<Item = Mount> + '_ {
    table.split(|byte| *byte == b'\n').filter_map(parse_line)
}

/// `36 35 98:0 /root /mnt rw,noatime shared:1 - ext3 /dev/root rw`: optional fields end with a lone hyphen.
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let path = fields.nth(4)?;
    let mut rest = fields.skip_while(|field| *field != b"-").skip(1);
    let fs_type = rest.next()?;
    let source = rest.next()?;
    Some(Mount {
        path: PathBuf::from(OsString::from_vec(unescape(path))),
        fs_type: String::from_utf8_lossy(&unescape(fs_type)).into_owned(),
        source: String::from_utf8_lossy(&unescape(source)).into_owned(),
    })
}

/// The kernel writes space, tab, newline and backslash as three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                plain.push(((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'));
                rest = after;
            }
            _ => {
                plain.push(*first);
                rest = tail;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:27 / /var/lib/kubelet/pods/u/v\\040x/mount rw,nosuid,nodev,noexec shared:2 master:1 - tmpfs patchbay rw,size=4096k
31 22 0:28 / /var/lib/kubelet/pods/u/t/mount rw - tmpfs tmpfs rw
garbage
32 22 0:28 / /x rw shared:3
33 22 0:29 / /a\\134040b rw - fuse.x host:/dir rw
";

    #[test]
    fn mounts_are_read() {
        let got: Vec<_> = parse(TABLE.as_bytes())
            .map(|mount| {
                (
                    mount.path.to_str().unwrap().to_owned(),
                    mount.is_ours(),
                    mount.fs_type,
                )
            })
            .collect();
        let want = [
            ("/", false, "ext4"),
            ("/var/lib/kubelet/pods/u/v x/mount", true, "tmpfs"),
            ("/var/lib/kubelet/pods/u/t/mount", false, "tmpfs"),
            ("/a\\040b", false, "fuse.x"),
        ];
        let want: Vec<_> = want
            .map(|(path, ours, kind)| (path.to_owned(), ours, kind.to_owned()))
            .into();
        assert_eq!(got, want);
    }

    #[test]
    fn the_machines_own_table_is_read() {
        let table = std::fs::read("/proc/self/mountinfo").unwrap();
        let lines = table
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .count();
        assert_eq!(parse(&table).count(), lines);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_table_is_read(table in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            parse(&table).count();
        }
    }
}
