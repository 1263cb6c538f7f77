//! What the driver remembers of a volume over a restart: one small JSON file per volume, without a token and
//! without content.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use patchbay_model::volume::{self, VolumeSource};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::Access;
use super::paths::{Paths, Target, VolumeId};

/// The form of the files. A driver that finds a newer form passes the file over: kubelet's next call writes it anew.
const FORMAT: u32 = 1;
/// A record is a few hundred bytes; the attributes of a volume are bounded well below this.
const MAX_RECORD: u64 = 256 * 1024;

/// The pod that a volume belongs to, as kubelet describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its service account.
    pub service_account: String,
}

/// What a volume is. Does not change while the volume exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The volume.
    pub id: VolumeId,
    /// Where it is mounted.
    pub target: Target,
    /// Whose it is.
    pub pod: Pod,
    /// What it asks for.
    pub source: VolumeSource,
    /// Who may read it.
    pub access: Access,
}

/// A record as it is on the disk.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    format: u32,
    volume_id: String,
    target_path: String,
    pod: Pod,
    /// The volume attributes: the same text that a request has, so that there is one parser.
    attributes: BTreeMap<String, String>,
    group: Option<u32>,
}

/// Why a record can not be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file can not be read or written.
    #[error("{operation} {path:?} failed")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file is not a record.
    #[error("{path:?} is no record of a volume: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// The folder of records.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Uses a folder and makes it when it is not there, for root alone.
    ///
    /// # Errors
    /// [`RecordError::Io`]
    pub fn open(folder: PathBuf) -> Result<Self, RecordError> {
        let made = match folder.parent() {
            Some(parent) => fs::create_dir_all(parent),
            None => Ok(()),
        };
        made.and_then(|()| fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder))
            .map_err(|source| RecordError::Io {
                operation: "making",
                path: folder.clone(),
                source,
            })?;
        Ok(Self { folder })
    }

    /// Writes a record in one step: after a crash there is the whole file or none. It need not outlive a loss of
    /// power, which the volume does not either.
    ///
    /// # Errors
    /// [`RecordError::Io`]
    pub fn save(&self, record: &Record) -> Result<(), RecordError> {
        let path = self.path(&record.id);
        let failed = |source| RecordError::Io {
            operation: "writing",
            path: path.clone(),
            source,
        };
        let stored = Stored {
            format: FORMAT,
            volume_id: record.id.as_str().to_owned(),
            target_path: record.target.path().to_string_lossy().into_owned(),
            pod: record.pod.clone(),
            attributes: volume::attributes(&record.source),
            group: record.access.group,
        };
        let text = serde_json::to_vec(&stored).map_err(|error| failed(error.into()))?;
        let temporary = path.with_extension("tmp");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(failed)?;
        file.write_all(&text).map_err(failed)?;
        fs::rename(&temporary, &path).map_err(failed)
    }

    /// Forgets a volume. Nothing to forget is fine.
    ///
    /// # Errors
    /// [`RecordError::Io`]
    pub fn forget(&self, id: &VolumeId) -> Result<(), RecordError> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RecordError::Io {
                operation: "removing",
                path,
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// Every record, or what is wrong with it, in the order of their file names. Half-written files are removed.
    ///
    /// # Errors
    /// [`RecordError::Io`] when the folder itself can not be read.
    pub fn load(&self, paths: &Paths) -> Result<Vec<Result<Record, RecordError>>, RecordError> {
        let failed = |source| RecordError::Io {
            operation: "reading",
            path: self.folder.clone(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => files.push(path),
                // Best effort: the next save under this name overwrites it.
                Some("tmp") => drop(fs::remove_file(&path)),
                _ => {}
            }
        }
        files.sort();
        Ok(files.iter().map(|path| self.read(path, paths)).collect())
    }

    /// Removes a file that is no record.
    pub fn discard(&self, error: &RecordError) {
        if let RecordError::Malformed { path, .. } = error {
            drop(fs::remove_file(path));
        }
    }

    fn read(&self, path: &Path, paths: &Paths) -> Result<Record, RecordError> {
        let io = |source| RecordError::Io {
            operation: "reading",
            path: path.to_path_buf(),
            source,
        };
        let malformed = |why: String| RecordError::Malformed {
            path: path.to_path_buf(),
            why,
        };
        let mut text = Vec::new();
        fs::File::open(path)
            .map_err(io)?
            .take(MAX_RECORD + 1)
            .read_to_end(&mut text)
            .map_err(io)?;
        if text.len() as u64 > MAX_RECORD {
            return Err(malformed(format!("more than {MAX_RECORD} bytes")));
        }
        let stored: Stored = serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
        let record = parse(stored, paths).map_err(malformed)?;
        if self.path(&record.id) != path {
            return Err(malformed("it is named for another volume".to_owned()));
        }
        Ok(record)
    }

    /// Named by a digest: a volume id may hold what a file name may not.
    fn path(&self, id: &VolumeId) -> PathBuf {
        self.folder
            .join(format!("{}.json", hex::encode(Sha256::digest(id.as_str()))))
    }
}

