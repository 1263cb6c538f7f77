//! The gRPC service: the thin shell around [`super::evaluate`] and [`super::stream`].

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream as FuturesStream;
use patchbay_api::conditions::Reason;
use patchbay_proto::broker as wire;
use patchbay_proto::broker::broker_server::{Broker as Interface, BrokerServer};
use patchbay_runtime::clock;
use patchbay_runtime::tasks::Supervisor;
use patchbay_runtime::trace::{TRACEPARENT, TraceId};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

use super::evaluate::{Evaluator, Refusal};
use super::stream::Stream;
use super::tell::Teller;
use super::{answer, request};
use crate::metrics::Metrics;

/// Bytes of one message from a driver. What a volume asks for comes from a pod's attributes, which are a few hundred
/// bytes, and a token has about 2 KiB.
const MAX_MESSAGE: usize = 256 * 1024;
/// Answers of one stream that wait to be sent; each has at most a volume's files, 1 MiB.
const OUTBOX: usize = 4;
/// Streams at a time; one per node.
const MAX_STREAMS: usize = 5000;
/// Requests for files at a time; more are told to come back, and do.
const MAX_RENDERS: usize = 256;

/// The service.
#[derive(Clone, Debug)]
pub struct Broker {
    evaluator: Arc<Evaluator>,
    metrics: Metrics,
    teller: Teller,
    tasks: Supervisor,
    shutdown: CancellationToken,
    streams: Arc<Semaphore>,
    renders: Arc<Semaphore>,
}

impl Broker {
    /// A service that is not served yet.
    #[must_use]
    pub fn new(evaluator: Arc<Evaluator>, metrics: Metrics, teller: Teller, tasks: Supervisor) -> Self {
        let shutdown = tasks.shutdown();
        let (streams, renders) = (
            Arc::new(Semaphore::new(MAX_STREAMS)),
            Arc::new(Semaphore::new(MAX_RENDERS)),
        );
        Self {
            evaluator,
            metrics,
            teller,
            tasks,
            shutdown,
            streams,
            renders,
        }
    }

    /// As tonic wants it.
    #[must_use]
    pub fn into_server(self) -> BrokerServer<Self> {
        BrokerServer::new(self).max_decoding_message_size(MAX_MESSAGE)
    }
}

/// The driver's trace, so that its log and ours can be read together; one of our own when it says none.
fn trace(metadata: &tonic::metadata::MetadataMap) -> TraceId {
    let given = metadata.get(TRACEPARENT).and_then(|value| value.to_str().ok());
    given
        .and_then(TraceId::from_traceparent)
        .unwrap_or_else(TraceId::random)
}

#[tonic::async_trait]
impl Interface for Broker {
    async fn render(
        &self,
        message: Request<wire::RenderRequest>,
    ) -> Result<Response<wire::RenderResponse>, Status> {
        let Ok(_slot) = self.renders.try_acquire() else {
            return Err(Status::resource_exhausted("the broker is busy: try again"));
        };
        let start = clock::mono();
        let trace = trace(message.metadata());
        let request = request::parse(message.into_inner()).map_err(|bad| {
            self.metrics.rendered("render", Reason::Invalid, start.elapsed());
            Status::invalid_argument(bad.to_string())
        })?;
        let pod = format!("{}/{}", request.pod.namespace, request.pod.name);
        let span = tracing::info_span!("render", pod, volume = %request.volume_id, trace_id = %trace);
        let result = self.evaluator.render(&request).instrument(span.clone()).await;
        let _in = span.enter();
        let reason = result.as_ref().map_or_else(Refusal::reason, |_| Reason::Ready);
        self.metrics.rendered("render", reason, start.elapsed());
        match result {
            Ok(files) => {
                tracing::debug!(files = files.files.len(), "files for a volume");
                Ok(Response::new(wire::RenderResponse {
                    files: Some(answer::files(&files)),
                    as_of: files.as_of.as_second(),
                }))
            }
            Err(refusal) => {
                let message = answer::sentence(refusal.to_string());
                tracing::info!(%reason, message, "no files for a volume");
                Err(Status::new(refusal.code(), message))
            }
        }
    }

    type WatchStream = Pin<Box<dyn FuturesStream<Item = Result<wire::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        message: Request<Streaming<wire::WatchRequest>>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let Ok(slot) = self.streams.clone().try_acquire_owned() else {
            return Err(Status::resource_exhausted(
                "the broker has too many streams: try another one",
            ));
        };
        let (outbox, answers) = mpsc::channel(OUTBOX);
        let stream = Stream::new(
            self.evaluator.clone(),
            self.metrics.clone(),
            self.teller.clone(),
            outbox.clone(),
        );
        let (inbox, shutdown) = (message.into_inner(), self.shutdown.clone());
        self.tasks.spawn_job("watch stream", async move {
            let _slot = slot;
            let end = stream.run(inbox, shutdown).await;
            tracing::debug!(%end, "a stream ended");
            if let Some(status) = end.status() {
                // If the outbox is full the client does not read, and the closed stream says enough.
                drop(outbox.try_send(Err(status)));
            }
            Ok::<(), std::convert::Infallible>(())
        });
        // The head of the answer goes out at once, before the first Subscribe.
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}
