//! The authority's Secret in the API.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::PostParams;
use kube::core::ObjectMeta;
use kube::{Api, Client};
use zeroize::Zeroize;

use super::authority::{ROTATE, Record, Wish, keys, wish};
use super::given::{Given, GivenError};
use crate::client::{CallError, call, call_opt};

/// Reading or writing one small object.
const DEADLINE: Duration = Duration::from_secs(10);

/// Reads and writes one Secret. Verbs: get and update on its name, and create if it may be made.
pub(super) struct Store {
    api: Api<Secret>,
    name: String,
    may_create: bool,
}

/// What was read, and what a write must still find.
pub(super) struct Stored {
    pub(super) record: Record,
    /// The object as read; nothing when it does not exist.
    object: Option<Secret>,
}

impl Stored {
    pub(super) fn is_missing(&self) -> bool {
        self.object.is_none()
    }

    /// What a person asks for.
    pub(super) fn wish(&self) -> Option<Wish> {
        let annotations = self.object.as_ref()?.metadata.annotations.as_ref()?;
        let value = annotations.get(ROTATE)?;
        let wish = wish(value);
        if wish.is_none() {
            tracing::warn!(
                annotation = ROTATE,
                "an annotation asks for what nobody knows; write now or replace"
            );
        }
        wish
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if let Some(secret) = &mut self.object {
            wipe(secret);
        }
    }
}

fn wipe(secret: &mut Secret) {
    secret
        .data
        .iter_mut()
        .flat_map(|data| data.values_mut())
        .for_each(|value| value.0.zeroize());
}

impl Store {
    pub(super) fn new(client: Client, namespace: &str, name: &str, may_create: bool) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            may_create,
        }
    }

    pub(super) async fn read(&self) -> Result<Stored, CallError> {
        let object = call_opt(DEADLINE, "read the Secret of the CA", self.api.get(&self.name)).await?;
        let record = Record::read(|key| {
            let data = object.as_ref()?.data.as_ref()?;
            data.get(key).map(|value| value.0.as_slice())
        });
        for (key, error) in &record.damaged {
            tracing::warn!(secret = %self.name, %key, %error, "the Secret of the CA is damaged; the key will be replaced");
        }
        Ok(Stored { record, object })
    }

    /// Replaces the object that was read, or creates it when there was none. Keys that are not ours stay. `granted`
    /// removes the annotation by which a person asked for it.
    ///
    /// # Errors
    /// Of class Conflict when somebody has written since.
    pub(super) async fn write(
        &self,
        mut stored: Stored,
        granted: bool,
        record: &Record,
    ) -> Result<(), CallError> {
        let exists = stored.object.is_some();
        let mut object = stored.object.take().unwrap_or_else(|| self.empty());
        let data = object.data.get_or_insert_default();
        for key in keys::ALL {
            if let Some(mut old) = data.remove(key) {
                old.0.zeroize();
            }
        }
        if granted && let Some(annotations) = &mut object.metadata.annotations {
            annotations.remove(ROTATE);
        }
        let written = record.write();
        data.extend(
            written
                .iter()
                .map(|(key, value)| ((*key).to_owned(), ByteString(value.to_vec()))),
        );
        let params = PostParams::default();
        let answer = if exists {
            call(
                DEADLINE,
                "write the Secret of the CA",
                self.api.replace(&self.name, &params, &object),
            )
            .await
        } else {
            debug_assert!(self.may_create, "the caller asks first");
            call(
                DEADLINE,
                "create the Secret of the CA",
                self.api.create(&params, &object),
            )
            .await
        };
        wipe(&mut object);
        answer.map(|mut secret| wipe(&mut secret))
    }

    /// Reads a Secret that somebody else keeps. None when it is not there.
    pub(super) async fn read_given(
        &self,
        name: &str,
        names: &[String],
        now: Timestamp,
    ) -> Result<Option<Result<Given, GivenError>>, CallError> {
        let read = self.api.get(name);
        let Some(mut secret) = call_opt(DEADLINE, "read the Secret of the given certificate", read).await?
        else {
            return Ok(None);
        };
        let get = |key: &str| Some(secret.data.as_ref()?.get(key)?.0.as_slice());
        let given = Given::read(get, names, now);
        wipe(&mut secret);
        Ok(Some(given))
    }

    fn empty(&self) -> Secret {
        Secret {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                ..ObjectMeta::default()
            },
            type_: Some("Opaque".to_owned()),
            ..Secret::default()
        }
    }
}
