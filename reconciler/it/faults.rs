//! The API server refuses, resets, hangs, throttles and restarts, and the program is killed. While the tool is well,
//! nothing is written; when it stops meanwhile, that is shown soon after the API server is back.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use patchbay_cluster::{Fault, FaultProxy};
use serde_json::Value;

use crate::bench::{Bench, CANARY, Demo, INTERVAL, KILLED, Replica, TROUBLED, wait};
use crate::tool::Tool;

const SYSTEM: &str = "patchbay-faults";
/// The aim is 5 s; a machine with other work to do takes longer to get there.
const CONVERGED: Duration = Duration::from_secs(12);

/// All requests of the reconciler are refused with 429 while this is there.
const THROTTLE: &str = r"
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: nobody}
spec: {type: Limited, limited: {nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: {type: Reject}}}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: nobody}
spec:
  priorityLevelConfiguration: {name: nobody}
  matchingPrecedence: 2
  rules:
  - subjects: [{kind: User, user: {name: patchbay-reconciler}}]
    resourceRules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces: ['*'], clusterScope: true}]
";

/// What happens to the API server.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// It takes no connections.
    Refuses,
    /// It breaks connections.
    Resets,
    /// It takes connections and says nothing, for longer than the Lease holds.
    Hangs,
    /// It answers 429.
    Throttles,
    /// It restarts, and has forgotten the versions that watches were at.
    Restarts,
}

struct Stage {
    proxy: FaultProxy,
    demo: Demo,
}

impl Stage {
    fn bench(&self) -> &'static Bench {
        self.demo.bench
    }

    fn begin(&self, trouble: Trouble) {
        let client = self.bench().cluster.client();
        match trouble {
            Trouble::Refuses => self.proxy.set(Fault::Refuse).unwrap(),
            Trouble::Resets => self.proxy.set(Fault::Reset).unwrap(),
            Trouble::Hangs => self.proxy.set(Fault::Hang).unwrap(),
            Trouble::Throttles => {
                client.apply_ok(THROTTLE).unwrap();
                // Those that are open already would go on.
                self.proxy.set(Fault::Reset).unwrap();
                std::thread::sleep(Duration::from_millis(500));
                self.proxy.set(Fault::None).unwrap();
            }
            Trouble::Restarts => {
                self.proxy.set(Fault::Refuse).unwrap();
                for n in 0..5 {
                    let label = format!("n={n}");
                    self.demo
                        .kubectl(&["label", "--overwrite", "connectorclass", "faults-git", &label]);
                }
                self.bench().cluster.restart_api_server().unwrap();
            }
        }
        let long = match trouble {
            Trouble::Hangs => 12,
            _ => 4,
        };
        std::thread::sleep(Duration::from_secs(long));
    }

    fn end(&self, trouble: Trouble) {
        match trouble {
            Trouble::Throttles => {
                let client = self.bench().cluster.client();
                client
                    .run(&["delete", "flowschema,prioritylevelconfiguration", "nobody"])
                    .unwrap();
            }
            _ => self.proxy.set(Fault::None).unwrap(),
        }
    }

    fn version(&self) -> Value {
        self.demo.get(&["connector", "git-main"])["metadata"]["resourceVersion"].clone()
    }

    fn until(&self, condition: &str) -> Duration {
        let begun = Instant::now();
        self.demo.wait_conditions("git-main", &[condition]);
        begun.elapsed()
    }
}

fn stage(namespace: &str, tool: &Tool) -> (Stage, PathBuf) {
    let cluster = &TROUBLED.cluster;
    let proxy = cluster.fault_proxy().unwrap();
    let own = cluster.user_kubeconfig("patchbay-reconciler", &[]).unwrap();
    let through = std::fs::read_to_string(&own)
        .unwrap()
        .replace(&cluster.url(), &format!("https://{}", proxy.address()));
    let path = own.with_file_name(format!("{namespace}.json"));
    std::fs::write(&path, through).unwrap();
    let demo = Demo::on(&TROUBLED, namespace, &tool.url());
    (Stage { proxy, demo }, path)
}

#[test]
fn trouble_of_the_api_server_makes_no_condition_wrong() {
    let mut tool = Tool::start(&format!("{CANARY}-1"));
    let (stage, kubeconfig) = stage("faults", &tool);
    let client = TROUBLED.cluster.client();
    client
        .apply_ok(&include_str!("rbac.yaml").replace("SYSTEM", SYSTEM))
        .unwrap();
    let mut replica = Replica::start(&kubeconfig, SYSTEM, "faults");
    replica.wait_ready();
    stage.until("Ready=True/Ready");
    for trouble in [
        Trouble::Refuses,
        Trouble::Resets,
        Trouble::Throttles,
        Trouble::Restarts,
        Trouble::Hangs,
    ] {
        // The tool is well: nobody sees anything, then or later.
        let before = stage.version();
        stage.begin(trouble);
        stage.end(trouble);
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(stage.version(), before, "{trouble:?}: something was written");
        // The tool stops meanwhile.
        stage.begin(trouble);
        tool.stop();
        stage.end(trouble);
        let took = stage.until("Ready=False/ConnectionFailed");
        println!("{trouble:?}: converged {took:?} after it was over");
        assert!(took < CONVERGED, "{trouble:?}: {took:?}");
        tool.start_again();
        stage.until("Ready=True/Ready");
    }
    replica.stop();
}

#[test]
fn a_program_that_is_killed_leaves_no_condition_wrong() {
    let mut tool = Tool::start(&format!("{CANARY}-1"));
    let system = "patchbay-killed";
    KILLED
        .cluster
        .client()
        .apply_ok(&include_str!("rbac.yaml").replace("SYSTEM", system))
        .unwrap();
    let kubeconfig = KILLED
        .cluster
        .user_kubeconfig("patchbay-reconciler", &[])
        .unwrap();
    let demo = Demo::on(&KILLED, "killed", &tool.url());
    let start = || Program::start(&kubeconfig, system);
    let mut running = start();
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    for round in 0..6_u32 {
        // At any point of what it does at its start, and of the change that follows.
        running.kill();
        if round % 2 == 0 {
            tool.stop();
        } else {
            tool.start_again();
        }
        for step in 0..3_u32 {
            let mut doomed = start();
            std::thread::sleep(Duration::from_millis(u64::from(
                150 + 170 * (round * 3 + step) % 1700,
            )));
            doomed.kill();
        }
        running = start();
        let want = if round % 2 == 0 {
            "Ready=False/ConnectionFailed"
        } else {
            "Ready=True/Ready"
        };
        wait(want, Duration::from_secs(60), || {
            let object = demo.get(&["connector", "git-main"]);
            let has = crate::bench::conditions(&object);
            // A restart alone is no reason to say that nothing is known.
            assert!(!has.contains(" Ready=Unknown"), "{has}");
            if has.split(' ').any(|c| c == want) {
                Ok(())
            } else {
                Err(has)
            }
        });
    }
    running.kill();
}

/// The program as a process of its own.
struct Program(Child);

impl Program {
    fn start(kubeconfig: &std::path::Path, system: &str) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_patchbay-reconciler"))
            .args(["--namespace", system, "--pod-name", "killed"])
            .args(["--broker-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"])
            .args(["--probe-interval", INTERVAL, "--probe-timeout", "1s"])
            .args(["--probe-allow-cidr", "127.0.0.1/32", "--kubeconfig"])
            .arg(kubeconfig)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// As the kernel does it.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
