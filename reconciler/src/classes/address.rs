//! Where a class's API service and proxy are: the one place that decides it, for conditions, probes and files. Pure. The
//! model resolves; what an object says of itself comes from outside.

use patchbay_api::ConnectorClass;
use patchbay_api::class::EndpointRef;
use patchbay_api::conditions::{Class as ErrorClass, Reason};
use patchbay_api::names::LABEL_ADDRESSABLE;
use patchbay_model::Violations;
use patchbay_model::class::{Addressable, Location, locate};
use patchbay_model::path::FieldPath;

use crate::sources::{AddressState, NoKind};

/// Why there is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// `ref` and `uri` cannot be resolved.
    #[error("{0}")]
    Invalid(Violations),
    /// It stands in the status of another object, which has none that can be used.
    #[error("{path}.ref: {problem}")]
    Object {
        /// `spec.api` or `spec.proxy`.
        path: FieldPath,
        /// What is wrong.
        problem: ObjectError,
    },
}

/// Why the object that `ref` names has no address that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It was not read yet.
    #[error("{0} is being read")]
    Pending(String),
    /// The API server does not answer.
    #[error("{0} cannot be read: the API server does not answer for its kind")]
    NotReadable(String),
    /// There is no such kind.
    #[error("no kind {kind} in {group}: is its operator installed?")]
    NoKind {
        /// The kind.
        kind: String,
        /// The group, with the version if `ref` has one.
        group: String,
    },
    /// Objects of the kind are in no namespace, or cannot be watched.
    #[error("{kind} in {group} {why}: name an object of another kind, or write the address into uri")]
    UnfitKind {
        /// The kind.
        kind: String,
        /// The group, with the version if `ref` has one.
        group: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Patchbay may not read it.
    #[error(
        "Patchbay may not read {object}: label a ClusterRole that grants list and watch of {resource} with \
         {LABEL_ADDRESSABLE}: \"true\""
    )]
    Forbidden {
        /// The object.
        object: String,
        /// `routes.serving.knative.dev`
        resource: String,
    },
    /// It does not exist.
    #[error("{0} does not exist: create it, or correct ref")]
    Absent(String),
    /// It has no address.
    #[error("{object} has no {wanted} in its status: see what its own conditions say")]
    Missing {
        /// The object.
        object: String,
        /// What it should have.
        wanted: String,
    },
    /// It has an address that cannot be used.
    #[error("the address in the status of {object} cannot be used: {why}")]
    Unusable {
        /// The object.
        object: String,
        /// What is wrong with it.
        why: String,
    },
}

impl AddressError {
    /// The reason of the condition.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Invalid(_) => Reason::Invalid,
            Self::Object { problem, .. } => match problem {
                ObjectError::Pending(_) => Reason::Checking,
                ObjectError::NotReadable(_) => Reason::Unavailable,
                ObjectError::NoKind { .. } | ObjectError::UnfitKind { .. } => Reason::EndpointKindNotFound,
                ObjectError::Forbidden { .. } => Reason::EndpointNotReadable,
                ObjectError::Absent(_) => Reason::EndpointNotFound,
                ObjectError::Missing { .. } => Reason::EndpointWithoutAddress,
                ObjectError::Unusable { .. } => Reason::EndpointAddressInvalid,
            },
        }
    }

    /// What to do about it. Transient: nothing is known, which is not the same as that there is none.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Invalid(_) => ErrorClass::Invalid,
            Self::Object { problem, .. } => match problem {
                ObjectError::Pending(_) | ObjectError::NotReadable(_) | ObjectError::Forbidden { .. } => {
                    ErrorClass::Transient
                }
                ObjectError::NoKind { .. } | ObjectError::Absent(_) | ObjectError::Missing { .. } => {
                    ErrorClass::Waiting
                }
                ObjectError::UnfitKind { .. } | ObjectError::Unusable { .. } => ErrorClass::Invalid,
            },
        }
    }

    /// Whether it is only that the object was not read yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(
            self,
            Self::Object {
                problem: ObjectError::Pending(_),
                ..
            }
        )
    }
}

