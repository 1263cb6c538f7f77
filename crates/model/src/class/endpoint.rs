//! Where a class's API service or proxy is.

use patchbay_api::class::{ClassApi, ClassProxy, EndpointRef};
use url::Url;

use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{address, name, show};

/// A service that belongs to a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its URL.
    pub url: String,
    /// PEM certificates that sign its certificate.
    pub ca_certs: Option<String>,
    /// The audience of tokens sent to it.
    pub audience: Option<String>,
}

/// What an endpoint is written as.
struct Written<'a> {
    ref_: Option<&'a EndpointRef>,
    uri: Option<&'a str>,
    ca_certs: Option<&'a str>,
    audience: Option<&'a str>,
}

/// Reads `spec.api`.
pub(super) fn read_api(api: &ClassApi, path: &FieldPath, report: &mut Report) -> Option<Endpoint> {
    let written = Written {
        ref_: api.ref_.as_ref(),
        uri: api.uri.as_deref(),
        ca_certs: api.ca_certs.as_deref(),
        audience: api.audience.as_deref(),
    };
    read(&written, path, report)
}

/// Reads `spec.proxy`.
pub(super) fn read_proxy(proxy: &ClassProxy, path: &FieldPath, report: &mut Report) -> Option<Endpoint> {
    let written = Written {
        ref_: proxy.ref_.as_ref(),
        uri: proxy.uri.as_deref(),
        ca_certs: proxy.ca_certs.as_deref(),
        audience: proxy.audience.as_deref(),
    };
    read(&written, path, report)
}

fn read(written: &Written<'_>, path: &FieldPath, report: &mut Report) -> Option<Endpoint> {
    if let Some(pem) = written.ca_certs
        && !pem.contains("-----BEGIN CERTIFICATE-----")
    {
        report.invalid(
            &path.child("CACerts"),
            "has no PEM certificate: -----BEGIN CERTIFICATE----- is missing",
        );
    }
    let base = match written.ref_ {
        Some(ref_) => Some(read_ref(ref_, &path.child("ref"), report)?),
        None => None,
    };
    let uri = written.uri.filter(|uri| !uri.is_empty());
    let url = resolve(base, uri, path, report)?;
    Some(Endpoint {
        url,
        ca_certs: written.ca_certs.map(str::to_owned),
        audience: written.audience.map(str::to_owned),
    })
}

/// An absolute `uri` wins; a relative one is resolved against `ref` (RFC 3986), so `api` and `/api` are the same.
fn resolve(base: Option<Url>, uri: Option<&str>, path: &FieldPath, report: &mut Report) -> Option<String> {
    let at = path.child("uri");
    match (base, uri) {
        (_, Some(uri)) if uri.contains("://") => {
            address::read_http(uri, &at, "it is called over HTTP", report).map(|address| address.text)
        }
        (Some(base), None) => Some(base.to_string().trim_end_matches('/').to_owned()),
        (Some(base), Some(uri)) => match base.join(uri) {
            // `//host` would leave the service.
            Ok(url) if url.host_str() == base.host_str() && url.port() == base.port() => {
                Some(url.to_string())
            }
            Ok(_) | Err(_) => {
                report.invalid(
                    &at,
                    format!(
                        "got {}, wants a path such as /api, or a whole URL",
                        show::text(uri)
                    ),
                );
                None
            }
        },
        (None, Some(uri)) => {
            let message = format!("got {}, wants a whole URL, or ref beside it", show::text(uri));
            report.invalid(&at, message);
            None
        }
        (None, None) => {
            report.deny(
                path,
                ViolationKind::Required,
                "has neither ref nor uri, wants at least one of them",
            );
            None
        }
    }
}

/// The address of a Service, as the seed resolves it.
fn read_ref(ref_: &EndpointRef, path: &FieldPath, report: &mut Report) -> Option<Url> {
    let mut good = true;
    let mut deny = |field: &str, kind: ViolationKind, message: String| {
        report.deny(&path.child(field), kind, message);
        good = false;
    };
    if ref_.kind != "Service" {
        let near = show::did_you_mean(&ref_.kind, ["Service"]);
        deny(
            "kind",
            ViolationKind::NotSupported,
            format!("got {}, wants Service{near}", show::text(&ref_.kind)),
        );
    }
    if let Err(right) = name::dns_label(&ref_.name) {
        deny(
            "name",
            ViolationKind::Invalid,
            format!("got {}, {right}", show::text(&ref_.name)),
        );
    }
    let namespace = ref_.namespace.as_deref().unwrap_or_default();
    if namespace.is_empty() {
        let message = "is missing: a class has no namespace that the Service could be in";
        deny("namespace", ViolationKind::Required, message.to_owned());
    } else if let Err(right) = name::dns_label(namespace) {
        deny(
            "namespace",
            ViolationKind::Invalid,
            format!("got {}, {right}", show::text(namespace)),
        );
    }
    Url::parse(&format!("https://{}.{namespace}.svc/", ref_.name))
        .ok()
        .filter(|_| good)
}
