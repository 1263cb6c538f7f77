//! What only a real node can tell: how long pods take, and how soon a change is in a container.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::demo;
use crate::show::Show;
use crate::story::{classes, mount, rotation, setting};
use crate::world::{DEMO, SYSTEM, USER, World, WorldOptions};

/// Changes of the Secret.
const CHANGES: usize = 50;
/// Pods of each kind.
const PODS: usize = 15;

/// Measures on a node of its own, and prints a table.
///
/// # Errors
/// A step does not go as it should.
pub fn run() -> Result<()> {
    let mut show = Show::default();
    let options = WorldOptions {
        name: "bench".to_owned(),
        transient: true,
    };
    let world = World::get(&show, &options)?;
    let password = demo::password();
    setting::install(&mut show, &world)?;
    setting::git_server(&mut show, &world, &password)?;
    classes::run(&mut show, &world, &password)?;
    mount::run(&mut show, &world, &crate::canary::Canary::new(USER, &password))?;

    show.chapter("Measured");
    let (with, without) = pods(&world)?;
    show.say(&row("pod start with the annotation, kubectl to Ready", &with));
    show.say(&row("pod start without it, same image, same node", &without));
    show.say(&format!(
        "ratio of the medians                             {:.2}",
        ratio(&with, &without)
    ));
    show.say(&row(
        "Secret changed to new file, kubectl included",
        &changes(&world)?,
    ));
    for line in publish_histogram(&world)? {
        show.say(&line);
    }
    Ok(())
}

/// Starts pods with and without the annotation in turn, so that what else the machine does meets both.
fn pods(world: &World) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..PODS {
        with.push(pod(
            world,
            &format!("with-{round}"),
            "patchbay.dev/mounts: git-main",
        )?);
        without.push(pod(world, &format!("without-{round}"), "example.com/none: none")?);
    }
    Ok((with, without))
}

fn pod(world: &World, name: &str, annotation: &str) -> Result<Duration> {
    let start = Instant::now();
    world.kubectl.apply_ok(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {DEMO}, annotations: {{{annotation}}}}}\n\
         spec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - name: c\n    image: {}\n    command: [sleep, '600']\n",
        world.git_image
    ))?;
    world.kubectl.run(&[
        "wait",
        "-n",
        DEMO,
        "--for=condition=Ready",
        &format!("pod/{name}"),
        "--timeout=60s",
    ])?;
    let took = start.elapsed();
    world
        .kubectl
        .run(&["delete", "pod", "-n", DEMO, name, "--wait=true"])?;
    Ok(took)
}

fn changes(world: &World) -> Result<Vec<Duration>> {
    let change = |_| {
        let password = demo::password();
        rotation::change_and_watch(world, ".gitconfig", || setting::write_secret(world, &password))
    };
    (0..CHANGES).map(change).collect()
}

/// The driver's own histogram of NodePublishVolume.
fn publish_histogram(world: &World) -> Result<Vec<String>> {
    let selector = "app.kubernetes.io/component=csi-driver";
    let pods = world
        .kubectl
        .json(&["get", "pods", "-n", SYSTEM, "-l", selector])?;
    let name = pods
        .pointer("/items/0/metadata/name")
        .and_then(Value::as_str)
        .context("no driver")?;
    let path = format!("/api/v1/namespaces/{SYSTEM}/pods/{name}:8080/proxy/metrics");
    let metrics = world.kubectl.run(&["get", "--raw", &path])?;
    Ok(metrics
        .lines()
        .filter(|line| line.starts_with("patchbay_node_publish_duration_seconds"))
        .map(str::to_owned)
        .collect())
}

/// The value below which this part of the sorted values lies.
fn quantile(sorted: &[Duration], part: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "an index into a short list"
    )]
    let at = ((sorted.len() as f64 * part).ceil() as usize).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

fn sorted(values: &[Duration]) -> Vec<Duration> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values
}

fn row(what: &str, values: &[Duration]) -> String {
    let values = sorted(values);
    format!(
        "{what:<48} n={:<3} p50 {:>7.1?}  p90 {:>7.1?}  p99 {:>7.1?}  max {:>7.1?}",
        values.len(),
        quantile(&values, 0.5),
        quantile(&values, 0.9),
        quantile(&values, 0.99),
        quantile(&values, 1.0),
    )
}

fn ratio(one: &[Duration], other: &[Duration]) -> f64 {
    quantile(&sorted(one), 0.5).as_secs_f64() / quantile(&sorted(other), 0.5).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_short_list() {
        let values: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        for (part, want) in [(0.5, 50), (0.9, 90), (0.99, 99), (1.0, 100)] {
            assert_eq!(quantile(&values, part), Duration::from_millis(want));
        }
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
