//! A whole node: pods run and find each other, and every part of it goes away, however it ends.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use patchbay_cluster::{
    BUSYBOX_IMAGE, Component, Node, NodeOptions, can_run_node, capable,
    image::{Config, Rootfs},
    leftovers, on_failure_dump,
};

use crate::{processes_of, wait_until};

const LIMIT: Duration = Duration::from_secs(90);

/// One node at a time: these tests compare the whole machine before and after.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn options(name: &str) -> NodeOptions {
    NodeOptions {
        name: name.to_owned(),
        program: Some(env!("CARGO_BIN_EXE_patchbay-cluster").into()),
        ..NodeOptions::default()
    }
}

/// What the machine has of the things that a node makes; found without the library's help.
fn machine() -> BTreeSet<String> {
    let entries = |folder: &str| -> Vec<String> {
        let all = fs::read_dir(folder).into_iter().flatten().flatten();
        all.map(|entry| entry.path().display().to_string()).collect()
    };
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    // Mounts come and go with other programs of the machine; a node's are at these places.
    let ours = |point: &&str| {
        ["/var/lib/", "/run/netns", "/sys/fs/cgroup/"]
            .iter()
            .any(|start| point.starts_with(start))
    };
    let points = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .filter(ours)
        .map(|point| format!("mount {point}"));
    let tables = Command::new("nft").args(["list", "tables"]).output().unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        // A zombie holds nothing; init removes it when it gets to it.
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let name = name.trim().to_owned();
        if stat.contains(") Z ") {
            return None;
        }
        ["containerd", "kube", "coredns"]
            .iter()
            .any(|start| name.starts_with(start))
            .then(|| format!("{name} {}", entry.path().display()))
    });
    let folders = [
        "/run/netns",
        "/sys/class/net",
        "/run/containerd",
        "/run/containerd/s",
        "/var/lib/patchbay-cluster",
        "/var/lib/kubelet",
        "/var/lib/cni",
        "/var/log/containers",
        "/var/log/pods",
        "/usr/libexec/kubernetes",
    ];
    let hierarchies = entries("/sys/fs/cgroup");
    let mut found: BTreeSet<String> = folders.into_iter().flat_map(entries).collect();
    found.extend(
        hierarchies
            .iter()
            .flat_map(|folder| entries(folder))
            .filter(|path| Path::new(path).is_dir()),
    );
    found.extend(points);
    found.extend(processes);
    found.extend(
        String::from_utf8(tables.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned),
    );
    found.extend(
        fs::read_to_string("/proc/sys/vm/overcommit_memory")
            .ok()
            .map(|value| format!("overcommit {value}")),
    );
    found
}

/// Other nodes of the machine, as the demo's: what belongs to the whole machine is theirs too.
fn others_run() -> bool {
    Node::all().iter().any(|name| !name.starts_with("it-"))
}

/// Nothing of a node is there any more, and the machine is as it was, as far as no other node uses it.
#[track_caller]
fn assert_gone(name: &str, before: &BTreeSet<String>) {
    assert_eq!(leftovers(name).unwrap(), Vec::<String>::new());
    assert_eq!(processes_of(&format!("node-{name}")), 0);
    if others_run() {
        patchbay_cluster::say("another node runs, so this test looks for the parts of its own one only");
        return;
    }
    // Other tests' control planes come and go meanwhile.
    let others = |entry: &&String| !entry.starts_with("kube-apiserver ") && !entry.starts_with("kubectl ");
    let after = machine();
    let more: Vec<_> = after.difference(before).filter(others).collect();
    assert!(more.is_empty(), "left behind: {more:#?}");
}

fn pod(name: &str, script: &str) -> String {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": BUSYBOX_IMAGE, "command": ["sh", "-c", script]}],
        },
    })
    .to_string()
}

/// Waits for the end of a pod and returns its phase and log.
fn finished(node: &Node, name: &str) -> (String, String) {
    let phase = node
        .client()
        .wait_for(
            &format!("pod {name} has not ended"),
            LIMIT,
            &["pod", name],
            |pod| {
                pod["status"]["phase"]
                    .as_str()
                    .filter(|phase| ["Succeeded", "Failed"].contains(phase))
                    .map(str::to_owned)
            },
        )
        .unwrap();
    (phase, node.client().run(&["logs", name]).unwrap())
}