/// The URL of a service of a class; `None` where the class has no such service.
pub type Resolved = Option<Result<String, AddressError>>;

/// Where `spec.api` is. `state`: what is known of an object that is named.
pub fn api(class: &ConnectorClass, state: impl FnOnce(&Addressable) -> AddressState) -> Resolved {
    let api = class.spec.api.as_ref()?;
    Some(resolve("api", api.ref_.as_ref(), api.uri.as_deref(), state))
}

/// Where `spec.proxy` is. `state`: what is known of an object that is named.
pub fn proxy(class: &ConnectorClass, state: impl FnOnce(&Addressable) -> AddressState) -> Resolved {
    let proxy = class.spec.proxy.as_ref()?;
    Some(resolve("proxy", proxy.ref_.as_ref(), proxy.uri.as_deref(), state))
}

fn resolve(
    field: &str,
    endpoint: Option<&EndpointRef>,
    uri: Option<&str>,
    state: impl FnOnce(&Addressable) -> AddressState,
) -> Result<String, AddressError> {
    let path = FieldPath::new("spec").child(field);
    match locate(endpoint, uri, &path).map_err(AddressError::Invalid)? {
        Location::Url(url) => Ok(url),
        Location::Addressable(object) => {
            url_of(&object, state(&object.place())).map_err(|problem| AddressError::Object { path, problem })
        }
    }
}

