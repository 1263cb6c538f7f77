//! The processes that a cluster consists of.

use std::{fmt, str::FromStr};

use crate::Error;

/// One process of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The database of the API server.
    Etcd,
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// The container runtime.
    Containerd,
    /// kubelet.
    Kubelet,
    /// kube-proxy.
    KubeProxy,
    /// CoreDNS.
    CoreDns,
}

impl Component {
    /// All of them, in the order in which they are stopped: the API server before etcd (without etcd it hangs
    /// in its own shutdown), kubelet before containerd (it would start containers again).
    pub const IN_ORDER_OF_STOPPING: [Self; 8] = [
        Self::Kubelet,
        Self::KubeProxy,
        Self::CoreDns,
        Self::Scheduler,
        Self::ControllerManager,
        Self::ApiServer,
        Self::Etcd,
        Self::Containerd,
    ];

    /// The name, as of its program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Containerd => "containerd",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
            Self::CoreDns => "coredns",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Component {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let short = |component: &Self| component.name().trim_start_matches("kube-") == text;
        let found = Self::IN_ORDER_OF_STOPPING
            .into_iter()
            .find(|c| c.name() == text || short(c));
        found.ok_or_else(|| {
            let names: Vec<_> = Self::IN_ORDER_OF_STOPPING.iter().map(|c| c.name()).collect();
            Error::Invalid(format!(
                "{text:?} is no component of a cluster: use one of {}",
                names.join(", ")
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_have_a_short_form() {
        for component in Component::IN_ORDER_OF_STOPPING {
            assert_eq!(component.name().parse::<Component>().unwrap(), component);
        }
        assert_eq!("apiserver".parse::<Component>().unwrap(), Component::ApiServer);
        assert!(
            "dns"
                .parse::<Component>()
                .unwrap_err()
                .to_string()
                .contains("use one of kubelet")
        );
    }

    #[test]
    fn the_api_server_stops_before_its_database() {
        let place = |wanted| Component::IN_ORDER_OF_STOPPING.iter().position(|&c| c == wanted);
        assert!(place(Component::ApiServer) < place(Component::Etcd));
        assert!(place(Component::Kubelet) < place(Component::Containerd));
    }
}
