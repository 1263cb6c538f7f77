//! Our webhook over an index made here instead of watched: everything else is what the program does.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use patchbay_model::{class, connector};
use patchbay_runtime::metrics::Metrics;
use patchbay_runtime::readiness::Readiness;
use patchbay_runtime::tls::{Alpn, Resolver, provider, server_config};
use patchbay_webhook::index::{KnownClass, KnownConnector};
use patchbay_webhook::metrics::AdmissionMetrics;
use patchbay_webhook::server::{State, app};
use patchbay_webhook::shared::SharedIndex;
use rustls::sign::CertifiedKey;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The class that all classes of the index are copies of.
const CLASS: &str = include_str!("../../../charts/patchbay/classes/git.yaml");

#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    certs: PathBuf,
    #[arg(long)]
    connectors: usize,
    #[arg(long)]
    classes: usize,
}

/// Serves until it is killed.
pub(crate) fn run(args: &Args) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(args))
}

async fn serve(args: &Args) -> Result<()> {
    let index = Arc::new(SharedIndex::default());
    fill(&index, args)?;
    let metrics = AdmissionMetrics::register(&Metrics::new());
    let gate = Readiness::new().gate("index");
    gate.open();
    let router = app(Arc::new(State::new(index, vec![gate], metrics)));
    let (certificates, key) = crate::certificate::read(&args.certs)?;
    let resolver = Resolver::new();
    let key = provider().key_provider.load_private_key(key)?;
    resolver.set(Arc::new(CertifiedKey::new(certificates, key)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    crate::table::say(&listener.local_addr()?.port().to_string());
    patchbay_runtime::serve::https(
        listener,
        server_config(resolver, Alpn::Http),
        router,
        patchbay_runtime::serve::Limits::default(),
        CancellationToken::new(),
    )
    .await?;
    Ok(())
}

/// The name of a class of the index.
fn class_name(number: usize) -> String {
    format!("git-{number}")
}

fn fill(index: &SharedIndex, args: &Args) -> Result<()> {
    let mut class: Value = serde_saphyr::from_str(CLASS)?;
    for number in 0..args.classes {
        set(&mut class, "/metadata/name", json!(class_name(number)))?;
        let known = KnownClass::read(&class::from_json(&class)?).context("a class without a name")?;
        index.write(|index| index.apply_class(known));
    }
    for number in 0..args.connectors {
        let object = connector(number % args.classes.max(1), number);
        let known = KnownConnector::read(&connector::from_json(&object)?).context("a nameless Connector")?;
        index.write(|index| index.apply_connector(known));
    }
    Ok(())
}

fn set(object: &mut Value, pointer: &str, value: Value) -> Result<()> {
    *object.pointer_mut(pointer).context("the class has no name")? = value;
    Ok(())
}

/// A Connector as people write them.
pub(crate) fn connector(class: usize, number: usize) -> Value {
    json!({
        "apiVersion": "patchbay.dev/v1alpha1",
        "kind": "Connector",
        "metadata": {
            "namespace": format!("team-{}", number % 100),
            "name": format!("git-{number}"),
            "uid": format!("00000000-0000-0000-0000-{number:012}"),
            "generation": 1,
            "labels": { "app.kubernetes.io/name": "git", "team": format!("team-{}", number % 100) },
        },
        "spec": {
            "connectorClassName": class_name(class),
            "address": format!("https://git-{number}.example.com/base"),
            "params": [{ "name": "defaultBranch", "value": "main" }, { "name": "stallSeconds", "value": 30 }],
            "auth": {
                "name": "basicAuth",
                "secretRef": { "name": "git-credentials" },
                "params": [{ "name": "repository", "value": "team/app.git" }],
            },
        },
    })
}
