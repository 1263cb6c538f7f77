//! Configuration files of a node's components, as text.

use serde_json::{Value, json};

use super::plan::Plan;

/// Name of the image of every pod's first container, which only sleeps.
pub(crate) const PAUSE_IMAGE: &str = "docker.io/patchbay/pause:1";

/// containerd: everything in the state folder, and only what a node needs.
pub(super) fn containerd(plan: &Plan) -> String {
    let at = |path: &str| toml_string(&plan.text(path));
    format!(
        r#"version = 2
root = {root}
state = {state}
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
address = {socket}

[plugins."io.containerd.internal.v1.opt"]
path = {opt}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
# Without CAP_SYS_RESOURCE a lower score than one's own is refused, and with it every sandbox.
restrict_oom_score_adj = true
# A loaded profile would stay in the kernel after the node is gone.
disable_apparmor = true
# Below the state folder, where it is known whose they are.
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = {cni_bin}
conf_dir = {cni_conf}

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "{snapshotter}"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
Root = {runc}
"#,
        root = at("containerd/root"),
        state = at("containerd/state"),
        socket = toml_string(&plan.containerd_socket()),
        opt = at("containerd/opt"),
        cni_bin = toml_string(CNI_PROGRAMS),
        cni_conf = at("cni"),
        snapshotter = plan.snapshotter,
        runc = at("runc"),
    )
}

/// Where Debian's package puts the network plugins.
const CNI_PROGRAMS: &str = "/usr/lib/cni";

/// The pods' network: a cable from each pod to the node, which routes. Without a bridge, answers of a pod to its
/// neighbour pass the node's address translation too, whether or not the kernel hands bridged packets to it.
pub(super) fn cni(plan: &Plan) -> Value {
    json!({
        "cniVersion": "1.0.0",
        "name": plan.names.netns(),
        "plugins": [{
            "type": "ptp",
            "ipMasq": false,
            "ipam": {
                "type": "host-local",
                "dataDir": plan.text("cni-addresses"),
                "ranges": [[{"subnet": plan.addresses.pod_net()}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }],
    })
}

/// kubelet: all cgroups below one that is the node's, thresholds that a full development machine does not reach, no images removed
/// (they were loaded by hand and could not be pulled again).
pub(super) fn kubelet(plan: &Plan) -> Value {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": plan.addresses.node(),
        "healthzBindAddress": plan.addresses.node(),
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": plan.text("pki/ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": plan.text("pki/kubelet.crt"),
        "tlsPrivateKeyFile": plan.text("pki/kubelet.key"),
        "containerRuntimeEndpoint": format!("unix://{}", plan.containerd_socket()),
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": true,
        "cgroupRoot": format!("/{}", plan.names.cgroup()),
        "enforceNodeAllocatable": [],
        "failCgroupV1": false,
        "failSwapOn": false,
        "localStorageCapacityIsolation": false,
        "evictionHard": {
            "memory.available": "32Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "clusterDomain": "cluster.local",
        "clusterDNS": [plan.addresses.dns_service()],
        "resolvConf": plan.text("resolv.conf"),
        "podLogsDir": plan.pod_logs(),
        "volumePluginDir": plan.text("volume-plugins"),
        "syncFrequency": plan.sync_frequency,
    })
}

/// kube-proxy by nftables. The limits of connection tracking belong to the whole machine and are left alone.
pub(super) fn kube_proxy(plan: &Plan) -> Value {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": plan.text("kube-proxy.kubeconfig")},
        "mode": "nftables",
        "clusterCIDR": plan.addresses.pod_net(),
        "hostnameOverride": plan.node_name(),
        "healthzBindAddress": "0.0.0.0:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "conntrack": {"maxPerCore": 0, "min": 0},
    })
}

/// CoreDNS: the cluster's names, and the host's name servers for all others when there are any.
pub(super) fn corefile(plan: &Plan) -> String {
    let forward = match plan.nameservers.as_slice() {
        [] => String::new(),
        servers => format!("    forward . {}\n", servers.join(" ")),
    };
    format!(
        ".:53 {{
    bind {address}
    errors
    ready {address}:8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }}
{forward}    loadbalance
}}
",
        address = plan.addresses.node(),
        kubeconfig = plan.text("coredns.kubeconfig"),
    )
}

/// `resolv.conf` for pods that ask for the node's name service.
pub(super) fn resolv_conf(plan: &Plan) -> String {
    plan.nameservers
        .iter()
        .map(|server| format!("nameserver {server}\n"))
        .collect()
}

/// A TOML basic string.
fn toml_string(text: &str) -> String {
    // JSON's escapes are a part of TOML's.
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{super::plan::example, *};

    #[test]
    fn every_path_is_in_the_state_folder() {
        let plan = example();
        let texts = [
            containerd(&plan),
            cni(&plan).to_string(),
            kubelet(&plan).to_string(),
            kube_proxy(&plan).to_string(),
            corefile(&plan),
        ];
        for text in texts {
            let words = text.split(|c: char| c.is_whitespace() || "\"[],".contains(c));
            for word in words.map(|word| word.trim_start_matches("unix://")) {
                let allowed = [
                    "/var/lib/patchbay-cluster/patchbay/",
                    "/usr/lib/cni",
                    "/patchbay-patchbay",
                ];
                assert!(
                    !word.starts_with('/') || allowed.iter().any(|start| word.starts_with(start)),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn name_servers_are_asked_only_when_there_are_any() {
        let mut plan = example();
        assert!(corefile(&plan).contains("forward . 192.0.2.53\n"));
        assert_eq!(resolv_conf(&plan), "nameserver 192.0.2.53\n");
        plan.nameservers.clear();
        assert!(!corefile(&plan).contains("forward"));
        assert_eq!(resolv_conf(&plan), "");
    }

    #[test]
    fn addresses_are_those_of_the_slot() {
        let plan = example();
        assert_eq!(kubelet(&plan)["clusterDNS"], json!(["10.96.3.10"]));
        assert_eq!(
            cni(&plan)["plugins"][0]["ipam"]["ranges"],
            json!([[{"subnet": "10.244.3.0/24"}]])
        );
        assert_eq!(kube_proxy(&plan)["clusterCIDR"], "10.244.3.0/24");
    }
}
