//! Who may use what: the question to the API server, its answer, and the sentence for one who may not. Pure.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec, SubjectAccessReviewStatus,
};
use patchbay_api::names::{GROUP, VERB_USE};

use super::authn::Identity;
use crate::sources::Key;

/// The ClusterRole of the chart that lets its subjects use Connectors.
const USER_ROLE: &str = "patchbay-connector-user";

/// May this identity use that Connector? Asked with everything that the API server said of the token, so that the
/// answer is the one that the pod itself would get.
#[must_use]
pub fn review(identity: &Identity, connector: &Key) -> SubjectAccessReview {
    SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(identity.username.clone()),
            uid: Some(identity.uid.clone()).filter(|uid| !uid.is_empty()),
            groups: Some(identity.groups.clone()),
            extra: Some(identity.extra.clone().into_iter().collect()),
            resource_attributes: Some(ResourceAttributes {
                group: Some(GROUP.to_owned()),
                resource: Some("connectors".to_owned()),
                verb: Some(VERB_USE.to_owned()),
                namespace: Some(connector.namespace.clone()),
                name: Some(connector.name.clone()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    }
}

/// The API server's answer. An evaluation error without an allowance is a refusal.
#[must_use]
pub fn allowed(status: &SubjectAccessReviewStatus) -> bool {
    status.allowed && !status.denied.unwrap_or(false)
}

/// The sentence for one who may not: what is missing, and the command that grants it. The same for a Connector that
/// does not exist.
#[must_use]
pub fn denial(identity: &Identity, connector: &Key) -> String {
    let Identity {
        namespace,
        service_account,
        ..
    } = identity;
    if connector.namespace != *namespace {
        return format!(
            "service account \"{namespace}/{service_account}\" may not use connector \"{connector}\" of another \
             namespace, or it does not exist: make a Connector in namespace \"{namespace}\""
        );
    }
    format!(
        "service account \"{namespace}/{service_account}\" may not use connector \"{connector}\", or it does not exist: \
         kubectl -n {} create rolebinding {service_account}-uses-connectors --clusterrole={USER_ROLE} \
         --serviceaccount={namespace}:{service_account}",
        connector.namespace,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            username: "system:serviceaccount:demo:default".to_owned(),
            uid: "sa-uid".to_owned(),
            groups: vec![
                "system:serviceaccounts".to_owned(),
                "system:authenticated".to_owned(),
            ],
            extra: [("k".to_owned(), vec!["v".to_owned()])].into(),
            namespace: "demo".to_owned(),
            service_account: "default".to_owned(),
            pod_name: "app".to_owned(),
            pod_uid: "u1".to_owned(),
            node: "node".to_owned(),
        }
    }

    #[test]
    fn the_question_carries_all_that_is_known_of_the_subject() {
        let review = serde_json::to_value(review(&identity(), &Key::new("demo", "git-main"))).unwrap();
        assert_eq!(
            review["spec"],
            serde_json::json!({
                "user": "system:serviceaccount:demo:default",
                "uid": "sa-uid",
                "groups": ["system:serviceaccounts", "system:authenticated"],
                "extra": {"k": ["v"]},
                "resourceAttributes": {
                    "group": "patchbay.dev", "resource": "connectors", "verb": "use",
                    "namespace": "demo", "name": "git-main",
                },
            })
        );
    }

    #[test]
    fn only_a_plain_yes_is_a_yes() {
        let status = |allowed, denied, error: Option<&str>| SubjectAccessReviewStatus {
            allowed,
            denied,
            evaluation_error: error.map(str::to_owned),
            reason: None,
        };
        for (given, want) in [
            (status(true, None, None), true),
            (status(true, Some(false), Some("one authorizer failed")), true),
            (status(true, Some(true), None), false),
            (status(false, None, None), false),
            (status(false, None, Some("failed")), false),
        ] {
            assert_eq!(allowed(&given), want, "{given:?}");
        }
    }

    #[test]
    fn a_denial_says_how_to_grant() {
        assert_eq!(
            denial(&identity(), &Key::new("demo", "git-main")),
            "service account \"demo/default\" may not use connector \"demo/git-main\", or it does not exist: \
             kubectl -n demo create rolebinding default-uses-connectors --clusterrole=patchbay-connector-user \
             --serviceaccount=demo:default"
        );
        assert_eq!(
            denial(&identity(), &Key::new("other", "git-main")),
            "service account \"demo/default\" may not use connector \"other/git-main\" of another namespace, or it does \
             not exist: make a Connector in namespace \"demo\""
        );
    }
}
