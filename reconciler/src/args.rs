//! The program's flags. Each is also an environment variable.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use ipnet::IpNet;
use patchbay_runtime::tls::{Clock, GivenOptions, Params, ServingOptions, Source, lifetime};

use crate::probes::net::policy::{HostPattern, Place, Policy};
use crate::probes::own::Home;

/// Writes conditions of ConnectorClasses and Connectors, probes tools, and answers node plugins.
#[derive(Clone, Debug, Parser)]
#[command(name = "patchbay-reconciler", version)]
pub struct Args {
    /// The namespace that this program runs in: its Lease and its certificate authority are there.
    #[arg(long, env = "POD_NAMESPACE", default_value = "patchbay-system")]
    pub namespace: String,

    /// This pod's name, for the Lease and for events.
    #[arg(long, env = "POD_NAME", default_value = "patchbay-reconciler")]
    pub pod_name: String,

    /// A kubeconfig file. Without it: the pod's service account, else KUBECONFIG or ~/.kube/config.
    #[arg(long)]
    pub kubeconfig: Option<PathBuf>,

    /// Where node plugins are answered (gRPC over TLS).
    #[arg(long, env = "PATCHBAY_BROKER_ADDR", default_value = "0.0.0.0:9443")]
    pub broker_addr: SocketAddr,

    /// Where /livez, /readyz and /metrics are.
    #[arg(long, env = "PATCHBAY_ADMIN_ADDR", default_value = "0.0.0.0:8080")]
    pub admin_addr: SocketAddr,

    /// DNS names in the broker's certificate [default: patchbay-broker.NAMESPACE.svc and the same in cluster.local].
    #[arg(
        long = "broker-dns-name",
        env = "PATCHBAY_BROKER_DNS_NAMES",
        value_delimiter = ','
    )]
    pub broker_dns_names: Vec<String>,

    /// The Secret with the broker's certificate authority, in the own namespace. The chart makes it, empty.
    #[arg(long, env = "PATCHBAY_CA_SECRET", default_value = "patchbay-broker-ca")]
    pub ca_secret: String,

    /// The ConfigMap with the authority's certificates (key ca.crt), in the own namespace. The chart makes it, empty.
    #[arg(long, env = "PATCHBAY_CA_CONFIGMAP", default_value = "patchbay-broker-ca")]
    pub ca_configmap: String,

    /// How long a certificate authority of the program's own is valid. The next one is made when a third is left.
    #[arg(long, env = "PATCHBAY_CA_LIFETIME", default_value = "8760h", value_parser = lifetime)]
    pub ca_lifetime: Duration,

    /// How long a serving certificate of the program's own is valid. It is renewed when a third is left.
    #[arg(long, env = "PATCHBAY_CERTIFICATE_LIFETIME", default_value = "24h", value_parser = lifetime)]
    pub certificate_lifetime: Duration,

    /// How long all nodes must have been able to read a new authority before it signs.
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

    /// The Lease by which replicas agree who writes conditions and probes, in the own namespace.
    #[arg(long, env = "PATCHBAY_LEASE_NAME", default_value = "patchbay-reconciler")]
    pub lease_name: String,

    /// Between two probes of a tool, give or take a tenth. A change is probed at once in any case.
    #[arg(long, env = "PATCHBAY_PROBE_INTERVAL", default_value = "45s", value_parser = interval)]
    pub probe_interval: Duration,

    /// The deadline of one probe, from the name lookup to the last byte.
    #[arg(long, env = "PATCHBAY_PROBE_TIMEOUT", default_value = "5s", value_parser = timeout)]
    pub probe_timeout: Duration,

    /// Calls to tools at once. One that hangs holds its place until the deadline of a probe: to notice within an interval
    /// that nothing answers any more, it takes as many as there are tools, times the deadline, by the interval.
    #[arg(long, env = "PATCHBAY_PROBE_CONCURRENCY", default_value_t = 1024, value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub probe_concurrency: u16,

    /// Networks that probes may call although they are loopback, link-local or the like. Comma list.
    #[arg(
        long = "probe-allow-cidr",
        env = "PATCHBAY_PROBE_ALLOW_CIDRS",
        value_delimiter = ','
    )]
    pub probe_allow_cidrs: Vec<IpNet>,

    /// Networks that probes must not call, whatever else allows it. Comma list.
    #[arg(
        long = "probe-deny-cidr",
        env = "PATCHBAY_PROBE_DENY_CIDRS",
        value_delimiter = ','
    )]
    pub probe_deny_cidrs: Vec<IpNet>,

    /// Hosts that probes may call whatever address they have: names, or all below one as *.example.com. Comma list.
    #[arg(
        long = "probe-allow-host",
        env = "PATCHBAY_PROBE_ALLOW_HOSTS",
        value_delimiter = ','
    )]
    pub probe_allow_hosts: Vec<HostPattern>,

    /// Hosts that probes must not call, whatever else allows them. Comma list.
    #[arg(
        long = "probe-deny-host",
        env = "PATCHBAY_PROBE_DENY_HOSTS",
        value_delimiter = ','
    )]
    pub probe_deny_hosts: Vec<HostPattern>,

    /// Hosts whose certificate need not be good: names, *.names, addresses or networks. Conditions show it. Comma list.
    #[arg(
        long = "probe-insecure-host",
        env = "PATCHBAY_PROBE_INSECURE_HOSTS",
        value_delimiter = ','
    )]
    pub probe_insecure_hosts: Vec<Place>,

    /// This pod's address, which nobody may probe.
    #[arg(long, env = "POD_IP")]
    pub pod_ip: Option<IpAddr>,

    /// The API server's address as pods are told it, which nobody may probe.
    #[arg(long, env = "KUBERNETES_SERVICE_HOST", hide = true)]
    pub kubernetes_service_host: Option<String>,

    /// Certificate authorities that probes trust (PEM), instead of those that Mozilla trusts.
    #[arg(long, env = "PATCHBAY_PROBE_CA_FILE")]
    pub probe_ca_file: Option<PathBuf>,

    /// The workers that render Tera. No flag: only tests, which are other programs, say something else.
    #[arg(skip)]
    pub tera: patchbay_tera_worker::Options,
}

