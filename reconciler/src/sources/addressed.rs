//! The address that an object says in its status, and what is known of it. Pure.
//!
//! The convention is Knative's: `status.address.url`, or `status.addresses`, which wins where both are there and whose
//! entries have names. Before there were URLs, there was `status.address.hostname`.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::{ApiResource, DynamicResourceScope};
use serde::Deserialize;
use serde_json::Value;

/// A longer address is not kept.
const LONGEST: usize = 2048;

/// What is known of the address of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// The API server has not been asked, or has not answered yet.
    Unknown,
    /// The API server does not answer, and never said anything before.
    NotReadable,
    /// The API server has no such kind, or none that can be watched in a namespace.
    NoKind(NoKind),
    /// The API server refuses to let us read objects of the kind: `routes.serving.knative.dev`.
    Forbidden(String),
    /// It does not exist.
    Absent,
    /// It exists, and its status has no address, or none of the wanted name.
    Missing,
    /// What stands there is too long or no text.
    Unusable,
    /// What stands there. Nobody has checked it yet.
    Said(String),
}

/// Why a kind cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoKind {
    /// There is none of this name in the group and version.
    Unknown,
    /// Its objects are in no namespace.
    ClusterScoped,
    /// It cannot be listed and watched.
    NotWatchable,
}

impl AddressState {
    /// Whether `next` is news. A failure does not replace what the API server said of the object itself.
    #[must_use]
    pub fn gives_way_to(&self, next: &Self) -> bool {
        if self == next {
            return false;
        }
        let exists = matches!(self, Self::Missing | Self::Unusable | Self::Said(_));
        match next {
            Self::Unknown => false,
            Self::NotReadable => *self == Self::Unknown,
            Self::Forbidden(_) => !exists && *self != Self::Absent,
            Self::NoKind(_) => !exists,
            Self::Absent | Self::Missing | Self::Unusable | Self::Said(_) => true,
        }
    }
}

/// Any object, of which only the status is read.
#[derive(Clone, Debug, Deserialize)]
pub struct Addressed {
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    status: Value,
}

impl Addressed {
    /// What its status says. `name`: which of `status.addresses`.
    #[must_use]
    pub fn address(&self, name: Option<&str>) -> AddressState {
        let listed = self.status.get("addresses").and_then(Value::as_array);
        let address = match (listed.filter(|list| !list.is_empty()), name) {
            (Some(list), Some(name)) => list
                .iter()
                .find(|entry| entry.get("name").and_then(Value::as_str) == Some(name)),
            (Some(list), None) => list.first(),
            (None, name) => self.status.get("address").filter(|address| {
                name.is_none_or(|name| address.get("name").and_then(Value::as_str) == Some(name))
            }),
        };
        let text = |field: &str| {
            let value = address?.get(field)?;
            (!value.is_null() && value.as_str() != Some("")).then_some(value)
        };
        let (said, scheme) = match (text("url"), text("hostname")) {
            (Some(url), _) => (url, ""),
            (None, Some(host)) => (host, "http://"),
            (None, None) => return AddressState::Missing,
        };
        match said.as_str().filter(|said| said.len() <= LONGEST) {
            Some(said) => AddressState::Said(format!("{scheme}{said}")),
            None => AddressState::Unusable,
        }
    }
}

impl Resource for Addressed {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(dt: &ApiResource) -> Cow<'_, str> {
        Cow::from(&dt.kind)
    }

    fn group(dt: &ApiResource) -> Cow<'_, str> {
        Cow::from(&dt.group)
    }

    fn version(dt: &ApiResource) -> Cow<'_, str> {
        Cow::from(&dt.version)
    }

    fn plural(dt: &ApiResource) -> Cow<'_, str> {
        Cow::from(&dt.plural)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(url: &str) -> AddressState {
        AddressState::Said(url.to_owned())
    }

    #[test]
    fn addresses_stand_where_the_convention_says() {
        let two = json!([{"name": "http", "url": "http://a"}, {"name": "https", "url": "https://a"}]);
        for (status, name, want) in [
            (
                json!({"address": {"url": "http://h/p"}}),
                None,
                said("http://h/p"),
            ),
            (
                json!({"address": {"hostname": "h.svc"}}),
                None,
                said("http://h.svc"),
            ),
            (
                json!({"address": {"url": "http://u", "hostname": "h"}}),
                None,
                said("http://u"),
            ),
            (json!({ "addresses": two }), None, said("http://a")),
            (json!({ "addresses": two }), Some("https"), said("https://a")),
            (json!({ "addresses": two }), Some("grpc"), AddressState::Missing),
            (
                json!({"addresses": two, "address": {"url": "http://old"}}),
                None,
                said("http://a"),
            ),
            (
                json!({"addresses": [], "address": {"url": "http://h"}}),
                None,
                said("http://h"),
            ),
            (
                json!({"address": {"name": "x", "url": "http://h"}}),
                Some("x"),
                said("http://h"),
            ),
            (
                json!({"address": {"url": "http://h"}}),
                Some("x"),
                AddressState::Missing,
            ),
            (json!(null), None, AddressState::Missing),
            (json!("hostile"), None, AddressState::Missing),
            (json!({"address": "http://h"}), None, AddressState::Missing),
            (
                json!({"address": {"url": null}, "addresses": {}}),
                None,
                AddressState::Missing,
            ),
            (json!({"address": {"url": ""}}), None, AddressState::Missing),
            (json!({"addresses": [7]}), None, AddressState::Missing),
            (json!({"address": {"url": 7}}), None, AddressState::Unusable),
            (
                json!({"address": {"url": "x".repeat(LONGEST + 1)}}),
                None,
                AddressState::Unusable,
            ),
        ] {
            let object: Addressed =
                serde_json::from_value(json!({"metadata": {}, "status": status})).unwrap();
            assert_eq!(object.address(name), want, "{status} {name:?}");
        }
        let bare: Addressed = serde_json::from_value(json!({})).unwrap();
        assert_eq!(bare.address(None), AddressState::Missing);
    }

    #[test]
    fn failures_do_not_replace_knowledge() {
        use AddressState::{Absent, Forbidden, Missing, NotReadable, Unknown, Unusable};
        let all = [
            ("unknown", Unknown),
            ("not readable", NotReadable),
            ("no kind", AddressState::NoKind(NoKind::Unknown)),
            ("forbidden", Forbidden("r".to_owned())),
            ("absent", Absent),
            ("missing", Missing),
            ("unusable", Unusable),
            ("said", said("http://h")),
        ];
        let of_object = ["absent", "missing", "unusable", "said"];
        for (name, state) in &all {
            let mut failures = Vec::new();
            for (next, news) in &all {
                let taken = state.gives_way_to(news);
                if of_object.contains(next) {
                    assert_eq!(taken, name != next, "{name} to {next}");
                } else if taken {
                    failures.push(*next);
                }
            }
            let want: &[&str] = match *name {
                "unknown" => &["not readable", "no kind", "forbidden"],
                "not readable" => &["no kind", "forbidden"],
                "no kind" => &["forbidden"],
                "forbidden" | "absent" => &["no kind"],
                _ => &[],
            };
            assert_eq!(failures, want, "after {name}");
        }
        assert!(said("http://a").gives_way_to(&said("http://b")));
    }
}
