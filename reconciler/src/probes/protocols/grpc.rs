//! The health service of gRPC (`grpc.health.v1.Health/Check`), over HTTP/2 with TLS or without.

use std::time::Duration;

use bytes::Bytes;
use h2::client::{self, SendRequest};
use http::{HeaderMap, Request, Version};

use crate::probes::error::{ProbeError, Stage};
use crate::probes::net::stream::{Link, Stream};
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::outcome::Health;
use crate::probes::sniff::sniff;

const PATH: &str = "/grpc.health.v1.Health/Check";
/// Bytes of an answer that are read; a good one has seven.
const MAX_ANSWER: usize = 4096;
const MAX_HEAD: u32 = 16 * 1024;
const WINDOW: u32 = 64 * 1024;
const FAREWELL: Duration = Duration::from_millis(100);

pub(super) async fn exchange(
    net: &Net,
    way: &Way<'_>,
    service: &str,
    tls: bool,
    trip: &Trip,
) -> Result<Health, ProbeError> {
    let mut link = net.open(way, trip).await?;
    if tls {
        link = net.secure(link, way, None, &[b"h2"], trip).await?;
    }
    let Link { stream, slot, .. } = link;
    let mut builder = client::Builder::new();
    builder
        .enable_push(false)
        .max_header_list_size(MAX_HEAD)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_concurrent_reset_streams(4)
        .max_send_buffer_size(MAX_ANSWER);
    let handshake = builder.handshake::<Stream, Bytes>(stream);
    let (sender, connection) = trip
        .run(Stage::Answer, handshake)
        .await?
        .map_err(|error| problem(&error, trip))?;
    let mut connection = std::pin::pin!(connection);
    // The connection is driven here and not in a task of its own: when the deadline ends the call, it is closed.
    let asking = trip.run(Stage::Answer, ask(sender, way, service, tls, trip));
    let mut asking = std::pin::pin!(asking);
    let said = tokio::select! {
        biased;
        said = &mut asking => said?,
        ended = &mut connection => match ended {
            Ok(()) => asking.await?,
            Err(error) => return Err(problem(&error, trip)),
        },
    };
    // Nobody sends any more: the connection says goodbye and ends.
    let _in_time = tokio::time::timeout(FAREWELL.min(trip.left()), connection)
        .await
        .is_ok();
    drop(slot);
    said
}

async fn ask(
    sender: SendRequest<Bytes>,
    way: &Way<'_>,
    service: &str,
    tls: bool,
    trip: &Trip,
) -> Result<Health, ProbeError> {
    let fault = |error: h2::Error| problem(&error, trip);
    let scheme = if tls { "https" } else { "http" };
    let request = Request::post(format!("{scheme}://{}:{}{PATH}", way.host, way.port))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header(
            "user-agent",
            concat!("patchbay-probe/", env!("CARGO_PKG_VERSION")),
        )
        .body(())
        .map_err(|_| ProbeError::BadRequest)?;
    let mut sender = sender.ready().await.map_err(fault)?;
    let (answer, mut body) = sender.send_request(request, false).map_err(fault)?;
    body.send_data(question(service).into(), true).map_err(fault)?;
    let (head, mut stream) = answer.await.map_err(fault)?.into_parts();
    if head.status != 200 {
        return Err(not_grpc(trip));
    }
    if let Some(code) = code(&head.headers) {
        return Ok(health(code, &[]));
    }
    let mut read = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data.map_err(fault)?;
        if read.len() + data.len() > MAX_ANSWER {
            return Err(ProbeError::TooMuch);
        }
        read.extend_from_slice(&data);
        // What is gone already needs no more room.
        let _released = stream.flow_control().release_capacity(data.len());
    }
    let trailers = stream.trailers().await.map_err(fault)?;
    match trailers.as_ref().and_then(code) {
        Some(code) => Ok(health(code, &read)),
        None => Err(not_grpc(trip)),
    }
}

fn not_grpc(trip: &Trip) -> ProbeError {
    ProbeError::NotThis {
        expected: "gRPC",
        speaks: sniff(&trip.ear().first()),
    }
}

fn problem(error: &h2::Error, trip: &Trip) -> ProbeError {
    if trip.ear().too_much() {
        ProbeError::TooMuch
    } else if error.is_io() && trip.ear().first().is_empty() {
        ProbeError::Closed
    } else {
        not_grpc(trip)
    }
}

fn code(headers: &HeaderMap) -> Option<u32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// The message, with its frame: not packed, and its length.
fn question(service: &str) -> Vec<u8> {
    let mut message = Vec::new();
    if !service.is_empty() {
        message.push(0x0a);
        varint(&mut message, service.len());
        message.extend_from_slice(service.as_bytes());
    }
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], length.as_slice(), &message].concat()
}

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
}

fn health(code: u32, answer: &[u8]) -> Health {
    match code {
        0 => match answer {
            // Status 1 in a message that is not packed. Unknown fields may follow.
            [0, _, _, _, _, 0x08, 1, ..] => Health::Serving,
            [0, _, _, _, _, 0x08, 3, ..] => Health::UnknownService,
            _ => Health::NotServing,
        },
        5 => Health::UnknownService,
        7 => Health::PermissionDenied,
        12 => Health::NoHealthService,
        16 => Health::Unauthenticated,
        code => Health::Code(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers() {
        assert_eq!(question(""), [0, 0, 0, 0, 0]);
        assert_eq!(question("ab"), [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
        assert_eq!(question(&"a".repeat(200))[5..8], [0x0a, 0xc8, 1]);
        for (code, answer, want) in [
            (0, &[0, 0, 0, 0, 2, 8, 1][..], Health::Serving),
            (0, &[0, 0, 0, 0, 2, 8, 2], Health::NotServing),
            (0, &[0, 0, 0, 0, 2, 8, 3], Health::UnknownService),
            (0, &[0, 0, 0, 0, 0], Health::NotServing),
            (0, &[], Health::NotServing),
            (5, &[], Health::UnknownService),
            (12, &[], Health::NoHealthService),
            (16, &[], Health::Unauthenticated),
            (14, &[], Health::Code(14)),
        ] {
            assert_eq!(health(code, answer), want, "{code} {answer:?}");
        }
    }
}
