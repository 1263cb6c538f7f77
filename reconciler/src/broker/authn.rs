//! Who asks: what the API server says of a token, compared with what the driver says of the pod. Pure; the call itself
//! is in [`super::reviews`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus};
use patchbay_api::names::BROKER_AUDIENCE;
use serde::Deserialize;

use super::request::{Request, Token};

const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";
const NODE_NAME: &str = "authentication.kubernetes.io/node-name";

/// Who a token belongs to, as the API server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `system:serviceaccount:<namespace>:<name>`.
    pub username: String,
    /// The service account's UID.
    pub uid: String,
    /// All groups, as authorization wants them.
    pub groups: Vec<String>,
    /// All that the API server adds.
    pub extra: BTreeMap<String, Vec<String>>,
    /// The service account's namespace, which is the pod's.
    pub namespace: String,
    /// The service account's name.
    pub service_account: String,
    /// The pod that the token is bound to.
    pub pod_name: String,
    /// The UID of that pod.
    pub pod_uid: String,
    /// The node that the pod runs on.
    pub node: String,
}

/// Why a token does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthnError {
    /// The API server does not know it (any more).
    #[error("the pod's token is not valid: it has expired, is for another audience, or its pod is gone")]
    Refused,
    /// It is a token of something else than a service account.
    #[error("the token is not that of a service account")]
    NotAServiceAccount,
    /// It is not bound to a pod on a node.
    #[error("the token is not bound to a pod that runs on a node")]
    NotBound,
    /// It expired a while ago, and no fresh one came.
    #[error("the pod's token has expired, and kubelet has not brought a fresh one")]
    Expired,
    /// It is the token of another pod.
    #[error("the token is good, but not for this request: its {0} is another one")]
    Mismatch(&'static str),
}

/// The question to the API server.
#[must_use]
pub fn review(token: &Token) -> TokenReview {
    TokenReview {
        spec: TokenReviewSpec {
            token: Some(token.expose().to_owned()),
            audiences: Some(vec![BROKER_AUDIENCE.to_owned()]),
        },
        ..TokenReview::default()
    }
}

/// The API server's answer, read.
///
/// *Guarantees*: an identity comes out only if the API server says that the token is authentic, lists our audience (one
/// that does not know about audiences lists none), and binds it to a service account, a pod and a node.
///
/// # Errors
/// [`AuthnError::Refused`], [`AuthnError::NotAServiceAccount`] or [`AuthnError::NotBound`].
pub fn identity(status: TokenReviewStatus) -> Result<Identity, AuthnError> {
    let for_us = status
        .audiences
        .unwrap_or_default()
        .iter()
        .any(|audience| audience == BROKER_AUDIENCE);
    if !status.authenticated.unwrap_or(false) || !for_us {
        return Err(AuthnError::Refused);
    }
    let user = status.user.unwrap_or_default();
    let username = user.username.unwrap_or_default();
    let account = username
        .strip_prefix("system:serviceaccount:")
        .and_then(|rest| rest.split_once(':'));
    let Some((namespace, service_account)) = account.filter(|(ns, name)| !ns.is_empty() && !name.is_empty())
    else {
        return Err(AuthnError::NotAServiceAccount);
    };
    let extra: BTreeMap<String, Vec<String>> = user.extra.unwrap_or_default().into_iter().collect();
    let only = |key: &str| match extra.get(key).map(Vec::as_slice) {
        Some([value]) if !value.is_empty() => Ok(value.clone()),
        _ => Err(AuthnError::NotBound),
    };
    Ok(Identity {
        namespace: namespace.to_owned(),
        service_account: service_account.to_owned(),
        pod_name: only(POD_NAME)?,
        pod_uid: only(POD_UID)?,
        node: only(NODE_NAME)?,
        username,
        uid: user.uid.unwrap_or_default(),
        groups: user.groups.unwrap_or_default(),
        extra,
    })
}

/// Whether the request is about the pod that the token is bound to, on the node where that pod runs.
///
/// # Errors
/// [`AuthnError::Mismatch`] with the first field that differs.
pub fn matches(identity: &Identity, request: &Request) -> Result<(), AuthnError> {
    for (what, has, says) in [
        ("namespace", &identity.namespace, &request.pod.namespace),
        (
            "service account",
            &identity.service_account,
            &request.pod.service_account,
        ),
        ("pod name", &identity.pod_name, &request.pod.name),
        ("pod UID", &identity.pod_uid, &request.pod.uid),
        ("node", &identity.node, &request.node),
    ] {
        if has != says {
            return Err(AuthnError::Mismatch(what));
        }
    }
    Ok(())
}

/// When a token expires, by its own words; `None` when it is not a JWT with an expiry. To be believed only of a token
/// that the API server has called authentic.
#[must_use]
pub fn expiry(token: &Token) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let payload = token.expose().split('.').nth(1)?;
    let json = zeroize::Zeroizing::new(base64url(payload)?);
    let claims: Claims = serde_json::from_slice(&json).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

