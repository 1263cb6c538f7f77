//! What is granted: the rules that the chart's roles bind to the chart's service accounts.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use super::Access;

#[derive(Deserialize)]
struct Role {
    metadata: Metadata,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    api_groups: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    resource_names: Vec<String>,
    verbs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Binding {
    metadata: Metadata,
    role_ref: RoleRef,
    #[serde(default)]
    subjects: Vec<Subject>,
}

#[derive(Deserialize)]
struct RoleRef {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct Subject {
    kind: String,
    name: String,
}

/// The documents of a YAML stream that are objects, in their order.
///
/// # Errors
/// When a document is not YAML.
fn documents(manifests: &str) -> anyhow::Result<Vec<Value>> {
    let all: Vec<Value> = serde_saphyr::from_multiple(manifests).context("the manifests are not YAML")?;
    Ok(all.into_iter().filter(Value::is_object).collect())
}

/// All grants to service accounts in the manifests.
///
/// # Errors
/// When the manifests are not YAML, a role is malformed, or a binding names a role that is not among them.
pub(super) fn of_manifests(manifests: &str) -> anyhow::Result<BTreeSet<Access>> {
    let documents = documents(manifests)?;
    let of_kind = |kind: &'static str| documents.iter().filter(move |object| object["kind"] == kind);
    let mut grants = BTreeSet::new();
    for object in of_kind("ClusterRoleBinding").chain(of_kind("RoleBinding")) {
        let binding: Binding = parse(object)?;
        let role = find(&documents, &binding)?;
        for subject in binding
            .subjects
            .iter()
            .filter(|subject| subject.kind == "ServiceAccount")
        {
            for rule in &role.rules {
                expand(
                    &subject.name,
                    binding.metadata.namespace.as_ref(),
                    rule,
                    &mut grants,
                );
            }
        }
    }
    Ok(grants)
}

fn find(documents: &[Value], binding: &Binding) -> anyhow::Result<Role> {
    let RoleRef { kind, name } = &binding.role_ref;
    documents
        .iter()
        .filter(|object| object["kind"] == kind.as_str())
        .map(parse::<Role>)
        .find(|role| {
            let in_place =
                |role: &Role| kind == "ClusterRole" || role.metadata.namespace == binding.metadata.namespace;
            role.as_ref()
                .map_or(true, |role| role.metadata.name == *name && in_place(role))
        })
        .with_context(|| {
            format!(
                "{} binds {kind} {name}, which is not in the manifests",
                binding.metadata.name
            )
        })?
}

fn expand(account: &str, namespace: Option<&String>, rule: &Rule, grants: &mut BTreeSet<Access>) {
    let names: Vec<Option<&String>> = if rule.resource_names.is_empty() {
        vec![None]
    } else {
        rule.resource_names.iter().map(Some).collect()
    };
    for group in &rule.api_groups {
        for resource in &rule.resources {
            for verb in &rule.verbs {
                grants.extend(names.iter().map(|name| Access {
                    account: account.to_owned(),
                    group: group.clone(),
                    resource: resource.clone(),
                    verb: verb.clone(),
                    namespace: namespace.cloned(),
                    name: name.cloned(),
                }));
            }
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(object: &Value) -> anyhow::Result<T> {
    let text = |pointer| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    serde_json::from_value(object.clone())
        .with_context(|| format!("{} {} is malformed", text("/kind"), text("/metadata/name")))
}
