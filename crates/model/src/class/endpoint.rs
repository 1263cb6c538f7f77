//! Where a class's API service or proxy is: `ref`, `uri`, or both, made into one URL.

use patchbay_api::class::{ClassApi, ClassProxy, EndpointRef};
use url::Url;

use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind, Violations};
use crate::{address, name, show};

/// A service that belongs to a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it is.
    pub location: Location,
    /// PEM certificates that sign its certificate.
    pub ca_certs: Option<String>,
    /// The audience of tokens sent to it.
    pub audience: Option<String>,
}

impl Endpoint {
    /// Its URL, where no other object must be read for it.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.location {
            Location::Url(url) => Some(url),
            Location::Addressable(_) => None,
        }
    }
}

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// At this URL.
    Url(String),
    /// Where the status of another object says.
    Addressable(Addressable),
}

/// An object that says in its status where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addressable {
    /// Its API group.
    pub group: String,
    /// Its version; `None`: any that the API server has.
    pub version: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which of `status.addresses`, where it is not `status.address`.
    pub address: Option<String>,
    /// What is resolved against its address.
    pub uri: Option<String>,
}

impl Addressable {
    /// The object in messages: `Broker.eventing.knative.dev team/main`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}.{} {}/{}", self.kind, self.group, self.namespace, self.name)
    }

    /// What must be read: the same for all that name this address of the object, whatever they put behind it.
    #[must_use]
    pub fn place(&self) -> Self {
        Self {
            uri: None,
            ..self.clone()
        }
    }

    /// The URL, once the object's own address is known. Both come from others, so both are checked, as `uri` is.
    ///
    /// # Errors
    /// What is wrong with the address, or with `uri` against it; without a field path.
    pub fn resolve(&self, address: &str) -> Result<String, String> {
        let mut report = Report::default();
        let found = absolute(address, &FieldPath::new("status"), &mut report);
        let address = match (found, report.finish(())) {
            (Some(address), Ok(_)) => address,
            (_, Err(violations)) => {
                let first = violations.iter().next().map(|v| v.message.clone());
                return Err(first.unwrap_or_default());
            }
            (None, Ok(_)) => return Err("is no URL".to_owned()),
        };
        let Some(uri) = &self.uri else { return Ok(address) };
        let base = Url::parse(&address).map_err(|error| error.to_string())?;
        join(&base, uri).ok_or_else(|| not_a_path(uri))
    }
}

/// What an endpoint is written as.
#[derive(Clone, Copy)]
struct Written<'a> {
    ref_: Option<&'a EndpointRef>,
    uri: Option<&'a str>,
    ca_certs: Option<&'a str>,
    audience: Option<&'a str>,
}

impl<'a> From<&'a ClassApi> for Written<'a> {
    fn from(api: &'a ClassApi) -> Self {
        Self {
            ref_: api.ref_.as_ref(),
            uri: api.uri.as_deref(),
            ca_certs: api.ca_certs.as_deref(),
            audience: api.audience.as_deref(),
        }
    }
}

impl<'a> From<&'a ClassProxy> for Written<'a> {
    fn from(proxy: &'a ClassProxy) -> Self {
        Self {
            ref_: proxy.ref_.as_ref(),
            uri: proxy.uri.as_deref(),
            ca_certs: proxy.ca_certs.as_deref(),
            audience: proxy.audience.as_deref(),
        }
    }
}

/// Reads `spec.api`.
pub(super) fn read_api(api: &ClassApi, path: &FieldPath, report: &mut Report) -> Option<Endpoint> {
    read(api.into(), path, report)
}

/// Reads `spec.proxy`.
pub(super) fn read_proxy(proxy: &ClassProxy, path: &FieldPath, report: &mut Report) -> Option<Endpoint> {
    read(proxy.into(), path, report)
}

