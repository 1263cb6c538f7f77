//! Brings a node up, step by step.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use serde_json::Value;

use super::{
    Node, NodeOptions, config, dns, images, kernel, leftovers, network,
    options::PACKAGES,
    plan::{self, Names, Plan},
    remove, save_kubeconfig,
};
use crate::{
    component::Component,
    control_plane::{AUDIT_POLICY, create_private_folder, is_ready},
    error::{Error, Result},
    find::{self, Wanted, install, search_folders},
    pki::{Authority, token_keys, write_private},
    process::{self, POLL, QUESTION},
    say::{self, Progress},
};

/// Starts a node under a lock; what was started is removed again when anything fails.
pub(super) fn start(names: &Names, options: &NodeOptions) -> Result<Node> {
    install(&options.env, &PACKAGES, true)?;
    let programs = find::kubernetes(&options.env, Wanted::Node)?;
    let coredns = find::coredns(&options.env)?;
    if !leftovers::list(names).is_empty() {
        say::line(format_args!("removing what is left of an earlier {}", names.name));
        remove(names)?;
    }
    let _progress = Progress::start(format!("starting cluster {}", names.name));
    let search = search_folders(&options.env);
    let ip = process::find_in(&search, "ip").unwrap_or_else(|| "ip".into());
    let made = network::with_free_addresses(&ip, |addresses| {
        let plan = Plan {
            names: names.clone(),
            addresses,
            programs,
            coredns,
            search,
            snapshotter: plan::snapshotter(&file_system_of(plan::HOME)).to_owned(),
            sync_frequency: options.sync_frequency.clone(),
            api_server_flags: options.api_server_flags.clone(),
            nameservers: network::nameservers(&resolver_files()),
        };
        kernel::remember()?;
        network::create(&plan)?;
        Ok(plan)
    });
    let result = made.and_then(|plan| run(plan, options.start_limit));
    if result.is_err()
        && let Err(error) = remove(names)
    {
        say::line(error);
    }
    result
}

fn run(plan: Plan, limit: Duration) -> Result<Node> {
    kernel::change()?;
    kernel::make_cgroups(&plan.names.cgroup())?;
    network::open(&plan)?;
    let authority = prepare(&plan)?;
    let node = Node::new(plan, authority, limit)?;
    for component in [Component::Etcd, Component::Containerd, Component::ApiServer] {
        node.start_component(component)?;
    }
    // Images need containerd only, and are loaded while the API server starts.
    thread::scope(|scope| {
        let images = scope.spawn(|| load_images(&node));
        wait_for_api_server(&node)?;
        for component in [
            Component::Kubelet,
            Component::ControllerManager,
            Component::KubeProxy,
            Component::Scheduler,
        ] {
            node.start_component(component)?;
        }
        node.kubectl.apply_ok(&dns::manifests(&node.plan))?;
        node.start_component(Component::CoreDns)?;
        images
            .join()
            .unwrap_or_else(|_| Err(Error::Invalid("loading the images panicked".to_owned())))
    })?;
    wait_for_others(&node)?;
    Ok(node)
}

/// Folders, certificates, kubeconfigs and configuration files.
fn prepare(plan: &Plan) -> Result<Authority> {
    create_private_folder(&plan.folder())?;
    for folder in ["pki", "audit", "cni", "generated", "kubelet", "pod-logs"] {
        create_private_folder(&plan.at(folder))?;
    }
    // Written first: whoever asks for the node finds it from now on.
    write_private(
        &plan.at("cluster.json"),
        &serde_json::to_string_pretty(plan).unwrap_or_default(),
    )?;
    let authority = certificates(plan)?;
    let node = format!("system:node:{}", plan.node_name());
    let users: [(&str, &str, &[&str]); 6] = [
        ("admin", "kubernetes-admin", &["system:masters"]),
        // For all its controllers at once, so with all their rights.
        (
            "controller-manager",
            "system:kube-controller-manager",
            &["system:masters"],
        ),
        ("scheduler", "system:kube-scheduler", &[]),
        ("kubelet", &node, &["system:nodes"]),
        ("kube-proxy", "system:kube-proxy", &[]),
        ("coredns", dns::USER, &[]),
    ];
    for (file, user, groups) in users {
        let path = plan.at(&format!("{file}.kubeconfig"));
        save_kubeconfig(plan, &authority, &authority.client(user, groups)?, &path)?;
    }
    let files = [
        ("audit/policy.yaml", AUDIT_POLICY.to_owned()),
        ("containerd.toml", config::containerd(plan)),
        ("cni/10-patchbay.conflist", config::cni(plan).to_string()),
        ("kubelet.json", config::kubelet(plan).to_string()),
        ("kube-proxy.json", config::kube_proxy(plan).to_string()),
        ("Corefile", config::corefile(plan)),
        ("resolv.conf", config::resolv_conf(plan)),
    ];
    for (file, text) in files {
        write_private(&plan.at(file), &text)?;
    }
    Ok(authority)
}

