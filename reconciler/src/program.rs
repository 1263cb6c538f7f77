//! Puts the parts together and starts them. No decisions here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use parking_lot::Mutex;
use patchbay_runtime::client::{Options, client};
use patchbay_runtime::controller::{ControllerMetrics, Controllers, Setup};
use patchbay_runtime::events::Recorder;
use patchbay_runtime::lease::{Candidate, Leadership, Params};
use patchbay_runtime::serve::{Limits, tls_incoming};
use patchbay_runtime::tls::{Alpn, ConfigMapBundle, Serving, server_config};
use patchbay_runtime::watch::WatchMetrics;
use patchbay_runtime::{Context, clock, ids};
use patchbay_tera_worker::Pool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::args::Args;
use crate::broker::evaluate::Evaluator;
use crate::broker::reviews::{KubeReviewer, Reviews};
use crate::broker::service::Broker;
use crate::broker::tell::Teller;
use crate::calls::share::Calls;
use crate::classes::apply::Classes;
use crate::connectors::apply::{AllKept, Connectors, certificates};
use crate::metrics::Metrics;
use crate::probes::Client as Probes;
use crate::probes::net::gate::{Bounds, Gate, MAX_WAIT};
use crate::probes::net::resolve::SystemResolver;
use crate::probes::net::tls::Roots;
use crate::probes::own;
use crate::sources::{Index, World, addressables, feed, secrets};

/// How often remembered reviews that are of no use any more are dropped.
const SWEEP: Duration = Duration::from_secs(60);
/// How often Connectors are counted for the metrics; scrapers come every 15 s or less often.
const COUNT: Duration = Duration::from_secs(10);
/// Nodes of a large cluster, each with a stream and a connection for requests.
const MAX_CONNECTIONS: usize = 10_000;
/// Objects that are looked at or written side by side.
const WORKERS: usize = 32;
/// The controller's name in events.
const CONTROLLER: &str = "patchbay.dev/reconciler";

/// Where the program listens.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    /// The broker.
    pub broker: SocketAddr,
    /// `/livez`, `/readyz`, `/metrics`.
    pub admin: SocketAddr,
}

/// Starts everything and returns; the tasks run until `ctx` is stopped.
///
/// # Errors
/// No way to the API server, an address that cannot be bound, a CA file that cannot be read.
pub async fn start(args: Args, ctx: Context) -> anyhow::Result<Running> {
    let roots = roots(&args)?;
    let options = Options {
        kubeconfig: args.kubeconfig.clone(),
        user_agent: "patchbay-reconciler",
        retry: false,
    };
    let client = client(&options).await?;
    let metrics = Metrics::register(&ctx.metrics);
    let admin = ctx
        .serve_admin(args.admin_addr)
        .await
        .with_context(|| format!("cannot listen on {}", args.admin_addr))?;

    let world = World::default();
    let watches = observe(&client, &world, &ctx);
    let controllers = ControllerMetrics::register(&ctx.metrics);
    let page = controllers.clone();
    ctx.pages
        .add("/debug/queues", move || page.page() + &watches.page());
    reconcile(&args, &client, &world, roots, (&metrics, controllers), &ctx)?;
    let broker = serve(&args, &client, &world, &metrics, &ctx).await?;
    tracing::info!(%broker, %admin, "listening");
    Ok(Running { broker, admin })
}

fn roots(args: &Args) -> anyhow::Result<Roots> {
    let Some(path) = &args.probe_ca_file else {
        return Ok(Roots::built_in()?);
    };
    let read = || -> anyhow::Result<Roots> { Ok(Roots::from_pem(&std::fs::read(path)?)?) };
    read().with_context(|| format!("cannot use --probe-ca-file {}", path.display()))
}

fn observe(client: &kube::Client, world: &World, ctx: &Context) -> WatchMetrics {
    let watches = WatchMetrics::register(&ctx.metrics);
    let (classes, connectors) = (
        ctx.readiness.gate("connectorclasses"),
        ctx.readiness.gate("connectors"),
    );
    let shutdown = || ctx.shutdown.clone();
    let feed = feed::classes(
        client.clone(),
        world.clone(),
        classes,
        watches.clone(),
        shutdown(),
    );
    ctx.tasks.spawn("connectorclasses", feed);
    let feed = feed::connectors(
        client.clone(),
        world.clone(),
        connectors,
        watches.clone(),
        shutdown(),
    );
    ctx.tasks.spawn("connectors", feed);
    let follow = secrets::follow(client.clone(), world.clone(), ctx.tasks.clone(), shutdown());
    ctx.tasks.spawn("secrets", follow);
    let follow = addressables::follow(client.clone(), world.clone(), ctx.tasks.clone(), shutdown());
    ctx.tasks.spawn("addressables", follow);
    watches
}

/// Takes part in the election until `given_up`, and then gives the Lease back.
fn elect(args: &Args, client: &kube::Client, ctx: &Context, given_up: CancellationToken) -> Leadership {
    let candidate = Candidate {
        client: client.clone(),
        namespace: args.namespace.clone(),
        name: args.lease_name.clone(),
        identity: format!("{}_{}", args.pod_name, ids::random()),
        params: Params::default(),
    };
    let (leadership, task) = candidate.start(given_up);
    leadership.register(&ctx.metrics);
    ctx.tasks.spawn("lease", task);
    leadership
}

