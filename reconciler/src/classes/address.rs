//! Where a class's API service or proxy is, as far as a plan knows without reading other objects. The model resolves.

use patchbay_api::class::EndpointRef;
use patchbay_model::Violations;
use patchbay_model::class::{Location, locate};
use patchbay_model::path::FieldPath;

/// Why there is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// `ref` and `uri` cannot be resolved.
    #[error("{0}")]
    Invalid(Violations),
    /// It stands in the status of another object.
    #[error(
        "{path}.ref: Patchbay does not read the address of {object}: write it into {path}.uri, with scheme and host"
    )]
    NotRead {
        /// `spec.api` or `spec.proxy`.
        path: FieldPath,
        /// The object.
        object: String,
    },
}

/// Makes the URL of what is at `path`, such as `spec.api`.
///
/// # Errors
/// See [`AddressError`].
pub fn resolve_at(
    path: &FieldPath,
    endpoint: Option<&EndpointRef>,
    uri: Option<&str>,
) -> Result<String, AddressError> {
    match locate(endpoint, uri, path).map_err(AddressError::Invalid)? {
        Location::Url(url) => Ok(url),
        Location::Addressable(object) => Err(AddressError::NotRead {
            path: path.clone(),
            object: object.shown(),
        }),
    }
}

/// The URL of the API service.
///
/// # Errors
/// See [`AddressError`].
pub fn resolve(endpoint: Option<&EndpointRef>, uri: Option<&str>) -> Result<String, AddressError> {
    resolve_at(&FieldPath::new("spec").child("api"), endpoint, uri)
}
