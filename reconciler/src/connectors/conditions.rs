//! The conditions of a Connector that need no probe, and all of them together. Pure.

use patchbay_api::conditions::{Reason, types};
use patchbay_model::status::{Condition, Status, aggregate};

use super::bind::SecretError;
use super::plan::Observed;
use super::probing::Probing;
use crate::probes::net::tls::usable_certificates;
use crate::probes::verdict::Kind;

/// All conditions, `Ready` last.
pub fn conditions(o: &Observed<'_>, liveness: &Probing, auth: &Probing) -> Vec<Condition> {
    let mut all = vec![
        class_ready(o),
        secret_ready(o),
        liveness.condition(Kind::Liveness),
        auth.condition(Kind::Auth),
        proxy_ready(o),
        ca_ready(o),
    ];
    all.push(aggregate(&all));
    all
}

/// A condition that is not known as long as another one is not True.
pub fn waits_for(type_: &'static str, other: &str) -> Condition {
    Condition::unknown(type_, Reason::DependencyNotReady, format!("waits for {other}"))
}

fn class_ready(o: &Observed<'_>) -> Condition {
    let name = &o.object.spec.connector_class_name;
    match &o.bound {
        Ok(_) => Condition::good(
            types::CONNECTOR_CLASS_READY,
            Reason::Ready,
            format!("the Connector fits ConnectorClass \"{name}\""),
        ),
        Err(error) => Condition::bad(types::CONNECTOR_CLASS_READY, error.reason(), error.to_string()),
    }
}

fn secret_ready(o: &Observed<'_>) -> Condition {
    let type_ = types::SECRET_READY;
    let Ok((_, bound)) = &o.bound else {
        return waits_for(type_, types::CONNECTOR_CLASS_READY);
    };
    let found = match &o.credential {
        Ok(found) => found,
        Err(error) => return unusable(type_, error),
    };
    match (found, bound.auth.as_ref().and_then(|auth| auth.secret.as_ref())) {
        (Some(_), Some(name)) => Condition::good(
            type_,
            Reason::Ready,
            format!(
                "Secret \"{}/{}\" has the right type and all keys",
                name.namespace, name.name
            ),
        ),
        _ => Condition::good(
            type_,
            Reason::SecretOptional,
            "no Secret is given, and the class does not ask for one",
        ),
    }
}

fn unusable(type_: &'static str, error: &SecretError) -> Condition {
    match error {
        SecretError::Pending(_) | SecretError::NotReadable(_) => {
            Condition::unknown(type_, error.reason(), error.to_string())
        }
        SecretError::NotFound { .. } | SecretError::Unfit { .. } => {
            Condition::bad(type_, error.reason(), error.to_string())
        }
    }
}

/// Only informs: a tool whose certificate the built-in authorities have signed is reached without these.
fn ca_ready(o: &Observed<'_>) -> Condition {
    let type_ = types::CA_CERT_READY;
    let Ok((_, bound)) = &o.bound else {
        return waits_for(type_, types::CONNECTOR_CLASS_READY);
    };
    let insecure = o
        .memory
        .of(Kind::Liveness)
        .or(o.memory.of(Kind::Auth))
        .is_some_and(|probed| probed.standing.last().insecure);
    if insecure {
        return Condition::bad(
            type_,
            Reason::CertificateNotVerified,
            "the tool's certificate is not verified: the platform's owner lets that pass for this host",
        );
    }
    let name = bound.ca_secret.as_deref().unwrap_or_default();
    match &o.authority {
        Err(error) => unusable(type_, error),
        Ok(None) => Condition::good(
            type_,
            Reason::NoCACert,
            "spec.caCertSecretRef is not given: the authorities that everyone trusts are trusted",
        ),
        Ok(Some(secret)) => match usable_certificates(&secret.data) {
            0 => Condition::bad(
                type_,
                Reason::InvalidPEM,
                format!(
                    "Secret \"{name}\" holds no certificate in PEM: put one into a key that ends in .crt or .pem"
                ),
            ),
            1 => Condition::good(
                type_,
                Reason::Valid,
                format!("Secret \"{name}\" holds a certificate"),
            ),
            n => Condition::good(
                type_,
                Reason::Valid,
                format!("Secret \"{name}\" holds {n} certificates"),
            ),
        },
    }
}

fn proxy_ready(o: &Observed<'_>) -> Condition {
    let type_ = types::PROXY_SERVICE_READY;
    let Some(class) = o.class else {
        return waits_for(type_, types::CONNECTOR_CLASS_READY);
    };
    if class.spec.proxy.is_none() {
        return Condition::good(type_, Reason::NonProxy, "the class has no proxy");
    }
    let known = class
        .status
        .as_ref()
        .and_then(|s| s.conditions.iter().find(|c| c.type_ == types::PROXY_READY));
    match known {
        Some(c) if c.status == Status::True.as_str() => {
            Condition::good(type_, Reason::Ready, c.message.clone())
        }
        Some(c) if c.status == Status::False.as_str() => Condition::bad(
            type_,
            Reason::ProxyServiceNotFound,
            format!("the class's proxy is not there: {}", c.message),
        ),
        // Something that does not pass by itself, which the class tells.
        Some(c) if c.reason != Reason::Checking.as_str() => Condition::unknown(
            type_,
            Reason::Checking,
            format!("whether the class's proxy is there is not known: {}", c.message),
        ),
        _ => Condition::unknown(type_, Reason::Checking, "the class's proxy was not looked at yet"),
    }
}
