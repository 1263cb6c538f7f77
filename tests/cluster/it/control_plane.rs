//! etcd and the API server: what tests rely on, what faults do, and that nothing is left.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use crate::{processes_of, wait_until};
use patchbay_cluster::{
    Component, ControlPlane, Env, Fault, FaultProxy, Options, on_failure_dump, remove_abandoned, tools,
};

/// One control plane for the tests that do not disturb it.
static SHARED: LazyLock<ControlPlane> = LazyLock::new(|| ControlPlane::start(Options::default()).unwrap());

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{key: value}}\n")
}

#[test]
fn objects_are_stored_and_the_audit_log_says_by_whom() {
    let cluster = &*SHARED;
    let _logs = on_failure_dump(cluster);
    let out = cluster.apply(&config_map("stored")).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(
        cluster.client().json(&["get", "configmap", "stored"]).unwrap()["data"]["key"],
        "value"
    );
    let log = fs::read_to_string(cluster.audit_log_path()).unwrap();
    let created = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .find(|event| event["verb"] == "create" && event["objectRef"]["name"] == "stored")
        .unwrap();
    assert_eq!(created["user"]["username"], "patchbay-admin");
    assert_eq!(created["level"], "Metadata");
    assert!(created.get("requestObject").is_none(), "bodies may hold secrets");
}

