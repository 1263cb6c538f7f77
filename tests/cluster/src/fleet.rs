//! The running components of one cluster: started, signalled and found again by files in its state folder, so
//! that another run of the program (`down`, `status`) can do the same.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Child,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::{
    component::Component,
    error::{Doing as _, Error, Result},
    process::{self, ProcessId, Spec},
};

/// SIGKILL is answered at once, but a process in the kernel's hands (unmounting, for one) takes its time.
const KILLED: Duration = Duration::from_secs(20);

/// The processes of a cluster.
#[derive(Debug)]
pub(crate) struct Fleet {
    name: String,
    folder: PathBuf,
    /// Children of this process, which have to be waited for. Components that an earlier run started are not
    /// among them.
    children: Mutex<BTreeMap<Component, Child>>,
}

impl Fleet {
    /// The processes of the cluster whose state is in this folder.
    pub(crate) fn new(name: &str, folder: &Path) -> Result<Self> {
        for part in ["run", "logs"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).at("create", &path)?;
        }
        Ok(Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            children: Mutex::default(),
        })
    }

    /// Where a component's output goes.
    pub(crate) fn log(&self, component: Component) -> PathBuf {
        self.folder.join("logs").join(format!("{component}.log"))
    }

    /// The process of a component, when it runs.
    pub(crate) fn id(&self, component: Component) -> Option<ProcessId> {
        // Reaps it when it ended, so that it does not stay as a zombie.
        if let Some(child) = self.children().get_mut(&component)
            && !matches!(child.try_wait(), Ok(None))
        {
            return None;
        }
        let text = fs::read(self.id_file(component)).ok()?;
        let id: ProcessId = serde_json::from_slice(&text).ok()?;
        id.is_alive().then_some(id)
    }

    /// Starts a component.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it runs already.
    pub(crate) fn start(&self, component: Component, spec: &Spec) -> Result<()> {
        if self.id(component).is_some() {
            return Err(Error::Invalid(format!("{component} runs already")));
        }
        let child = process::spawn(spec, &self.name, &self.log(component))?;
        let id = i32::try_from(child.id()).ok().and_then(ProcessId::of);
        self.children().insert(component, child);
        // None: it ended at once, which shows when it is waited for.
        if let Some(id) = id {
            let path = self.id_file(component);
            let text = serde_json::to_vec(&id).unwrap_or_default();
            fs::write(&path, text).at("write", &path)?;
        }
        Ok(())
    }

    /// Kills a component and waits until it is gone; fine when it does not run.
    pub(crate) fn kill(&self, component: Component) -> Result<()> {
        let id = self.id(component);
        if let Some(id) = id {
            // SIGKILL reaches a stopped process too.
            id.signal(Signal::SIGKILL);
        }
        // Bound first: the lock must not be held while waiting.
        let child = self.children().remove(&component);
        if let Some(mut child) = child {
            child.wait().doing(|| format!("wait for {component}"))?;
        }
        if id.is_some_and(|id| !process::kill_all(&[id], KILLED).is_empty()) {
            return Err(Error::NotReady {
                what: format!("{component} is still there"),
                after: KILLED,
                detail: String::new(),
            });
        }
        Ok(())
    }

    /// Sends a signal to a component.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it does not run.
    pub(crate) fn signal(&self, component: Component, signal: Signal) -> Result<()> {
        let Some(id) = self.id(component) else {
            return Err(Error::Invalid(format!("{component} does not run")));
        };
        id.signal(signal);
        Ok(())
    }

    /// Waits until a component is ready; asks again after `pause`.
    ///
    /// # Errors
    /// [`Error::NotReady`] with the end of its log, when it dies or is not ready within the limit.
    pub(crate) fn wait_ready(
        &self,
        component: Component,
        limit: Duration,
        pause: Duration,
        mut is_ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let started = Instant::now();
        loop {
            // Before the question: what answers on its port may be another process.
            let runs = self.id(component).is_some();
            if runs && is_ready() {
                return Ok(());
            }
            if !runs || started.elapsed() >= limit {
                let state = if runs { "is not ready" } else { "ended by itself" };
                return Err(Error::NotReady {
                    what: format!("{component} {state}"),
                    after: started.elapsed(),
                    detail: process::log_tail(&self.log(component), 15),
                });
            }
            thread::sleep(pause);
        }
    }

    /// Kills all components, in order.
    pub(crate) fn kill_all(&self) -> Result<()> {
        let results: Vec<_> = Component::IN_ORDER_OF_STOPPING
            .into_iter()
            .map(|c| self.kill(c))
            .collect();
        results.into_iter().collect()
    }

    fn id_file(&self, component: Component) -> PathBuf {
        self.folder.join("run").join(format!("{component}.json"))
    }

    /// A panic of another thread leaves the map as it was, so its lock may be taken over.
    fn children(&self) -> MutexGuard<'_, BTreeMap<Component, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Spec {
        Spec::new("/bin/sleep", vec!["1000".into()])
    }

    #[test]
    fn another_run_finds_and_kills_what_this_one_started() {
        let folder = tempfile::tempdir().unwrap();
        let first = Fleet::new("fleet-test", folder.path()).unwrap();
        first.start(Component::Etcd, &sleeper()).unwrap();
        let id = first.id(Component::Etcd).unwrap();
        // The kernel shows the new environment a moment after the start.
        assert!(process::wait_until(Duration::from_secs(10), || process::marked(
            "fleet-test"
        ) == [id]));
        let second = Fleet::new("fleet-test", folder.path()).unwrap();
        assert_eq!(second.id(Component::Etcd), Some(id));
        assert!(
            second
                .start(Component::Etcd, &sleeper())
                .unwrap_err()
                .to_string()
                .contains("runs already")
        );
        second.kill_all().unwrap();
        assert!(!id.is_alive());
        assert_eq!(first.id(Component::Etcd), None);
    }

    #[test]
    fn a_stopped_component_is_killed_and_an_ended_one_is_reported_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::new("fleet-test-2", folder.path()).unwrap();
        fleet.start(Component::ApiServer, &sleeper()).unwrap();
        fleet.signal(Component::ApiServer, Signal::SIGSTOP).unwrap();
        fleet.kill(Component::ApiServer).unwrap();
        assert!(fleet.signal(Component::ApiServer, Signal::SIGCONT).is_err());
        let failing = Spec::new("/bin/sh", vec!["-c".into(), "echo no etcd here".into()]);
        fleet.start(Component::ApiServer, &failing).unwrap();
        let error = fleet
            .wait_ready(
                Component::ApiServer,
                Duration::from_secs(10),
                process::POLL,
                || false,
            )
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("kube-apiserver ended by itself after 0 s\n    no etcd here"),
            "{error}"
        );
    }
}
