//! The password changes, on the server and in the Secret; the running container goes on working.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::{APP, MOUNT, app_pod, setting};
use crate::show::Show;
use crate::world::{DEMO, World};

/// Changes the password everywhere and fetches again. Returns how long the new file took to be readable.
///
/// # Errors
/// The file does not change, or `git fetch` fails.
pub fn run(show: &mut Show, world: &World, password: &str) -> Result<Duration> {
    show.chapter("The password changes");
    let what = format!("deployment/{APP}");
    let fetch = [
        "exec",
        "-n",
        DEMO,
        what.as_str(),
        "--",
        "git",
        "-C",
        "/work/demo",
        "fetch",
    ];
    let before = app_pod(world)?;
    setting::set_server_password(show, world, password)?;
    show.say("(the Git server takes the new password now, and refuses the old one)");
    world.refused(show, &fetch)?;

    show.say(&format!(
        "$ kubectl apply -f -     # the Secret {} with the new password",
        super::SECRET
    ));
    let took = change_and_watch(world, ".gitconfig", || setting::write_secret(world, password))?;
    show.say(&format!(
        "the new .gitconfig was readable in the container {:.0?} after kubectl was started to change the Secret",
        took
    ));
    world.must(show, &fetch)?;
    ensure!(app_pod(world)? == before, "the pod was replaced");
    show.say("git fetch works again, in the same container");
    Ok(took)
}

/// Runs `change` and returns how long after its start the file was another one inside the application's container: the
/// change itself, somewhere within `kubectl`, is included.
///
/// # Errors
/// The file does not change within 60 s.
pub fn change_and_watch(world: &World, file: &str, change: impl FnOnce() -> Result<()>) -> Result<Duration> {
    // One shell in the container looks all the time, so that the start of an exec is not part of the measurement.
    let script = format!(
        "cd {MOUNT}; old=$(cat {file} | md5sum); echo watching; i=0; \
         while [ $i -lt 6000 ]; do [ \"$(cat {file} | md5sum)\" = \"$old\" ] || {{ echo changed; exit 0; }}; \
         i=$((i+1)); usleep 5000 || sleep 0.01; done; exit 1"
    );
    let mut child = world
        .kubectl
        .command()
        .args([
            "exec",
            "-n",
            DEMO,
            &format!("deployment/{APP}"),
            "--",
            "sh",
            "-c",
            &script,
        ])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no pipe")?).lines();
    let first = lines.next().context("the container said nothing")??;
    ensure!(first == "watching", "unexpected: {first}");
    let started = Instant::now();
    change()?;
    let second = lines.next().context("the file did not change within 60 s")??;
    let took = started.elapsed();
    ensure!(second == "changed", "unexpected: {second}");
    ensure!(child.wait()?.success(), "the watching shell failed");
    Ok(took)
}