#[test]
fn a_pod_can_be_created_without_any_controller() {
    let out = SHARED
        .client()
        .apply("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}")
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn the_server_has_the_version_of_the_go_module() {
    let version = SHARED.client().json(&["version"]).unwrap();
    let go_mod = include_str!("../kube/go.mod");
    let wanted = go_mod
        .lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "))
        .unwrap();
    assert_eq!(
        version["serverVersion"]["gitVersion"], wanted,
        "or programs of this machine were found"
    );
}

#[test]
fn another_user_may_do_what_rbac_says() {
    let cluster = &*SHARED;
    let nobody = cluster
        .client()
        .with_kubeconfig(cluster.user_kubeconfig("bob", &["readers"]).unwrap());
    let refused = nobody.output(&["get", "secrets"]).unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && text.contains(r#"User "bob" cannot list resource "secrets""#),
        "{text}"
    );
    // The built-in `view` is put together by a controller, which a control plane has not.
    let admin = cluster.client();
    admin
        .run(&[
            "create",
            "clusterrole",
            "reader",
            "--verb=list",
            "--resource=configmaps",
        ])
        .unwrap();
    admin
        .run(&[
            "create",
            "clusterrolebinding",
            "readers",
            "--clusterrole=reader",
            "--group=readers",
        ])
        .unwrap();
    assert!(wait_until(Duration::from_secs(10), || nobody
        .run(&["get", "configmaps"])
        .is_ok()));
}

#[test]
fn two_groups_are_known_to_the_server() {
    let kubeconfig = SHARED.user_kubeconfig("carol", &["one", "two"]).unwrap();
    let who = SHARED
        .client()
        .with_kubeconfig(kubeconfig)
        .json(&["auth", "whoami"])
        .unwrap();
    let info = &who["status"]["userInfo"];
    assert_eq!(info["username"], "carol");
    assert_eq!(
        info["groups"],
        serde_json::json!(["one", "two", "system:authenticated"])
    );
}

#[test]
fn the_api_server_hangs_dies_and_comes_back_on_its_port() {
    let cluster = ControlPlane::start(Options::default()).unwrap();
    let _logs = on_failure_dump(&cluster);
    cluster.client().apply_ok(&config_map("kept")).unwrap();
    let quick = || {
        cluster
            .client()
            .output(&["get", "configmap", "kept", "--request-timeout=1s"])
            .unwrap()
            .status
            .success()
    };

    cluster.pause_component(Component::ApiServer).unwrap();
    assert!(
        TcpStream::connect(cluster.address()).is_ok(),
        "a paused server's connections are accepted by the kernel"
    );
    assert!(!quick());
    cluster.resume_component(Component::ApiServer).unwrap();
    assert!(wait_until(Duration::from_secs(20), quick));

    let url = cluster.url();
    cluster.kill_component(Component::ApiServer).unwrap();
    assert!(TcpStream::connect(cluster.address()).is_err());
    cluster.start_component(Component::ApiServer).unwrap();
    cluster.wait_ready().unwrap();
    assert_eq!(cluster.url(), url);
    assert!(quick(), "data survives a restart");

    let error = cluster
        .kill_component(Component::Kubelet)
        .and_then(|()| cluster.start_component(Component::Kubelet));
    assert!(error.unwrap_err().to_string().contains("has no kubelet"));
    cluster.stop().unwrap();
    assert_eq!(cluster.leftovers(), Vec::<String>::new());
    assert_eq!(processes_of(cluster.name()), 0);
    cluster.stop().unwrap();
}

#[test]
fn a_test_that_panics_leaves_nothing() {
    let seen: std::sync::Mutex<Option<(String, PathBuf)>> = std::sync::Mutex::default();
    let result = thread::scope(|scope| {
        scope
            .spawn(|| {
                let cluster = ControlPlane::start(Options::default()).unwrap();
                *seen.lock().unwrap() = Some((cluster.name().to_owned(), cluster.folder().to_owned()));
                panic!("on purpose");
            })
            .join()
    });
    assert!(result.is_err());
    let (name, folder) = seen.into_inner().unwrap().unwrap();
    assert_eq!(processes_of(&name), 0);
    assert!(!folder.exists());
}

#[test]
fn an_owner_that_is_killed_leaves_nothing() {
    let state = tempfile::tempdir().unwrap();
    let mut owner = Command::new(env!("CARGO_BIN_EXE_patchbay-cluster"))
        .arg("control-plane")
        .env("XDG_STATE_HOME", state.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let folder = Path::new(line.trim()).parent().unwrap().to_owned();
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(processes_of(&name), 2, "etcd and the API server");
    // SIGKILL: no code of the owner runs after this.
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(wait_until(Duration::from_secs(20), || processes_of(&name) == 0
        && !folder.exists()));
}

/// The programs of a control plane in a folder that everybody may read.
fn public_programs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let home = tools::kubectl().unwrap().parent().unwrap().to_owned();
    for program in ["etcd", "kube-apiserver", "kubectl"] {
        // All three are one file when they were built here; that is copied once.
        let source = fs::canonicalize(home.join(program)).unwrap();
        let copy = folder
            .path()
            .join(format!("copy-of-{}", source.file_name().unwrap().display()));
        if !copy.exists() {
            fs::copy(&source, &copy).unwrap();
        }
        symlink(copy, folder.path().join(program)).unwrap();
    }
    folder
}

#[test]
fn no_root_is_needed() {
    if !nix::unistd::geteuid().is_root() {
        // Then every test of this file shows it.
        return;
    }
    let (programs, state) = (public_programs(), tempfile::tempdir().unwrap());
    fs::set_permissions(state.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let program = programs.path().join("patchbay-cluster");
    fs::copy(env!("CARGO_BIN_EXE_patchbay-cluster"), &program).unwrap();
    let mut owner = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .arg("control-plane")
        .env("XDG_STATE_HOME", state.path())
        .env("KUBEBUILDER_ASSETS", programs.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let folder = Path::new(line.trim()).parent().unwrap();
    assert!(folder.starts_with(state.path()), "{line}");
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(wait_until(Duration::from_secs(20), || !folder.exists()));
}

#[test]
fn a_cluster_of_the_users_is_checked_and_left_alone() {
    let run = |kubeconfig: &Path, verb: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay-cluster"));
        let out = command
            .arg(verb)
            .env("KUBECONFIG", kubeconfig)
            .env("PATCHBAY_USE_KUBECONFIG", "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
        (out.status.success(), text.into_owned())
    };
    for (verb, says) in [
        ("up", "answers"),
        ("down", "not ours to remove"),
        ("load-image", ""),
    ] {
        let (success, text) = run(SHARED.kubeconfig_path(), verb);
        assert_eq!(
            (success, text.contains(says)),
            (verb != "load-image", true),
            "{verb}: {text}"
        );
    }
    assert_eq!(
        run(SHARED.kubeconfig_path(), "kubeconfig")
            .1
            .lines()
            .next()
            .unwrap(),
        SHARED.kubeconfig_path().display().to_string()
    );
    assert!(SHARED.client().run(&["get", "namespaces"]).is_ok());
    let (success, text) = run(Path::new("/nowhere/kubeconfig"), "up");
    assert!(
        !success
            && text.contains("/nowhere/kubeconfig does not answer")
            && text.contains("unset PATCHBAY_USE_KUBECONFIG"),
        "{text}"
    );
}

#[test]
fn what_owner_and_watchdog_left_is_collected() {
    let state = tempfile::tempdir().unwrap();
    let env = Env::of(&[("XDG_STATE_HOME", state.path().to_str().unwrap())]);
    let home = state.path().join("patchbay/control-planes");
    let put = |name: &str, owner: &str| {
        fs::create_dir_all(home.join(name)).unwrap();
        fs::write(home.join(name).join("owner.json"), owner).unwrap();
    };
    put("cp-dead", r#"{"pid":1,"start":1}"#);
    put("cp-odd", "no json");
    let mut child = Command::new("sleep")
        .arg("1000")
        .env("PATCHBAY_CLUSTER", "cp-dead")
        .spawn()
        .unwrap();
    let mut removed = remove_abandoned(&env).unwrap();
    removed.sort();
    assert_eq!(removed, ["cp-dead", "cp-odd"]);
    assert!(!child.wait().unwrap().success(), "it was killed");
    assert_eq!(fs::read_dir(home).unwrap().count(), 0);
}

#[test]
fn a_proxy_hangs_resets_delays_and_refuses_the_api_server() {
    let proxy = SHARED.fault_proxy().unwrap();
    let through = SHARED
        .client()
        .with_kubeconfig(SHARED.kubeconfig_through(&proxy).unwrap());
    let get = || {
        through
            .output(&["get", "--raw", "/version", "--request-timeout=2s"])
            .unwrap()
    };
    assert!(get().status.success());
    assert!(proxy.accepted() > 0);
    for (fault, complaint) in [
        (Fault::Hang, "exceeded"),
        (Fault::Reset, "connection reset by peer"),
        (Fault::Refuse, "refused"),
    ] {
        proxy.set(fault).unwrap();
        let out = get();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(
            !out.status.success() && text.contains(complaint),
            "{fault:?}: {text}"
        );
    }
    proxy.set(Fault::Delay(Duration::from_millis(300))).unwrap();
    let started = Instant::now();
    assert!(get().status.success());
    assert!(
        started.elapsed() > Duration::from_millis(900),
        "TLS alone takes several pieces each way"
    );
    proxy.set(Fault::None).unwrap();
    assert!(get().status.success());
}

/// A server that sends back what it receives.
fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || std::io::copy(&mut stream.try_clone().unwrap(), &mut stream));
        }
    });
    address
}

#[test]
fn a_proxy_changes_open_connections_too() {
    let proxy = FaultProxy::start(echo()).unwrap();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    let mut ask = |text: &str, limit: Duration| {
        stream.set_read_timeout(Some(limit)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = vec![0; text.len()];
        stream
            .read_exact(&mut answer)
            .map(|()| String::from_utf8(answer).unwrap())
    };
    assert_eq!(ask("one", Duration::from_secs(10)).unwrap(), "one");
    proxy.set(Fault::Hang).unwrap();
    thread::sleep(Duration::from_millis(50));
    let kind = ask("two", Duration::from_millis(200)).unwrap_err().kind();
    assert_eq!(kind, std::io::ErrorKind::WouldBlock);
    proxy.set(Fault::None).unwrap();
    // What was held back arrives when the mode changes.
    assert_eq!(ask("", Duration::from_secs(10)).unwrap(), "");
    let mut rest = [0; 3];
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"two");
    proxy.set(Fault::Reset).unwrap();
    let kind = stream.read(&mut rest).unwrap_err().kind();
    assert_eq!(kind, std::io::ErrorKind::ConnectionReset);
}
