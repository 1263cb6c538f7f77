//! One request and its answer over an open connection.

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use patchbay_model::secret::SecretBytes;
use zeroize::Zeroizing;

use crate::probes::error::{ProbeError, Stage};
use crate::probes::net::stream::Link;
use crate::probes::net::trip::Trip;
use crate::probes::sniff::sniff;

/// Bytes of a body that are read.
pub const MAX_BODY: usize = 64 * 1024;
/// Bytes that the head of an answer may have (hyper's smallest bound is 8 KiB).
pub const MAX_HEAD: usize = 32 * 1024;
/// Header lines that an answer may have.
pub const MAX_HEADERS: usize = 100;

/// An answer as it came.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, SecretBytes)>,
    pub(super) body: SecretBytes,
    pub(super) body_cut: bool,
}

impl Raw {
    pub(super) fn location(&self) -> Option<String> {
        let found = self
            .headers
            .iter()
            .find(|(name, _)| name == header::LOCATION.as_str());
        found.and_then(|(_, value)| String::from_utf8(value.expose().to_vec()).ok())
    }
}

/// Sends the request and reads the answer.
pub(super) async fn ask(link: Link, request: Request<Empty<Bytes>>, trip: &Trip) -> Result<Raw, ProbeError> {
    let Link { stream, slot, .. } = link;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let (mut sender, connection) = trip
        .run(Stage::Answer, builder.handshake(TokioIo::new(stream)))
        .await?
        .map_err(|error| problem(&error, trip))?;
    let exchange = async move {
        let answer = trip
            .run(Stage::Answer, sender.send_request(request))
            .await?
            .map_err(|error| problem(&error, trip))?;
        let (head, body) = answer.into_parts();
        // Another protocol from here on, which nobody asked for.
        if head.status.is_informational() {
            return Err(strange(trip));
        }
        let (body, body_cut) = trip.run(Stage::Body, read(body, trip)).await??;
        let value = |value: &header::HeaderValue| SecretBytes::new(value.as_bytes().to_vec());
        Ok(Raw {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(n, v)| (n.as_str().to_owned(), value(v)))
                .collect(),
            body,
            body_cut,
        })
    };
    // The connection is driven here and not in a task of its own: when the deadline ends the exchange, the socket is
    // closed with it.
    tokio::pin!(exchange);
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        biased;
        result = &mut exchange => result,
        _ = &mut connection => exchange.await,
    };
    drop(slot);
    result
}

fn problem(error: &hyper::Error, trip: &Trip) -> ProbeError {
    let ear = trip.ear();
    if ear.too_much() {
        ProbeError::TooMuch
    } else if error.is_parse() || error.is_parse_too_large() {
        strange(trip)
    } else {
        ProbeError::Closed
    }
}

fn strange(trip: &Trip) -> ProbeError {
    ProbeError::NotThis {
        expected: "HTTP",
        speaks: sniff(&trip.ear().first()),
    }
}

/// Reads a body, as far as it is read.
async fn read(mut body: Incoming, trip: &Trip) -> Result<(SecretBytes, bool), ProbeError> {
    let mut read = Zeroizing::new(Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| problem(&error, trip))?;
        let Some(data) = frame.data_ref() else { continue };
        let room = MAX_BODY.saturating_sub(read.len());
        read.extend(data.iter().take(room));
        if data.len() > room {
            return Ok((SecretBytes::from(read), true));
        }
    }
    Ok((SecretBytes::from(read), false))
}
