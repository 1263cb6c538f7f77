//! The program: arguments, and which task does what. No decisions.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use patchbay_api::{Connector, ConnectorClass};
use patchbay_runtime::Context;
use patchbay_runtime::tls::{
    Alpn, Clock, GivenOptions, Params, Serving, ServingOptions, Source, WebhookBundle, lifetime,
    server_config,
};
use patchbay_runtime::watch::{Options, WatchMetrics, guarded};
use patchbay_runtime::{client, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::metrics::AdmissionMetrics;
use crate::server::{State, app};
use crate::shared::SharedIndex;
use crate::watch;

/// After SIGTERM requests keep coming for as long as the API server and the nodes take to learn that this replica is
/// leaving. They are answered; refusing them would refuse people's changes.
const LINGER: Duration = Duration::from_secs(5);
/// And then those under way are finished: each takes 5 s at most.
const DRAIN: Duration = Duration::from_secs(10);

/// Patchbay's admission webhook: validates ConnectorClasses, Connectors and pod templates, and injects connection
/// mounts into pods.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Where the API server calls: HTTPS, /validate and /mutate.
    #[arg(long, env = "PATCHBAY_WEBHOOK_ADDR", default_value = "0.0.0.0:9443")]
    pub webhook_addr: SocketAddr,
    /// Where kubelet and Prometheus call: HTTP, /livez, /readyz and /metrics.
    #[arg(long, env = "PATCHBAY_ADMIN_ADDR", default_value = "0.0.0.0:8080")]
    pub admin_addr: SocketAddr,
    /// The namespace that this program runs in.
    #[arg(long, env = "POD_NAMESPACE", default_value = "patchbay-system")]
    pub namespace: String,
    /// The Service that the webhook configurations name.
    #[arg(long, env = "PATCHBAY_SERVICE", default_value = "patchbay-webhook")]
    pub service: String,
    /// Further names for the serving certificate.
    #[arg(long = "dns-name", env = "PATCHBAY_DNS_NAMES", value_delimiter = ',')]
    pub dns_names: Vec<String>,
    /// The Secret with the program's own certificate authority, in its namespace. It is made if it does not exist.
    #[arg(long, env = "PATCHBAY_CA_SECRET", default_value = "patchbay-webhook-ca")]
    pub ca_secret: String,
    /// How long a certificate authority of the program's own is valid. The next one is made when a third is left.
    #[arg(long, env = "PATCHBAY_CA_LIFETIME", default_value = "8760h", value_parser = lifetime)]
    pub ca_lifetime: Duration,
    /// How long a serving certificate of the program's own is valid. It is renewed when a third is left.
    #[arg(long, env = "PATCHBAY_CERTIFICATE_LIFETIME", default_value = "24h", value_parser = lifetime)]
    pub certificate_lifetime: Duration,
    /// How long all clients must have been able to read a new authority before it signs.
    #[arg(long, env = "PATCHBAY_CERTIFICATE_SETTLE", default_value = "10m", value_parser = lifetime)]
    pub certificate_settle: Duration,
    /// Serve the certificate in --tls-secret, which somebody else keeps, and not one of the program's own.
    #[arg(long, env = "PATCHBAY_USE_TLS_SECRET")]
    pub use_tls_secret: bool,
    /// A Secret of type kubernetes.io/tls with ca.crt, in the own namespace. Empty: none.
    #[arg(long, env = "PATCHBAY_TLS_SECRET", default_value = "")]
    pub tls_secret: String,
    /// No flags: tests hurry, and have clocks that differ.
    #[arg(skip)]
    pub certificate_times: Option<Params>,
    /// See there.
    #[arg(skip)]
    pub certificate_clock: Clock,
    /// The ValidatingWebhookConfiguration whose caBundle is kept right.
    #[arg(long, env = "PATCHBAY_VALIDATING_CONFIGURATION", default_value = "patchbay")]
    pub validating_configuration: String,
    /// The MutatingWebhookConfiguration whose caBundle is kept right.
    #[arg(long, env = "PATCHBAY_MUTATING_CONFIGURATION", default_value = "patchbay")]
    pub mutating_configuration: String,
    /// A kubeconfig file, when it does not run in a pod.
    #[arg(long, env = "PATCHBAY_KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
}

impl Args {
    /// The names that the API server may call this program by.
    fn serving_names(&self) -> Vec<String> {
        let (service, namespace) = (&self.service, &self.namespace);
        let mut names = vec![
            format!("{service}.{namespace}.svc"),
            format!("{service}.{namespace}.svc.cluster.local"),
            format!("{service}.{namespace}"),
            service.clone(),
        ];
        names.extend(self.dns_names.iter().cloned());
        names
    }

