//! Server-side apply helpers.

use std::time::Duration;

use kube::Api;
use kube::api::{Patch, PatchParams};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::{CallError, call};

/// Applies an object as `manager`. A field that another manager owns is a conflict (class Conflict): what is not ours
/// is not taken over.
///
/// # Errors
/// See [`CallError`].
pub async fn object<K, S>(
    api: &Api<K>,
    name: &str,
    manager: &str,
    object: &S,
    deadline: Duration,
) -> Result<K, CallError>
where
    K: Clone + DeserializeOwned + std::fmt::Debug,
    S: Serialize + std::fmt::Debug,
{
    call(
        deadline,
        "apply the object",
        api.patch(name, &PatchParams::apply(manager), &Patch::Apply(object)),
    )
    .await
}

/// Applies `status` to the status subresource as `manager`, taking over fields that others set.
///
/// `object` is the object with `apiVersion`, `kind`, `metadata.name` and `status`, and nothing else.
///
/// # Errors
/// See [`CallError`].
pub async fn status<K, S>(
    api: &Api<K>,
    name: &str,
    manager: &str,
    object: &S,
    deadline: Duration,
) -> Result<K, CallError>
where
    K: Clone + DeserializeOwned + std::fmt::Debug,
    S: Serialize + std::fmt::Debug,
{
    let params = PatchParams::apply(manager).force();
    call(
        deadline,
        "apply the status",
        api.patch_status(name, &params, &Patch::Apply(object)),
    )
    .await
}
