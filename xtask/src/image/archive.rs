//! The image's file format: an OCI layout with one layer, which `docker load` understands as well.

use std::io::Write as _;

use anyhow::Context as _;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::NONROOT;

/// A file of the image.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path, without the leading slash.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Entry {
    /// A file that everybody can read.
    #[must_use]
    pub fn text(path: &str, content: &str) -> Self {
        Self {
            path: path.to_owned(),
            mode: 0o644,
            content: content.as_bytes().to_vec(),
        }
    }
}

/// An image, ready to be written to a file.
#[derive(Clone, Debug)]
pub struct Archive {
    /// The tar file.
    pub bytes: Vec<u8>,
    /// The digest that a registry would give the image.
    pub digest: String,
    /// Bytes of the files, unpacked.
    pub unpacked: usize,
    /// Bytes that a node would pull.
    pub packed: usize,
}

/// Makes the image `name` (in full, with its tag) from its files.
///
/// # Guarantees
/// Equal arguments give equal bytes.
///
/// # Errors
/// When a path is too long for a tar file.
pub fn archive(entries: &[Entry], name: &str) -> anyhow::Result<Archive> {
    let layer = tar(entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry.mode, entry.content.as_slice())))?;
    let packed = gzip(&layer)?;
    let config = serde_json::to_vec(&config(&digest(&layer)))?;
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &packed)],
    }))?;

    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest(&manifest),
            "size": manifest.len(),
            "annotations": {
                "io.containerd.image.name": name,
                "org.opencontainers.image.ref.name": name.rsplit_once(':').map_or(name, |(_, tag)| tag),
            },
        }],
    });
    let for_docker = json!([{ "Config": blob(&config), "RepoTags": [name], "Layers": [blob(&packed)] }]);

    let files = [
        (
            "oci-layout".to_owned(),
            br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec(),
        ),
        ("index.json".to_owned(), serde_json::to_vec(&index)?),
        ("manifest.json".to_owned(), serde_json::to_vec(&for_docker)?),
        (blob(&manifest), manifest.clone()),
        (blob(&config), config),
        (blob(&packed), packed.clone()),
    ];
    let bytes = tar(files
        .iter()
        .map(|(path, content)| (path.as_str(), 0o644, content.as_slice())))?;
    let unpacked = entries.iter().map(|entry| entry.content.len()).sum();
    Ok(Archive {
        bytes,
        digest: digest(&manifest),
        unpacked,
        packed: packed.len(),
    })
}

/// How the image is run unless a pod says otherwise. It has no entry point: each pod names its program.
fn config(layer: &str) -> Value {
    json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": match std::env::consts::ARCH { "x86_64" => "amd64", "aarch64" => "arm64", other => other },
        "os": "linux",
        "config": {
            "User": format!("{NONROOT}:{NONROOT}"),
            "Env": ["PATH=/"],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": "patchbay",
                "org.opencontainers.image.licenses": "Apache-2.0",
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
            },
        },
        "rootfs": { "type": "layers", "diff_ids": [layer] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "cargo xtask image" }],
    })
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(content), "size": content.len() })
}

fn digest(content: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(content)))
}

fn blob(content: &[u8]) -> String {
    format!("blobs/{}", digest(content).replace(':', "/"))
}

fn gzip(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// A tar file in which every file is root's and from 1970. Folders go before what is in them.
fn tar<'a>(files: impl Iterator<Item = (&'a str, u32, &'a [u8])>) -> anyhow::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut folders = std::collections::BTreeSet::new();
    for (path, mode, content) in files {
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..=end).unwrap_or(path);
            if folders.insert(folder.to_owned()) {
                append(&mut builder, folder, 0o755, tar::EntryType::Directory, &[])?;
            }
        }
        append(&mut builder, path, mode, tar::EntryType::Regular, content)?;
    }
    Ok(builder.into_inner()?)
}

fn append(
    builder: &mut tar::Builder<Vec<u8>>,
    path: &str,
    mode: u32,
    kind: tar::EntryType,
    content: &[u8],
) -> anyhow::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    builder
        .append_data(&mut header, path, content)
        .with_context(|| format!("cannot put {path} into a tar file"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read as _;

    use super::*;

    fn unpack(bytes: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
        let mut archive = tar::Archive::new(bytes);
        let entries = archive.entries().expect("a tar file");
        entries
            .map(|entry| {
                let mut entry = entry.expect("an entry");
                let path = entry.path().expect("a path").to_string_lossy().into_owned();
                let mode = entry.header().mode().expect("a mode");
                assert_eq!(entry.header().mtime().expect("a time"), 0);
                let mut content = Vec::new();
                entry.read_to_end(&mut content).expect("read");
                (path, (mode, content))
            })
            .collect()
    }

    fn image() -> Archive {
        let program = Entry {
            path: "program".to_owned(),
            mode: 0o755,
            content: b"\x7fELF".repeat(1000),
        };
        archive(
            &[Entry::text("etc/passwd", "root:x:0:0::/:\n"), program],
            "docker.io/a/b:1",
        )
        .expect("made")
    }

    #[test]
    fn equal_files_give_equal_bytes() {
        assert_eq!(image().bytes, image().bytes);
    }

    #[test]
    fn every_digest_in_it_is_right_and_the_layer_holds_the_files() {
        let files = unpack(&image().bytes);
        for (path, (_, content)) in &files {
            if let Some(hash) = path.strip_prefix("blobs/sha256/").filter(|hash| !hash.is_empty()) {
                assert_eq!(hash, hex::encode(Sha256::digest(content)));
            }
        }
        let json = |path: &str| serde_json::from_slice::<Value>(&files[path].1).expect("JSON");
        let at = |descriptor: &Value| {
            format!(
                "blobs/{}",
                descriptor["digest"].as_str().expect("a digest").replace(':', "/")
            )
        };
        let index = json("index.json");
        assert_eq!(
            index["manifests"][0]["annotations"]["io.containerd.image.name"],
            "docker.io/a/b:1"
        );
        assert_eq!(index["manifests"][0]["digest"], image().digest);
        let manifest = json(&at(&index["manifests"][0]));
        let layer = at(&manifest["layers"][0]);
        assert_eq!(json("manifest.json")[0]["Layers"][0], layer);
        assert_eq!(json("manifest.json")[0]["Config"], at(&manifest["config"]));
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&files[&layer].1[..])
            .read_to_end(&mut unpacked)
            .expect("gzip");
        assert_eq!(
            json(&at(&manifest["config"]))["rootfs"]["diff_ids"][0],
            digest(&unpacked)
        );
        let inside = unpack(&unpacked);
        assert_eq!(
            inside.keys().collect::<Vec<_>>(),
            ["etc/", "etc/passwd", "program"]
        );
        assert_eq!(inside["program"].0, 0o755);
    }

    #[test]
    fn it_runs_without_root() {
        assert_eq!(config("sha256:0")["config"]["User"], "65532:65532");
    }
}
