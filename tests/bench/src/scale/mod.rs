//! The reconciler with many Connectors: a real API server, tools on loopback, and the program as it is shipped.
//!
//! One size after the other, each with a control plane of its own: a curve, and not one figure.

mod crowd;
mod process;
mod requests;
mod tools;
mod view;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use patchbay_cluster::{ControlPlane, Options};
use tokio_util::sync::CancellationToken;

use crate::table::{Sample, say};
use crowd::Crowd;
use process::Reconciler;
use tools::Tools;
use view::View;

/// Secrets that are changed.
const CHANGED: usize = 5;
/// How often each tool is probed.
const PERIOD: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Numbers of Connectors.
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000")]
    connectors: Vec<usize>,
    /// How long to look at what goes on when nothing changes.
    #[arg(long, default_value_t = 130)]
    steady_seconds: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    patchbay_runtime::tls::install_provider();
    let program = build()?;
    say("\nThe reconciler with many Connectors (200 Secrets, 40 classes; every tool probed each minute)");
    for n in &args.connectors {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let cluster = ControlPlane::start(Options::default())?;
        runtime.block_on(one(
            *n,
            &program,
            &cluster,
            Duration::from_secs(args.steady_seconds),
        ))?;
        runtime.shutdown_timeout(Duration::from_secs(5));
    }
    Ok(())
}

/// Builds the program as it is shipped.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--quiet",
            "--package",
            "patchbay-reconciler",
        ])
        .status()
        .context("cargo is needed to build the reconciler")?;
    ensure!(status.success(), "the reconciler does not build");
    let folder = std::env::current_exe()?;
    Ok(folder.parent().context("a folder")?.join("patchbay-reconciler"))
}

async fn one(n: usize, program: &std::path::Path, cluster: &ControlPlane, steady: Duration) -> Result<()> {
    let tools = Tools::start().await?;
    let crowd = Crowd::prepare(cluster, &tools, n)?;
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let view = View::follow(crowd.client(), &stop);
    let created = Instant::now();
    crowd.create().await?;
    say(&format!(
        "  {n} Connectors, created in {:.1} s",
        created.elapsed().as_secs_f64()
    ));

    let reconciler = Reconciler::start(program, cluster)?;
    let complete = view.until_ready(n, Duration::from_secs(600)).await?;
    say(&format!(
        "    first complete status of all: {:.1} s ({:.0} a second)",
        complete.as_secs_f64(),
        n as f64 / complete.as_secs_f64()
    ));
    // The first round of probes came all at once; the next one finds its places.
    tokio::time::sleep(PERIOD + Duration::from_secs(10)).await;
    quiet(cluster, &tools, &reconciler, steady).await?;
    secret(&crowd, &view).await?;
    hang(&crowd, &tools, &view, &reconciler).await?;

    drop(reconciler);
    let before = requests::count(cluster, "patch")?;
    let begun = Instant::now();
    let reconciler = Reconciler::start(program, cluster)?;
    reconciler.until_leading(Duration::from_secs(120)).await?;
    let leading = begun.elapsed();
    tokio::time::sleep(PERIOD + Duration::from_secs(10)).await;
    let writes = requests::count(cluster, "patch")?.saturating_sub(before);
    say(&format!(
        "    restart: leads after {:.1} s; writes of status and Lease in the minute after: {writes}; ready: {}",
        leading.as_secs_f64(),
        view.ready()
    ));
    Ok(())
}

/// What goes on when nothing changes.
async fn quiet(
    cluster: &ControlPlane,
    tools: &Tools,
    reconciler: &Reconciler,
    steady: Duration,
) -> Result<()> {
    let (cpu, requests, _) = (reconciler.cpu()?, requests::all(cluster)?, tools.take());
    let begun = Instant::now();
    tokio::time::sleep(steady).await;
    let took = begun.elapsed().as_secs_f64();
    let calls = tools.take();
    let busy = (reconciler.cpu()? - cpu).as_secs_f64() / took;
    let memory = reconciler.memory()?;
    say(&format!(
        "    memory: {:.1} MiB resident ({:.1} of its own, {:.1} at most); processor: {:.1} % of one core",
        memory.resident,
        memory.own,
        memory.peak,
        busy * 100.0
    ));
    let mean = calls.len() as f64 / took;
    say(&format!(
        "    calls to tools: {:.1} a second, {} in the busiest second, {:.2} of the mean",
        mean,
        tools::busiest(&calls),
        tools::busiest(&calls) as f64 / mean
    ));
    let asked = requests::since(&requests, &requests::all(cluster)?);
    say(&format!(
        "    requests to the API server in {took:.0} s: {}",
        requests::show(&asked)
    ));
    Ok(())
}

/// All tools hang at once where credentials are checked, and then do not any more.
async fn hang(crowd: &Crowd, tools: &Tools, view: &View, reconciler: &Reconciler) -> Result<()> {
    for secret in 0..CHANGED {
        crowd.set_password(secret, &format!("right-{secret}")).await?;
    }
    view.until_ready(crowd.size(), Duration::from_secs(120)).await?;
    let cpu = reconciler.cpu()?;
    tools.hang(true);
    let noticed = view.until_none_ready(Duration::from_secs(600)).await?;
    let busy = (reconciler.cpu()? - cpu).as_secs_f64() / noticed.as_secs_f64();
    let memory = reconciler.memory()?;
    tools.hang(false);
    let back = view.until_ready(crowd.size(), Duration::from_secs(600)).await?;
    say(&format!(
        "    every tool hangs: the last condition says so after {:.1} s (one waits 5 s for an answer), {:.1} MiB, {:.1} % \
         of one core; all are well again {:.1} s after the tools are",
        noticed.as_secs_f64(),
        memory.resident,
        busy * 100.0,
        back.as_secs_f64()
    ));
    Ok(())
}

/// From the change of a Secret to the condition that says so.
async fn secret(crowd: &Crowd, view: &View) -> Result<()> {
    let mut all = Vec::new();
    for secret in 0..CHANGED {
        let users = crowd.users_of(secret);
        let begun = Instant::now();
        crowd.set_password(secret, "wrong").await?;
        all.extend(view.until_refused(&users, begun, Duration::from_secs(60)).await?);
    }
    let sample = Sample::new(all);
    say(&format!(
        "    from a changed Secret to the condition, n={}: p50 {} ms, p99 {} ms, at most {} ms",
        sample.len(),
        sample.quantile(0.5).as_millis(),
        sample.quantile(0.99).as_millis(),
        sample.quantile(1.0).as_millis()
    ));
    Ok(())
}