/// Decodes unpadded base64url, as JWTs use it.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        bits = (bits << 6) | u32::from(value(byte)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::authentication::v1::UserInfo;

    use super::*;

    fn status(edit: impl FnOnce(&mut TokenReviewStatus)) -> TokenReviewStatus {
        let one = |s: &str| vec![s.to_owned()];
        let mut status = TokenReviewStatus {
            authenticated: Some(true),
            audiences: Some(one(BROKER_AUDIENCE)),
            error: None,
            user: Some(UserInfo {
                username: Some("system:serviceaccount:demo:default".to_owned()),
                uid: Some("sa-uid".to_owned()),
                groups: Some(vec![
                    "system:serviceaccounts".to_owned(),
                    "system:serviceaccounts:demo".to_owned(),
                ]),
                extra: Some(
                    [
                        (POD_NAME.to_owned(), one("app")),
                        (POD_UID.to_owned(), one("u1")),
                        (NODE_NAME.to_owned(), one("node")),
                    ]
                    .into(),
                ),
            }),
        };
        edit(&mut status);
        status
    }

    fn extra(status: &mut TokenReviewStatus) -> &mut BTreeMap<String, Vec<String>> {
        status.user.as_mut().unwrap().extra.as_mut().unwrap()
    }

    #[test]
    fn an_answer_counts_only_when_everything_is_there() {
        type Edit = fn(&mut TokenReviewStatus);
        let cases: &[(&str, Edit, Option<AuthnError>)] = &[
            ("good", |_| (), None),
            (
                "not authenticated",
                |s| s.authenticated = Some(false),
                Some(AuthnError::Refused),
            ),
            (
                "says nothing",
                |s| s.authenticated = None,
                Some(AuthnError::Refused),
            ),
            ("no audience", |s| s.audiences = None, Some(AuthnError::Refused)),
            (
                "other audience",
                |s| s.audiences = Some(vec!["api".to_owned()]),
                Some(AuthnError::Refused),
            ),
            (
                "a user",
                |s| s.user.as_mut().unwrap().username = Some("kubernetes-admin".to_owned()),
                Some(AuthnError::NotAServiceAccount),
            ),
            (
                "half a name",
                |s| s.user.as_mut().unwrap().username = Some("system:serviceaccount:demo:".to_owned()),
                Some(AuthnError::NotAServiceAccount),
            ),
            ("no user", |s| s.user = None, Some(AuthnError::NotAServiceAccount)),
            (
                "no pod",
                |s| drop(extra(s).remove(POD_UID)),
                Some(AuthnError::NotBound),
            ),
            (
                "no node",
                |s| drop(extra(s).remove(NODE_NAME)),
                Some(AuthnError::NotBound),
            ),
            (
                "two nodes",
                |s| extra(s).get_mut(NODE_NAME).unwrap().push("b".to_owned()),
                Some(AuthnError::NotBound),
            ),
            (
                "no extra",
                |s| s.user.as_mut().unwrap().extra = None,
                Some(AuthnError::NotBound),
            ),
        ];
        for (name, edit, want) in cases {
            assert_eq!(identity(status(edit)).err(), *want, "{name}");
        }
    }

    #[test]
    fn every_field_of_the_request_is_compared() {
        let identity = identity(status(|_| ())).unwrap();
        type Edit = fn(&mut patchbay_proto::broker::RenderRequest);
        let cases: &[(Edit, Option<&str>)] = &[
            (|_| (), None),
            (|m| m.node_name = "other".to_owned(), Some("node")),
            (|m| m.pod.as_mut().unwrap().uid = "u2".to_owned(), Some("pod UID")),
            (
                |m| m.pod.as_mut().unwrap().name = "other".to_owned(),
                Some("pod name"),
            ),
            (
                |m| m.pod.as_mut().unwrap().namespace = "other".to_owned(),
                Some("namespace"),
            ),
            (
                |m| m.pod.as_mut().unwrap().service_account = "other".to_owned(),
                Some("service account"),
            ),
        ];
        for (edit, want) in cases {
            let mut message = super::super::request::tests::message();
            edit(&mut message);
            let Ok(request) = super::super::request::parse(message) else {
                panic!("the request is good")
            };
            assert_eq!(
                matches(&identity, &request),
                want.map_or(Ok(()), |w| Err(AuthnError::Mismatch(w))),
                "{want:?}"
            );
        }
    }

    #[test]
    fn the_expiry_is_read_from_the_token_itself() {
        // {"exp":1700000000} between a header and a signature that nobody looks at.
        for (token, want) in [
            ("h.eyJleHAiOjE3MDAwMDAwMDB9.s", Some(1_700_000_000)),
            ("h.eyJleHAiOjE3MDAwMDAwMDB9", Some(1_700_000_000)),
            ("h.eyJhIjoxfQ.s", None),
            ("h.***.s", None),
            ("opaque", None),
            ("", None),
        ] {
            assert_eq!(
                expiry(&Token::new(token.to_owned())).map(Timestamp::as_second),
                want,
                "{token}"
            );
        }
    }
}
