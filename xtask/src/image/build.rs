//! Builds programs that need nothing but the kernel.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// Builds the packages' programs in the release profile, static, and gives the folder that holds them.
///
/// They have a target folder of their own, so that the flags do not make the everyday build start anew. It lies in the
/// user's cache and not in the checkout, so that a fresh clone, such as CI's, builds our own crates only.
///
/// # Errors
/// When cargo fails.
pub fn build(root: &Path, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let host = host()?;
    let target = cache().join("patchbay/image-target");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Naming the target keeps the flags away from build scripts and procedural macros, which cannot be static.
    cargo
        .current_dir(root)
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            &host,
            "--target-dir",
        ])
        .arg(&target);
    for package in packages {
        cargo.args(["--package", package]);
    }
    cargo
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags().join("\u{1f}"));
    let status = cargo.status().context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo build failed: {status}");
    }
    Ok(target.join(host).join("release"))
}

/// The user's cache folder, as the XDG base directory specification has it.
fn cache() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
}

/// Static linking; and panics that name a crate's file, not a folder of the machine that built it. (Cargo names our
/// own files relative to the checkout.)
fn flags() -> Vec<String> {
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    let mut remap =
        |from: PathBuf, to: &str| flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    let home = std::env::var_os("HOME").map(PathBuf::from);
    if let Some(cargo) = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or(home.map(|home| home.join(".cargo")))
    {
        remap(cargo, "cargo");
    }
    flags
}

/// The triple of this machine, which is the one that we build for.
///
/// # Errors
/// When `rustc` cannot be run.
pub fn host() -> anyhow::Result<String> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("-vV")
        .output()
        .context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not name its host")?;
    Ok(host.to_owned())
}
