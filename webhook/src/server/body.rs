//! Taking a body in, within bounds of size and memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use patchbay_runtime::clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::{BODY_LIMIT, BODY_MINIMUM, DEFAULT_TIMEOUT};

/// A body up to this size is an ordinary one: few objects in a cluster are larger.
const ORDINARY: usize = 256 * 1024;
/// Ordinary bodies that are in work together: 256 of the smallest.
const ORDINARY_BODIES: usize = 256 * BODY_MINIMUM;
/// Larger bodies that are in work together: two of the largest.
const LARGE_BODIES: usize = 2 * BODY_LIMIT;
/// The API server sends the body at once. Who does not holds a place in memory for nothing.
const ARRIVAL: Duration = Duration::from_secs(2);

/// Places in memory. Large bodies have their own, so that they never keep the ordinary ones waiting.
#[derive(Debug)]
pub(super) struct Places {
    ordinary: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            ordinary: Arc::new(Semaphore::new(ORDINARY_BODIES)),
            large: Arc::new(Semaphore::new(LARGE_BODIES)),
        }
    }
}

/// A body, and the place in memory that it takes until it is dropped.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

/// Why a body is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the content type must be application/json")]
    ContentType,
    #[error("the body must not be longer than {BODY_LIMIT} bytes")]
    TooLarge,
    #[error("the body could not be read to its end")]
    Broken,
    #[error("the body did not arrive in time")]
    Late,
    #[error("too many requests at a time; try again")]
    Overloaded,
}

impl Refusal {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// Reads a body when there is a place for it.
pub(super) async fn read(places: &Places, request: Request, until: Instant) -> Result<Body, Refusal> {
    let length = declared_length(request.headers())?;
    // No length declared: as if it were the longest one.
    let size = length.unwrap_or(BODY_LIMIT).max(BODY_MINIMUM);
    let pool = if size > ORDINARY {
        &places.large
    } else {
        &places.ordinary
    };
    let place = Arc::clone(pool).acquire_many_owned(u32::try_from(size).unwrap_or(u32::MAX));
    let place = timeout_at(until, place).await.map_err(|_| Refusal::Overloaded)?;
    let place = place.map_err(|_closed| Refusal::Overloaded)?;
    let arrival = axum::body::to_bytes(request.into_body(), length.unwrap_or(BODY_LIMIT));
    let bytes = timeout_at(until.min(clock::mono() + ARRIVAL), arrival)
        .await
        .map_err(|_| Refusal::Late)?;
    // The limit and a connection that ends early look alike here; a declared length was checked before.
    let bytes = bytes.map_err(|_| {
        if length.is_some() {
            Refusal::Broken
        } else {
            Refusal::TooLarge
        }
    })?;
    Ok(Body { bytes, _place: place })
}

fn declared_length(headers: &HeaderMap) -> Result<Option<usize>, Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::ContentType);
    }
    let Some(length) = headers.get(header::CONTENT_LENGTH) else {
        return Ok(None);
    };
    let length: usize = length
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(Refusal::TooLarge)?;
    if length > BODY_LIMIT {
        Err(Refusal::TooLarge)
    } else {
        Ok(Some(length))
    }
}

/// How long the API server waits for the answer: it says so in the query, as `timeout=5s`.
pub(super) fn timeout(uri: &Uri) -> Duration {
    let parameters = uri.query().unwrap_or_default().split('&');
    let seconds = parameters
        .filter_map(|parameter| parameter.strip_prefix("timeout="))
        .find_map(|value| value.strip_suffix('s')?.parse::<u64>().ok());
    // Kubernetes allows 1 to 30.
    seconds.map_or(DEFAULT_TIMEOUT, |seconds| {
        Duration::from_secs(seconds.clamp(1, 30))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_patience_is_known() {
        for (uri, want) in [
            ("/validate", 5),
            ("/validate?timeout=2s", 2),
            ("/validate?x=1&timeout=10s", 10),
            ("/validate?timeout=1h0m0s", 5),
            ("/validate?timeout=0s", 1),
            ("/validate?timeout=99999999999999999999s", 5),
        ] {
            assert_eq!(timeout(&uri.parse().unwrap()), Duration::from_secs(want), "{uri}");
        }
    }
}
