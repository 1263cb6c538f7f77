//! A cluster that is there already and that the user lets us use: nothing is started, changed or removed.

use std::path::PathBuf;

use crate::{
    env::Env,
    error::{Error, Result},
    find::{self, Wanted},
    kubectl::Kubectl,
};

/// A cluster of the user's.
#[derive(Debug, Clone)]
pub struct Existing {
    kubectl: Kubectl,
}

impl Existing {
    /// The cluster that `PATCHBAY_USE_KUBECONFIG=1` and `KUBECONFIG` name; none when the user named none.
    ///
    /// # Errors
    /// [`Error::Capability`] when it does not answer.
    pub fn from_env(env: &Env) -> Result<Option<Self>> {
        env.existing_cluster()
            .map(|kubeconfig| Self::check(env, kubeconfig))
            .transpose()
    }

    /// The cluster of a kubeconfig, after a look whether it answers.
    ///
    /// # Errors
    /// [`Error::Capability`] when it does not.
    pub fn check(env: &Env, kubeconfig: PathBuf) -> Result<Self> {
        let kubectl = Kubectl::new(
            find::kubernetes(env, Wanted::Kubectl)?.path("kubectl"),
            kubeconfig,
        );
        if let Err(error) = kubectl.run(&["get", "--raw", "/readyz", "--request-timeout=10s"]) {
            return Err(Error::capability(format!(
                "the cluster of {} does not answer: check `kubectl get nodes` with this KUBECONFIG, or unset PATCHBAY_USE_KUBECONFIG to get a cluster of our own. {error}",
                kubectl.kubeconfig().display()
            )));
        }
        Ok(Self { kubectl })
    }

    /// kubectl for it.
    pub fn client(&self) -> &Kubectl {
        &self.kubectl
    }
}
