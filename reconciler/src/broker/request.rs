//! A request as the driver sends it, bounded and checked. Nothing of it is believed but the token.

use std::collections::BTreeMap;

use patchbay_model::volume::{self, ConnectorRef, VolumeSource};
use patchbay_proto::broker as wire;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// A service account token is about 1 to 2 KiB.
const MAX_TOKEN: usize = 16 * 1024;
/// Names of Kubernetes objects have at most 253 bytes; a volume id is made by kubelet from 64 hex digits.
const MAX_NAME: usize = 256;
const MAX_CONNECTORS: usize = 32;
const MAX_CONFIGURATIONS: usize = 64;
const MAX_EXCLUDED: usize = 256;
/// Bytes of the parameters of one configuration.
const MAX_PARAMS: usize = 16 * 1024;

/// A request for the files of one volume.
#[expect(missing_debug_implementations, reason = "holds a token")]
pub struct Request {
    /// The volume, as kubelet names it.
    pub volume_id: String,
    /// The pod that the driver says the volume belongs to.
    pub pod: Pod,
    /// The node that the driver says it runs on.
    pub node: String,
    /// The pod's own token.
    pub token: Token,
    /// What the volume asks for.
    pub source: VolumeSource,
}

/// A pod, as kubelet describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its service account.
    pub service_account: String,
}

/// A bearer token. Wiped when dropped, and never formatted.
#[expect(missing_debug_implementations, reason = "a token is never formatted")]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Takes the token over.
    #[must_use]
    pub fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }

    /// The token, at the last moment.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadRequest {
    /// Which field.
    pub field: String,
    /// What, for a person.
    pub problem: String,
}

fn bad<T>(field: &str, problem: impl Into<String>) -> Result<T, BadRequest> {
    Err(BadRequest {
        field: field.to_owned(),
        problem: problem.into(),
    })
}

/// Reads a request.
///
/// # Errors
/// The first field that is missing, too long, or not what it should be.
pub fn parse(message: wire::RenderRequest) -> Result<Request, BadRequest> {
    // First of all, so that every way out wipes it.
    let token = Token::new(message.token);
    if token.expose().is_empty() {
        return bad("token", "is missing");
    }
    if token.expose().len() > MAX_TOKEN {
        return bad("token", "is too long");
    }
    let pod = message.pod.unwrap_or_default();
    let Some(source) = message.source else {
        return bad("source", "is missing");
    };
    for (field, value) in [
        ("volume_id", &message.volume_id),
        ("node_name", &message.node_name),
        ("pod.namespace", &pod.namespace),
        ("pod.name", &pod.name),
        ("pod.uid", &pod.uid),
        ("pod.service_account", &pod.service_account),
    ] {
        name(field, value)?;
    }
    let wire::Pod {
        namespace,
        name,
        uid,
        service_account,
    } = pod;
    Ok(Request {
        volume_id: message.volume_id,
        pod: Pod {
            namespace,
            name,
            uid,
            service_account,
        },
        node: message.node_name,
        token,
        source: volume_source(source)?,
    })
}

/// Reads a Subscribe: the request, and the version that the volume has.
///
/// # Errors
/// As [`parse`].
pub fn subscribe(message: wire::Subscribe) -> Result<(Request, String), BadRequest> {
    let Some(request) = message.request else {
        return bad("request", "is missing");
    };
    if message.have_version.len() > MAX_NAME {
        return bad("have_version", "is too long");
    }
    Ok((parse(request)?, message.have_version))
}

/// A name that is present, of bearable length, and shows as one line.
fn name(field: &str, value: &str) -> Result<(), BadRequest> {
    if value.is_empty() {
        return bad(field, "is missing");
    }
    if value.len() > MAX_NAME {
        return bad(field, "is too long");
    }
    if value.chars().any(char::is_control) {
        return bad(field, "has control characters");
    }
    Ok(())
}

fn volume_source(source: wire::VolumeSource) -> Result<VolumeSource, BadRequest> {
    for (field, len, max) in [
        ("source.connectors", source.connectors.len(), MAX_CONNECTORS),
        (
            "source.configurations",
            source.configurations.len(),
            MAX_CONFIGURATIONS,
        ),
        ("source.exclude_files", source.exclude_files.len(), MAX_EXCLUDED),
        ("source.params", source.params.len(), MAX_CONFIGURATIONS),
    ] {
        if len > max {
            return bad(field, format!("has {len} entries, at most {max} are taken"));
        }
    }
    let connectors = source.connectors.into_iter().map(|c| ConnectorRef {
        namespace: Some(c.namespace).filter(|namespace| !namespace.is_empty()),
        name: c.name,
    });
    let source = VolumeSource {
        connectors: connectors.collect(),
        configurations: source.configurations,
        exclude_files: source.exclude_files,
        params: params(source.params.into_iter().collect())?,
        token_expiration: None,
    };
    volume::check(&source).or_else(|violations| bad("source", violations.to_string()))?;
    Ok(source)
}

