//! etcd and an API server on loopback: what an integration test needs, without root, in a few seconds.

mod args;
mod setup;

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use nix::sys::signal::Signal;

pub(crate) use self::{
    args::AUDIT_POLICY,
    setup::{create_private_folder, is_ready},
};
use self::{
    args::Plan,
    setup::{free_ports, new_name, owner_is_alive, prepare, save_owner},
};
use crate::{
    component::Component,
    env::Env,
    error::{Doing as _, Error, Result},
    fault::FaultProxy,
    find::{self, Programs, Wanted},
    fleet::Fleet,
    kubectl::{Kubectl, kubeconfig},
    pki::{Authority, write_private},
    process::{self, QUESTION},
    say::Progress,
    watchdog::{Removal, Watchdog},
};

/// How often other ports are tried when one was taken between the choice and the use of it.
const TRIES: usize = 5;

/// What can be chosen about a control plane; the default suits nearly every test.
#[derive(Debug, Clone)]
pub struct Options {
    /// More flags for the API server. They come after ours and win, as
    /// `--enable-admission-plugins=...` or `--v=4`.
    pub api_server_flags: Vec<String>,
    /// How long the API server may take until it is ready. Several minutes only matter on a machine that does
    /// many other things.
    pub start_limit: Duration,
    /// The environment, from which the programs and the folders are found.
    pub env: Env,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_server_flags: Vec::new(),
            start_limit: Duration::from_secs(120),
            env: Env::of_process(),
        }
    }
}

/// A running etcd and API server.
///
/// They end when this value is dropped, when the process that holds it ends in any way (a `static` is fine),
/// and when a test panics; their state folder goes with them. All functions take `&self`, so one control plane
/// can serve all tests of a binary.
#[derive(Debug)]
pub struct ControlPlane {
    name: String,
    plan: Plan,
    programs: Programs,
    fleet: Fleet,
    authority: Authority,
    kubectl: Kubectl,
    start_limit: Duration,
    watchdog: Mutex<Option<Watchdog>>,
}

impl ControlPlane {
    /// Starts a control plane and waits until it answers and its `default` namespace is there.
    ///
    /// # Errors
    /// [`Error::Capability`] when the programs are not to be had; [`Error::NotReady`] with the end of the log
    /// when one of the two does not come up.
    pub fn start(options: Options) -> Result<Self> {
        let Options {
            api_server_flags,
            start_limit,
            env,
        } = options;
        let programs = find::kubernetes(&env, Wanted::ControlPlane)?;
        let _progress = Progress::start("starting a control plane");
        let mut tries = 1;
        loop {
            match Self::try_start(&env, &programs, &api_server_flags, start_limit) {
                Err(error) if error.is_port_taken() && tries < TRIES => tries += 1,
                result => return result,
            }
        }
    }

    fn try_start(env: &Env, programs: &Programs, flags: &[String], start_limit: Duration) -> Result<Self> {
        let name = new_name();
        let folder = env.state_home().join(HOME).join(&name);
        create_private_folder(&folder)?;
        // From here on a failure removes the folder, by the watchdog's end.
        let watchdog = Watchdog::start(&name, &folder, &Removal::Everything)?;
        save_owner(&folder)?;
        let plan = Plan {
            ports: free_ports()?,
            extra: flags.to_vec(),
            folder,
        };
        let authority = prepare(&plan)?;
        let admin = plan.folder.join("admin.kubeconfig");
        let pair = authority.client("patchbay-admin", &["system:masters"])?;
        write_private(
            &admin,
            &kubeconfig(&name, &plan.url(), authority.certificate(), &pair),
        )?;
        let cluster = Self {
            fleet: Fleet::new(&name, &plan.folder)?,
            kubectl: Kubectl::new(programs.path("kubectl"), admin)
                .with_cache(plan.folder.join("kubectl-cache")),
            start_limit,
            programs: programs.clone(),
            watchdog: Mutex::new(Some(watchdog)),
            name,
            plan,
            authority,
        };
        cluster.start_component(Component::Etcd)?;
        cluster.start_component(Component::ApiServer)?;
        cluster.wait_ready()?;
        Ok(cluster)
    }

