//! Makes a repository with one commit, so that there is something to clone.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// A commit as `git fast-import` reads it. The date is fixed, so that every run makes the same commit.
const FIRST_COMMIT: &str = "\
commit refs/heads/main
committer Patchbay demo <demo@example.com> 1735689600 +0000
data <<END
Say hello

END
M 100644 inline README.md
data <<END
# A private repository

Whoever reads this had the password.
END

";

/// Makes the bare repository `name` below `root`, with one commit on `main`. Leaves one alone that is there.
///
/// # Errors
/// When `name` is not a plain name, or Git fails.
pub async fn init(root: &Path, name: &str) -> anyhow::Result<()> {
    let plain = !name.is_empty() && !name.starts_with(['.', '-']) && !name.contains(['/', '\0']);
    ensure!(plain, "--init takes a plain name such as demo.git, not {name:?}");
    let path = root.join(name);
    if tokio::fs::try_exists(&path).await? {
        return Ok(());
    }
    // Made beside its place and moved there, so that a start that was cut short leaves no half of a repository.
    let unfinished = root.join(format!(".{name}.new"));
    if tokio::fs::try_exists(&unfinished).await? {
        tokio::fs::remove_dir_all(&unfinished).await?;
    }
    git(
        &unfinished,
        &["init", "--quiet", "--bare", "--initial-branch=main", "."],
        "",
    )
    .await?;
    git(&unfinished, &["fast-import", "--quiet"], FIRST_COMMIT).await?;
    tokio::fs::rename(&unfinished, &path)
        .await
        .with_context(|| format!("cannot move {name} to its place"))?;
    tracing::info!(repository = name, "made");
    Ok(())
}

async fn git(folder: &Path, arguments: &[&str], input: &str) -> anyhow::Result<()> {
    tokio::fs::create_dir_all(folder)
        .await
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot run git; is it installed?")?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes())
            .await
            .context("git does not read its input")?;
    }
    let status = child.wait().await?;
    if !status.success() {
        bail!("git {} failed: {status}", arguments.join(" "));
    }
    Ok(())
}