fn url_of(of: &Addressable, state: AddressState) -> Result<String, ObjectError> {
    let object = of.shown();
    let kind = of.kind.clone();
    let group = match &of.version {
        Some(version) => format!("{}/{version}", of.group),
        None => of.group.clone(),
    };
    Err(match state {
        AddressState::Said(address) => {
            return of
                .resolve(&address)
                .map_err(|why| ObjectError::Unusable { object, why });
        }
        AddressState::Unknown => ObjectError::Pending(object),
        AddressState::NotReadable => ObjectError::NotReadable(object),
        AddressState::NoKind(NoKind::Unknown) => ObjectError::NoKind { kind, group },
        AddressState::NoKind(NoKind::ClusterScoped) => ObjectError::UnfitKind {
            kind,
            group,
            why: "is not in a namespace",
        },
        AddressState::NoKind(NoKind::NotWatchable) => ObjectError::UnfitKind {
            kind,
            group,
            why: "cannot be listed and watched",
        },
        AddressState::Forbidden(resource) => ObjectError::Forbidden { object, resource },
        AddressState::Absent => ObjectError::Absent(object),
        AddressState::Missing => ObjectError::Missing {
            object,
            wanted: of
                .address
                .as_ref()
                .map_or_else(|| "address".to_owned(), |name| format!("address \"{name}\"")),
        },
        AddressState::Unusable => ObjectError::Unusable {
            object,
            why: "it is no text of at most 2048 bytes".to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use patchbay_api::conditions::types;

    use super::*;
    use crate::testing::class;

    fn of(spec: &str) -> ConnectorClass {
        class(&format!(
            "metadata: {{name: git}}\nspec: {{address: {{name: address, type: string}}, {spec}}}"
        ))
    }

    const ROUTE: &str = "ref: {kind: Route, apiVersion: a.example.com/v1, namespace: demo, name: git}";

    #[test]
    fn every_state_says_what_it_is() {
        let said = |url: &str| AddressState::Said(url.to_owned());
        for (state, want) in [
            (said("http://h/base"), "http://h/base"),
            (
                AddressState::Unknown,
                "Checking: spec.api.ref: Route.a.example.com demo/git is being read",
            ),
            (
                AddressState::NotReadable,
                "Unavailable: spec.api.ref: Route.a.example.com demo/git cannot be read: the API server does not answer \
                 for its kind",
            ),
            (
                AddressState::NoKind(NoKind::Unknown),
                "EndpointKindNotFound: spec.api.ref: no kind Route in a.example.com/v1: is its operator installed?",
            ),
            (
                AddressState::NoKind(NoKind::ClusterScoped),
                "EndpointKindNotFound: spec.api.ref: Route in a.example.com/v1 is not in a namespace: name an object of \
                 another kind, or write the address into uri",
            ),
            (
                AddressState::NoKind(NoKind::NotWatchable),
                "EndpointKindNotFound: spec.api.ref: Route in a.example.com/v1 cannot be listed and watched: name an \
                 object of another kind, or write the address into uri",
            ),
            (
                AddressState::Forbidden("routes.a.example.com".to_owned()),
                "EndpointNotReadable: spec.api.ref: Patchbay may not read Route.a.example.com demo/git: label a \
                 ClusterRole that grants list and watch of routes.a.example.com with patchbay.dev/addressable: \"true\"",
            ),
            (
                AddressState::Absent,
                "EndpointNotFound: spec.api.ref: Route.a.example.com demo/git does not exist: create it, or correct ref",
            ),
            (
                AddressState::Missing,
                "EndpointWithoutAddress: spec.api.ref: Route.a.example.com demo/git has no address in its status: see \
                 what its own conditions say",
            ),
            (
                AddressState::Unusable,
                "EndpointAddressInvalid: spec.api.ref: the address in the status of Route.a.example.com demo/git cannot \
                 be used: it is no text of at most 2048 bytes",
            ),
            (
                said("ftp://h"),
                "EndpointAddressInvalid: spec.api.ref: the address in the status of Route.a.example.com demo/git cannot \
                 be used: got \"ftp://h\", wants http:// or https://: it is called over HTTP",
            ),
        ] {
            let found = api(&of(&format!("api: {{{ROUTE}}}")), |_| state).expect("an API");
            let known = types::facts(types::API_READY).expect("known");
            if let Err(error) = &found {
                let allowed = match error.class() {
                    ErrorClass::Transient => known.unknown,
                    _ => known.bad,
                };
                assert!(allowed.contains(&error.reason()), "{error}");
            }
            let line = found.unwrap_or_else(|error| format!("{}: {error}", error.reason()));
            assert_eq!(line, want);
        }
    }

    #[test]
    fn both_services_are_found_alike_and_objects_are_asked_by_their_place() {
        let spec = format!("api: {{{ROUTE}, uri: v2}}, proxy: {{{ROUTE}, uri: /p}}");
        let state = |place: &Addressable| {
            assert_eq!(place.uri, None);
            AddressState::Said("https://h:8443/base/".to_owned())
        };
        assert_eq!(
            api(&of(&spec), state),
            Some(Ok("https://h:8443/base/v2".to_owned()))
        );
        assert_eq!(proxy(&of(&spec), state), Some(Ok("https://h:8443/p".to_owned())));
        let never = |_: &Addressable| -> AddressState { panic!("not asked") };
        let service = of("api: {ref: {kind: Service, name: git, namespace: default}, uri: /api}");
        assert_eq!(
            api(&service, never),
            Some(Ok("https://git.default.svc/api".to_owned()))
        );
        assert_eq!(proxy(&service, never), None);
        let whole = of(&format!("proxy: {{{ROUTE}, uri: 'https://x/y'}}"));
        assert_eq!(proxy(&whole, never), Some(Ok("https://x/y".to_owned())));
    }

    #[test]
    fn an_address_of_a_name_is_missed_by_its_name() {
        let named = of(&format!(
            "proxy: {{{}}}",
            ROUTE.replace("name: git", "name: git, address: tls")
        ));
        let error = proxy(&named, |_| AddressState::Missing)
            .expect("a proxy")
            .unwrap_err();
        assert!(
            error.to_string().contains("has no address \"tls\" in its status"),
            "{error}"
        );
    }
}