fn parse(stored: Stored, paths: &Paths) -> Result<Record, String> {
    if stored.format != FORMAT {
        return Err(format!("form {}, this driver knows form {FORMAT}", stored.format));
    }
    let id = VolumeId::parse(&stored.volume_id).map_err(|error| error.to_string())?;
    let target = paths
        .target(&stored.target_path)
        .map_err(|error| error.to_string())?;
    if target.pod_uid() != stored.pod.uid {
        return Err("its target is in the folder of another pod".to_owned());
    }
    let source = volume::parse_attributes(&stored.attributes)
        .map_err(|violations| violations.to_string())?
        .value;
    Ok(Record {
        id,
        target,
        pod: stored.pod,
        source,
        access: Access { group: stored.group },
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record(paths: &Paths, id: &str) -> Record {
        let attributes = BTreeMap::from([("connectors".to_owned(), "git-main".to_owned())]);
        let target = paths
            .pods()
            .join(format!("uid-1/volumes/kubernetes.io~csi/{id}/mount"));
        Record {
            id: VolumeId::parse(id).unwrap(),
            target: paths.target(target.to_str().unwrap()).unwrap(),
            pod: Pod {
                namespace: "team".into(),
                name: "app-0".into(),
                uid: "uid-1".into(),
                service_account: "builder".into(),
            },
            source: volume::parse_attributes(&attributes).unwrap().value,
            access: Access { group: Some(2000) },
        }
    }

    fn store() -> (tempfile::TempDir, Paths, Store) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path()).unwrap();
        let store = Store::open(paths.state()).unwrap();
        (folder, paths, store)
    }

    #[test]
    fn what_is_saved_is_loaded_until_it_is_forgotten() {
        let (_folder, paths, store) = store();
        let record = record(&paths, "csi-1");
        store.save(&record).unwrap();
        store.save(&record).unwrap();
        let loaded: Vec<_> = store
            .load(&paths)
            .unwrap()
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(loaded.as_slice(), std::slice::from_ref(&record));
        store.forget(&record.id).unwrap();
        store.forget(&record.id).unwrap();
        assert!(store.load(&paths).unwrap().is_empty());
    }

    #[test]
    fn a_damaged_record_is_reported_and_does_not_hide_the_others() {
        let (_folder, paths, store) = store();
        store.save(&record(&paths, "csi-1")).unwrap();
        let stray = paths.state().join("0000.json");
        for (content, why) in [
            (b"{".to_vec(), "EOF"),
            (br#"{"format":9,"volumeId":"v","targetPath":"/x","pod":{"namespace":"n","name":"p","uid":"u","serviceAccount":"s"},"attributes":{},"group":null}"#.to_vec(), "form 9"),
            (vec![b' '; usize::try_from(MAX_RECORD).unwrap() + 1], "more than"),
            (fs::read(store.path(&VolumeId::parse("csi-1").unwrap())).unwrap(), "another volume"),
        ] {
            fs::write(&stray, content).unwrap();
            let loaded = store.load(&paths).unwrap();
            let [Err(error), Ok(_)] = loaded.as_slice() else { panic!("{why}: {}", loaded.len()) };
            assert!(error.to_string().contains(why), "{error}");
        }
        let loaded = store.load(&paths).unwrap();
        store.discard(loaded.first().unwrap().as_ref().unwrap_err());
        assert!(!stray.exists());
    }

    #[test]
    fn a_half_written_record_is_cleared_away() {
        let (_folder, paths, store) = store();
        let half = paths.state().join("0000.tmp");
        fs::write(&half, "{").unwrap();
        assert!(store.load(&paths).unwrap().is_empty());
        assert!(!half.exists());
    }

    #[test]
    fn a_record_holds_no_token_and_is_for_root_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, paths, store) = store();
        let record = record(&paths, "csi-1");
        store.save(&record).unwrap();
        let path = store.path(&record.id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::metadata(paths.state()).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let keys: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let keys: Vec<_> = keys.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["format", "volumeId", "targetPath", "pod", "attributes", "group"]
        );
    }
}
