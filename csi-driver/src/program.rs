//! The program: its flags, and how its parts are put together.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use patchbay_proto::csi::identity_server::IdentityServer;
use patchbay_proto::csi::node_server::NodeServer;
use patchbay_proto::registration::registration_server::RegistrationServer;
use patchbay_runtime::tls::ReloadingRoots;
use patchbay_runtime::{Context, clock};
use tokio::sync::Notify;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;

use crate::authority::Named;
use crate::broker::Patience;
use crate::broker::client::Renderer;
use crate::broker::dial::Dialer;
use crate::broker::outbox::Outbox;
use crate::broker::watch::{LOOP_DEADLINE, Watcher};
use crate::identity::IdentityService;
use crate::inflight::InFlight;
use crate::janitor;
use crate::metrics::Metrics;
use crate::node::NodeService;
use crate::publish::apply::Disk;
use crate::registration::RegistrationService;
use crate::restore;
use crate::shared::{Shared, blocking};
use crate::socket::listen_private;
use crate::volume::mount::{LinuxMounter, Mounter};
use crate::volume::paths::Paths;
use crate::volume::registry::Registry;
use crate::volume::state::Store;

/// How often the bundle of the broker is read.
const LOOK_AT_CA: Duration = Duration::from_secs(60);
/// A request of kubelet: attributes, pod facts and tokens are well below this.
const MAX_REQUEST: usize = 1024 * 1024;
/// A volume must hold two generations of 1 MiB while one replaces the other, each file in whole pages.
const DEFAULT_VOLUME_SIZE: &str = "4Mi";
/// Below this not even one file of a page, its links and folders fit.
const LEAST_VOLUME_SIZE: u64 = 64 * 1024;

/// CSI node plugin of Patchbay: mounts rendered config files into pods and keeps them fresh.
#[derive(Clone, Debug, Parser)]
#[command(name = "patchbay-csi-driver", version, about)]
pub struct Args {
    /// The name of this node.
    #[arg(long, env = "NODE_NAME")]
    pub node_name: String,

    /// Kubelet's root folder, as kubelet itself names it.
    #[arg(long, env = "KUBELET_ROOT", default_value = "/var/lib/kubelet")]
    pub kubelet_root: PathBuf,

    /// Where the broker is. Its certificate must carry the host's name.
    #[arg(
        long,
        env = "BROKER_ENDPOINT",
        default_value = "https://patchbay-broker.patchbay-system.svc:9443"
    )]
    pub broker_endpoint: String,

    /// The CA certificates that the broker publishes, as PEM. Read again for each connection; may appear later.
    #[arg(
        long,
        env = "BROKER_CA_FILE",
        default_value = "/etc/patchbay/broker-ca/ca.crt"
    )]
    pub broker_ca_file: PathBuf,

    /// The most that the files of one volume may take, such as 4Mi.
    #[arg(long, env = "VOLUME_SIZE_LIMIT", default_value = DEFAULT_VOLUME_SIZE, value_parser = size)]
    pub volume_size_limit: u64,

    /// Where /livez, /readyz and /metrics are served.
    #[arg(long, env = "ADMIN_ADDRESS", default_value = "0.0.0.0:8080")]
    pub admin_address: SocketAddr,

    /// Not a flag: tests wait for less.
    #[arg(skip)]
    pub patience: Patience,
}

/// Starts the driver on this node's kernel.
///
/// # Errors
/// What keeps it from starting, for a person.
pub async fn start(args: Args, context: Context) -> anyhow::Result<()> {
    let mounter = Arc::new(LinuxMounter::new());
    let admin = args.admin_address;
    assemble(args, &context, mounter).await?;
    context
        .serve_admin(admin)
        .await
        .with_context(|| format!("serving --admin-address {admin}"))?;
    Ok(())
}

