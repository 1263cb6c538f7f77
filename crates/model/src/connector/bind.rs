//! A Connector against its class.

use patchbay_api::connector::{ConnectorAuth, ConnectorSpec};
use patchbay_api::param::ParamValue;
use serde_json::Value;

use super::{Bound, BoundAuth, Connector, SecretName, read};
use crate::address::{self, Address};
use crate::class::{AuthType, Class};
use crate::param::{Params, given_in_list};
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Report, ViolationKind, Violations};

/// Notes every violation. `None` where the address is missing or wrong.
pub(super) fn bind(connector: &Connector, class: &Class, report: &mut Report) -> Option<Bound> {
    let spec = &connector.spec;
    let path = FieldPath::new("spec");
    let owner = class.shown();
    let address = bind_address(connector, class, &path.child("address"), report);
    let extensions = path.child("addressExtensions");
    let given = given_in_list(&spec.address_extensions, &extensions);
    let extension_values = class.address_extensions.bind(&given, &extensions, &owner, report);
    let auth = bind_auth(connector, class, &path.child("auth"), report);
    let params_path = path.child("params");
    let given = given_in_list(&spec.params, &params_path);
    let params = class.params.bind(&given, &params_path, &owner, report);
    if let Some(schema) = &class.schema
        && let Ok(effective) = serde_json::to_value(effective_spec(spec, class))
    {
        schema.check(&effective, &path, &owner, report);
    }
    Some(Bound {
        address: address?,
        address_extensions: read::extensions(&extension_values),
        params,
        auth,
        ca_secret: spec.ca_cert_secret_ref.as_ref().map(|ca| ca.name.clone()),
    })
}

fn bind_address(
    connector: &Connector,
    class: &Class,
    path: &FieldPath,
    report: &mut Report,
) -> Option<Address> {
    if connector.spec.address.is_some() {
        // What is wrong with the address itself was noted when it was read.
        let address = connector.address.clone()?;
        let allowed = class
            .address
            .as_ref()
            .map(|a| a.allowed.as_slice())
            .unwrap_or_default();
        if !allowed.is_empty() && !allowed.iter().any(|a| a.as_str() == Some(address.text.as_str())) {
            let allowed: Vec<String> = allowed.iter().map(show::plain).collect();
            let message = format!(
                "got {}, {} wants one of {}",
                show::text(&address.text),
                class.shown(),
                show::names(&allowed)
            );
            report.deny(path, ViolationKind::NotSupported, message);
        }
        if class.probes_over_http() {
            address::require_http(
                &address,
                path,
                &format!("{} probes over HTTP", class.shown()),
                report,
            );
        }
        return Some(address);
    }
    let default = class
        .address
        .as_ref()
        .and_then(|a| a.default.as_ref())
        .and_then(Value::as_str);
    let address = default.and_then(|text| address::read(text, path, &mut Report::default()));
    if address.is_none() {
        report.extend(no_address(class));
    }
    address
}

/// What is wrong with a Connector that has no address.
pub(super) fn no_address(class: &Class) -> Violations {
    let message = format!(
        "is missing, and {} has no default: wants a URL such as https://git.example.com",
        class.shown()
    );
    Violations::one(
        FieldPath::new("spec").child("address"),
        ViolationKind::Required,
        message,
    )
}

fn bind_auth(
    connector: &Connector,
    class: &Class,
    path: &FieldPath,
    report: &mut Report,
) -> Option<BoundAuth> {
    let Some(auth) = &connector.spec.auth else {
        if !class.auth_types.is_empty() && !class.auth_types.iter().any(|t| t.optional) {
            let message = format!(
                "is missing, {} wants credentials: {}",
                class.shown(),
                type_names(class)
            );
            report.deny(path, ViolationKind::Required, message);
        }
        return None;
    };
    if class.auth_types.is_empty() {
        let message = format!("{} takes no credentials", class.shown());
        report.deny(path, ViolationKind::Forbidden, message);
        return None;
    }
    let auth_type = choose_type(auth, class, path, report)?;
    let secret_path = path.child("secretRef");
    if auth.secret_ref.is_none() && !auth_type.optional {
        let message = format!(
            "is missing, auth type {} of {} wants a Secret of type {}",
            show::text(&auth_type.name),
            class.shown(),
            auth_type.secret_type.as_str()
        );
        report.deny(&secret_path, ViolationKind::Required, message);
    }
    let secret = auth.secret_ref.as_ref().map(|secret| SecretName {
        namespace: secret
            .namespace
            .clone()
            .filter(|n| !n.is_empty())
            .unwrap_or_else(|| connector.namespace.clone()),
        name: secret.name.clone(),
    });
    let none = Params::default();
    let declared = class
        .auth_probe(&auth_type.name)
        .map_or(&none, |probe| &probe.params);
    let params_path = path.child("params");
    let given = given_in_list(&auth.params, &params_path);
    let owner = format!("auth type {} of {}", show::text(&auth_type.name), class.shown());
    let params = declared.bind(&given, &params_path, &owner, report);
    Some(BoundAuth {
        type_name: auth_type.name.clone(),
        secret,
        params,
    })
}

/// The auth type that a Connector means.
fn choose_type<'a>(
    auth: &ConnectorAuth,
    class: &'a Class,
    path: &FieldPath,
    report: &mut Report,
) -> Option<&'a AuthType> {
    let name_path = path.child("name");
    if let Some(name) = auth.name.as_deref().filter(|n| !n.is_empty()) {
        let found = class.auth_type(name);
        if found.is_none() {
            let near = show::did_you_mean(name, class.auth_types.iter().map(|t| t.name.as_str()));
            let message = format!(
                "got {}, {} has {}{near}",
                show::text(name),
                class.shown(),
                type_names(class)
            );
            report.deny(&name_path, ViolationKind::NotSupported, message);
        }
        return found;
    }
    let optional = || class.auth_types.iter().find(|t| t.optional);
    let implied = match class.auth_types.as_slice() {
        [only] => Some(only),
        // Without a Secret it can only be one that needs none.
        _ if auth.secret_ref.is_none() => optional(),
        _ => None,
    };
    if implied.is_none() {
        let message = format!(
            "is missing, {} has several auth types: {}",
            class.shown(),
            type_names(class)
        );
        report.deny(&name_path, ViolationKind::Required, message);
    }
    implied
}

fn type_names(class: &Class) -> String {
    let names: Vec<&str> = class.auth_types.iter().map(|t| t.name.as_str()).collect();
    show::names(&names)
}

/// See [`super::effective_spec`].
pub(super) fn effective_spec(spec: &ConnectorSpec, class: &Class) -> ConnectorSpec {
    let mut spec = spec.clone();
    if spec.address.is_none() {
        let default = class
            .address
            .as_ref()
            .and_then(|a| a.default.as_ref())
            .and_then(Value::as_str);
        spec.address = default.map(str::to_owned);
    }
    fill_in(&mut spec.address_extensions, &class.address_extensions);
    fill_in(&mut spec.params, &class.params);
    if let Some(auth) = &mut spec.auth
        && let Some(auth_type) = choose_type(auth, class, &FieldPath::default(), &mut Report::default())
        && let Some(probe) = class.auth_probe(&auth_type.name)
    {
        fill_in(&mut auth.params, &probe.params);
    }
    spec
}

fn fill_in(values: &mut Vec<ParamValue>, declared: &Params) {
    for param in declared.iter() {
        if let Some(default) = &param.default
            && !values.iter().any(|v| v.name == param.name)
        {
            values.push(ParamValue {
                name: param.name.clone(),
                value: default.clone(),
            });
        }
    }
}
