//! What a control plane needs before its processes start: a name, ports, certificates, and who owns it.

use std::{fs, io, net::TcpListener, os::unix::fs::DirBuilderExt as _, path::Path};

use super::args::{AUDIT_POLICY, Plan, Ports};
use crate::{
    error::{Doing as _, Error, Result},
    kubectl::Kubectl,
    pki::{Authority, token_keys, write_private},
    process::ProcessId,
};

pub(super) fn owner_is_alive(folder: &Path) -> bool {
    let owner = fs::read(folder.join("owner.json")).ok();
    owner
        .and_then(|text| serde_json::from_slice::<ProcessId>(&text).ok())
        .is_some_and(ProcessId::is_alive)
}

pub(super) fn save_owner(folder: &Path) -> Result<()> {
    let me = i32::try_from(std::process::id()).ok().and_then(ProcessId::of);
    let path = folder.join("owner.json");
    fs::write(&path, serde_json::to_vec(&me).unwrap_or_default()).at("write", &path)
}

/// Unique on this machine: another run's process may have our number, but not our random part too.
pub(super) fn new_name() -> String {
    format!("cp-{}-{:08x}", std::process::id(), fastrand::u32(..))
}

/// A folder that only its owner can look into: it holds keys.
pub(crate) fn create_private_folder(folder: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .at("create", folder)
}

/// Three ports that are free now. They are below the range from which the kernel takes ports for outgoing
/// connections, so that nothing but another harness is likely to take them.
pub(super) fn free_ports() -> Result<Ports> {
    let mut held = Vec::new();
    for _ in 0..1000 {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", fastrand::u16(20_000..30_000))) {
            held.push(listener);
        }
        if let [api, etcd, peer] = held.as_slice() {
            let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
            let ports = || {
                io::Result::Ok(Ports {
                    api: port(api)?,
                    etcd: port(etcd)?,
                    peer: port(peer)?,
                })
            };
            return ports().doing(|| "choose ports".to_owned());
        }
    }
    Err(Error::Invalid(
        "no free port between 20000 and 30000 on 127.0.0.1".to_owned(),
    ))
}

/// Certificates, keys and the audit policy.
pub(super) fn prepare(plan: &Plan) -> Result<Authority> {
    let pki = plan.pki();
    create_private_folder(&pki)?;
    let authority = Authority::new("patchbay-test-ca")?;
    authority.save(&pki)?;
    let names = [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "127.0.0.1",
        "10.96.0.1",
    ];
    authority
        .server("kube-apiserver", &names)?
        .save(&pki, "apiserver")?;
    let (private, public) = token_keys()?;
    write_private(&pki.join("sa.key"), &private)?;
    write_private(&pki.join("sa.pub"), &public)?;
    create_private_folder(&plan.folder.join("audit"))?;
    write_private(&plan.audit_policy(), AUDIT_POLICY)?;
    Ok(authority)
}

/// Ready, and the namespace that nearly every test uses is made (which is not part of readiness).
pub(crate) fn is_ready(kubectl: &Kubectl) -> bool {
    let asks = |path: &str| {
        kubectl
            .output(&["get", "--raw", path, "--request-timeout=5s"])
            .is_ok_and(|out| out.status.success())
    };
    asks("/readyz") && asks("/api/v1/namespaces/default")
}
