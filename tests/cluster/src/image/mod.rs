//! Container images without a registry: a folder becomes one layer of an archive that containerd imports.

mod rootfs;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

pub use self::rootfs::Rootfs;
use crate::error::{Doing as _, Error, Result};

/// What a container of the image does unless its pod says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The program and its first arguments; a pod's `command` replaces it.
    pub entrypoint: Vec<String>,
    /// More arguments; a pod's `args` replace them.
    pub cmd: Vec<String>,
    /// Variables as `NAME=value`. Without a `PATH` here the usual one is set.
    pub env: Vec<String>,
    /// `user[:group]`, by name or number; root when empty.
    pub user: String,
    /// Working folder; `/` when empty.
    pub workdir: String,
}

const USUAL_PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Makes an image archive (`docker save` form) from a folder.
///
/// `name` has to be written in full, `docker.io/patchbay/tool:1`: containerd knows it by that name only.
/// *Guarantees*: the same folder makes the same archive, byte for byte: entries are sorted, belong to root and
/// have no time.
///
/// # Errors
/// [`Error::Invalid`] for a short name; [`Error::Io`].
pub fn from_rootfs(rootfs: &Path, name: &str, config: &Config, archive: &Path) -> Result<()> {
    check_name(name)?;
    let layer = archive.with_extension("layer");
    let result =
        write_layer(rootfs, &layer).and_then(|digest| write_archive(name, config, &layer, &digest, archive));
    // Left from a failure it is only in the way; the failure is what counts.
    drop(fs::remove_file(&layer));
    result
}

fn check_name(name: &str) -> Result<()> {
    let repository = name.rsplit_once(':').map(|(repository, _)| repository);
    let host = repository.and_then(|repository| repository.split('/').next());
    if host.is_some_and(|host| host.contains('.') || host == "localhost") && name.matches('/').count() > 0 {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the image's name {name:?} is not complete: write it with host and tag, as docker.io/patchbay/tool:1"
    )))
}

/// Writes the layer and returns its SHA-256 in hex.
fn write_layer(rootfs: &Path, layer: &Path) -> Result<String> {
    let file = File::create(layer).at("create", layer)?;
    let mut out = tar::Builder::new(Hashing {
        inner: BufWriter::new(file),
        hash: Sha256::new(),
    });
    let mut links = BTreeMap::new();
    append_folder(&mut out, rootfs, Path::new(""), &mut links)?;
    let mut hashing = out.into_inner().at("write", layer)?;
    hashing.flush().at("write", layer)?;
    Ok(hex::encode(hashing.hash.finalize()))
}

/// Appends what a folder holds, in order of names. `links` remembers files with several names.
fn append_folder(
    out: &mut tar::Builder<impl io::Write>,
    root: &Path,
    folder: &Path,
    links: &mut BTreeMap<(u64, u64), PathBuf>,
) -> Result<()> {
    let absolute = root.join(folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(&absolute).at("read", &absolute)? {
        names.push(entry.at("read", &absolute)?.file_name());
    }
    names.sort();
    for name in names {
        let path = folder.join(name);
        let source = root.join(&path);
        let meta = source.symlink_metadata().at("look at", &source)?;
        let kind = meta.file_type();
        let mut header = Header::new_gnu();
        header.set_mode(meta.mode() & 0o7777);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        if kind.is_dir() {
            header.set_entry_type(EntryType::Directory);
            out.append_data(&mut header, &path, io::empty())
                .at("pack", &source)?;
            append_folder(out, root, &path, links)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(&source).at("read", &source)?;
            header.set_entry_type(EntryType::Symlink);
            out.append_link(&mut header, &path, target).at("pack", &source)?;
        } else if kind.is_file() {
            let first = links
                .entry((meta.dev(), meta.ino()))
                .or_insert_with(|| path.clone());
            if *first == path {
                header.set_size(meta.len());
                let file = File::open(&source).at("open", &source)?;
                out.append_data(&mut header, &path, file).at("pack", &source)?;
            } else {
                header.set_entry_type(EntryType::Link);
                out.append_link(&mut header, &path, &*first).at("pack", &source)?;
            }
        } else if !kind.is_socket() {
            return Err(Error::Invalid(format!(
                "{} is a device or a pipe, which no image may hold",
                source.display()
            )));
        }
    }
    Ok(())
}

fn write_archive(name: &str, config: &Config, layer: &Path, digest: &str, archive: &Path) -> Result<()> {
    let config = image_config(config, digest).to_string();
    let config_name = format!("{}.json", hex::encode(Sha256::digest(&config)));
    let layer_name = format!("{digest}.tar");
    let manifest = json!([{"Config": config_name, "RepoTags": [name], "Layers": [layer_name]}]).to_string();
    let file = File::create(archive).at("create", archive)?;
    let mut out = tar::Builder::new(BufWriter::new(file));
    let header = |size: u64| {
        let mut header = Header::new_gnu();
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_size(size);
        header
    };
    for (name, text) in [("manifest.json", &manifest), (config_name.as_str(), &config)] {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        out.append_data(&mut header(length), name, text.as_bytes())
            .at("write", archive)?;
    }
    let content = File::open(layer).at("open", layer)?;
    let length = content.metadata().at("look at", layer)?.len();
    out.append_data(&mut header(length), layer_name, content)
        .at("write", archive)?;
    out.into_inner()
        .and_then(|mut out| out.flush())
        .at("write", archive)
}

fn image_config(config: &Config, layer_digest: &str) -> Value {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let mut env = config.env.clone();
    if !env.iter().any(|variable| variable.starts_with("PATH=")) {
        env.insert(0, USUAL_PATH.to_owned());
    }
    json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": architecture,
        "os": "linux",
        "config": {
            "Entrypoint": config.entrypoint,
            "Cmd": config.cmd,
            "Env": env,
            "User": config.user,
            "WorkingDir": config.workdir,
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer_digest}")]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "patchbay-cluster"}],
    })
}

