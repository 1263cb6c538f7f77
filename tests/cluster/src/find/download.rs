//! Official downloads, each checked against the checksum that its project publishes. `curl` does the transfer:
//! it is on nearly every machine and honours the user's proxy settings.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command, time::Duration};

use sha2::{Digest as _, Sha256};

use super::kit::Kit;
use crate::{error::Doing as _, process, say::Progress};

/// One file to fetch.
#[derive(Debug, PartialEq, Eq)]
struct Artifact {
    url: String,
    checksum_url: String,
    /// Path inside the archive; none when the file is the program itself.
    member: Option<String>,
    program: &'static str,
}

/// Fetches a URL: into a file, or when none is given, returns the text. The error says why in a few words.
pub(super) type Transfer<'a> = &'a dyn Fn(&str, Option<&Path>) -> Result<String, String>;

/// Downloads the programs of a kit into a folder; on failure says why in a few words, so that the caller can
/// go on to the next way.
pub(super) fn fetch(kit: Kit, folder: &Path, transfer: Transfer<'_>) -> Result<(), String> {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => return Err(format!("no official download for {other}")),
    };
    let artifacts = artifacts(kit, arch);
    // All checksums first: they are tiny, and an unreachable host shows at once.
    let sums: Vec<String> = artifacts
        .iter()
        .map(|artifact| published_checksum(artifact, transfer))
        .collect::<Result<_, _>>()?;
    let _progress = Progress::start(format!("downloading {} {}", kit.title(), kit.version()));
    for (artifact, sum) in artifacts.iter().zip(sums) {
        fetch_one(artifact, &sum, folder, transfer)?;
    }
    Ok(())
}

fn artifacts(kit: Kit, arch: &str) -> Vec<Artifact> {
    let version = kit.version();
    let bare = version.trim_start_matches('v');
    match kit {
        Kit::Kube => {
            let etcd = kit.required("go.etcd.io/etcd/server/v3").unwrap_or_default();
            let base = format!("https://github.com/etcd-io/etcd/releases/download/{etcd}");
            let stem = format!("etcd-{etcd}-linux-{arch}");
            let etcd = Artifact {
                url: format!("{base}/{stem}.tar.gz"),
                checksum_url: format!("{base}/SHA256SUMS"),
                member: Some(format!("{stem}/etcd")),
                program: "etcd",
            };
            let kubernetes = kit
                .programs()
                .iter()
                .filter(|&&program| program != "etcd")
                .map(|program| {
                    let url = format!("https://dl.k8s.io/release/{version}/bin/linux/{arch}/{program}");
                    Artifact {
                        checksum_url: format!("{url}.sha256"),
                        url,
                        member: None,
                        program,
                    }
                });
            std::iter::once(etcd).chain(kubernetes).collect()
        }
        Kit::CoreDns => {
            let url = format!(
                "https://github.com/coredns/coredns/releases/download/{version}/coredns_{bare}_linux_{arch}.tgz"
            );
            vec![Artifact {
                checksum_url: format!("{url}.sha256"),
                url,
                member: Some("coredns".to_owned()),
                program: "coredns",
            }]
        }
        Kit::Helm => {
            let url = format!("https://get.helm.sh/helm-{version}-linux-{arch}.tar.gz");
            vec![Artifact {
                checksum_url: format!("{url}.sha256sum"),
                url,
                member: Some(format!("linux-{arch}/helm")),
                program: "helm",
            }]
        }
    }
}

fn published_checksum(artifact: &Artifact, transfer: Transfer<'_>) -> Result<String, String> {
    let url = &artifact.checksum_url;
    let text = transfer(url, None)?;
    let name = artifact.url.rsplit('/').next().unwrap_or_default();
    find_checksum(&text, name).ok_or_else(|| format!("{url} holds no checksum of {name}"))
}

/// The SHA-256 of a file in a published list: lines of `<hex>  <name>` (or `*<name>`), or the bare hex.
fn find_checksum(list: &str, name: &str) -> Option<String> {
    let is_sum = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    list.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let sum = words.next().filter(|word| is_sum(word))?;
        let matches = match words.next() {
            None => true,
            Some(file) => file.trim_start_matches('*').rsplit('/').next() == Some(name),
        };
        matches.then(|| sum.to_ascii_lowercase())
    })
}

fn fetch_one(artifact: &Artifact, sum: &str, folder: &Path, transfer: Transfer<'_>) -> Result<(), String> {
    let file = folder.join(format!("{}.download", artifact.program));
    let target = folder.join(artifact.program);
    let path = file.display().to_string();
    transfer(&artifact.url, Some(&file))?;
    let bytes = fs::read(&file).map_err(|error| format!("cannot read {path}: {error}"))?;
    let actual = hex::encode(Sha256::digest(&bytes));
    if actual != sum {
        return Err(format!(
            "{} has SHA-256 {actual}, but {sum} is published",
            artifact.url
        ));
    }
    let place = || -> crate::Result<()> {
        match &artifact.member {
            None => fs::rename(&file, &target).at("rename to", &target)?,
            Some(member) => {
                let out = target.display().to_string();
                let script = r#"tar -xzOf "$1" "$2" > "$3" || tar -xzOf "$1" "./$2" > "$3""#;
                process::run_quick("sh", ["-c", script, "sh", &path, member, &out])?;
                fs::remove_file(&file).at("remove", &file)?;
            }
        }
        fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).at("set the mode of", &target)
    };
    place().map_err(|error| error.to_string())
}

