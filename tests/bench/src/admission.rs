//! Admission of one Connector, over TLS on loopback, beside a controller-runtime webhook that decides nothing.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use hyper::body::Bytes;
use serde_json::json;

use crate::peer::{self, Server};
use crate::table::{Sample, micros, say};
use crate::{certificate, load, serve};

const CONNECTORS: usize = 10_000;
const CLASSES: usize = 40;
/// Requests of one side in one turn, over all its connections.
const REQUESTS: usize = 4_000;
/// Turns of each side, one after the other, so that what else the machine does meets both.
const TURNS: usize = 5;

/// Measures, and prints a table.
pub(crate) fn run() -> Result<()> {
    let peer = peer::build()?;
    let folder = tempfile::tempdir()?;
    certificate::write(folder.path())?;
    let own = |connectors: usize, classes: usize| {
        Server::start(
            Command::new(std::env::current_exe()?)
                .args(["serve", "--connectors", &connectors.to_string()])
                .args(["--classes", &classes.to_string(), "--certs"])
                .arg(folder.path()),
        )
    };
    let empty = own(0, 0)?.resident()?;
    let ours = own(CONNECTORS, CLASSES)?;
    let full = ours.resident()?;
    let theirs = Server::start(
        Command::new(peer)
            .args(["admission", "-certs"])
            .arg(folder.path()),
    )?;

    say("");
    say(&format!(
        "Admission of a Connector (CREATE), {CONNECTORS} Connectors and {CLASSES} classes known"
    ));
    say(&format!(
        "  memory of the index: {:.1} MiB (resident {:.1} MiB, without it {:.1} MiB)",
        mib(full.saturating_sub(empty)),
        mib(full),
        mib(empty)
    ));
    let tls = certificate::client(folder.path())?;
    let body = review()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for connections in [1, 8, 64] {
        let each = REQUESTS / connections;
        let (mut mine, mut other) = (Vec::new(), Vec::new());
        for turn in 0..=TURNS {
            let one = runtime.block_on(load::run(ours.address, &tls, &body, connections, each))?;
            let two = runtime.block_on(load::run(theirs.address, &tls, &body, connections, each))?;
            // The first turn warms both up.
            if turn > 0 {
                mine.extend(one);
                other.extend(two);
            }
        }
        row(connections, mine, other);
    }
    say(&format!(
        "  memory after the load: ours {:.1} MiB, controller-runtime {:.1} MiB",
        mib(ours.resident()?),
        mib(theirs.resident()?)
    ));
    Ok(())
}

fn row(connections: usize, mine: Vec<Duration>, other: Vec<Duration>) {
    let (mine, other) = (Sample::new(mine), Sample::new(other));
    let show = |part| {
        let (one, two) = (mine.quantile(part), other.quantile(part));
        format!(
            "{} / {} = {:.2}",
            micros(one),
            micros(two),
            one.as_secs_f64() / two.as_secs_f64()
        )
    };
    say(&format!(
        "  {connections:>2} connections, n={}: p50 {}   p99 {}",
        mine.len(),
        show(0.5),
        show(0.99)
    ));
}

fn mib(kib: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let kib = kib as f64;
    kib / 1024.0
}

/// A review as the API server sends it.
fn review() -> Result<Bytes> {
    let object = serve::connector(7, CONNECTORS);
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": { "group": "patchbay.dev", "version": "v1alpha1", "kind": "Connector" },
            "resource": { "group": "patchbay.dev", "version": "v1alpha1", "resource": "connectors" },
            "requestKind": { "group": "patchbay.dev", "version": "v1alpha1", "kind": "Connector" },
            "requestResource": { "group": "patchbay.dev", "version": "v1alpha1", "resource": "connectors" },
            "name": "git-10000",
            "namespace": "team-0",
            "operation": "CREATE",
            "userInfo": { "username": "someone", "groups": ["system:authenticated"] },
            "object": object,
            "oldObject": null,
            "dryRun": false,
            "options": { "apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions" },
        },
    });
    Ok(Bytes::from(serde_json::to_vec(&review)?))
}