/// Computes the checksum of what is written.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: io::Write> io::Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, os::unix::fs::symlink};

    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("bin")).unwrap();
        fs::write(root.path().join("bin/tool"), "x").unwrap();
        fs::hard_link(root.path().join("bin/tool"), root.path().join("bin/twin")).unwrap();
        symlink("/bin/tool", root.path().join("link")).unwrap();
        root
    }

    #[test]
    fn the_same_folder_makes_the_same_archive() {
        let out = tempfile::tempdir().unwrap();
        let archives = ["a.tar", "b.tar"].map(|name| {
            let archive = out.path().join(name);
            from_rootfs(tree().path(), "docker.io/test/x:1", &Config::default(), &archive).unwrap();
            fs::read(archive).unwrap()
        });
        assert_eq!(archives[0], archives[1]);
        assert_eq!(
            fs::read_dir(out.path()).unwrap().count(),
            2,
            "no layer is left behind"
        );
    }

    #[test]
    fn an_archive_holds_manifest_config_and_layer_that_agree() {
        let out = tempfile::tempdir().unwrap();
        let archive = out.path().join("a.tar");
        let config = Config {
            cmd: vec!["sh".into()],
            ..Config::default()
        };
        from_rootfs(tree().path(), "docker.io/test/x:1", &config, &archive).unwrap();
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(File::open(archive).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.insert(entry.path().unwrap().display().to_string(), bytes);
        }
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        assert_eq!(manifest[0]["RepoTags"], json!(["docker.io/test/x:1"]));
        let layer = &files[manifest[0]["Layers"][0].as_str().unwrap()];
        let config: Value = serde_json::from_slice(&files[manifest[0]["Config"].as_str().unwrap()]).unwrap();
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            format!("sha256:{}", hex::encode(Sha256::digest(layer)))
        );
        assert_eq!(config["config"]["Cmd"], json!(["sh"]));
        let entries: Vec<_> = tar::Archive::new(layer.as_slice())
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let link = entry.link_name().unwrap().map(|link| link.display().to_string());
                (
                    entry.path().unwrap().display().to_string(),
                    entry.header().entry_type(),
                    link,
                )
            })
            .collect();
        let link = |to: &str| Some(to.to_owned());
        assert_eq!(
            entries,
            [
                ("bin".to_owned(), EntryType::Directory, None),
                ("bin/tool".to_owned(), EntryType::Regular, None),
                ("bin/twin".to_owned(), EntryType::Link, link("bin/tool")),
                ("link".to_owned(), EntryType::Symlink, link("/bin/tool")),
            ]
        );
    }

    #[test]
    fn short_names_are_refused() {
        for name in [
            "docker.io/test/x:1",
            "localhost/x:1",
            "registry.example.org/a/b:v1",
        ] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["x", "x:1", "test/x:1", "docker.io/test/x", ""] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
