//! Builds a kit from its Go module. The last resort: Kubernetes takes about five minutes on two cores.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command, time::Duration};

use super::kit::{KUBE_PROGRAMS, Kit};
use crate::{
    env::Env,
    error::{Doing as _, Error, Result},
    process,
    say::Progress,
};

/// A cold build on a slow machine, with downloads, and then some.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// Builds the programs of a kit into a folder.
pub(super) fn build(env: &Env, kit: Kit, folder: &Path) -> Result<()> {
    let Some(go) = process::find_in(&env.path(), "go") else {
        return Err(no_go(kit));
    };
    let module = folder.join("module");
    fs::create_dir(&module).at("create", &module)?;
    for (name, content) in kit.files() {
        let path = module.join(name);
        fs::write(&path, content).at("write", &path)?;
    }
    let usual = match kit {
        Kit::Kube => "5 minutes on two cores",
        Kit::CoreDns | Kit::Helm => "2 minutes on two cores",
    };
    let progress = Progress::start(format!(
        "building {} {} (once; about {usual})",
        kit.title(),
        kit.version()
    ));
    let program = folder.join(kit.name());
    let mut command = Command::new(go);
    command
        .current_dir(&module)
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        // The program must run here, whatever the user builds for.
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .args([
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            &kit.linker_flags(),
            "-o",
        ])
        .arg(&program)
        .arg(kit.package());
    process::run(&mut command, None, LIMIT)?;
    drop(progress);
    fs::remove_dir_all(&module).at("remove", &module)?;
    if kit == Kit::Kube {
        for name in KUBE_PROGRAMS {
            let link = folder.join(name);
            symlink(kit.name(), &link).at("link", &link)?;
        }
    }
    Ok(())
}

fn no_go(kit: Kit) -> Error {
    let title = kit.title();
    let other = match kit {
        Kit::Kube => "or name a folder with etcd, kube-apiserver, kubectl, ... in KUBEBUILDER_ASSETS",
        Kit::CoreDns => "or let this machine reach github.com",
        Kit::Helm => "or put helm 3.14 or newer on PATH",
    };
    Error::capability(format!(
        "{title} is not on this machine and cannot be built, because there is no Go: install Go 1.26 from https://go.dev/dl, {other}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_go_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (kit, other) in [
            (Kit::Kube, "KUBEBUILDER_ASSETS"),
            (Kit::CoreDns, "github.com"),
            (Kit::Helm, "helm 3.14"),
        ] {
            let error = build(&Env::of(&[("PATH", "/nowhere")]), kit, folder.path()).unwrap_err();
            assert!(matches!(error, Error::Capability(_)));
            assert!(
                error.to_string().contains("install Go") && error.to_string().contains(other),
                "{error}"
            );
        }
    }
}