impl Args {
    /// What probes may call.
    #[must_use]
    pub fn probe_policy(&self) -> Policy {
        Policy {
            allow: self.probe_allow_cidrs.clone(),
            allow_hosts: self.probe_allow_hosts.clone(),
            deny: self.probe_deny_cidrs.clone(),
            deny_hosts: self.probe_deny_hosts.clone(),
            own: Vec::new(),
            insecure: self.probe_insecure_hosts.clone(),
        }
    }

    /// Where this program runs, for [`crate::probes::own`].
    #[must_use]
    pub fn home(&self) -> Home {
        let api_server = self.kubernetes_service_host.as_deref();
        Home {
            namespace: self.namespace.clone(),
            pod_ip: self.pod_ip,
            api_server: api_server.and_then(|text| text.parse().ok()),
        }
    }

    /// DNS names of the broker's certificate.
    #[must_use]
    pub fn dns_names(&self) -> Vec<String> {
        if !self.broker_dns_names.is_empty() {
            return self.broker_dns_names.clone();
        }
        let service = format!("patchbay-broker.{}.svc", self.namespace);
        vec![format!("{service}.cluster.local"), service]
    }

    /// What the broker's certificate is to be.
    ///
    /// # Errors
    /// Times that do not go together.
    pub fn serving_options(&self) -> anyhow::Result<ServingOptions> {
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
        let called = match self.broker_dns_names.as_slice() {
            // What node plugins call.
            [] => vec![format!("patchbay-broker.{}.svc", self.namespace)],
            names => names.to_vec(),
        };
        Ok(ServingOptions {
            namespace: self.namespace.clone(),
            secret: self.ca_secret.clone(),
            dns_names: self.dns_names(),
            may_create: false,
            given: GivenOptions {
                source: Source::given_if(self.use_tls_secret),
                secret: self.tls_secret.clone(),
                names: called,
            },
            params,
        })
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1), Duration::from_secs(24 * 3600))
}

fn timeout(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_millis(100), Duration::from_secs(60))
}

fn duration(text: &str, min: Duration, max: Duration) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "not a duration such as 45s or 1m".to_owned())?;
    let parsed = Duration::try_from(parsed).map_err(|_| "must not be negative".to_owned())?;
    if parsed < min || parsed > max {
        return Err(format!(
            "must be between {} s and {} s",
            min.as_secs_f32(),
            max.as_secs()
        ));
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Args, String> {
        Args::try_parse_from([&["patchbay-reconciler"], args].concat()).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults() {
        let args = parse(&[]).unwrap();
        assert_eq!(args.probe_interval, Duration::from_secs(45));
        assert_eq!(args.probe_timeout, Duration::from_secs(5));
        assert_eq!(
            args.dns_names(),
            [
                "patchbay-broker.patchbay-system.svc.cluster.local",
                "patchbay-broker.patchbay-system.svc"
            ]
        );
    }

    #[test]
    fn durations_and_lists() {
        let args = parse(&[
            "--probe-interval",
            "1m",
            "--probe-allow-cidr",
            "127.0.0.0/8,::1/128",
        ])
        .unwrap();
        assert_eq!(args.probe_interval, Duration::from_secs(60));
        assert_eq!(args.probe_allow_cidrs.len(), 2);
        let args = parse(&[
            "--probe-allow-host=tool.corp,*.dev.example",
            "--probe-insecure-host=10.0.0.0/8,192.168.1.1,*.lab",
            "--pod-ip=10.0.0.7",
            "--kubernetes-service-host=10.96.0.1",
        ])
        .unwrap();
        let policy = args.probe_policy();
        assert_eq!((policy.allow_hosts.len(), policy.insecure.len()), (2, 3));
        assert!(args.home().api_server.is_some() && args.home().pod_ip.is_some());
        for (bad, want) in [
            (["--probe-interval", "45"], "not a duration"),
            (["--probe-interval", "10ms"], "must be between"),
            (["--probe-interval", "-5s"], "must not be negative"),
            (["--probe-timeout", "5m"], "must be between"),
            (["--probe-allow-cidr", "localhost"], "invalid"),
            (["--probe-allow-host", "*"], "not a host name"),
            (["--probe-insecure-host", "10.0.0.0/99"], "not a host name"),
            (["--probe-concurrency", "0"], "0 is not in"),
        ] {
            let error = parse(&[&format!("{}={}", bad[0], bad[1])]).unwrap_err();
            assert!(error.contains(want), "{bad:?}: {error}");
        }
    }
}
