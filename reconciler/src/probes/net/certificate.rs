//! What a person is told of a server's certificate. Pure. All of it is the other side's text: of names only those are
//! shown that are host names or addresses, of the issuer only plain words, and neither if it holds what was sent.

use std::net::IpAddr;

use jiff::Timestamp;
use url::Host;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::probes::safe::Hidden;

/// Names of a certificate that are looked at, and shown.
const MAX_NAMES: usize = 200;
const MAX_SHOWN: usize = 3;
/// Characters of an issuer's name.
const MAX_ISSUER: usize = 64;

/// Why the other side's certificate is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No known authority signed it.
    UnknownIssuer,
    /// It is for another name.
    OtherName,
    /// It is past its end.
    Expired,
    /// It is before its begin.
    NotYetValid,
    /// It is not for servers.
    OtherPurpose,
    /// It cannot be read.
    Unreadable,
    /// It is revoked.
    Revoked,
    /// Anything else.
    Other,
}

/// What is known of the other side's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// Its begin.
    pub not_before: Option<Timestamp>,
    /// Its end.
    pub not_after: Option<Timestamp>,
    /// The first of the names that it is for, those that can be shown.
    pub names: Vec<String>,
    /// How many names are not in `names`.
    pub more_names: usize,
    /// Who signed it, where that can be shown.
    pub issuer: Option<String>,
    /// Signed by itself.
    pub self_signed: bool,
    /// Why it is not good. With a connection nevertheless: the platform's owner does not want it verified.
    pub problem: Option<CertificateProblem>,
}

/// What rustls says about a certificate.
#[must_use]
pub fn problem(error: &rustls::Error) -> CertificateProblem {
    use rustls::CertificateError as C;
    let rustls::Error::InvalidCertificate(problem) = error else {
        return CertificateProblem::Other;
    };
    match problem {
        C::UnknownIssuer => CertificateProblem::UnknownIssuer,
        C::NotValidForName | C::NotValidForNameContext { .. } => CertificateProblem::OtherName,
        C::Expired | C::ExpiredContext { .. } => CertificateProblem::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => CertificateProblem::NotYetValid,
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => CertificateProblem::OtherPurpose,
        C::BadEncoding => CertificateProblem::Unreadable,
        C::Revoked => CertificateProblem::Revoked,
        _ => CertificateProblem::Other,
    }
}

/// Reads a certificate.
#[must_use]
pub fn facts(
    der: &[u8],
    problem: Option<CertificateProblem>,
    hidden: &Hidden,
    host: &Host<String>,
) -> TlsFacts {
    let mut facts = TlsFacts {
        not_before: None,
        not_after: None,
        names: Vec::new(),
        more_names: 0,
        issuer: None,
        self_signed: false,
        problem,
    };
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return facts;
    };
    let validity = certificate.validity();
    facts.not_before = Timestamp::from_second(validity.not_before.timestamp()).ok();
    facts.not_after = Timestamp::from_second(validity.not_after.timestamp()).ok();
    facts.self_signed = certificate.subject().as_raw() == certificate.issuer().as_raw();
    let issuer = certificate
        .issuer()
        .iter_common_name()
        .chain(certificate.issuer().iter_organization())
        .find_map(|name| name.as_str().ok());
    facts.issuer = issuer.and_then(|name| hidden.words(name, MAX_ISSUER));
    (facts.names, facts.more_names) = names(&certificate, hidden, &host.to_string());
    facts
}

fn names(certificate: &X509Certificate<'_>, hidden: &Hidden, host: &str) -> (Vec<String>, usize) {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let all = extension.map_or(&[][..], |extension| &extension.value.general_names[..]);
    let mut shown = Vec::new();
    for name in all.iter().take(MAX_NAMES) {
        let text = match name {
            GeneralName::DNSName(name) => hidden.host_name(name, host),
            GeneralName::IPAddress(bytes) => ip(bytes).map(|ip| ip.to_string()),
            _ => None,
        };
        if let Some(text) = text.filter(|text| shown.len() < MAX_SHOWN && !shown.contains(text)) {
            shown.push(text);
        }
    }
    let more = all.len().saturating_sub(shown.len());
    (shown, more)
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(Into::into)
}