fn params(
    by_configuration: BTreeMap<String, String>,
) -> Result<BTreeMap<String, Map<String, Value>>, BadRequest> {
    let read = |(configuration, text): (String, String)| {
        name("source.params", &configuration)?;
        let field = format!("source.params[{configuration}]");
        if text.len() > MAX_PARAMS {
            return bad(&field, "is too long");
        }
        match serde_json::from_str(&text) {
            Ok(Value::Object(map)) => Ok((configuration, map)),
            _ => bad(&field, "is not a JSON object"),
        }
    };
    by_configuration.into_iter().map(read).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::broker) fn message() -> wire::RenderRequest {
        wire::RenderRequest {
            volume_id: "csi-1".to_owned(),
            pod: Some(wire::Pod {
                namespace: "demo".to_owned(),
                name: "app".to_owned(),
                uid: "u1".to_owned(),
                service_account: "default".to_owned(),
            }),
            node_name: "node".to_owned(),
            token: "t".to_owned(),
            source: Some(wire::VolumeSource {
                connectors: vec![wire::ConnectorRef {
                    namespace: String::new(),
                    name: "git-main".to_owned(),
                }],
                configurations: vec!["gitconfig".to_owned()],
                exclude_files: vec![],
                params: [("gitconfig".to_owned(), r#"{"depth": 1}"#.to_owned())].into(),
            }),
        }
    }

    #[test]
    fn a_good_request_is_taken_apart() {
        let request = parse(message()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            request.source.connectors,
            [ConnectorRef {
                namespace: None,
                name: "git-main".to_owned()
            }]
        );
        assert_eq!(request.source.params["gitconfig"]["depth"], 1);
        assert_eq!(request.token.expose(), "t");
    }

    #[test]
    fn a_bad_request_is_refused_by_field_and_without_its_token() {
        type Edit = fn(&mut wire::RenderRequest);
        let cases: &[(Edit, &str)] = &[
            (|m| m.token.clear(), "token: is missing"),
            (|m| m.token = "x".repeat(MAX_TOKEN + 1), "token: is too long"),
            (|m| m.volume_id.clear(), "volume_id: is missing"),
            (
                |m| m.volume_id = "x".repeat(MAX_NAME + 1),
                "volume_id: is too long",
            ),
            (
                |m| m.node_name = "a\nb".to_owned(),
                "node_name: has control characters",
            ),
            (|m| m.pod = None, "pod.namespace: is missing"),
            (|m| m.source = None, "source: is missing"),
            (
                |m| m.source.as_mut().unwrap().connectors = vec![wire::ConnectorRef::default(); 33],
                "source.connectors: has 33 entries, at most 32 are taken",
            ),
            (
                |m| m.source.as_mut().unwrap().configurations = vec![String::new(); 65],
                "source.configurations: has 65 entries, at most 64 are taken",
            ),
            (
                |m| {
                    drop(
                        m.source
                            .as_mut()
                            .unwrap()
                            .params
                            .insert("c".to_owned(), "[1]".to_owned()),
                    )
                },
                "source.params[c]: is not a JSON object",
            ),
            (
                |m| {
                    drop(
                        m.source
                            .as_mut()
                            .unwrap()
                            .params
                            .insert("c".to_owned(), "[".repeat(10_000)),
                    )
                },
                "source.params[c]: is not a JSON object",
            ),
            (
                |m| {
                    drop(
                        m.source
                            .as_mut()
                            .unwrap()
                            .params
                            .insert("c".to_owned(), " ".repeat(MAX_PARAMS + 1)),
                    )
                },
                "source.params[c]: is too long",
            ),
        ];
        for (edit, want) in cases {
            let mut m = message();
            edit(&mut m);
            match parse(m) {
                Ok(_) => panic!("accepted, wanted: {want}"),
                Err(error) => assert_eq!(error.to_string(), *want),
            }
        }
    }
}