    fn serving_options(&self) -> anyhow::Result<ServingOptions> {
        let (ca, leaf, settle) = (
            self.ca_lifetime,
            self.certificate_lifetime,
            self.certificate_settle,
        );
        let params = match self.certificate_times {
            Some(params) => params,
            None => Params::new(ca, leaf, settle).context(
                "--ca-lifetime, --certificate-lifetime and --certificate-settle do not go together",
            )?,
        };
        let called = match self.dns_names.as_slice() {
            [] => vec![format!("{}.{}.svc", self.service, self.namespace)],
            names => names.to_vec(),
        };
        Ok(ServingOptions {
            namespace: self.namespace.clone(),
            secret: self.ca_secret.clone(),
            dns_names: self.serving_names(),
            may_create: true,
            given: GivenOptions {
                source: Source::given_if(self.use_tls_secret),
                secret: self.tls_secret.clone(),
                names: called,
            },
            params,
        })
    }
}

/// Where a started program listens; for port 0.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// HTTPS.
    pub webhook: SocketAddr,
    /// HTTP.
    pub admin: SocketAddr,
}

/// Starts every task of the program, and returns.
///
/// # Errors
/// When there is no Kubernetes to be found, or an address cannot be listened on.
pub async fn start(args: Args, ctx: Context) -> anyhow::Result<Addresses> {
    let options = client::Options {
        kubeconfig: args.kubeconfig.clone(),
        user_agent: "patchbay-webhook",
        retry: false,
    };
    let client = client::client(&options).await?;
    let listener = TcpListener::bind(args.webhook_addr)
        .await
        .with_context(|| format!("could not listen on {} (--webhook-addr)", args.webhook_addr))?;
    let webhook = listener.local_addr()?;
    let admin = ctx
        .serve_admin(args.admin_addr)
        .await
        .with_context(|| format!("could not listen on {} (--admin-addr)", args.admin_addr))?;

    let index = Arc::new(SharedIndex::default());
    let metrics = AdmissionMetrics::register(&ctx.metrics);
    let synced = vec![
        ctx.readiness.gate("connectorclasses"),
        ctx.readiness.gate("connectors"),
    ];
    watch_index(&client, &ctx, &index, &metrics);

    let serving = Serving::new(
        client.clone(),
        args.serving_options()?,
        WebhookBundle::new(
            client,
            vec![args.validating_configuration.clone()],
            vec![args.mutating_configuration.clone()],
        ),
        &ctx.metrics,
    )
    .clock(args.certificate_clock.clone());
    let tls = server_config(serving.resolver(), Alpn::Http);
    ctx.tasks.spawn(
        "certificate",
        serving.run(ctx.readiness.gate("certificate"), ctx.shutdown.clone()),
    );

    let router = app(Arc::new(State::new(index, synced, metrics)));
    let limits = serve::Limits {
        drain: DRAIN,
        ..serve::Limits::default()
    };
    ctx.tasks.spawn(
        "webhook",
        serve::https(listener, tls, router, limits, lingering(&ctx)),
    );
    Ok(Addresses { webhook, admin })
}

fn watch_index(client: &kube::Client, ctx: &Context, index: &Arc<SharedIndex>, metrics: &AdmissionMetrics) {
    let watches = WatchMetrics::register(&ctx.metrics);
    let classes = guarded::<ConnectorClass>(
        client,
        Options::new("connectorclasses"),
        ctx.readiness.gate("connectorclasses"),
        &watches,
    );
    let classes = watch::classes(classes, Arc::clone(index), metrics.clone(), ctx.shutdown.clone());
    ctx.tasks.spawn("connectorclasses", classes);
    let connectors = guarded::<Connector>(
        client,
        Options::new("connectors"),
        ctx.readiness.gate("connectors"),
        &watches,
    );
    let connectors = watch::connectors(
        connectors,
        Arc::clone(index),
        metrics.clone(),
        ctx.shutdown.clone(),
    );
    ctx.tasks.spawn("connectors", connectors);
}

/// Is cancelled a while after the program was told to stop.
fn lingering(ctx: &Context) -> CancellationToken {
    let stop = CancellationToken::new();
    let (shutdown, late) = (ctx.shutdown.clone(), stop.clone());
    ctx.tasks.spawn("linger", async move {
        shutdown.cancelled().await;
        tokio::time::sleep(LINGER).await;
        late.cancel();
        Ok::<_, std::convert::Infallible>(())
    });
    stop
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_certificate_has_the_names_of_the_service() {
        let args = [
            "patchbay-webhook",
            "--namespace",
            "ns",
            "--service",
            "s",
            "--dns-name",
            "a,b",
            "--dns-name",
            "c",
        ];
        assert_eq!(
            Args::parse_from(args).serving_names(),
            ["s.ns.svc", "s.ns.svc.cluster.local", "s.ns", "s", "a", "b", "c"]
        );
    }
}
