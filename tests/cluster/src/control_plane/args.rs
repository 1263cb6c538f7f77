//! Command lines of a control plane's two processes.

use std::path::{Path, PathBuf};

use crate::{find::Programs, process::Spec};

/// What a control plane is made of, before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// State folder.
    pub(super) folder: PathBuf,
    pub(super) ports: Ports,
    /// Flags that the user adds; they come last and win.
    pub(super) extra: Vec<String>,
}

/// Ports on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) api: u16,
    pub(super) etcd: u16,
    pub(super) peer: u16,
}

/// The audit policy: who did what to which object, without bodies, which may hold secrets.
pub(crate) const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
";

impl Plan {
    pub(super) fn pki(&self) -> PathBuf {
        self.folder.join("pki")
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.folder.join("audit/audit.log")
    }

    pub(super) fn audit_policy(&self) -> PathBuf {
        self.folder.join("audit/policy.yaml")
    }

    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.api)
    }
}

/// etcd without fsync: a test's data need not survive a power failure.
pub(super) fn etcd(plan: &Plan, programs: &Programs) -> Spec {
    let Ports { etcd, peer, .. } = plan.ports;
    let args = vec![
        format!("--data-dir={}", plan.folder.join("etcd").display()),
        format!("--listen-client-urls=http://127.0.0.1:{etcd}"),
        format!("--advertise-client-urls=http://127.0.0.1:{etcd}"),
        format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-cluster=default=http://127.0.0.1:{peer}"),
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
    ];
    Spec::new(programs.path("etcd"), args)
}

/// The API server, on loopback only.
pub(super) fn api_server(plan: &Plan, programs: &Programs) -> Spec {
    let flag = |name: &str, path: &Path| format!("--{name}={}", path.display());
    let pki = plan.pki();
    let mut args = vec![
        format!("--etcd-servers=http://127.0.0.1:{}", plan.ports.etcd),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", plan.ports.api),
        // There is no node that would need the `kubernetes` Service, and it refuses a loopback address.
        "--endpoint-reconciler-type=none".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        "--authorization-mode=Node,RBAC".to_owned(),
        // No controller makes the default service account that this plugin asks for in every namespace.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--allow-privileged=true".to_owned(),
        flag("cert-dir", &plan.folder.join("generated")),
        flag("tls-cert-file", &pki.join("apiserver.crt")),
        flag("tls-private-key-file", &pki.join("apiserver.key")),
        flag("client-ca-file", &pki.join("ca.crt")),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
        flag("service-account-key-file", &pki.join("sa.pub")),
        flag("service-account-signing-key-file", &pki.join("sa.key")),
        flag("audit-policy-file", &plan.audit_policy()),
        flag("audit-log-path", &plan.audit_log()),
    ];
    args.extend(plan.extra.iter().cloned());
    Spec::new(programs.path("kube-apiserver"), args)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> (Plan, Programs) {
        let plan = Plan {
            folder: "/s".into(),
            ports: Ports {
                api: 20001,
                etcd: 20002,
                peer: 20003,
            },
            extra: vec!["--v=4".into()],
        };
        let programs = serde_json::from_value(serde_json::json!({"folder": "/bin"})).unwrap();
        (plan, programs)
    }

    #[test]
    fn everything_listens_on_loopback_and_writes_into_the_state_folder() {
        let (plan, programs) = plan();
        for spec in [etcd(&plan, &programs), api_server(&plan, &programs)] {
            for arg in &spec.args {
                let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
                assert!(!value.contains("0.0.0.0"), "{arg}");
                if value.starts_with('/') {
                    assert!(value.starts_with("/s/"), "{name} is outside of the state folder");
                }
            }
        }
    }

    #[test]
    fn the_two_agree_about_their_port_and_the_users_flags_come_last() {
        let (plan, programs) = plan();
        assert!(
            etcd(&plan, &programs)
                .args
                .contains(&"--listen-client-urls=http://127.0.0.1:20002".to_owned())
        );
        let server = api_server(&plan, &programs);
        assert!(
            server
                .args
                .contains(&"--etcd-servers=http://127.0.0.1:20002".to_owned())
        );
        assert_eq!(server.args.last().unwrap(), "--v=4");
        assert_eq!(server.program, PathBuf::from("/bin/kube-apiserver"));
        assert_eq!(plan.url(), "https://127.0.0.1:20001");
    }
}
