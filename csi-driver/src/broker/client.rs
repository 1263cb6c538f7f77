//! Asks the broker for the files of a volume that is being published.

use std::error::Error as _;
use std::time::Duration;

use parking_lot::Mutex;
use patchbay_model::secret::SecretBytes;
use patchbay_proto::broker::RenderResponse;
use patchbay_proto::broker::broker_client::BrokerClient;
use patchbay_runtime::backoff::{Backoff, Policy};
use patchbay_runtime::trace::{TRACEPARENT, TraceId};
use patchbay_runtime::{clock, ids};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::dial::Dialer;
use super::wire;
use crate::metrics::Metrics;
use crate::volume::state::Record;

/// For one attempt: long enough for a broker that has to read its sources first, short enough for another replica.
const ATTEMPT_DEADLINE: Duration = Duration::from_secs(8);
/// 1 MiB of content, with names and framing.
pub const MAX_MESSAGE: usize = 2 * 1024 * 1024;
/// Between attempts: a replica that stops leaves the Service within a second or two.
const RETRY: Policy = Policy::new(Duration::from_millis(100), Duration::from_secs(2));

/// What the broker said instead of files.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    code: Code,
    message: String,
}

impl RenderError {
    /// The code and the text for a person.
    #[must_use]
    pub fn new(code: Code, message: &str) -> Self {
        Self {
            code,
            message: wire::message(message),
        }
    }

    /// A bounded CamelCase word.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.code() {
            Code::InvalidArgument => "BrokerRefused",
            Code::Unauthenticated | Code::PermissionDenied => "NotAllowed",
            Code::FailedPrecondition => "NotReady",
            Code::Unavailable | Code::DeadlineExceeded => "BrokerUnreachable",
            Code::ResourceExhausted => "BrokerBusy",
            _ => "BrokerFailed",
        }
    }

    /// What kubelet gets. A Connector that is not there is a precondition of the pod, not a volume that is missing;
    /// and what the transport calls aborted or cancelled is a broker that went away.
    #[must_use]
    pub fn code(&self) -> Code {
        match self.code {
            Code::NotFound | Code::FailedPrecondition => Code::FailedPrecondition,
            Code::Unavailable | Code::Aborted | Code::Cancelled => Code::Unavailable,
            code @ (Code::InvalidArgument
            | Code::Unauthenticated
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::DeadlineExceeded) => code,
            _ => Code::Internal,
        }
    }
}

/// The broker, for one question at a time.
#[derive(Debug)]
pub struct Renderer {
    dialer: Dialer,
    node_name: String,
    metrics: Metrics,
    patience: Duration,
    /// The connection of the last success, while nothing speaks against it.
    current: Mutex<Option<BrokerClient<Channel>>>,
}

impl Renderer {
    /// For the pods of one node. `patience` is for all attempts together.
    #[must_use]
    pub fn new(dialer: Dialer, node_name: String, metrics: Metrics, patience: Duration) -> Self {
        Self {
            dialer,
            node_name,
            metrics,
            patience,
            current: Mutex::default(),
        }
    }

    /// The files of a volume. Tries again while the broker is away or busy, until its patience ends.
    ///
    /// # Errors
    /// [`RenderError`]: the last thing that went wrong, with a text for the pod's event.
    pub async fn render(&self, record: &Record, token: &SecretBytes) -> Result<RenderResponse, RenderError> {
        let started = clock::mono();
        let result = self.attempts(record, token).await;
        let code = result.as_ref().map_or_else(|error| error.code, |_| Code::Ok);
        self.metrics.rendered(code, started.elapsed());
        result
    }

    async fn attempts(&self, record: &Record, token: &SecretBytes) -> Result<RenderResponse, RenderError> {
        let deadline = clock::mono() + self.patience;
        let mut backoff = Backoff::new(RETRY);
        loop {
            let left = deadline
                .saturating_duration_since(clock::mono())
                .min(ATTEMPT_DEADLINE);
            let status = match self.attempt(record, token, left).await {
                Ok(response) => return Ok(response),
                Err(status) => status,
            };
            let wait = backoff.fail(ids::unit());
            if !is_worth_another_try(&status) || clock::mono() + wait >= deadline {
                return Err(self.explain(&status));
            }
            tracing::debug!(code = ?status.code(), volume_id = %record.id, "asking the broker again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        record: &Record,
        token: &SecretBytes,
        left: Duration,
    ) -> Result<RenderResponse, Status> {
        let mut client = self.client();
        let mut request = Request::new(wire::render_request(record, &self.node_name, token));
        request.set_timeout(left);
        let trace = TraceId::current().map(|id| MetadataValue::try_from(id.traceparent()));
        if let Some(Ok(trace)) = trace {
            request.metadata_mut().insert(TRACEPARENT, trace);
        }
        let answer = match tokio::time::timeout(left, client.render(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::deadline_exceeded(format!(
                "no answer within {:.0?}",
                left
            ))),
        };
        match &answer {
            Ok(_) => *self.current.lock() = Some(client),
            // The next attempt connects anew, and perhaps to another replica.
            Err(status) if is_of_the_connection(status) => *self.current.lock() = None,
            Err(_) => {}
        }
        answer.map(tonic::Response::into_inner)
    }

    fn client(&self) -> BrokerClient<Channel> {
        let current = self.current.lock().clone();
        current.unwrap_or_else(|| {
            BrokerClient::new(self.dialer.channel()).max_decoding_message_size(MAX_MESSAGE)
        })
    }

    fn explain(&self, status: &Status) -> RenderError {
        if is_of_the_connection(status) {
            let message = format!(
                "the broker at {} does not answer ({}); pods that run keep their files; \
                 is the Deployment of the reconciler ready?",
                self.dialer,
                why(status)
            );
            return RenderError::new(status.code(), &message);
        }
        RenderError::new(status.code(), status.message())
    }
}

/// The innermost cause: the outer ones say "transport error".
pub(crate) fn why(status: &Status) -> String {
    let mut innermost = status.message().to_owned();
    let mut cause = status.source();
    while let Some(error) = cause {
        innermost = error.to_string();
        cause = error.source();
    }
    wire::message(&innermost)
}

/// Whether the broker itself said it, or the way to it did. Only the latter has a cause.
fn is_of_the_connection(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled
    ) || status.source().is_some()
}

fn is_worth_another_try(status: &Status) -> bool {
    is_of_the_connection(status) || matches!(status.code(), Code::Aborted | Code::ResourceExhausted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again() {
        for (code, again, anew) in [
            (Code::Unavailable, true, true),
            (Code::DeadlineExceeded, true, true),
            (Code::Cancelled, true, true),
            (Code::Aborted, true, false),
            (Code::ResourceExhausted, true, false),
            (Code::InvalidArgument, false, false),
            (Code::Unauthenticated, false, false),
            (Code::PermissionDenied, false, false),
            (Code::NotFound, false, false),
            (Code::FailedPrecondition, false, false),
            (Code::Internal, false, false),
            (Code::Unknown, false, false),
        ] {
            let status = Status::new(code, "m");
            assert_eq!(
                (is_worth_another_try(&status), is_of_the_connection(&status)),
                (again, anew),
                "{code:?}"
            );
        }
        let broken = Status::from_error(Box::new(std::io::Error::from(
            std::io::ErrorKind::ConnectionReset,
        )));
        assert!(is_worth_another_try(&broken) && is_of_the_connection(&broken));
    }
}
