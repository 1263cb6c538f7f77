//! The images of the story: Patchbay's own, and one with Git in it that serves as server and as client.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use patchbay_cluster::image::{Config, Rootfs};

use crate::show::with_progress;
use crate::world::root;

/// An image as a tar, and its name.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its full name with tag.
    pub name: String,
    /// Where the tar lies.
    pub tar: PathBuf,
}

/// Both images.
#[derive(Clone, Debug)]
pub struct Images {
    /// The three programs.
    pub patchbay: Image,
    /// Git, a shell, and the Git server.
    pub git: Image,
}

/// Builds what is not built yet.
///
/// # Errors
/// A build fails; its output has been shown.
pub fn ensure() -> Result<Images> {
    let target = root().join("target/images");
    std::fs::create_dir_all(&target)?;
    Ok(Images {
        patchbay: patchbay(&target.join("patchbay.tar"))?,
        git: git(&target.join("git.tar"))?,
    })
}

fn patchbay(tar: &Path) -> Result<Image> {
    let options = xtask::image::Options {
        out: Some(tar.to_path_buf()),
        tag: "docker.io/patchbay/patchbay:dev".to_owned(),
    };
    with_progress("building Patchbay's image", || {
        xtask::image::run(root(), &options)
    })?;
    Ok(Image {
        name: options.tag,
        tar: tar.to_path_buf(),
    })
}

fn git(tar: &Path) -> Result<Image> {
    let name = "docker.io/patchbay/git-demo:1".to_owned();
    with_progress("building the image with Git", || -> Result<()> {
        let server = git_server()?;
        let mut rootfs = Rootfs::new()?;
        rootfs
            .busybox()?
            .program("git")?
            .tree("/usr/lib/git-core")?
            .tree("/usr/share/git-core/templates")?
            .copy(&server, Path::new("/usr/bin/patchbay-git-server"))?
            .users()?
            .ca_certificates()?;
        rootfs.archive(&name, &Config::default(), tar)?;
        Ok(())
    })?;
    Ok(Image {
        name,
        tar: tar.to_path_buf(),
    })
}

/// Builds the Git server's program, and says where it is.
fn git_server() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // With the features that the whole workspace gives its dependencies: others would build all of them once more.
    let args = [
        "build",
        "--workspace",
        "--bin",
        "patchbay-git-server",
        "--message-format=json-render-diagnostics",
    ];
    let output = Command::new(cargo)
        .args(args)
        .current_dir(root())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!(
            "`cargo {}` failed:\n{}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .next_back()
        .context("cargo named no program")
}
