//! Programs that come from the distribution: they need root and Debian's package manager when they are missing.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    env::Env,
    error::{Error, Result},
    process,
    say::{self, Progress},
};

/// A Debian package, and a file that shows that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    /// A program's name, or an absolute path.
    pub(crate) shown_by: &'static str,
}

/// Makes sure that packages are installed; installs the missing ones by `apt-get`.
///
/// # Errors
/// [`Error::Capability`] when some are missing and this is not root on Debian; [`Error::Failed`] when apt fails.
pub(crate) fn install(env: &Env, packages: &[Package], is_root: bool) -> Result<()> {
    let folders = search_folders(env);
    let missing: Vec<&str> = packages
        .iter()
        .filter(|package| !is_there(package.shown_by, &folders))
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let Some(apt) = process::find_in(&folders, "apt-get") else {
        return Err(Error::capability(format!(
            "this machine lacks {list}, and there is no apt-get to install them: install them with your package manager, or use a cluster of yours with KUBECONFIG and PATCHBAY_USE_KUBECONFIG=1."
        )));
    };
    if !is_root {
        return Err(Error::capability(format!(
            "this machine lacks {list}, and only root can install them: run `sudo apt-get install {list}`."
        )));
    }
    say::line(format_args!("installing {list}"));
    let _progress = Progress::start("installing packages");
    let run = |args: &[&str]| {
        let mut command = Command::new(&apt);
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-q", "-o", "DPkg::Lock::Timeout=120"])
            .args(args);
        process::run(&mut command, None, Duration::from_secs(15 * 60))
    };
    run(&["update"])?;
    run(&[&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat()).map(drop)
}

/// Folders where programs for root are, whatever `PATH` says.
pub(crate) fn search_folders(env: &Env) -> Vec<PathBuf> {
    let usual = ["/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from);
    env.path().into_iter().chain(usual).collect()
}

fn is_there(shown_by: &str, folders: &[PathBuf]) -> bool {
    match shown_by.starts_with('/') {
        true => Path::new(shown_by).exists(),
        false => process::find_in(folders, shown_by).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_installed_and_what_is_not_is_named() {
        let shell = Package {
            name: "dash",
            shown_by: "sh",
        };
        let root = Package {
            name: "base-files",
            shown_by: "/etc",
        };
        assert!(install(&Env::default(), &[shell, root], false).is_ok());
        let odd = Package {
            name: "odd-package",
            shown_by: "no-such-program-anywhere",
        };
        let error = install(&Env::default(), &[shell, odd], false).unwrap_err();
        assert!(matches!(error, Error::Capability(_)));
        assert!(error.to_string().contains("lacks odd-package"), "{error}");
    }

    #[test]
    fn missing_packages_are_installed_after_an_update_of_the_lists() {
        use std::{fs, os::unix::fs::PermissionsExt as _};
        let folder = tempfile::tempdir().unwrap();
        let apt = folder.path().join("apt-get");
        fs::write(&apt, "#!/bin/sh\necho \"$@\" >> \"$0.calls\"\n").unwrap();
        fs::set_permissions(&apt, fs::Permissions::from_mode(0o755)).unwrap();
        let env = Env::of(&[("PATH", folder.path().to_str().unwrap())]);
        let odd = Package {
            name: "odd-package",
            shown_by: "no-such-program-anywhere",
        };
        install(&env, &[odd], true).unwrap();
        let calls = fs::read_to_string(folder.path().join("apt-get.calls")).unwrap();
        let words: Vec<_> = calls
            .lines()
            .map(|call| call.split_whitespace().skip(3).collect::<Vec<_>>())
            .collect();
        assert_eq!(
            words,
            [
                vec!["update"],
                vec!["install", "-y", "--no-install-recommends", "odd-package"]
            ]
        );
        let error = install(&env, &[odd], false).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("run `sudo apt-get install odd-package`"),
            "{error}"
        );
    }
}
