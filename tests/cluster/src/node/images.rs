//! The two images that every node has: the one in which each pod begins, and a shell for tests.

use std::{fs, path::Path, process::Command, time::Duration};

use super::{config::PAUSE_IMAGE, plan::Plan};
use crate::{
    error::{Doing as _, Result},
    image::{Config, Rootfs},
    process,
};

/// busybox: a shell and the usual tools, of which `nc`, `httpd` and `wget` by address work.
pub const BUSYBOX_IMAGE: &str = "docker.io/patchbay/busybox:1";

/// Makes and loads both.
pub(super) fn load_basics(plan: &Plan) -> Result<()> {
    let folder = plan.at("images");
    fs::create_dir_all(&folder).at("create", &folder)?;
    let mut rootfs = Rootfs::new()?;
    rootfs.busybox()?.users()?;
    let strings = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    // Two images of one layer: the second costs nothing.
    let images = [
        (
            PAUSE_IMAGE,
            "pause.tar",
            strings(&["/bin/sleep", "2147483647"]),
            vec![],
        ),
        (BUSYBOX_IMAGE, "busybox.tar", vec![], strings(&["sh"])),
    ];
    for (name, file, entrypoint, cmd) in images {
        let archive = folder.join(file);
        rootfs.archive(
            name,
            &Config {
                entrypoint,
                cmd,
                ..Config::default()
            },
            &archive,
        )?;
        load(plan, &archive)?;
    }
    Ok(())
}

/// Imports an image archive into the node's containerd.
pub(super) fn load(plan: &Plan, archive: &Path) -> Result<()> {
    let mut command = Command::new(plan.system("ctr"));
    command
        .args([
            "--address",
            &plan.containerd_socket(),
            "--namespace",
            "k8s.io",
            "images",
            "import",
        ])
        .args(["--snapshotter", &plan.snapshotter])
        .arg(archive);
    process::run(&mut command, None, Duration::from_secs(300)).map(drop)
}
