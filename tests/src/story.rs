//! The steps of the story, in order. Each shows, checks, and returns what it measured.

pub mod by_hand;
pub mod classes;
pub mod conditions;
pub mod mount;
pub mod refusal;
pub mod rotation;
pub mod setting;

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::world::World;

/// The Connector of the story.
pub const CONNECTOR: &str = "git-main";
/// The Secret that it names.
pub const SECRET: &str = "git-login";
/// The application's Deployment.
pub const APP: &str = "builder";
/// The Git server's Deployment, Service, Secret and namespace.
pub const GIT_SERVER: &str = "git-server";
/// The private repository, as the application clones it.
pub const REPOSITORY: &str = "http://git-server.git-server.svc/demo.git";
/// Where the class's files are in the application's container.
pub const MOUNT: &str = "/bindings/git-main";

/// Status and reason of one condition of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// For example `Ready`.
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

/// The conditions of an object as JSON.
#[must_use]
pub fn conditions_of(object: &Value) -> Vec<Condition> {
    let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    object
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|c| Condition {
            type_: text(c, "type"),
            status: text(c, "status"),
            reason: text(c, "reason"),
            message: text(c, "message"),
        })
        .collect()
}

/// One condition of a Connector in the story's namespace, now.
///
/// # Errors
/// The object cannot be read.
pub fn condition(world: &World, kind: &str, name: &str, type_: &str) -> Result<Option<Condition>> {
    let object = world
        .kubectl
        .json(&["get", kind, name, "-n", crate::world::DEMO])?;
    Ok(conditions_of(&object).into_iter().find(|c| c.type_ == type_))
}

/// The name of the application's running pod.
///
/// # Errors
/// There is none.
pub fn app_pod(world: &World) -> Result<String> {
    let pods = world.kubectl.json(&[
        "get",
        "pods",
        "-n",
        crate::world::DEMO,
        "-l",
        "app=builder",
        "--field-selector=status.phase=Running",
    ])?;
    pods.pointer("/items/0/metadata/name")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .context("no pod of the application is running")
}

/// How long a step of the story may take before it counts as broken.
pub const PATIENCE: Duration = Duration::from_secs(90);
