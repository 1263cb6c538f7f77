//! Events: what happened, for the people who look at an object. Published on a change of outcome only.
//!
//! Not kube's `Recorder`: its cache leaves the note out, so an error that changes keeps being reported by its first
//! cause; and a note of more than 1 kB is refused by the API server.

mod history;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::PostParams;
use kube::core::ObjectMeta;
use kube::{Api, Client};
use parking_lot::Mutex;

use crate::client::{CallClass, call};
use crate::error::Chain;
use crate::lease::WriteGuard;
use crate::text::cut;
use crate::{clock, ids};
use history::{Decision, History, Subject};

/// An event is not worth more.
const DEADLINE: Duration = Duration::from_secs(5);
/// The API server refuses longer notes.
const MAX_NOTE: usize = 1024;
/// And longer reporting instances, reasons and actions.
const MAX_WORD: usize = 128;

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

/// Publishes events. Clones share what was published before. Verb: create on `events.k8s.io` events.
#[derive(Clone)]
pub struct Recorder {
    client: Client,
    controller: Arc<str>,
    instance: Arc<str>,
    history: Arc<Mutex<History>>,
    guard: Option<WriteGuard>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("controller", &self.controller)
            .finish_non_exhaustive()
    }
}

impl Recorder {
    /// `controller` such as `patchbay.dev/reconciler`; `instance` the pod's name.
    #[must_use]
    pub fn new(client: Client, controller: &str, instance: &str) -> Self {
        Self {
            client,
            controller: cut(controller, MAX_WORD).into(),
            instance: cut(instance, MAX_WORD).into(),
            history: Arc::default(),
            guard: None,
        }
    }

    /// One that publishes only while this process is the leader.
    #[must_use]
    pub fn only_as_leader(mut self, guard: WriteGuard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Publishes the event, unless the last one of this object with this action said the same, or the object has had
    /// too many of late. Never fails: an event tells of something that has happened already, so a failure to publish
    /// is only logged.
    pub async fn record(&self, object: &ObjectReference, happening: Happening) {
        self.publish(object, happening, &ids::random()).await;
    }

    /// As [`Recorder::record`], for something that several processes may see: `id` (hexadecimal, at least 16 digits) is
    /// the same for all of them, so that the event is there once.
    pub async fn record_once(&self, object: &ObjectReference, happening: Happening, id: &str) {
        self.publish(object, happening, id).await;
    }

    async fn publish(&self, object: &ObjectReference, happening: Happening, id: &str) {
        let decision = self
            .history
            .lock()
            .decide(&subject(object), &happening, clock::mono());
        match decision {
            Decision::Same => return,
            Decision::TooMany => {
                tracing::debug!(name = ?object.name, reason = happening.reason, "too many events of late; leaving one out");
                return;
            }
            Decision::Publish => {}
        }
        let namespace = object.namespace.clone().unwrap_or_else(|| "default".to_owned());
        let api: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
        let (reason, action) = (happening.reason, happening.action);
        let event = self.event(object, happening, clock::now(), id);
        let publishing = async { api.create(&PostParams::default(), &event).await };
        let published = match &self.guard {
            Some(guard) => guard.call(DEADLINE, "publish an event", publishing).await,
            None => call(DEADLINE, "publish an event", publishing).await,
        };
        if let Err(error) = published {
            if error.class() == CallClass::Conflict {
                // It has been published already, by another process.
                return;
            }
            let (kind, name) = (
                object.kind.as_deref().unwrap_or_default(),
                object.name.as_deref().unwrap_or_default(),
            );
            tracing::info!(%namespace, kind, name, reason, error = %Chain(&error), "could not publish an event");
            // The next attempt at this object may publish it.
            self.history.lock().undo(&subject(object), action);
        }
    }

    /// The object is gone: forget what was published about it.
    pub fn forget(&self, object: &ObjectReference) {
        self.history.lock().forget(&subject(object));
    }

    fn event(&self, object: &ObjectReference, happening: Happening, now: Timestamp, id: &str) -> Event {
        let name = object.name.as_deref().unwrap_or("object");
        // A name is a DNS subdomain: cut so that it does not end in a dot or a dash.
        let name = cut(name, 200).trim_end_matches(['.', '-']);
        Event {
            metadata: ObjectMeta {
                name: Some(format!("{name}.{}", cut(id, 16))),
                namespace: object.namespace.clone(),
                ..ObjectMeta::default()
            },
            event_time: Some(MicroTime(now)),
            regarding: Some(object.clone()),
            related: happening.related,
            type_: Some(match happening.severity {
                Severity::Normal => "Normal".to_owned(),
                Severity::Warning => "Warning".to_owned(),
            }),
            reason: Some(cut(happening.reason, MAX_WORD).to_owned()),
            action: Some(cut(happening.action, MAX_WORD).to_owned()),
            note: Some(shorten(&happening.note)),
            reporting_controller: Some(self.controller.to_string()),
            reporting_instance: Some(self.instance.to_string()),
            ..Event::default()
        }
    }
}

fn subject(object: &ObjectReference) -> Subject {
    Subject {
        kind: object.kind.clone().unwrap_or_default(),
        namespace: object.namespace.clone().unwrap_or_default(),
        name: object.name.clone().unwrap_or_default(),
        uid: object.uid.clone().unwrap_or_default(),
    }
}

fn shorten(note: &str) -> String {
    if note.len() <= MAX_NOTE {
        return note.to_owned();
    }
    format!("{}…", cut(note, MAX_NOTE - '…'.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_event_fits_what_the_api_server_takes() {
        let refused = tower::service_fn(async |_: http::Request<kube::client::Body>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(kube::client::Body::empty()))
        });
        let recorder = Recorder::new(
            Client::new(refused, "default"),
            "patchbay.dev/reconciler",
            &"p".repeat(300),
        );
        let object = ObjectReference {
            kind: Some("Connector".to_owned()),
            namespace: Some("n".to_owned()),
            name: Some(format!("{}-x", "a".repeat(199))),
            ..ObjectReference::default()
        };
        let happening = Happening {
            severity: Severity::Warning,
            reason: "ConnectionFailed",
            action: "Probe",
            note: "ä".repeat(2000),
            related: None,
        };
        let event = recorder.event(
            &object,
            happening,
            Timestamp::UNIX_EPOCH,
            "0123456789abcdef0123456789abcdef",
        );
        let note = event.note.unwrap();
        assert!(note.len() <= MAX_NOTE && note.ends_with("ä…"), "{}", note.len());
        assert_eq!(
            event.metadata.name.unwrap(),
            format!("{}.0123456789abcdef", "a".repeat(199))
        );
        assert_eq!(event.reporting_instance.unwrap().len(), MAX_WORD);
        assert_eq!(event.type_.unwrap(), "Warning");
    }
}
