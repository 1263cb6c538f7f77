//! A whole Kubernetes node on this machine: every component, with networking, name service and two images.

mod args;
mod config;
mod control;
mod dns;
mod images;
mod kernel;
mod leftovers;
mod network;
mod options;
mod plan;
mod start;

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use self::{
    images::BUSYBOX_IMAGE,
    options::{NodeOptions, can_run_node},
};
use self::{
    options::own_program,
    plan::{API_PORT, Names, Plan},
};
use crate::{
    error::{Doing as _, Error, Result},
    fleet::Fleet,
    kubectl::{Kubectl, kubeconfig},
    pki::{Authority, Pair, write_private},
    say::{self, Progress},
    watchdog::{Removal, Watchdog},
};

/// What is there of a node on this machine, one line for each process, mount, network namespace, interface,
/// nftables table, cgroup, socket, file and folder. Empty when the node was never there or is gone.
///
/// # Errors
/// [`Error::Invalid`] for a name that no node can have.
pub fn leftovers(name: &str) -> Result<Vec<String>> {
    Ok(leftovers::list(&Names::new(name)?))
}

/// A running node.
///
/// One from [`Node::start`] is removed when this value is dropped or the process ends; one from [`Node::up`] or
/// [`Node::attach`] stays until [`Node::down`].
#[derive(Debug)]
pub struct Node {
    plan: Plan,
    fleet: Fleet,
    authority: Authority,
    kubectl: Kubectl,
    start_limit: Duration,
    /// Only of a node that goes away with this value.
    watchdog: Mutex<Option<Watchdog>>,
}

impl Node {
    /// Starts a node that stays until [`Node::down`]. When one of this name runs already, it is used.
    ///
    /// # Errors
    /// [`Error::Capability`] when the machine cannot run a node; [`Error::NotReady`] with the end of the log of
    /// the component that did not come up. What was started is removed then.
    pub fn up(options: &NodeOptions) -> Result<Self> {
        can_run_node()?;
        let names = Names::new(&options.name)?;
        let _lock = lock(&names)?;
        if let Some(running) = Self::running(&names, options)? {
            say::line(format_args!("{} runs already", names.name));
            return Ok(running);
        }
        start::start(&names, options)
    }

    /// Starts a node that goes away with this value, this process or a panic. One of the same name is removed
    /// first.
    ///
    /// # Errors
    /// As [`Node::up`].
    pub fn start(options: &NodeOptions) -> Result<Self> {
        can_run_node()?;
        let names = Names::new(&options.name)?;
        let program = options.program.clone().or_else(own_program);
        let down = |program: PathBuf| {
            [&program.display().to_string(), "--name", &names.name, "down"]
                .map(str::to_owned)
                .to_vec()
        };
        let removal = Removal::Command(program.map(down).unwrap_or_default());
        // Before anything is made, since the owner may be killed at any time.
        let watchdog = Watchdog::start(&names.marker(), &names.folder(), &removal)?;
        let lock = lock(&names)?;
        let started = start::start(&names, options);
        drop(lock);
        match started {
            Ok(node) => {
                *node.watchdog() = Some(watchdog);
                Ok(node)
            }
            Err(error) => {
                watchdog.dismiss();
                Err(error)
            }
        }
    }

    /// A node that runs already.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is none of this name, or only remains of one.
    pub fn attach(name: &str) -> Result<Self> {
        can_run_node()?;
        let names = Names::new(name)?;
        let node = Self::open(&names, NodeOptions::default().start_limit)?;
        node.ok_or_else(|| {
            Error::Invalid(format!(
                "no cluster {name:?} runs here: start it with `patchbay-cluster --name {name} up`"
            ))
        })
    }

    /// A node whose components all run; none when any is missing.
    fn running(names: &Names, options: &NodeOptions) -> Result<Option<Self>> {
        let Some(node) = Self::open(names, options.start_limit)? else {
            return Ok(None);
        };
        let runs = node.status().iter().all(|(_, pid)| pid.is_some());
        if runs && node.wait_ready().is_ok() {
            Ok(Some(node))
        } else {
            Ok(None)
        }
    }

    fn open(names: &Names, start_limit: Duration) -> Result<Option<Self>> {
        let path = names.folder().join("cluster.json");
        let Ok(text) = fs::read(&path) else {
            return Ok(None);
        };
        let plan: Plan = serde_json::from_slice(&text).map_err(|error| {
            Error::Invalid(format!(
                "{} is not of this version: run `down` and `up` again ({error})",
                path.display()
            ))
        })?;
        let authority = Authority::load(&plan.at("pki"))?;
        Self::new(plan, authority, start_limit).map(Some)
    }

    fn new(plan: Plan, authority: Authority, start_limit: Duration) -> Result<Self> {
        Ok(Self {
            fleet: Fleet::new(&plan.names.marker(), &plan.folder())?,
            kubectl: Kubectl::new(plan.programs.path("kubectl"), plan.admin_kubeconfig())
                .with_cache(plan.at("kubectl-cache")),
            authority,
            start_limit,
            watchdog: Mutex::default(),
            plan,
        })
    }