fn reconcile(
    args: &Args,
    client: &kube::Client,
    world: &World,
    roots: Roots,
    (metrics, controllers): (&Metrics, ControllerMetrics),
    ctx: &Context,
) -> anyhow::Result<()> {
    let resolver = SystemResolver::default();
    let concurrency = usize::from(args.probe_concurrency);
    let probes = Probes::with_gate(
        args.probe_policy(),
        roots,
        Arc::new(resolver.clone()),
        args.probe_timeout,
        Gate::new(Bounds::new(concurrency), MAX_WAIT),
    );
    let own = own::follow(
        client.clone(),
        args.home(),
        resolver,
        probes.clone(),
        ctx.shutdown.clone(),
    );
    ctx.tasks.spawn("own addresses", own);
    let given_up = CancellationToken::new();
    let leadership = elect(args, client, ctx, given_up.clone());
    let guard = leadership.guard();
    let recorder = Recorder::new(client.clone(), CONTROLLER, &args.pod_name).only_as_leader(guard.clone());
    let kept = AllKept::default();
    let counted = (kept.clone(), leadership.clone());
    let setup = Setup {
        feed: world.clone(),
        leadership,
        workers: WORKERS,
        // Some wait for a call that is not theirs, or for a place.
        outside: concurrency * 2,
        metrics: controllers,
    };
    let controllers = Controllers::new(setup, ctx);
    controllers.add(Classes {
        world: world.clone(),
        client: client.clone(),
        probes: probes.clone(),
        interval: args.probe_interval,
        guard: guard.clone(),
        recorder: recorder.clone(),
        metrics: metrics.clone(),
        memory: Mutex::new(BTreeMap::new()),
    });
    controllers.add(Connectors {
        world: world.clone(),
        client: client.clone(),
        probes,
        interval: args.probe_interval,
        guard,
        recorder,
        metrics: metrics.clone(),
        calls: Calls::default(),
        salt: random()?,
        origin: clock::mono(),
        kept,
    });
    controllers.then_release(given_up);
    ctx.tasks.spawn(
        "count",
        count(world.clone(), counted, metrics.clone(), ctx.shutdown.clone()),
    );
    Ok(())
}

/// Keeps the gauges of Connectors and Secrets, on every replica: a replica that is behind shows. Certificates are
/// counted where they are seen.
async fn count(
    world: World,
    (kept, leadership): (AllKept, Leadership),
    metrics: Metrics,
    shutdown: CancellationToken,
) -> Result<(), Infallible> {
    while shutdown
        .run_until_cancelled(tokio::time::sleep(COUNT))
        .await
        .is_some()
    {
        metrics.connectors(world.look(Index::readiness));
        metrics.secrets(world.look(Index::secret_states));
        metrics.tool_certificates(if leadership.is_leader() {
            certificates(&kept, clock::now())
        } else {
            [0; 3]
        });
    }
    Ok(())
}

async fn serve(
    args: &Args,
    client: &kube::Client,
    world: &World,
    metrics: &Metrics,
    ctx: &Context,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(args.broker_addr)
        .await
        .with_context(|| format!("cannot listen on {}", args.broker_addr))?;
    let address = listener.local_addr()?;
    let published = ConfigMapBundle::new(client.clone(), &args.namespace, &args.ca_configmap, "ca.crt");
    let options = args.serving_options()?;
    let serving =
        Serving::new(client.clone(), options, published, &ctx.metrics).clock(args.certificate_clock.clone());
    let resolver = serving.resolver();
    ctx.tasks.spawn(
        "certificate",
        serving.run(ctx.readiness.gate("certificate"), ctx.shutdown.clone()),
    );

    let reviewer = Box::new(KubeReviewer(client.clone()));
    let reviews = Reviews::new(reviewer, random()?, metrics.clone());
    let evaluator = Arc::new(Evaluator::new(
        world.clone(),
        reviews,
        random()?,
        Pool::new(args.tera.clone()),
    ));
    ctx.tasks
        .spawn("sweep", sweep(evaluator.clone(), ctx.shutdown.clone()));

    // Not only the leader's: each replica serves streams of its own.
    let recorder = Recorder::new(client.clone(), CONTROLLER, &args.pod_name);
    let (teller, telling) = Teller::start(recorder, ctx.shutdown.clone());
    ctx.tasks.spawn("pod events", telling);
    let broker = Broker::new(evaluator, metrics.clone(), teller, ctx.tasks.clone()).into_server();
    let limits = Limits {
        max_connections: MAX_CONNECTIONS,
        ..Limits::default()
    };
    let incoming = tls_incoming(listener, server_config(resolver, Alpn::Grpc), limits);
    let shutdown = ctx.shutdown.clone().cancelled_owned();
    let server = tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(limits.keep_alive))
        .http2_keepalive_timeout(Some(limits.keep_alive))
        .max_concurrent_streams(limits.max_streams)
        .add_service(broker)
        .serve_with_incoming_shutdown(incoming, shutdown);
    ctx.tasks.spawn("broker", server);
    Ok(address)
}

async fn sweep(evaluator: Arc<Evaluator>, shutdown: CancellationToken) -> Result<(), Infallible> {
    while shutdown
        .run_until_cancelled(tokio::time::sleep(SWEEP))
        .await
        .is_some()
    {
        evaluator.reviews().sweep();
    }
    Ok(())
}

/// 32 bytes that nobody can guess.
fn random() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let filled = rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes);
    filled.map_err(|_| anyhow::anyhow!("the system has no random numbers"))?;
    Ok(bytes)
}
