//! Which addresses are the API server's and our own: nobody may probe those. They change, so they are looked up again
//! and again; what was known stays until something newer is.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use kube::api::ListParams;
use patchbay_runtime::client::call;
use patchbay_runtime::ids;
use tokio_util::sync::CancellationToken;

use super::Client;
use super::net::resolve::Resolve;

/// How often they are looked up, give or take a fifth.
const EVERY: Duration = Duration::from_secs(30);
const DEADLINE: Duration = Duration::from_secs(5);
/// Our Services.
const SERVICES: [&str; 2] = ["patchbay-webhook", "patchbay-broker"];

/// Where this program runs.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// Our namespace.
    pub namespace: String,
    /// This pod's address.
    pub pod_ip: Option<IpAddr>,
    /// The API server's address as pods are told it (`KUBERNETES_SERVICE_HOST`).
    pub api_server: Option<IpAddr>,
}

/// Keeps a client told, until `shutdown`.
///
/// # Errors
/// There are none.
pub async fn follow(
    kube: kube::Client,
    home: Home,
    resolver: impl Resolve,
    probes: Client,
    shutdown: CancellationToken,
) -> Result<(), Infallible> {
    let mut endpoints = BTreeSet::new();
    // What needs no answer holds from the beginning.
    probes.set_own(networks(&home, &endpoints));
    loop {
        match look(&kube, &home, &resolver).await {
            Ok(found) => endpoints = found,
            Err(problem) => tracing::debug!(
                problem,
                "cannot see which addresses are our own; those known stay"
            ),
        }
        probes.set_own(networks(&home, &endpoints));
        let wait = EVERY.mul_f64(0.8 + 0.4 * ids::unit());
        if shutdown
            .run_until_cancelled(tokio::time::sleep(wait))
            .await
            .is_none()
        {
            return Ok(());
        }
    }
}

async fn look(
    kube: &kube::Client,
    home: &Home,
    resolver: &impl Resolve,
) -> Result<BTreeSet<IpAddr>, &'static str> {
    let mut found = slices(kube, "default", "kubernetes").await?;
    for service in SERVICES {
        found.extend(slices(kube, &home.namespace, service).await?);
        let name = format!("{service}.{}.svc", home.namespace);
        let addresses = tokio::time::timeout(DEADLINE, resolver.resolve(name)).await;
        // Outside of a cluster there is no such name.
        found.extend(addresses.ok().and_then(Result::ok).unwrap_or_default());
    }
    Ok(found)
}

async fn slices(
    kube: &kube::Client,
    namespace: &str,
    service: &str,
) -> Result<BTreeSet<IpAddr>, &'static str> {
    let api: Api<EndpointSlice> = Api::namespaced(kube.clone(), namespace);
    let of_service = ListParams::default().labels(&format!("kubernetes.io/service-name={service}"));
    let listing = call(DEADLINE, "list EndpointSlices", api.list(&of_service));
    let found = listing
        .await
        .map_err(|_| "the API server does not list EndpointSlices")?;
    let texts = found.items.iter().flat_map(|slice| &slice.endpoints);
    let texts = texts.flat_map(|endpoint| &endpoint.addresses);
    Ok(texts.filter_map(|text| text.parse().ok()).collect())
}

/// The networks that are denied. Loopback is denied in any case, and may be allowed by the operator as a network.
fn networks(home: &Home, endpoints: &BTreeSet<IpAddr>) -> Vec<IpNet> {
    let all = endpoints
        .iter()
        .copied()
        .chain(home.pod_ip)
        .chain(home.api_server);
    let all: BTreeSet<IpAddr> = all.filter(|address| !address.is_loopback()).collect();
    all.into_iter().map(IpNet::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_networks_once_each_and_without_loopback() {
        let home = Home {
            namespace: "patchbay-system".to_owned(),
            pod_ip: "10.0.0.7".parse().ok(),
            api_server: "10.96.0.1".parse().ok(),
        };
        let endpoints = ["10.0.0.7", "10.0.0.8", "127.0.0.1", "::1", "fd12::1"];
        let endpoints = endpoints.iter().map(|text| text.parse().unwrap()).collect();
        let shown: Vec<String> = networks(&home, &endpoints)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            ["10.0.0.7/32", "10.0.0.8/32", "10.96.0.1/32", "fd12::1/128"]
        );
    }
}