/// The [`Transfer`] by `curl`.
pub(super) fn curl(url: &str, file: Option<&Path>) -> Result<String, String> {
    // A checksum is a few bytes; a program is up to 150 MB, perhaps over a slow line.
    let limit = Duration::from_secs(if file.is_some() { 15 * 60 } else { 15 });
    let seconds = limit.as_secs().to_string();
    let mut command = Command::new("curl");
    command.args([
        "-fsSL",
        "--proto",
        "=https",
        "--connect-timeout",
        "3",
        "--max-time",
        &seconds,
    ]);
    if let Some(file) = file {
        command.arg("-o").arg(file);
    }
    process::run(command.arg(url), None, limit + Duration::from_secs(5)).map_err(|_| {
        let host = url.split('/').nth(2).unwrap_or(url);
        format!("no official download ({host} is not reachable)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_in_the_forms_that_projects_publish() {
        let (a, b) = ("a".repeat(64), "B".repeat(64));
        for (list, want) in [
            (a.clone(), Some(a.clone())),
            (format!("{b}  other.tar.gz\n{a}  x.tar.gz\n"), Some(a.clone())),
            (format!("{b}  *release/x.tar.gz\n"), Some(b.to_ascii_lowercase())),
            (format!("{a}  y.tar.gz"), None),
            ("<html>not found</html>".to_owned(), None),
            ("a".repeat(63), None),
        ] {
            assert_eq!(find_checksum(&list, "x.tar.gz"), want, "{list}");
        }
    }

    #[test]
    fn every_program_of_a_kit_has_an_artifact() {
        for kit in [Kit::Kube, Kit::CoreDns, Kit::Helm] {
            let programs: Vec<_> = artifacts(kit, "amd64")
                .into_iter()
                .map(|artifact| artifact.program)
                .collect();
            assert_eq!(programs, kit.programs(), "{kit:?}");
        }
        let etcd = artifacts(Kit::Kube, "arm64").remove(0);
        let version = Kit::Kube.required("go.etcd.io/etcd/server/v3").unwrap();
        assert_eq!(
            etcd.url,
            format!(
                "https://github.com/etcd-io/etcd/releases/download/{version}/etcd-{version}-linux-arm64.tar.gz"
            )
        );
    }

    #[test]
    fn a_host_that_does_not_exist_is_one_short_sentence() {
        let error = curl("https://host.invalid/x", None).unwrap_err();
        assert_eq!(error, "no official download (host.invalid is not reachable)");
    }

    /// A site that offers one archive, and a checksum of it.
    fn site(archive: Vec<u8>, checksum: String) -> impl Fn(&str, Option<&Path>) -> Result<String, String> {
        move |url, file| match file {
            Some(file) => fs::write(file, &archive)
                .map(|()| String::new())
                .map_err(|error| error.to_string()),
            None => Ok(format!(
                "{checksum}  {}\n",
                url.rsplit('/').next().unwrap().trim_end_matches(".sha256sum")
            )),
        }
    }

    fn helm_archive() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let arch = if std::env::consts::ARCH == "x86_64" {
            "amd64"
        } else {
            "arm64"
        };
        let inside = folder.path().join(format!("linux-{arch}"));
        fs::create_dir(&inside).unwrap();
        fs::write(inside.join("helm"), "program").unwrap();
        let archive = folder.path().join("x.tgz");
        let [from, to] = [folder.path(), &archive].map(|path| path.display().to_string());
        process::run_quick("tar", ["-czf", &to, "-C", &from, &format!("linux-{arch}")]).unwrap();
        fs::read(archive).unwrap()
    }

    #[test]
    fn what_agrees_with_its_checksum_is_unpacked_and_what_does_not_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let archive = helm_archive();
        let sum = hex::encode(Sha256::digest(&archive));
        fetch(Kit::Helm, folder.path(), &site(archive.clone(), sum)).unwrap();
        let helm = folder.path().join("helm");
        assert_eq!(fs::read_to_string(&helm).unwrap(), "program");
        assert_eq!(fs::metadata(&helm).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "only the program stays"
        );

        let error = fetch(Kit::Helm, folder.path(), &site(archive, "0".repeat(64))).unwrap_err();
        assert!(
            error.contains("but 000000") && error.contains("is published"),
            "{error}"
        );
    }
}
