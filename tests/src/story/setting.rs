//! Before the story: Patchbay is installed, and there is a private Git server to connect to.

use std::process::Stdio;

use anyhow::{Context as _, Result};

use super::{GIT_SERVER, PATIENCE, SECRET};
use crate::show::Show;
use crate::world::{DEMO, SERVER, SYSTEM, USER, World};

/// Installs the chart; every workload is ready afterwards.
///
/// # Errors
/// Something does not become ready.
pub fn install(show: &mut Show, world: &World) -> Result<()> {
    show.chapter("Install Patchbay with its Helm chart");
    world.install(show)?;
    world.must(show, &["get", "pods", "-n", SYSTEM])?;
    Ok(())
}

/// Starts a Git server with a private repository.
///
/// # Errors
/// The server does not become ready.
pub fn git_server(show: &mut Show, world: &World, password: &str) -> Result<()> {
    show.chapter("A private Git server (with a random password)");
    world.apply_example(show, "examples/03-git-server.yaml", password)?;
    let what = format!("deployment/{GIT_SERVER}");
    let timeout = format!("--timeout={}s", PATIENCE.as_secs());
    world.must(show, &["rollout", "status", "-n", SERVER, &what, &timeout])?;
    Ok(())
}

/// Writes the Secret that the Connector names.
///
/// # Errors
/// The API server refuses it.
pub fn write_secret(world: &World, password: &str) -> Result<()> {
    write_basic_auth(world, DEMO, SECRET, password)
}

/// Written through standard input, so that the password is on no command line.
fn write_basic_auth(world: &World, namespace: &str, name: &str, password: &str) -> Result<()> {
    world.kubectl.apply_ok(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         type: kubernetes.io/basic-auth\nstringData:\n  username: {USER}\n  password: {password}\n"
    ))?;
    Ok(())
}

/// Changes the password that the Git server takes, now and after a restart.
///
/// # Errors
/// The server's pod cannot be reached.
pub fn set_server_password(show: &Show, world: &World, password: &str) -> Result<()> {
    use std::io::Write as _;
    write_basic_auth(world, SERVER, GIT_SERVER, password)?;
    let target = format!("deployment/{GIT_SERVER}");
    let script = "cat > /credentials/.new && mv /credentials/.new /credentials/password";
    let args = [
        "exec",
        "-i",
        "-n",
        SERVER,
        &target,
        "-c",
        "git-server",
        "--",
        "sh",
        "-c",
        script,
    ];
    let (typed, mut command) = world.kubectl(&args);
    show.say(&format!("$ echo -n \"$NEW_PASSWORD\" | {typed}"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child
        .stdin
        .take()
        .context("no pipe")?
        .write_all(password.as_bytes())?;
    anyhow::ensure!(
        child.wait()?.success(),
        "the Git server's password could not be changed"
    );
    Ok(())
}
