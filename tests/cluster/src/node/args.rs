//! Command lines of a node's components.

use super::plan::{API_PORT, Plan};
use crate::{component::Component, process::Spec};

/// The command line of a component, in the node's network namespace.
pub(super) fn spec(plan: &Plan, component: Component) -> Spec {
    let bare = match component {
        Component::Etcd => Spec::new(plan.programs.path("etcd"), etcd(plan)),
        Component::ApiServer => Spec::new(plan.programs.path("kube-apiserver"), api_server(plan)),
        Component::ControllerManager => Spec::new(
            plan.programs.path("kube-controller-manager"),
            controller_manager(plan),
        ),
        Component::Scheduler => Spec::new(plan.programs.path("kube-scheduler"), scheduler(plan)),
        Component::Containerd => Spec::new(
            plan.system("containerd"),
            vec!["--config".into(), plan.text("containerd.toml")],
        ),
        Component::Kubelet => Spec::new(plan.programs.path("kubelet"), kubelet(plan)),
        Component::KubeProxy => Spec::new(
            plan.programs.path("kube-proxy"),
            vec![flag(plan, "config", "kube-proxy.json")],
        ),
        Component::CoreDns => Spec::new(&plan.coredns, vec!["-conf".into(), plan.text("Corefile")]),
    };
    let enter = vec![
        format!("--net={}", plan.names.netns_file().display()),
        "--".to_owned(),
    ];
    let mut spec = bare.wrapped(&plan.system("nsenter"), enter);
    // containerd finds runc, and kube-proxy nft, in places that a user's PATH may lack.
    let path = std::env::join_paths(&plan.search).unwrap_or_default();
    spec.env
        .push(("PATH".to_owned(), path.to_string_lossy().into_owned()));
    spec
}

fn flag(plan: &Plan, name: &str, file: &str) -> String {
    format!("--{name}={}", plan.text(file))
}

fn etcd(plan: &Plan) -> Vec<String> {
    vec![
        flag(plan, "data-dir", "etcd"),
        "--listen-client-urls=http://127.0.0.1:2379".into(),
        "--advertise-client-urls=http://127.0.0.1:2379".into(),
        "--listen-peer-urls=http://127.0.0.1:2380".into(),
        "--initial-advertise-peer-urls=http://127.0.0.1:2380".into(),
        "--initial-cluster=default=http://127.0.0.1:2380".into(),
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ]
}

fn api_server(plan: &Plan) -> Vec<String> {
    let mut args = vec![
        "--etcd-servers=http://127.0.0.1:2379".to_owned(),
        "--bind-address=0.0.0.0".into(),
        format!("--secure-port={API_PORT}"),
        // A loopback address would be refused for the `kubernetes` Service.
        format!("--advertise-address={}", plan.addresses.node()),
        format!("--service-cluster-ip-range={}", plan.addresses.service_net()),
        "--authorization-mode=Node,RBAC".into(),
        "--enable-admission-plugins=NodeRestriction".into(),
        "--allow-privileged=true".into(),
        // Reaches a webhook's Service by its endpoints, whether or not kube-proxy runs.
        "--enable-aggregator-routing=true".into(),
        // Else `logs` and `exec` look the node's name up in DNS.
        "--kubelet-preferred-address-types=InternalIP".into(),
        flag(plan, "kubelet-certificate-authority", "pki/ca.crt"),
        flag(plan, "kubelet-client-certificate", "pki/kubelet-client.crt"),
        flag(plan, "kubelet-client-key", "pki/kubelet-client.key"),
        flag(plan, "cert-dir", "generated"),
        flag(plan, "tls-cert-file", "pki/apiserver.crt"),
        flag(plan, "tls-private-key-file", "pki/apiserver.key"),
        flag(plan, "client-ca-file", "pki/ca.crt"),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".into(),
        flag(plan, "service-account-key-file", "pki/sa.pub"),
        flag(plan, "service-account-signing-key-file", "pki/sa.key"),
        flag(plan, "audit-policy-file", "audit/policy.yaml"),
        flag(plan, "audit-log-path", "audit/audit.log"),
    ];
    args.extend(plan.api_server_flags.iter().cloned());
    args
}

fn controller_manager(plan: &Plan) -> Vec<String> {
    let mut args = client(plan, "controller-manager.kubeconfig");
    args.extend([
        flag(plan, "service-account-private-key-file", "pki/sa.key"),
        flag(plan, "root-ca-file", "pki/ca.crt"),
        flag(plan, "cluster-signing-cert-file", "pki/ca.crt"),
        flag(plan, "cluster-signing-key-file", "pki/ca.key"),
        // One account for all controllers: to get one for each takes five seconds of the start.
        "--use-service-account-credentials=false".into(),
        // Else a new node is sometimes taken into use only after five seconds.
        "--node-monitor-period=1s".into(),
        // It makes the folder, which would stay below /usr.
        flag(plan, "flex-volume-plugin-dir", "volume-plugins"),
    ]);
    args
}

fn scheduler(plan: &Plan) -> Vec<String> {
    client(plan, "scheduler.kubeconfig")
}

/// What the two clients of the API server have in common. There is one of each, so none has to lead.
fn client(plan: &Plan, kubeconfig: &str) -> Vec<String> {
    vec![
        flag(plan, "kubeconfig", kubeconfig),
        flag(plan, "authentication-kubeconfig", kubeconfig),
        flag(plan, "authorization-kubeconfig", kubeconfig),
        flag(plan, "cert-dir", "generated"),
        "--bind-address=127.0.0.1".into(),
        "--leader-elect=false".into(),
    ]
}

fn kubelet(plan: &Plan) -> Vec<String> {
    vec![
        flag(plan, "config", "kubelet.json"),
        flag(plan, "kubeconfig", "kubelet.kubeconfig"),
        flag(plan, "root-dir", "kubelet"),
        flag(plan, "cert-dir", "generated"),
        format!("--hostname-override={}", plan.node_name()),
        format!("--node-ip={}", plan.addresses.node()),
    ]
}

#[cfg(test)]
mod tests {
    use super::{super::plan::example, *};

    #[test]
    fn everything_runs_in_the_namespace_and_writes_into_the_state_folder() {
        let plan = example();
        for component in Component::IN_ORDER_OF_STOPPING {
            let spec = spec(&plan, component);
            assert_eq!(spec.program.file_name().unwrap(), "nsenter", "{component}");
            assert_eq!(
                spec.args[..2],
                ["--net=/run/netns/patchbay-patchbay", "--"],
                "{component}"
            );
            for arg in &spec.args[3..] {
                let value = arg.split_once('=').map_or(arg.as_str(), |(_, value)| value);
                assert!(
                    !value.starts_with('/') || value.starts_with("/var/lib/patchbay-cluster/patchbay/"),
                    "{arg}"
                );
            }
        }
    }

    #[test]
    fn the_users_flags_come_last() {
        assert_eq!(api_server(&example()).last().unwrap(), "--v=4");
    }
}
