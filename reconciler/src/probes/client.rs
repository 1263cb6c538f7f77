//! The one way to call a tool.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use patchbay_model::call::{Call, Exchange, Scheme};
use patchbay_model::secret::SecretData;
use url::{Host, Url};

use super::error::ProbeError;
use super::http;
use super::http::target::TargetError;
use super::net::gate::Gate;
use super::net::policy::Policy;
use super::net::resolve::Resolve;
use super::net::tls::{Roots, Trust, bundles};
use super::net::trip::Trip;
use super::net::{Net, Way, host};
use super::outcome::{Answer, Outcome, Place};
use super::protocols;
use super::safe::Hidden;

/// No call takes longer, whatever its class says.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// Calls tools. Clones share their rules and their queue.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    net: Net,
    roots: Roots,
    timeout: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.0.net.policy())
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client; `timeout` bounds one call from the first lookup to the last byte, redirects included, where its class
    /// says nothing else.
    #[must_use]
    pub fn new(policy: Policy, roots: Roots, resolver: Arc<dyn Resolve>, timeout: Duration) -> Self {
        Self::with_gate(policy, roots, resolver, timeout, Gate::default())
    }

    /// The same, with another bound on calls at once.
    #[must_use]
    pub fn with_gate(
        policy: Policy,
        roots: Roots,
        resolver: Arc<dyn Resolve>,
        timeout: Duration,
        gate: Gate,
    ) -> Self {
        let net = Net::new(policy, resolver, gate);
        Self(Arc::new(Inner { net, roots, timeout }))
    }

    /// Says which addresses are the API server's and our own: they are denied from now on.
    pub fn set_own(&self, own: Vec<IpNet>) {
        self.0.net.set_own(own);
    }

    /// Makes one call. `ca` is the Secret with authorities that are trusted as well.
    ///
    /// *Guarantees*: only addresses that the policy allows are connected to. It ends in time: within the deadline, not
    /// counting the wait for a place, which has its own bound. A bounded number of bytes is read. Nothing that the other
    /// side says, and nothing that was sent, is in the `Debug` of what comes back.
    pub async fn call(&self, call: &Call, ca: Option<&SecretData>) -> Outcome {
        let limit = call.timeout.unwrap_or(self.0.timeout).min(MAX_TIMEOUT);
        let trip = Trip::new(limit);
        let host = host::parse(&call.host);
        let shown = shown(&host);
        let result = match (host, self.0.roots.trust(ca.map(bundles).as_deref())) {
            (Ok(host), Ok(trust)) => Box::pin(self.exchange(call, host, &trust, &trip)).await,
            (Err(error), _) => Err(ProbeError::Host(error)),
            (_, Err(error)) => Err(error),
        };
        outcome(shown, call.port, &trip, result)
    }

    async fn exchange(
        &self,
        call: &Call,
        host: Host<String>,
        trust: &Trust,
        trip: &Trip,
    ) -> Result<Answer, ProbeError> {
        let hidden = Hidden::of(call);
        if let Exchange::Http(http) = &call.exchange {
            let answer = http::send(&self.0.net, &host, call.port, http, trust, &hidden, trip).await;
            return answer.map(Answer::Http);
        }
        let way = Way {
            host,
            port: call.port,
            trust,
            hidden: &hidden,
        };
        protocols::exchange(&self.0.net, &way, &call.exchange, trip).await
    }

    /// Whether something takes connections at a URL, with TLS where it says `https`. Nothing is asked there.
    /// `ca_certs` is trusted as well.
    pub async fn reach(&self, url: &str, ca_certs: Option<&str>) -> Outcome {
        let trip = Trip::new(self.0.timeout);
        match Self::target(url) {
            Ok((scheme, host, port)) => {
                let shown = host.to_string();
                let result = self.dial(scheme, host, port, ca_certs, &trip).await;
                outcome(shown, port, &trip, result)
            }
            Err(error) => outcome(String::new(), 0, &trip, Err(error)),
        }
    }

    fn target(url: &str) -> Result<(Scheme, Host<String>, u16), ProbeError> {
        let url = Url::parse(url).map_err(|_| ProbeError::Target(TargetError::NotAUrl))?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(ProbeError::Target(TargetError::Scheme)),
        };
        let host = host::parse(url.host_str().unwrap_or_default()).map_err(ProbeError::Host)?;
        Ok((scheme, host, url.port().unwrap_or_else(|| scheme.port())))
    }

    async fn dial(
        &self,
        scheme: Scheme,
        host: Host<String>,
        port: u16,
        ca_certs: Option<&str>,
        trip: &Trip,
    ) -> Result<Answer, ProbeError> {
        let own = ca_certs.map(|pem| [pem.as_bytes()]);
        let trust = self.0.roots.trust(own.as_ref().map(<[_; 1]>::as_slice))?;
        let hidden = Hidden::default();
        let way = Way {
            host,
            port,
            trust: &trust,
            hidden: &hidden,
        };
        let exchange = match scheme {
            Scheme::Http => Exchange::Tcp,
            Scheme::Https => Exchange::Tls { server_name: None },
        };
        protocols::exchange(&self.0.net, &way, &exchange, trip).await
    }
}

/// The host as it is shown: what cannot be read as one is not shown at all.
fn shown<E>(host: &Result<Host<String>, E>) -> String {
    host.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn outcome(host: String, port: u16, trip: &Trip, result: Result<Answer, ProbeError>) -> Outcome {
    Outcome {
        place: Place { host, port },
        peer: trip.peer(),
        tls: trip.tls(),
        stage: trip.stage(),
        took: trip.took(),
        waited: trip.waited(),
        result,
    }
}
