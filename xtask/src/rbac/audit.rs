//! What was asked for: the calls in an API server's audit log.

use std::collections::BTreeSet;
use std::io::BufRead;

use anyhow::Context as _;
use serde::Deserialize;

use super::Access;

/// One kind of call: all calls that a grant cannot tell apart are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// What was asked for. The name is there where the call names one object, also by field selector.
    pub access: Access,
    /// The API server said no.
    pub refused: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    verb: String,
    #[serde(default)]
    user: User,
    #[serde(default, rename = "requestURI")]
    request_uri: String,
    #[serde(default)]
    object_ref: Option<ObjectRef>,
    #[serde(default)]
    response_status: Option<ResponseStatus>,
}

#[derive(Default, Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectRef {
    #[serde(default)]
    api_group: String,
    #[serde(default)]
    resource: String,
    #[serde(default)]
    subresource: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

/// The different calls by service accounts of `namespace`. Calls that name no resource (discovery, health) are left
/// out: every account may make them.
///
/// # Errors
/// When a line is not an audit event.
pub(super) fn calls(log: impl BufRead, namespace: &str) -> anyhow::Result<BTreeSet<Call>> {
    let prefix = format!("system:serviceaccount:{namespace}:");
    let mut calls = BTreeSet::new();
    for (number, line) in log.lines().enumerate() {
        let line = line.context("cannot read the audit log")?;
        if line.trim().is_empty() {
            continue;
        }
        let event: Event = serde_json::from_str(&line)
            .with_context(|| format!("line {} is not an audit event", number + 1))?;
        if let Some(account) = event.user.username.strip_prefix(&prefix).map(str::to_owned) {
            calls.extend(call(account, event));
        }
    }
    Ok(calls)
}

fn call(account: String, event: Event) -> Option<Call> {
    let object = event.object_ref?;
    let resource = match object.subresource.as_str() {
        "" => object.resource,
        subresource => format!("{}/{subresource}", object.resource),
    };
    let some = |text: String| (!text.is_empty()).then_some(text);
    // A create names its object in the body only, which authorization does not see.
    let name = if event.verb == "create" {
        None
    } else {
        some(object.name).or_else(|| selected(&event.request_uri))
    };
    let access = Access {
        account,
        group: object.api_group,
        resource,
        verb: event.verb,
        namespace: some(object.namespace),
        name,
    };
    Some(Call {
        access,
        refused: event.response_status.is_some_and(|status| status.code == 403),
    })
}

/// The name in `fieldSelector=metadata.name=NAME`, which RBAC takes for a list or a watch of one object.
fn selected(uri: &str) -> Option<String> {
    let (_, query) = uri.split_once('?')?;
    let selector = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("fieldSelector="))?;
    let selector = selector.replace("%3D", "=").replace("%3d", "=");
    let name = selector.strip_prefix("metadata.name=")?;
    Some(name.trim_start_matches('=').to_owned())
}