fn http_get(address: &str, port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((address, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn pods_run_resolve_names_and_reach_services_and_nothing_stays() {
    if !capable(can_run_node()) {
        return;
    }
    let _turn = turn();
    let before = machine();
    let node = Node::start(&options("it-node")).unwrap();
    {
        let _logs = on_failure_dump(&node);
        a_pod_runs_to_completion(&node);
        a_service_is_reachable(&node);
        a_mount_reaches_another_pod(&node);
        an_image_of_our_own_runs(&node);
        components_die_and_come_back(&node);
        an_earlier_node_is_found(&node);
    }
    node.stop().unwrap();
    drop(node);
    assert_gone("it-node", &before);
}

fn a_pod_runs_to_completion(node: &Node) {
    let script =
        "nslookup kubernetes.default.svc.cluster.local && nc -w 5 kubernetes 443 </dev/null && echo reached";
    node.client().apply_ok(&pod("resolver", script)).unwrap();
    let (phase, log) = finished(node, "resolver");
    assert_eq!(phase, "Succeeded", "{log}");
    assert!(
        log.contains("Address: 10.96.") && log.ends_with("reached\n"),
        "{log}"
    );
    assert!(
        node.pod_logs()
            .iter()
            .any(|path| path.display().to_string().contains("resolver"))
    );
}

fn a_service_is_reachable(node: &Node) {
    let script =
        "mkdir /www && echo hello > /www/index.html && echo serving && exec httpd -f -p 8080 -h /www";
    node.client().apply_ok(&pod("server", script)).unwrap();
    let service = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server"},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
    });
    node.client().apply_ok(&service.to_string()).unwrap();
    // Sooner than the Service's rules are there, so the client asks again.
    let script = "for i in $(seq 50); do printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 server 80 | grep hello && exit 0; sleep 0.2; done; exit 1";
    node.client().apply_ok(&pod("client", script)).unwrap();
    let (phase, log) = finished(node, "client");
    assert_eq!((phase.as_str(), log.as_str()), ("Succeeded", "hello\n"));

    let text = |args: &[&str]| node.client().run(args).unwrap();
    assert_eq!(text(&["logs", "server"]), "serving\n");
    assert_eq!(
        text(&["exec", "server", "--", "cat", "/www/index.html"]),
        "hello\n"
    );
    for (kind, field, port) in [
        ("service", "{.spec.clusterIP}", 80),
        ("pod", "{.status.podIP}", 8080),
    ] {
        let address = text(&["get", kind, "server", "-o", &format!("jsonpath={field}")]);
        let reached = || http_get(&address, port).is_ok_and(|answer| answer.ends_with("hello\n"));
        assert!(
            wait_until(LIMIT, reached),
            "the host does not reach the {kind} at {address}"
        );
    }
}

fn a_mount_reaches_another_pod(node: &Node) {
    let shared = node.kubelet_root().join("it-shared");
    let pod = |name: &str, script: &str, propagation: &str| {
        serde_json::json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "volumes": [{"name": "shared", "hostPath": {"path": shared, "type": "DirectoryOrCreate"}}],
                "containers": [{
                    "name": "main",
                    "image": BUSYBOX_IMAGE,
                    "command": ["sh", "-c", format!("{script}; sleep 1000")],
                    "securityContext": {"privileged": true},
                    "volumeMounts": [{"name": "shared", "mountPath": "/shared", "mountPropagation": propagation}],
                }],
            },
        })
        .to_string()
    };
    node.client()
        .apply_ok(&pod("reader", "true", "HostToContainer"))
        .unwrap();
    node.client()
        .apply_ok(&pod(
            "mounter",
            "mkdir -p /shared/m && mount -t tmpfs none /shared/m && echo there > /shared/m/file",
            "Bidirectional",
        ))
        .unwrap();
    let read = || {
        node.client()
            .run(&["exec", "reader", "--", "cat", "/shared/m/file"])
            .is_ok_and(|text| text == "there\n")
    };
    assert!(wait_until(LIMIT, read));
    // Both stay: the mount and the containers are for the removal to find.
}

fn an_image_of_our_own_runs(node: &Node) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("git.tar");
    let mut rootfs = Rootfs::new().unwrap();
    rootfs
        .busybox()
        .unwrap()
        .program("git")
        .unwrap()
        .tree("/usr/lib/git-core")
        .unwrap()
        .tree("/usr/share/git-core/templates")
        .unwrap();
    rootfs.users().unwrap().ca_certificates().unwrap();
    let config = Config {
        user: "app".into(),
        workdir: "/home/app".into(),
        ..Config::default()
    };
    rootfs
        .archive("docker.io/patchbay-it/git:1", &config, &archive)
        .unwrap();
    node.load_image(&archive).unwrap();
    let script = "id -un && export HOME=/home/app && git init -q r && cd r && git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m x && git clone -q . /tmp/copy && git -C /tmp/copy log --format=%s";
    let manifest = pod("git", script).replace(BUSYBOX_IMAGE, "docker.io/patchbay-it/git:1");
    node.client().apply_ok(&manifest).unwrap();
    assert_eq!(
        finished(node, "git"),
        ("Succeeded".to_owned(), "app\nx\n".to_owned())
    );
}