/// Where the API service or the proxy of a class is, also of a class that breaks other rules. `path` is `spec.api` or
/// `spec.proxy`.
///
/// # Errors
/// What is wrong with `ref` and `uri`.
pub fn locate(
    ref_: Option<&EndpointRef>,
    uri: Option<&str>,
    path: &FieldPath,
) -> Result<Location, Violations> {
    let mut report = Report::default();
    let location = resolve(ref_, uri, path, &mut report);
    match (report.finish(()), location) {
        (Err(violations), _) => Err(violations),
        (Ok(_), Some(location)) => Ok(location),
        (Ok(_), None) => Err(Violations::one(
            path.clone(),
            ViolationKind::Invalid,
            "has no address",
        )),
    }
}

fn read(written: Written<'_>, path: &FieldPath, report: &mut Report) -> Option<Endpoint> {
    if let Some(pem) = written.ca_certs
        && !pem.contains("-----BEGIN CERTIFICATE-----")
    {
        report.invalid(
            &path.child("CACerts"),
            "has no PEM certificate: -----BEGIN CERTIFICATE----- is missing",
        );
    }
    let location = resolve(written.ref_, written.uri, path, report)?;
    Some(Endpoint {
        location,
        ca_certs: written.ca_certs.map(str::to_owned),
        audience: written.audience.map(str::to_owned),
    })
}

/// An absolute `uri` wins; a relative one is resolved against `ref` (RFC 3986), so `api` and `/api` are the same.
fn resolve(
    ref_: Option<&EndpointRef>,
    uri: Option<&str>,
    path: &FieldPath,
    report: &mut Report,
) -> Option<Location> {
    let at = path.child("uri");
    let uri = uri.map(str::trim).filter(|uri| !uri.is_empty());
    let target = match ref_ {
        Some(ref_) => Some(read_ref(ref_, &path.child("ref"), report)?),
        None => None,
    };
    if let Some(uri) = uri.filter(|uri| uri.contains("://")) {
        return absolute(uri, &at, report).map(Location::Url);
    }
    match (target, uri) {
        (None, Some(uri)) => {
            let message = format!("got {}, wants a whole URL, or ref beside it", show::text(uri));
            report.invalid(&at, message);
            None
        }
        (None, None) => {
            let message = "has neither ref nor uri, wants at least one of them";
            report.deny(path, ViolationKind::Required, message);
            None
        }
        (Some(Target::Service(base)), None) => {
            Some(Location::Url(base.to_string().trim_end_matches('/').to_owned()))
        }
        (Some(Target::Service(base)), Some(uri)) => {
            let url = join(&base, uri);
            if url.is_none() {
                report.invalid(&at, not_a_path(uri));
            }
            url.map(Location::Url)
        }
        (Some(Target::Object(object)), uri) => {
            // Any base tells whether it is a path.
            if let Some(uri) = uri
                && Url::parse("https://h/")
                    .ok()
                    .and_then(|base| join(&base, uri))
                    .is_none()
            {
                report.invalid(&at, not_a_path(uri));
                return None;
            }
            let uri = uri.map(str::to_owned);
            Some(Location::Addressable(Addressable { uri, ..object }))
        }
    }
}

fn absolute(uri: &str, at: &FieldPath, report: &mut Report) -> Option<String> {
    let address = address::read_http(uri, at, "it is called over HTTP", &mut *report)?;
    if Url::parse(uri).is_ok_and(|url| has_userinfo(&url)) {
        report.invalid(at, "must not hold a user: everyone can read it in the status");
        return None;
    }
    Some(address.text)
}

fn not_a_path(uri: &str) -> String {
    format!(
        "got {}, wants a path such as /api, or a whole URL",
        show::text(uri)
    )
}

/// A path against a base, on the same host: `//host` would leave the service.
fn join(base: &Url, uri: &str) -> Option<String> {
    let url = base.join(uri).ok()?;
    let same = url.scheme() == base.scheme() && url.host() == base.host() && url.port() == base.port();
    (same && !has_userinfo(&url)).then(|| url.to_string())
}

fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// What a `ref` names.
enum Target {
    /// A Service, by the name that the seed prints.
    Service(Url),
    /// Something else.
    Object(Addressable),
}

fn read_ref(ref_: &EndpointRef, path: &FieldPath, report: &mut Report) -> Option<Target> {
    let (group, version) = read_group(ref_, path, report)?;
    let is_service = ref_.kind == "Service" && group.is_empty();
    if group.is_empty() && !is_service {
        let near = show::did_you_mean(&ref_.kind, ["Service"]);
        let message = format!(
            "got {}, wants Service; another kind needs its apiVersion{near}",
            show::text(&ref_.kind)
        );
        report.deny(&path.child("kind"), ViolationKind::NotSupported, message);
        return None;
    }
    let mut good = true;
    let mut check = |field: &str, text: &str, rule: Result<(), &'static str>| {
        if let Err(right) = rule {
            let message = format!("got {}, {right}", show::text(text));
            report.deny(&path.child(field), ViolationKind::Invalid, message);
            good = false;
        }
    };
    check("kind", &ref_.kind, kind(&ref_.kind));
    let rule = if is_service {
        name::dns_label
    } else {
        name::dns_subdomain
    };
    check("name", &ref_.name, rule(&ref_.name));
    let namespace = ref_.namespace.as_deref().unwrap_or_default();
    if namespace.is_empty() {
        let message = "is missing: a class has no namespace that the object could be in";
        report.deny(&path.child("namespace"), ViolationKind::Required, message);
        return None;
    }
    check("namespace", namespace, name::dns_label(namespace));
    if !good {
        return None;
    }
    let address = ref_.address.as_ref().filter(|address| !address.is_empty());
    if is_service {
        if address.is_some() {
            report.warn(
                &path.child("address"),
                "is not used: a Service has only one address",
            );
        }
        let url = Url::parse(&format!("https://{}.{namespace}.svc/", ref_.name));
        return url.ok().map(Target::Service);
    }
    Some(Target::Object(Addressable {
        group,
        version,
        kind: ref_.kind.clone(),
        namespace: namespace.to_owned(),
        name: ref_.name.clone(),
        address: address.cloned(),
        uri: None,
    }))
}

/// Group and version, from `apiVersion` and `group`.
fn read_group(ref_: &EndpointRef, path: &FieldPath, report: &mut Report) -> Option<(String, Option<String>)> {
    let api_version = ref_.api_version.as_deref().unwrap_or_default();
    let (own, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let group = ref_.group.as_deref().unwrap_or_default();
    let version_is_good = version.is_empty() || name::dns_label(version).is_ok();
    if (api_version.contains('/') && (own.is_empty() || version.is_empty())) || !version_is_good {
        let message = format!(
            "got {}, wants v1 or such as example.com/v1",
            show::text(api_version)
        );
        report.invalid(&path.child("apiVersion"), message);
        return None;
    }
    if !own.is_empty() && !group.is_empty() && own != group {
        let message = format!(
            "got {}, and apiVersion has {}: leave one of them out",
            show::text(group),
            show::text(own)
        );
        report.invalid(&path.child("group"), message);
        return None;
    }
    let (group, field) = if own.is_empty() {
        (group, "group")
    } else {
        (own, "apiVersion")
    };
    if !group.is_empty()
        && let Err(right) = name::dns_subdomain(group)
    {
        report.invalid(&path.child(field), format!("got {}, {right}", show::text(group)));
        return None;
    }
    if group.is_empty() && !matches!(version, "" | "v1") {
        let message = format!(
            "got {}, wants v1: a Service has no other version",
            show::text(version)
        );
        report.invalid(&path.child("apiVersion"), message);
        return None;
    }
    let version = Some(version.to_owned()).filter(|version| !version.is_empty());
    Some((group.to_owned(), version))
}

fn kind(word: &str) -> Result<(), &'static str> {
    let good = word.len() <= 63
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric());
    good.then_some(())
        .ok_or("wants the name of a kind such as Service")
}