fn certificates(plan: &Plan) -> Result<Authority> {
    let pki = plan.at("pki");
    let authority = Authority::new("patchbay-cluster-ca")?;
    authority.save(&pki)?;
    let (node, service) = (plan.addresses.node(), plan.addresses.api_service());
    let names = [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "127.0.0.1",
        &node,
        &service,
    ];
    authority
        .server("kube-apiserver", &names)?
        .save(&pki, "apiserver")?;
    authority
        .client("kube-apiserver-kubelet-client", &["system:masters"])?
        .save(&pki, "kubelet-client")?;
    authority
        .server(&format!("system:node:{}", plan.node_name()), &[&node])?
        .save(&pki, "kubelet")?;
    let (private, public) = token_keys()?;
    write_private(&pki.join("sa.key"), &private)?;
    write_private(&pki.join("sa.pub"), &public)?;
    Ok(authority)
}

fn load_images(node: &Node) -> Result<()> {
    let mut version = Command::new(node.plan.system("ctr"));
    version.args(["--address", &node.plan.containerd_socket(), "version"]);
    node.fleet
        .wait_ready(Component::Containerd, node.start_limit, QUESTION, || {
            Path::new(&node.plan.containerd_socket()).exists()
                && process::output(&mut version, None, Duration::from_secs(10))
                    .is_ok_and(|out| out.status.success())
        })?;
    images::load_basics(&node.plan)
}

fn wait_for_api_server(node: &Node) -> Result<()> {
    node.fleet
        .wait_ready(Component::ApiServer, node.start_limit, QUESTION, || {
            TcpStream::connect_timeout(&node.address(), Duration::from_secs(1)).is_ok()
                && is_ready(&node.kubectl)
        })
}

/// See [`Node::wait_ready`].
pub(super) fn wait_ready(node: &Node) -> Result<()> {
    wait_for_api_server(node)?;
    wait_for_others(node)
}

fn wait_for_others(node: &Node) -> Result<()> {
    let wait = |component, pause, is_ready: &dyn Fn() -> bool| {
        node.fleet
            .wait_ready(component, node.start_limit, pause, is_ready)
    };
    let http = |port: u16, path: &str| answers(SocketAddr::from((node.plan.addresses.node_ip(), port)), path);
    let object = |args: &[&str]| node.kubectl.json(args).ok();
    wait(Component::CoreDns, POLL, &|| http(8181, "/ready"))?;
    wait(Component::KubeProxy, POLL, &|| http(10256, "/healthz"))?;
    wait(Component::Kubelet, POLL, &|| http(10248, "/healthz"))?;
    // The controller manager makes the account without which no pod can be created.
    wait(Component::ControllerManager, QUESTION, &|| {
        object(&["get", "serviceaccount", "default"]).is_some()
    })?;
    // The scheduler's health shows when the first pod gets its node; that it runs shows here.
    wait(Component::Scheduler, POLL, &|| true)?;
    wait(Component::Kubelet, QUESTION, &|| {
        object(&["get", "node", node.plan.node_name()]).is_some_and(|node| takes_pods(&node))
    })
}

/// Whether a node is Ready and without taints, which it has for a moment after it became ready.
fn takes_pods(node: &Value) -> bool {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    let is =
        |condition: &Value, key: &str, value: &str| condition.get(key).and_then(Value::as_str) == Some(value);
    let ready = conditions.is_some_and(|all| {
        all.iter()
            .any(|c| is(c, "type", "Ready") && is(c, "status", "True"))
    });
    ready && node.pointer("/spec/taints").is_none()
}

/// Whether an HTTP server answers 200.
fn answers(address: SocketAddr, path: &str) -> bool {
    let limit = Duration::from_secs(2);
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

/// Name-service configurations of the host; where systemd serves names on loopback, its own list is the better.
fn resolver_files() -> Vec<String> {
    let files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
    files
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect()
}

/// The kind of file system that a folder is, or will be, on.
fn file_system_of(folder: &str) -> String {
    let existing = Path::new(folder)
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("/"));
    let out = process::run_quick(
        "stat",
        ["-f".as_ref(), "-c".as_ref(), "%T".as_ref(), existing.as_os_str()],
    );
    match out.unwrap_or_default().trim() {
        // stat's word for what mounts call "overlay".
        "overlayfs" => "overlay".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_takes_pods_when_it_is_ready_and_has_no_taint() {
        let node = |status: &str| json!({"spec": {}, "status": {"conditions": [{"type": "Ready", "status": status}]}});
        assert!(takes_pods(&node("True")));
        assert!(!takes_pods(&node("False")));
        assert!(!takes_pods(&json!({})));
        let mut tainted = node("True");
        tainted["spec"]["taints"] = json!([{"key": "node.kubernetes.io/not-ready"}]);
        assert!(!takes_pods(&tainted));
    }
}
