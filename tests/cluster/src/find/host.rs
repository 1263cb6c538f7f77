//! Programs that the user's machine offers: `KUBEBUILDER_ASSETS`, `PATH`. A candidate is asked for its version
//! before it is trusted: a `kubectl` may be a wrapper for another tool, or years old.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{
    OLDEST_KUBERNETES, Wanted,
    kit::{Version, parse_version},
};
use crate::{env::Env, process, say};

/// The folder that `KUBEBUILDER_ASSETS` names, when it holds what is wanted.
pub(super) fn assets(env: &Env, wanted: Wanted) -> Option<PathBuf> {
    let folder = PathBuf::from(env.get("KUBEBUILDER_ASSETS")?);
    match check(&folder, wanted, printed_version) {
        Ok(()) => Some(folder),
        Err(reason) => {
            say::line(format_args!(
                "KUBEBUILDER_ASSETS={} is passed over: {reason}",
                folder.display()
            ));
            None
        }
    }
}

/// The first folder of `PATH` that holds everything that is wanted.
pub(super) fn path(env: &Env, wanted: Wanted) -> Option<PathBuf> {
    let first = wanted.programs().first()?;
    // On most machines /bin is /usr/bin, which need not be looked at twice.
    let mut seen = BTreeSet::new();
    env.path().into_iter().find(|folder| {
        // Folders without the first program are the rule, and not worth a word.
        process::find_in(std::slice::from_ref(folder), first).is_some()
            && seen.insert(folder.canonicalize().unwrap_or_default())
            && match check(folder, wanted, printed_version) {
                Ok(()) => true,
                Err(reason) => {
                    say::line(format_args!(
                        "{} on PATH is passed over: {reason}",
                        folder.display()
                    ));
                    false
                }
            }
    })
}

/// A `helm` on `PATH` that is new enough for the chart.
pub(super) fn helm(env: &Env) -> Option<PathBuf> {
    let path = process::find_in(&env.path(), "helm")?;
    let out = process::output(
        Command::new(&path).args(["version", "--short"]),
        None,
        Duration::from_secs(10),
    )
    .ok()?;
    let version = parse_version(&String::from_utf8_lossy(&out.stdout))?;
    (version >= Version { major: 3, minor: 14 }).then_some(path)
}

/// Whether a folder holds all wanted programs in versions that will do; else why not. `ask` returns what a
/// program prints about its version.
fn check(folder: &Path, wanted: Wanted, ask: impl Fn(&Path) -> Option<String>) -> Result<(), String> {
    for &program in wanted.programs() {
        let Some(path) = process::find_in(&[folder.to_owned()], program) else {
            return Err(format!("it has no {program}"));
        };
        let Some(version) = ask(&path).as_deref().and_then(parse_version) else {
            return Err(format!("its {program} does not say its version"));
        };
        let oldest = if program == "etcd" {
            Version { major: 3, minor: 5 }
        } else {
            OLDEST_KUBERNETES
        };
        if version < oldest {
            return Err(format!(
                "its {program} is version {version}, and {oldest} is the oldest that will do"
            ));
        }
    }
    Ok(())
}

fn printed_version(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    match program.file_name()?.to_str()? {
        "kubectl" => command.args(["version", "--client"]),
        _ => command.arg("--version"),
    };
    let out = process::output(&mut command, None, Duration::from_secs(10)).ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_taken_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        let ask = |kubectl: &'static str| {
            move |path: &Path| {
                Some(match path.file_name()?.to_str()? {
                    "etcd" => "etcd Version: 3.6.8".to_owned(),
                    "kubectl" => kubectl.to_owned(),
                    _ => "Kubernetes v1.36.3".to_owned(),
                })
            }
        };
        let verdict = |kubectl| check(folder.path(), Wanted::ControlPlane, ask(kubectl));
        assert_eq!(verdict(""), Err("it has no kube-apiserver".to_owned()));
        for program in Wanted::ControlPlane.programs() {
            put(program);
        }
        assert_eq!(verdict("Client Version: v1.36.3"), Ok(()));
        assert_eq!(
            verdict("Client Version: v1.32.4-dispatcher"),
            Err("its kubectl is version 1.32, and 1.35 is the oldest that will do".to_owned())
        );
        assert_eq!(
            verdict("please log in"),
            Err("its kubectl does not say its version".to_owned())
        );
    }
}