    /// Removes a node and everything of it: processes, containers, mounts, network, cgroups and files. Fine when
    /// there is none.
    ///
    /// # Errors
    /// [`Error::Leftovers`] when parts cannot be removed.
    pub fn down(name: &str) -> Result<()> {
        can_run_node()?;
        let names = Names::new(name)?;
        let _lock = lock(&names)?;
        remove(&names)
    }

    /// The names of all nodes that have a state folder here.
    pub fn all() -> Vec<String> {
        let entries = fs::read_dir(plan::HOME).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Removes this node now: see [`Node::down`].
    ///
    /// # Errors
    /// As there.
    pub fn stop(&self) -> Result<()> {
        self.fleet.kill_all()?;
        Self::down(&self.plan.names.name)?;
        // Bound first: the lock must not be held while the watchdog ends.
        let watchdog = self.watchdog().take();
        if let Some(watchdog) = watchdog {
            watchdog.dismiss();
        }
        Ok(())
    }

    fn watchdog(&self) -> MutexGuard<'_, Option<Watchdog>> {
        self.watchdog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cluster's name, and the node's.
    pub fn name(&self) -> &str {
        &self.plan.names.name
    }

    /// The node's address, reachable from the host and from pods.
    pub fn ip(&self) -> String {
        self.plan.addresses.node()
    }

    /// The host's address as the node and its pods see it: a test's server that listens there is reachable from
    /// pods.
    pub fn host_ip(&self) -> String {
        self.plan.addresses.host()
    }

    /// The API server's URL.
    pub fn url(&self) -> String {
        self.plan.url()
    }

    /// The API server's address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((self.plan.addresses.node_ip(), API_PORT))
    }

    /// The certificate of the authority that signed the API server's and all clients' certificates, PEM.
    pub fn ca_pem(&self) -> &str {
        self.authority.certificate()
    }

    /// Kubeconfig of an administrator: the file.
    pub fn kubeconfig_path(&self) -> &Path {
        self.kubectl.kubeconfig()
    }

    /// A kubeconfig file of another user, a member of `groups` (at most two).
    ///
    /// # Errors
    /// [`Error::Invalid`] for more groups.
    pub fn user_kubeconfig(&self, user: &str, groups: &[&str]) -> Result<PathBuf> {
        let pair = self.authority.client(user, groups)?;
        let path = self
            .plan
            .at(&format!("user-{:08x}.kubeconfig", fastrand::u32(..)));
        save_kubeconfig(&self.plan, &self.authority, &pair, &path)?;
        Ok(path)
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

    /// The audit log: one JSON object per line and request, level Metadata.
    pub fn audit_log_path(&self) -> PathBuf {
        self.plan.at("audit/audit.log")
    }

    /// kubelet's folder (not `/var/lib/kubelet`): below it are `plugins`, `plugins_registry` and `pods`.
    pub fn kubelet_root(&self) -> PathBuf {
        self.plan.kubelet_root()
    }

    /// The state folder.
    pub fn folder(&self) -> PathBuf {
        self.plan.folder()
    }

    /// Loads an image archive (of [`crate::image`] or `docker save`). Pods use it by its full name with
    /// `imagePullPolicy: IfNotPresent` or `Never`.
    ///
    /// # Errors
    /// [`Error::Failed`] when containerd does not take it.
    pub fn load_image(&self, archive: &Path) -> Result<()> {
        if !archive.is_file() {
            return Err(Error::Invalid(format!(
                "there is no image archive {}",
                archive.display()
            )));
        }
        images::load(&self.plan, archive)
    }

    /// The same command inside the node's network namespace, where `127.0.0.1` is the node's and all Service
    /// addresses work as for the node.
    pub fn in_network(&self, command: &Command) -> Command {
        let mut inside = Command::new(self.plan.system("nsenter"));
        inside
            .arg(format!("--net={}", self.plan.names.netns_file().display()))
            .arg("--");
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        inside
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let owned = self.watchdog().is_some();
        if owned && let Err(error) = self.stop() {
            say::line(error);
        }
    }
}

/// Removes a node; its lock has to be held.
fn remove(names: &Names) -> Result<()> {
    let _progress = Progress::start(format!("removing cluster {}", names.name));
    // In order first: without its API server gone, a dying etcd makes everybody write long complaints.
    if names.folder().is_dir() {
        Fleet::new(&names.marker(), &names.folder())?.kill_all()?;
    }
    leftovers::remove(names)?;
    network::exclusively(kernel::restore)
}

/// Held while a node is started or removed, so that two runs do not do both at once.
fn lock(names: &Names) -> Result<File> {
    let path = names.lock_file();
    let file = create_lock(&path)?;
    if file.try_lock().is_err() {
        say::line(format_args!(
            "another process starts or removes cluster {}; waiting for it",
            names.name
        ));
        file.lock().at("lock", &path)?;
    }
    Ok(file)
}

/// Lock files stay: to remove one that another process waits for would let two in.
fn create_lock(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).at("create", folder)?;
    }
    File::create(path).at("create", path)
}

fn save_kubeconfig(plan: &Plan, authority: &Authority, user: &Pair, path: &Path) -> Result<()> {
    write_private(
        path,
        &kubeconfig(&plan.names.name, &plan.url(), authority.certificate(), user),
    )
}
