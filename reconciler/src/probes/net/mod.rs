//! The way to a tool: the name is resolved once, every address is checked, the connection goes to what was checked, and
//! TLS is spoken over it. What is said then is the business of [`super::http`] and [`super::protocols`].
//!
//! One deadline holds for all of it ([`trip`]); waiting for a place in the queue ([`gate`]) does not count.

pub mod certificate;
pub mod connect;
pub mod gate;
pub mod host;
pub mod policy;
pub mod resolve;
pub mod stream;
pub mod tls;
pub mod trip;
mod verify;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use parking_lot::RwLock;
use rustls::pki_types::ServerName;
use url::Host;

use self::gate::Gate;
use self::policy::Policy;
use self::resolve::Resolve;
use self::stream::Link;
use self::tls::Trust;
use self::trip::Trip;
use super::error::{ProbeError, Stage};
use super::safe::Hidden;

/// Opens connections.
#[expect(missing_debug_implementations, reason = "a resolver has none")]
pub struct Net {
    policy: RwLock<Arc<Policy>>,
    resolver: Arc<dyn Resolve>,
    gate: Gate,
}

/// Where a connection goes, and how far it is trusted.
#[expect(missing_debug_implementations, reason = "holds what must not be shown")]
pub struct Way<'a> {
    /// The host.
    pub host: Host<String>,
    /// The port.
    pub port: u16,
    /// Which authorities are trusted.
    pub trust: &'a Trust,
    /// What must not be shown of what the other side says.
    pub hidden: &'a Hidden,
}

impl Net {
    /// What opens connections by these rules.
    #[must_use]
    pub fn new(policy: Policy, resolver: Arc<dyn Resolve>, gate: Gate) -> Self {
        Self {
            policy: RwLock::new(Arc::new(policy)),
            resolver,
            gate,
        }
    }

    /// The rules as they are now.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.read().clone()
    }

    /// Says which addresses are the API server's and our own.
    pub fn set_own(&self, own: Vec<IpNet>) {
        let mut policy = self.policy.write();
        if policy.own != own {
            *policy = Arc::new(Policy {
                own,
                ..Policy::clone(&policy)
            });
        }
    }

    /// Connects, in plain text.
    ///
    /// *Guarantees*: only an address that the policy allows is connected to; a name of which one address is denied is
    /// denied; a name that resolves to something else a moment later changes nothing.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub async fn open(&self, way: &Way<'_>, trip: &Trip) -> Result<Link, ProbeError> {
        let policy = self.policy();
        let addresses = trip
            .run(Stage::Resolve, self.addresses(&policy, &way.host))
            .await??;
        connect::connect(&self.gate, &way.host, &addresses, way.port, trip).await
    }

    /// Speaks TLS over a connection. `name` is what the certificate must be for, where it is not the host.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub async fn secure(
        &self,
        link: Link,
        way: &Way<'_>,
        name: Option<&str>,
        alpn: &[&[u8]],
        trip: &Trip,
    ) -> Result<Link, ProbeError> {
        let name = match name {
            None => way.host.clone(),
            Some(name) => host::parse(name).map_err(ProbeError::Host)?,
        };
        let insecure = self.policy().is_insecure(&way.host, link.peer.ip());
        tls::handshake(link, server_name(&name)?, insecure, alpn, way, trip).await
    }

    /// Speaks TLS with whoever it is, to end a conversation politely. Nothing may be said over it.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub async fn secure_blindly(&self, link: Link, way: &Way<'_>, trip: &Trip) -> Result<Link, ProbeError> {
        let before = trip.tls();
        let done = tls::handshake(link, server_name(&way.host)?, true, &[], way, trip).await;
        trip.forget_tls(before);
        done
    }

    /// The addresses of a host, every one of them allowed.
    async fn addresses(&self, policy: &Policy, host: &Host<String>) -> Result<Vec<IpAddr>, ProbeError> {
        let (found, by_name) = match host {
            Host::Ipv4(a) => (vec![IpAddr::V4(*a)], false),
            Host::Ipv6(a) => (vec![IpAddr::V6(*a)], false),
            Host::Domain(name) => {
                let by_name = policy.check_name(name).map_err(ProbeError::DeniedName)?;
                let found = self.resolver.resolve(name.clone()).await;
                (found.map_err(ProbeError::Lookup)?, by_name)
            }
        };
        if found.is_empty() {
            return Err(ProbeError::Lookup(resolve::DnsProblem::NoSuchHost));
        }
        for address in &found {
            policy.check(*address, by_name).map_err(ProbeError::Denied)?;
        }
        Ok(found)
    }
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, ProbeError> {
    match host {
        Host::Domain(name) => {
            ServerName::try_from(name.clone()).map_err(|_| ProbeError::Host(host::HostError::Characters))
        }
        Host::Ipv4(a) => Ok(ServerName::IpAddress(IpAddr::V4(*a).into())),
        Host::Ipv6(a) => Ok(ServerName::IpAddress(IpAddr::V6(*a).into())),
    }
}
