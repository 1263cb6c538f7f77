//! Searches everything that could leak for a secret that was planted: logs, objects, events, metrics, disk.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Files larger than this are searched in pieces of this size.
const PIECE: usize = 1 << 20;

/// A value that must not appear anywhere but where it belongs.
#[derive(Clone)]
pub struct Canary {
    needles: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Canary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canary")
    }
}

impl Canary {
    /// Looks for `value` as it is, in base64, and as basic authentication of `user`.
    #[must_use]
    pub fn new(user: &str, value: &str) -> Self {
        let basic = STANDARD.encode(format!("{user}:{value}"));
        // Base64 of a part of a longer text depends on where it begins; the middle does not.
        let needles = vec![
            value.as_bytes().to_vec(),
            STANDARD.encode(value).into_bytes(),
            basic.into_bytes(),
        ];
        Self { needles }
    }

    /// Is it in these bytes?
    #[must_use]
    pub fn is_in(&self, haystack: &[u8]) -> bool {
        self.needles.iter().any(|needle| find(haystack, needle))
    }

    /// The files below `root` that hold it, without those on another file system (a tmpfs of a pod) and those below
    /// `except`.
    ///
    /// # Errors
    /// `root` cannot be read.
    pub fn in_files(&self, root: &Path, except: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let except: BTreeSet<&Path> = except.iter().map(PathBuf::as_path).collect();
        let device = device(root).with_context(|| format!("cannot read {}", root.display()))?;
        let mut found = Vec::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = entry.path();
                let Ok(meta) = entry.metadata() else { continue };
                if except.contains(path.as_path()) || device_of(&meta) != device {
                    continue;
                }
                if meta.is_dir() {
                    folders.push(path);
                } else if meta.is_file() && self.is_in_file(&path) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    fn is_in_file(&self, path: &Path) -> bool {
        let Ok(mut file) = File::open(path) else {
            return false;
        };
        let overlap = self.needles.iter().map(Vec::len).max().unwrap_or(0);
        let mut buffer = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let Ok(read @ 1..) = file.read(&mut piece) else {
                return false;
            };
            buffer.extend_from_slice(piece.get(..read).unwrap_or_default());
            if self.is_in(&buffer) {
                return true;
            }
            let keep = buffer.len().saturating_sub(overlap);
            buffer.drain(..keep);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    // A search from first byte to first byte: the logs are megabytes.
    let Some(&first) = needle.first() else {
        return false;
    };
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|&b| b == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(needle) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

fn device(path: &Path) -> std::io::Result<u64> {
    std::fs::metadata(path).map(|m| device_of(&m))
}

fn device_of(meta: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    meta.dev()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_form_also_across_pieces() {
        let canary = Canary::new("demo", "s3cret-value");
        assert!(canary.is_in(b"... s3cret-value ..."));
        assert!(canary.is_in(format!("x{}", STANDARD.encode("demo:s3cret-value")).as_bytes()));
        assert!(!canary.is_in(b"s3cret-valu"));

        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut text = vec![b'.'; PIECE - 4];
        text.extend_from_slice(b"s3cret-value");
        std::fs::write(dir.path().join("across"), &text).expect("write");
        std::fs::write(dir.path().join("clean"), b"nothing here").expect("write");
        std::fs::write(dir.path().join("except"), b"s3cret-value").expect("write");
        let found = canary
            .in_files(dir.path(), &[dir.path().join("except")])
            .expect("search");
        assert_eq!(found, [dir.path().join("across")]);
    }
}
