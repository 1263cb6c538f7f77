//! A pod that asks with one annotation gets its files, and a real tool works with them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::{APP, MOUNT, PATIENCE, REPOSITORY, app_pod};
use crate::canary::Canary;
use crate::show::Show;
use crate::world::{DEMO, World};

/// What the step measured.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// From `kubectl apply` to a ready pod.
    pub pod_start: Duration,
    /// Occurrences of the password in the pod's YAML.
    pub hits: usize,
}

/// Starts the application and clones a private repository inside it.
///
/// # Errors
/// The pod does not start, Git does not work, or the password is in the pod.
pub fn run(show: &mut Show, world: &World, canary: &Canary) -> Result<Facts> {
    show.chapter("A pod with one annotation");
    let file = "examples/06-deployment.yaml";
    let manifest = std::fs::read_to_string(crate::world::root().join(file))?;
    let annotation = manifest
        .lines()
        .find(|l| l.contains("patchbay.dev/mounts"))
        .context("no annotation")?;
    show.say(&format!(
        "(all that its pod template says of Patchbay is `{}`)",
        annotation.trim()
    ));
    let start = Instant::now();
    world.apply_example(show, file, "")?;
    let what = format!("deployment/{APP}");
    let timeout = format!("--timeout={}s", PATIENCE.as_secs());
    world.must(show, &["rollout", "status", "-n", DEMO, &what, &timeout])?;
    let pod_start = start.elapsed();

    world.must(show, &["exec", "-n", DEMO, &what, "--", "ls", "-la", MOUNT])?;
    world.must(
        show,
        &[
            "exec",
            "-n",
            DEMO,
            &what,
            "--",
            "git",
            "clone",
            REPOSITORY,
            "/work/demo",
        ],
    )?;
    let log = world.must(
        show,
        &[
            "exec",
            "-n",
            DEMO,
            &what,
            "--",
            "git",
            "-C",
            "/work/demo",
            "log",
            "--oneline",
        ],
    )?;
    ensure!(!log.trim().is_empty(), "the clone is empty");

    let pod = app_pod(world)?;
    let typed = format!("kubectl get pod {pod} -n {DEMO} -o yaml | grep -c \"$PASSWORD\"");
    show.say(&format!("$ {typed}"));
    let yaml = world
        .kubectl
        .run(&["get", "pod", &pod, "-n", DEMO, "-o", "yaml"])?;
    let hits = yaml.lines().filter(|line| canary.is_in(line.as_bytes())).count();
    show.say(&format!("  {hits}     (as it is, and in base64)"));
    ensure!(hits == 0, "the password is in the pod's YAML");
    Ok(Facts { pod_start, hits })
}
