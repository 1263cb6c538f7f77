//! Server-side apply helpers.

use std::fmt::Debug;
use std::time::Duration;

use kube::api::{Patch, PatchParams};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::client::{CallError, call};
use crate::lease::WriteGuard;

/// A write takes milliseconds; more than this is an API server in trouble.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);

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
    K: Clone + DeserializeOwned + Debug,
    S: Serialize + Debug,
{
    call(
        deadline,
        "apply the object",
        api.patch(name, &PatchParams::apply(manager), &Patch::Apply(object)),
    )
    .await
}

/// Applies `status` to the status subresource of the object `of` as `manager`, taking over fields that others set.
/// Returns the object's new resource version.
///
/// *Guarantees*
/// - Nothing is written without the Lease (see [`WriteGuard`]).
/// - The write carries the UID and the resource version of `of`: one of the same name that was made anew meanwhile, or
///   that anybody has changed since `of` was read, is a conflict. The status was decided on something older then, and
///   a write that the network delivers late changes nothing.
///
/// # Errors
/// See [`CallError`].
pub async fn status<K, S>(
    guard: &WriteGuard,
    api: &Api<K>,
    of: &K,
    manager: &str,
    status: &S,
) -> Result<Option<String>, CallError>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
    S: Serialize,
{
    let meta = of.meta();
    let name = meta.name.as_deref().unwrap_or_default();
    let object = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {
            "name": name,
            "namespace": meta.namespace,
            "uid": meta.uid,
            "resourceVersion": meta.resource_version,
        },
        "status": status,
    });
    let (params, patch) = (PatchParams::apply(manager).force(), Patch::Apply(&object));
    let applying = api.patch_status(name, &params, &patch);
    let applied = guard.call(WRITE_DEADLINE, "apply the status", applying).await?;
    Ok(applied.meta().resource_version.clone())
}