    /// The name, unique on this machine.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The API server's URL, `https://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        self.plan.url()
    }

    /// The API server's address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.plan.ports.api))
    }

    /// The certificate of the authority that signed the API server's and all clients' certificates, PEM.
    pub fn ca_pem(&self) -> &str {
        self.authority.certificate()
    }

    /// Kubeconfig of an administrator: the file.
    pub fn kubeconfig_path(&self) -> &Path {
        self.kubectl.kubeconfig()
    }

    /// Kubeconfig of an administrator: the text.
    ///
    /// # Errors
    /// [`Error::Io`] when the file is gone.
    pub fn kubeconfig(&self) -> Result<String> {
        let path = self.kubeconfig_path();
        fs::read_to_string(path).at("read", path)
    }

    /// A kubeconfig file of another user, who is a member of `groups` (at most two) and of
    /// `system:authenticated`, and may do what RBAC says.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more groups.
    pub fn user_kubeconfig(&self, user: &str, groups: &[&str]) -> Result<PathBuf> {
        let pair = self.authority.client(user, groups)?;
        self.save_kubeconfig("user", &self.url(), &pair)
    }

    /// A new TCP proxy in front of the API server, which passes everything until it is told otherwise.
    ///
    /// # Errors
    /// [`Error::Io`] when no port is free.
    pub fn fault_proxy(&self) -> Result<FaultProxy> {
        FaultProxy::start(self.address())
    }

    /// An administrator's kubeconfig file that leads through a proxy.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn kubeconfig_through(&self, proxy: &FaultProxy) -> Result<PathBuf> {
        let pair = self.authority.client("patchbay-admin", &["system:masters"])?;
        self.save_kubeconfig("proxy", &format!("https://{}", proxy.address()), &pair)
    }

    /// kubectl as an administrator.
    pub fn client(&self) -> &Kubectl {
        &self.kubectl
    }

    /// A kubectl command as an administrator, to which arguments are to be added.
    pub fn kubectl(&self) -> Command {
        self.kubectl.command()
    }

    /// See [`Kubectl::apply`].
    ///
    /// # Errors
    /// As there.
    pub fn apply(&self, yaml: &str) -> Result<Output> {
        self.kubectl.apply(yaml)
    }

    /// The certificate authority, for certificates of webhooks and the like.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The audit log: one JSON object per line and request, level Metadata.
    pub fn audit_log_path(&self) -> PathBuf {
        self.plan.audit_log()
    }

    /// The state folder; gone after [`Self::stop`].
    pub fn folder(&self) -> &Path {
        &self.plan.folder
    }

    /// The log of etcd or the API server.
    pub fn log_path(&self, component: Component) -> PathBuf {
        self.fleet.log(component)
    }

    /// The ends of both logs.
    pub fn log_tails(&self, lines: usize) -> String {
        let tails = [Component::Etcd, Component::ApiServer].map(|component| {
            format!(
                "--- {component}{}\n",
                process::log_tail(&self.log_path(component), lines)
            )
        });
        tails.concat()
    }

    /// Starts etcd or the API server again after [`Self::kill_component`], with the same data and on the same
    /// port. Does not wait: see [`Self::wait_ready`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when it runs, or is no part of a control plane.
    pub fn start_component(&self, component: Component) -> Result<()> {
        let spec = match component {
            Component::Etcd => args::etcd(&self.plan, &self.programs),
            Component::ApiServer => args::api_server(&self.plan, &self.programs),
            other => {
                return Err(Error::Invalid(format!(
                    "a control plane has no {other}, only etcd and kube-apiserver"
                )));
            }
        };
        self.fleet.start(component, &spec)
    }

    /// Ends etcd or the API server by SIGKILL and waits until it is gone. Its connections are reset.
    ///
    /// # Errors
    /// [`Error::NotReady`] when it does not go away.
    pub fn kill_component(&self, component: Component) -> Result<()> {
        self.fleet.kill(component)
    }

    /// Stops etcd or the API server in its tracks (SIGSTOP): connections stay, nothing answers.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it does not run.
    pub fn pause_component(&self, component: Component) -> Result<()> {
        self.fleet.signal(component, Signal::SIGSTOP)
    }

    /// Lets it go on after [`Self::pause_component`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when it does not run.
    pub fn resume_component(&self, component: Component) -> Result<()> {
        self.fleet.signal(component, Signal::SIGCONT)
    }

    /// Kills the API server, starts it again on the same port and waits until it is ready.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn restart_api_server(&self) -> Result<()> {
        self.kill_component(Component::ApiServer)?;
        self.start_component(Component::ApiServer)?;
        self.wait_ready()
    }

    /// Waits until the API server says that it is ready.
    ///
    /// # Errors
    /// [`Error::NotReady`] with the end of its log.
    pub fn wait_ready(&self) -> Result<()> {
        self.fleet
            .wait_ready(Component::ApiServer, self.start_limit, QUESTION, || {
                // A connection costs nothing, a kubectl some hundred milliseconds.
                TcpStream::connect_timeout(&self.address(), Duration::from_secs(1)).is_ok()
                    && is_ready(&self.kubectl)
            })
    }

    /// Ends both processes and removes the state folder. A second call does nothing.
    ///
    /// # Errors
    /// [`Error::Leftovers`] when something of it is still there.
    pub fn stop(&self) -> Result<()> {
        let watchdog = self
            .watchdog
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut watchdog) = watchdog else {
            return Ok(());
        };
        let killed = self.fleet.kill_all();
        watchdog.finish().doing(|| "wait for the watchdog".to_owned())?;
        killed?;
        match self.leftovers() {
            parts if parts.is_empty() => Ok(()),
            parts => Err(Error::Leftovers {
                name: self.name.clone(),
                parts,
            }),
        }
    }

    /// What is there of this control plane now: one line per process, and its folder. Empty after
    /// [`Self::stop`].
    pub fn leftovers(&self) -> Vec<String> {
        leftovers(&self.name, &self.plan.folder)
    }

    fn save_kubeconfig(&self, kind: &str, url: &str, user: &crate::pki::Pair) -> Result<PathBuf> {
        let path = self
            .plan
            .folder
            .join(format!("{kind}-{:08x}.kubeconfig", fastrand::u32(..)));
        write_private(&path, &kubeconfig(&self.name, url, self.ca_pem(), user))?;
        Ok(path)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            crate::say::line(error);
        }
    }
}

/// Folder of all control planes' state, in the state home.
const HOME: &str = "control-planes";

/// What is there of a control plane: its processes and its folder.
fn leftovers(name: &str, folder: &Path) -> Vec<String> {
    let processes = process::marked(name).into_iter().map(process::describe);
    let folder = folder.exists().then(|| format!("folder {}", folder.display()));
    processes.chain(folder).collect()
}

/// Removes what control planes left whose owner and watchdog were both killed; returns their names.
///
/// # Errors
/// [`Error::Leftovers`] when something cannot be removed.
pub fn remove_abandoned(env: &Env) -> Result<Vec<String>> {
    let home = env.state_home().join(HOME);
    let mut removed = Vec::new();
    for entry in fs::read_dir(&home).into_iter().flatten().flatten() {
        let (folder, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if owner_is_alive(&folder) {
            continue;
        }
        process::kill_all(&process::marked(&name), Duration::from_secs(10));
        // What could not be removed is reported below.
        drop(fs::remove_dir_all(&folder));
        match leftovers(&name, &folder) {
            parts if parts.is_empty() => removed.push(name),
            parts => return Err(Error::Leftovers { name, parts }),
        }
    }
    Ok(removed)
}
