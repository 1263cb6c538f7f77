//! Cleans up after an owner that dies without a word, by SIGKILL or out of memory.
//!
//! A shell waits at the reading end of a pipe whose writing end only the owner has. When the owner is gone,
//! however it went, the pipe ends, and the shell removes the cluster. A parent-death signal would not do: it
//! comes at the end of the *thread* that started the process, and tests start clusters in threads of their own.

use std::{
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    error::{Doing as _, Result},
    process::MARKER,
};

/// Arguments: the marking variable, the state folder, what to do with the folder, and a command that removes the
/// cluster, or nothing. Kills until two looks in a row find nothing, since a process may be starting another.
const SCRIPT: &str = r#"
marker=$1 folder=$2 then=$3
shift 3
while read -r word; do [ "$word" = done ] && exit 0; done
if [ $# -gt 0 ]; then "$@" && exit 0; fi
quiet=0 looks=0
while [ $quiet -lt 2 ] && [ $looks -lt 100 ]; do
    found=$(grep -lszxF -- "$marker" /proc/[0-9]*/environ)
    if [ -n "$found" ]; then
        quiet=0
        for file in $found; do
            file=${file#/proc/}
            kill -KILL "${file%%/*}" 2>/dev/null
        done
    else
        quiet=$((quiet + 1))
    fi
    looks=$((looks + 1))
    sleep 0.1
done
[ "$then" = keep ] || rm -rf -- "$folder"
"#;

/// How a watchdog removes a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Removal {
    /// Kill all processes that carry the cluster's name and remove its folder.
    Everything,
    /// Run a command line. When it is empty or fails, kill the processes, but leave the folder: something may be
    /// mounted in it.
    Command(Vec<String>),
}

/// Watches over a cluster until it is dropped or this process ends.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Watches from now on.
    pub(crate) fn start(name: &str, folder: &Path, removal: &Removal) -> Result<Self> {
        let (then, command) = match removal {
            Removal::Everything => ("remove", &[][..]),
            Removal::Command(command) => ("keep", command.as_slice()),
        };
        let child = Command::new("/bin/sh")
            .args([
                "-c",
                SCRIPT,
                "patchbay-cluster-watchdog",
                &format!("{MARKER}={name}"),
            ])
            .arg(folder)
            .arg(then)
            .args(command)
            .env_remove(MARKER)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not in the terminal's group: Ctrl-C must end the owner first.
            .process_group(0)
            .spawn()
            .doing(|| "start the watchdog".to_owned())?;
        Ok(Self(child))
    }

    /// Ends the watch because the cluster is removed already.
    pub(crate) fn dismiss(mut self) {
        if let Some(pipe) = &mut self.0.stdin {
            // Without the word it removes what is not there.
            drop(pipe.write_all(b"done\n"));
        }
    }

    /// Ends the watch by letting the pipe go, and waits until what was left is removed.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        drop(self.0.stdin.take());
        self.0.wait().map(drop)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // There is nobody to tell; the next `gc` finds what is left.
        drop(self.finish());
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;
    use crate::process::{self, Spec};

    #[test]
    fn the_end_of_the_watch_removes_processes_and_folder() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("state");
        fs::create_dir(&folder).unwrap();
        let mut watchdog = Watchdog::start("watchdog-test", &folder, &Removal::Everything).unwrap();
        // The child of a component, as containerd's shims are.
        let spec = Spec::new("/bin/sh", vec!["-c".into(), "sleep 1000 & sleep 1000".into()]);
        let mut child = process::spawn(&spec, "watchdog-test", &home.path().join("log")).unwrap();
        assert!(process::wait_until(Duration::from_secs(10), || process::marked(
            "watchdog-test"
        )
        .len()
            == 3));
        watchdog.finish().unwrap();
        child.wait().unwrap();
        assert_eq!(process::marked("watchdog-test"), []);
        assert!(!folder.exists());
    }

    #[test]
    fn a_command_of_its_own_is_run_unless_the_watch_is_dismissed() {
        let home = tempfile::tempdir().unwrap();
        let run = |name: &str| {
            let folder = home.path().join(name);
            fs::create_dir(&folder).unwrap();
            let remove = vec!["rmdir".to_owned(), folder.display().to_string()];
            (
                Watchdog::start("watchdog-test-2", home.path(), &Removal::Command(remove)).unwrap(),
                folder,
            )
        };
        let (mut watchdog, folder) = run("left");
        watchdog.finish().unwrap();
        assert!(!folder.exists() && home.path().exists());
        let (watchdog, folder) = run("removed");
        watchdog.dismiss();
        assert!(folder.exists());
    }
}