fn components_die_and_come_back(node: &Node) {
    let started = |node: &Node| {
        node.client().json(&["get", "pod", "server"]).unwrap()["status"]["containerStatuses"][0]["restartCount"].clone()
    };
    for component in [
        Component::Kubelet,
        Component::Containerd,
        Component::ApiServer,
        Component::KubeProxy,
    ] {
        node.restart_component(component).unwrap();
    }
    assert_eq!(started(node), 0, "containers live on");
    node.client().apply_ok(&pod("later", "echo later")).unwrap();
    assert_eq!(
        finished(node, "later"),
        ("Succeeded".to_owned(), "later\n".to_owned())
    );
}

fn an_earlier_node_is_found(node: &Node) {
    let program = || Command::new(env!("CARGO_BIN_EXE_patchbay-cluster"));
    let run = |args: &[&str]| {
        let out = program()
            .args(["--name", node.name()])
            .args(args)
            .output()
            .unwrap();
        (
            out.status.success(),
            String::from_utf8(out.stdout).unwrap() + &String::from_utf8_lossy(&out.stderr),
        )
    };
    let (whole, text) = run(&["status"]);
    assert!(
        whole && text.contains("kubelet ") && !text.contains("is down"),
        "{text}"
    );
    assert_eq!(
        run(&["kubeconfig"]).1.trim(),
        node.kubeconfig_path().display().to_string()
    );
    assert!(run(&["logs", "kubelet"]).1.contains("Kubelet version"));
    assert!(run(&["logs", "default/server"]).1.contains("serving"));
    assert!(
        run(&["kubectl", "get", "nodes", "-o", "name"])
            .1
            .contains("node/it-node")
    );
    let attached = Node::attach(node.name()).unwrap();
    assert_eq!(attached.url(), node.url());
    drop(attached);
    assert!(
        !leftovers(node.name()).unwrap().is_empty(),
        "an attached node is not removed when it is dropped"
    );
}

#[test]
fn a_test_that_panics_leaves_nothing_and_two_nodes_run_side_by_side() {
    if !capable(can_run_node()) {
        return;
    }
    let _turn = turn();
    let before = machine();
    let run = |name: &'static str| {
        move || {
            let node = Node::start(&options(name)).unwrap();
            node.client().apply_ok(&pod("sleeper", "sleep 1000")).unwrap();
            let runs = |pod: &serde_json::Value| (pod["status"]["phase"] == "Running").then_some(());
            node.client()
                .wait_for("the pod does not run", LIMIT, &["pod", "sleeper"], runs)
                .unwrap();
            panic!("on purpose");
        }
    };
    let threads = ["it-one", "it-two"].map(|name| thread::spawn(run(name)));
    for thread in threads {
        let panic = thread.join().unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    }
    assert_gone("it-one", &before);
    assert_gone("it-two", &before);
}

#[test]
fn an_owner_that_is_killed_leaves_nothing() {
    if !capable(can_run_node()) {
        return;
    }
    let _turn = turn();
    let before = machine();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay-cluster"));
        command
            .args(["--name", "it-killed", "up", "--foreground"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // SIGKILL: no code of the owner runs after this.
    let kill = |mut owner: Child| {
        owner.kill().unwrap();
        owner.wait().unwrap();
        assert!(wait_until(LIMIT, || leftovers("it-killed").unwrap().is_empty()));
        // The last step of the removal, after the parts of the node itself.
        let restored = || !Path::new("/run/patchbay-cluster-before.json").exists();
        assert!(wait_until(LIMIT, || restored() || others_run()));
        assert_gone("it-killed", &before);
    };
    let owner = start();
    assert!(
        wait_until(LIMIT, || processes_of("node-it-killed") > 2),
        "it does not start"
    );
    kill(owner);

    let mut owner = start();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("cluster it-killed is ready"), "{line}");
    kill(owner);
}

#[test]
fn without_root_it_says_what_to_do() {
    if !nix::unistd::geteuid().is_root() {
        assert!(
            can_run_node()
                .unwrap_err()
                .to_string()
                .contains("run this as root")
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("patchbay-cluster");
    fs::copy(env!("CARGO_BIN_EXE_patchbay-cluster"), &program).unwrap();
    let out = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["--name", "it-nobody", "up"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success());
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains("needs root") && text.contains("run this as root"),
        "{text}"
    );
}
