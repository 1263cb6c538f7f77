//! Programs besides Kubernetes that tests and the demo use.

use std::path::PathBuf;

use crate::{env::Env, error::Result, find};

/// Helm: on `PATH`, in the cache, downloaded, or built (about two minutes, once).
///
/// # Errors
/// [`crate::Error::Capability`] when it is none of these.
pub fn helm() -> Result<PathBuf> {
    find::helm(&Env::of_process())
}

/// kubectl: from `KUBEBUILDER_ASSETS`, `PATH`, the cache, a download or a build.
///
/// # Errors
/// [`crate::Error::Capability`] when it is none of these.
pub fn kubectl() -> Result<PathBuf> {
    Ok(find::kubernetes(&Env::of_process(), find::Wanted::Kubectl)?.path("kubectl"))
}
