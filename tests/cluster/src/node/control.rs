//! A node's components, one by one: what faults are made of, and what they wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nix::sys::signal::Signal;

use super::{Node, args, start};
use crate::{component::Component, error::Result, process};

impl Node {
    /// Each component with the number of its process, when it runs.
    pub fn status(&self) -> Vec<(Component, Option<i32>)> {
        let mut components = Component::IN_ORDER_OF_STOPPING;
        components.sort();
        components
            .into_iter()
            .map(|c| (c, self.fleet.id(c).map(|id| id.pid)))
            .collect()
    }

    /// Starts a component again. Does not wait: see [`Self::wait_ready`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when it runs.
    pub fn start_component(&self, component: Component) -> Result<()> {
        self.fleet.start(component, &args::spec(&self.plan, component))
    }

    /// Ends a component by SIGKILL and waits until it is gone. Containers go on without kubelet and containerd.
    ///
    /// # Errors
    /// [`Error::NotReady`] when it does not go away.
    pub fn kill_component(&self, component: Component) -> Result<()> {
        self.fleet.kill(component)
    }

    /// Stops a component in its tracks (SIGSTOP).
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

    /// Kills a component, starts it again and waits until the node is ready.
    ///
    /// # Errors
    /// As [`Node::up`].
    pub fn restart_component(&self, component: Component) -> Result<()> {
        self.kill_component(component)?;
        self.start_component(component)?;
        self.wait_ready()
    }

    /// [`Self::restart_component`] of kubelet.
    ///
    /// # Errors
    /// As there.
    pub fn restart_kubelet(&self) -> Result<()> {
        self.restart_component(Component::Kubelet)
    }

    /// Waits until pods can be created, run and find each other by name.
    ///
    /// # Errors
    /// [`Error::NotReady`] with the end of the log of the component that is missing.
    pub fn wait_ready(&self) -> Result<()> {
        start::wait_ready(self)
    }

    /// The log of a component.
    pub fn log_path(&self, component: Component) -> PathBuf {
        self.fleet.log(component)
    }

    /// The logs of containers that kubelet keeps, sorted: `<namespace>_<pod>_<uid>/<container>/<restart>.log`
    /// below one folder. Readable without the API server.
    pub fn pod_logs(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect_files(&self.plan.pod_logs(), &mut found);
        found.sort();
        found
    }

    /// The ends of all components' and containers' logs.
    pub fn log_tails(&self, lines: usize) -> String {
        let components = self
            .status()
            .into_iter()
            .map(|(component, _)| self.log_path(component));
        let section = |path: PathBuf| {
            let name = path.strip_prefix(self.folder()).unwrap_or(&path);
            format!("--- {}{}\n", name.display(), process::log_tail(&path, lines))
        };
        components.chain(self.pod_logs()).map(section).collect()
    }
}

fn collect_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_files(&path, found)
        } else {
            found.push(path)
        }
    }
}
