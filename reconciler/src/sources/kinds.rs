//! From a kind to the resource that the API server has it under, as its discovery says.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroup, APIResource, APIResourceList};
use kube::core::ApiResource;
use patchbay_model::class::Addressable;
use patchbay_runtime::client::{CallError, call_opt};

use super::addressed::NoKind;

/// Discovery is small and answered from memory.
const DEADLINE: Duration = Duration::from_secs(10);

/// Asks the API server for the resource of an object's kind. Without a version, the one that the API server prefers.
///
/// # Errors
/// The API server does not answer, or refuses.
pub async fn discover(
    client: &kube::Client,
    object: &Addressable,
) -> Result<Result<ApiResource, NoKind>, CallError> {
    let group = &object.group;
    let version = match &object.version {
        Some(version) => version.clone(),
        None => {
            let path = format!("/apis/{group}");
            let found: Option<APIGroup> = get(client, "discover a group", &path).await?;
            match found.and_then(preferred) {
                Some(version) => version,
                None => return Ok(Err(NoKind::Unknown)),
            }
        }
    };
    let path = format!("/apis/{group}/{version}");
    let list: Option<APIResourceList> = get(client, "discover a kind", &path).await?;
    let resources = list.map(|list| list.resources).unwrap_or_default();
    Ok(pick(&resources, group, &version, &object.kind))
}

async fn get<T: serde::de::DeserializeOwned>(
    client: &kube::Client,
    what: &'static str,
    path: &str,
) -> Result<Option<T>, CallError> {
    let request = http::Request::get(path)
        .body(Vec::new())
        .map_err(|error| CallError::new(what, kube::Error::HttpError(error)))?;
    call_opt(DEADLINE, what, client.request(request)).await
}

fn preferred(group: APIGroup) -> Option<String> {
    let first = group.versions.into_iter().next();
    group.preferred_version.or(first).map(|version| version.version)
}

/// The resource of a kind among those of a version.
fn pick(resources: &[APIResource], group: &str, version: &str, kind: &str) -> Result<ApiResource, NoKind> {
    // Subresources such as `routes/status` have the kind, too.
    let found = resources
        .iter()
        .find(|resource| resource.kind == kind && is_plural(&resource.name))
        .ok_or(NoKind::Unknown)?;
    if !found.namespaced {
        return Err(NoKind::ClusterScoped);
    }
    let can = |verb: &str| found.verbs.iter().any(|has| has == verb);
    if !can("list") || !can("watch") {
        return Err(NoKind::NotWatchable);
    }
    Ok(ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: format!("{group}/{version}"),
        kind: kind.to_owned(),
        plural: found.name.clone(),
    })
}

/// An aggregated API server can say anything; what it says becomes a part of a path.
fn is_plural(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_found_by_their_name() {
        let resource = |name: &str, kind: &str, namespaced: bool, verbs: &[&str]| -> APIResource {
            serde_json::from_value(json!({
                "name": name, "kind": kind, "namespaced": namespaced, "verbs": verbs, "singularName": ""
            }))
            .unwrap()
        };
        let all = ["get", "list", "watch"];
        let resources = [
            resource("routes/status", "Route", true, &all),
            resource("routes", "Route", true, &all),
            resource("domains", "Domain", false, &all),
            resource("reviews", "Review", true, &["create"]),
            resource("../../secrets", "Evil", true, &all),
        ];
        for (kind, want) in [
            ("Route", Ok("routes")),
            ("Domain", Err(NoKind::ClusterScoped)),
            ("Review", Err(NoKind::NotWatchable)),
            ("Evil", Err(NoKind::Unknown)),
            ("route", Err(NoKind::Unknown)),
        ] {
            let found = pick(&resources, "a.example.com", "v1", kind);
            assert_eq!(
                found.as_ref().map(|found| found.plural.as_str()),
                want.as_ref().copied(),
                "{kind}"
            );
        }
        let found = pick(&resources, "a.example.com", "v1", "Route").unwrap();
        assert_eq!(found.api_version, "a.example.com/v1");
    }

    #[test]
    fn a_group_prefers_a_version() {
        let version = |v: &str| json!({"groupVersion": format!("g/{v}"), "version": v});
        for (group, want) in [
            (
                json!({"name": "g", "versions": [version("v1"), version("v2")], "preferredVersion": version("v2")}),
                Some("v2"),
            ),
            (json!({"name": "g", "versions": [version("v1")]}), Some("v1")),
            (json!({"name": "g", "versions": []}), None),
        ] {
            let group: APIGroup = serde_json::from_value(group).unwrap();
            assert_eq!(preferred(group).as_deref(), want);
        }
    }
}