/// Puts the parts together over any mounts, and spawns them.
///
/// # Errors
/// What keeps the driver from starting, for a person.
pub async fn assemble(
    args: Args,
    context: &Context,
    mounter: Arc<dyn Mounter>,
) -> anyhow::Result<Arc<Shared>> {
    let paths = Paths::new(&args.kubelet_root)?;
    let roots = ReloadingRoots::new(args.broker_ca_file);
    roots.register(&context.metrics, "broker-ca");
    // Each connection reads them as well; this keeps the metric right while a connection lives for days.
    context.tasks.spawn(
        "broker-ca",
        Arc::clone(&roots).run(LOOK_AT_CA, context.shutdown.clone()),
    );
    let dialer = Dialer::new(&args.broker_endpoint, roots)?;
    let disk = Disk::new(mounter, Store::open(paths.state())?, args.volume_size_limit);
    let registry = Arc::new(Registry::new(clock::now()));
    let metrics = Metrics::register(&context.metrics, Arc::clone(&registry));
    let shared = Arc::new(Shared {
        paths,
        node_name: args.node_name.clone(),
        disk,
        registry,
        outbox: Outbox::default(),
        renderer: Renderer::new(
            dialer.clone(),
            args.node_name,
            metrics.clone(),
            args.patience.render,
        ),
        in_flight: InFlight::default(),
        metrics,
        lingering: Notify::new(),
        tasks: context.tasks.clone(),
        shutdown: context.shutdown.clone(),
    });
    let worker = Arc::clone(&shared);
    blocking(move || restore::restore(&worker.disk, &worker.paths, &worker.registry)).await?;

    let watcher = Watcher {
        shared: Arc::clone(&shared),
        dialer,
        silence: args.patience.silence,
        gate: context.readiness.gate("broker"),
        heartbeat: context.liveness.heartbeat("broker-stream", LOOP_DEADLINE),
    };
    context
        .tasks
        .spawn("broker-stream", watcher.run(context.shutdown.clone()));
    context.tasks.spawn(
        "janitor",
        janitor::run(Arc::clone(&shared), context.shutdown.clone()),
    );
    serve_csi(&shared, context)?;
    // Last: kubelet calls as soon as it sees this socket.
    serve_registration(&shared, context)?;
    Ok(shared)
}

fn serve_csi(shared: &Arc<Shared>, context: &Context) -> anyhow::Result<()> {
    let (listener, bound) = listen_private(&shared.paths.csi_socket())?;
    let node = NodeServer::new(NodeService::new(Arc::clone(shared))).max_decoding_message_size(MAX_REQUEST);
    let serving = Server::builder()
        .add_service(IdentityServer::new(IdentityService))
        .add_service(node)
        .serve_with_incoming_shutdown(
            UnixListenerStream::new(listener),
            context.shutdown.clone().cancelled_owned(),
        );
    context.tasks.spawn("csi", async move {
        let ended = serving.await;
        drop(bound);
        ended
    });
    Ok(())
}

fn serve_registration(shared: &Arc<Shared>, context: &Context) -> anyhow::Result<()> {
    let endpoint = shared.paths.csi_socket().to_string_lossy().into_owned();
    let (listener, bound) = listen_private(&shared.paths.registration_socket())?;
    let service = RegistrationService::new(endpoint, context.readiness.gate("registered"));
    let serving = Server::builder()
        .add_service(RegistrationServer::new(service).max_decoding_message_size(MAX_REQUEST))
        .serve_with_incoming_shutdown(
            UnixListenerStream::new(listener).map(|client| client.map(Named::new)),
            context.shutdown.clone().cancelled_owned(),
        );
    context.tasks.spawn("registration", async move {
        let ended = serving.await;
        drop(bound);
        ended
    });
    Ok(())
}

/// Reads a size as Kubernetes writes it: a number of bytes, or with Ki, Mi or Gi.
fn size(text: &str) -> Result<u64, String> {
    let units = [("Ki", 1_u64 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30)];
    let (digits, unit) = units
        .iter()
        .find_map(|(suffix, unit)| text.strip_suffix(suffix).map(|digits| (digits, *unit)))
        .unwrap_or((text, 1));
    let size = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    match size {
        Some(size) if size >= LEAST_VOLUME_SIZE => Ok(size),
        Some(_) => Err(format!("a volume needs at least {} Ki", LEAST_VOLUME_SIZE / 1024)),
        None => Err("write a number of bytes, or one with Ki, Mi or Gi".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, want) in [
            ("4Mi", Ok(4 << 20)),
            ("64Ki", Ok(64 << 10)),
            ("1Gi", Ok(1 << 30)),
            ("65536", Ok(65536)),
            ("1Ki", Err("at least")),
            ("", Err("number")),
            ("4M", Err("number")),
            ("-4Mi", Err("number")),
            ("99999999999999Gi", Err("number")),
        ] {
            match (size(text), want) {
                (Ok(got), Ok(want)) => assert_eq!(got, want),
                (Err(got), Err(want)) => assert!(got.contains(want), "{text}: {got}"),
                (got, want) => panic!("{text}: {got:?}, not {want:?}"),
            }
        }
    }

    #[test]
    fn the_flags_stand() {
        let args = Args::try_parse_from(["patchbay-csi-driver", "--node-name", "n"]).unwrap();
        assert_eq!(args.volume_size_limit, 4 << 20);
        assert!(
            Args::try_parse_from([
                "patchbay-csi-driver",
                "--node-name",
                "n",
                "--volume-size-limit",
                "1"
            ])
            .is_err()
        );
    }
}
