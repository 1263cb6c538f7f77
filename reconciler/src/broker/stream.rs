//! One Watch stream: takes Subscribes in, works volumes off side by side, sends what [`super::subscriptions`] says.
//!
//! Bounded on every side: a client that sends faster than we work waits on its own connection; one that reads too slowly
//! stops only its own stream, whose changes meanwhile are one set of names; and after [`SLOW`] it is cut off.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use patchbay_proto::broker as wire;
use patchbay_runtime::clock;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::answer;
use super::evaluate::{Evaluation, Evaluator, Verdict};
use super::news::news;
use super::request::{self, BadRequest};
use super::subscriptions::{Message, Subscriptions, Task, Work};
use super::tell::Teller;
use crate::metrics::Metrics;
use crate::sources::{Changed, Listener};

/// Volumes of one stream that are worked on side by side: enough to hide the API server's latency for a whole node.
const WORKERS: usize = 32;
/// The driver takes 30 s of silence for a dead broker.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A client that does not read for this long is cut off; it comes back when it can.
const SLOW: Duration = Duration::from_secs(30);

/// Where answers go.
pub type Outbox = Sender<Result<wire::WatchResponse, Status>>;

/// Why a stream ends.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// The client closed it, or the connection broke.
    #[error("the client is gone")]
    Gone,
    /// The client does not read.
    #[error("the client did not read for {} s", SLOW.as_secs())]
    Slow,
    /// A message is not what it should be.
    #[error("{0}")]
    Bad(#[from] BadRequest),
    /// There are too many volumes.
    #[error("{0}")]
    TooMany(#[from] super::subscriptions::TooMany),
    /// The process is stopping.
    #[error("the broker is stopping")]
    Stopping,
}

impl End {
    /// What to tell the client, if it can still hear it.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Gone | Self::Slow => None,
            Self::Bad(error) => Some(Status::invalid_argument(error.to_string())),
            Self::TooMany(error) => Some(Status::resource_exhausted(error.to_string())),
            Self::Stopping => Some(Status::unavailable(
                "the broker is stopping: connect to another one",
            )),
        }
    }
}

/// One stream.
pub struct Stream {
    evaluator: Arc<Evaluator>,
    metrics: Metrics,
    teller: Teller,
    listener: Listener,
    volumes: Subscriptions,
    /// Volumes in the metric.
    counted: i64,
    outbox: Outbox,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.metrics.subscriptions.dec_by(self.counted);
        self.metrics.streams.dec();
    }
}

impl Stream {
    /// A stream without volumes. Changes count from now on.
    #[must_use]
    pub fn new(evaluator: Arc<Evaluator>, metrics: Metrics, teller: Teller, outbox: Outbox) -> Self {
        metrics.streams.inc();
        let listener = evaluator.world().listen();
        Self {
            evaluator,
            metrics,
            teller,
            listener,
            volumes: Subscriptions::default(),
            counted: 0,
            outbox,
        }
    }

    /// Serves the stream to its end.
    pub async fn run(mut self, mut inbox: Streaming<wire::WatchRequest>, shutdown: CancellationToken) -> End {
        let mut working: FuturesUnordered<BoxFuture<'static, (Work, Evaluation)>> = FuturesUnordered::new();
        let mut heartbeat = clock::mono() + HEARTBEAT;
        loop {
            while working.len() < WORKERS
                && let Some(work) = self.volumes.next(clock::mono())
            {
                working.push(Box::pin(evaluate(self.evaluator.clone(), work)));
            }
            let free = working.len() < WORKERS;
            let next = self
                .volumes
                .next_at()
                .filter(|_| free)
                .map_or(heartbeat, |at| at.min(heartbeat));
            let ended = tokio::select! {
                () = shutdown.cancelled() => Err(End::Stopping),
                () = self.outbox.closed() => Err(End::Gone),
                Some((work, evaluation)) = working.next() => self.finish(&work, evaluation).await,
                message = inbox.message(), if self.volumes.has_room() => self.take(message),
                changed = self.listener.changed() => {
                    self.touch(&changed);
                    Ok(())
                }
                () = sleep_until(next) => {
                    if clock::mono() >= heartbeat {
                        heartbeat = clock::mono() + HEARTBEAT;
                        self.metrics.pushed("heartbeat", None);
                        self.send(answer::heartbeat()).await
                    } else {
                        Ok(())
                    }
                }
            };
            self.count();
            if let Err(end) = ended {
                return end;
            }
        }
    }

    fn take(&mut self, message: Result<Option<wire::WatchRequest>, Status>) -> Result<(), End> {
        use wire::watch_request::Request;
        let Ok(Some(message)) = message else {
            return Err(End::Gone);
        };
        match message.request {
            Some(Request::Subscribe(subscribe)) => {
                let (request, have) = request::subscribe(subscribe)?;
                self.volumes.subscribe(request, have, clock::mono())?;
            }
            Some(Request::Unsubscribe(unsubscribe)) => self.volumes.unsubscribe(&unsubscribe.volume_id),
            // Something that a newer driver can say.
            None => {}
        }
        Ok(())
    }

    fn count(&mut self) {
        let now = i64::try_from(self.volumes.len()).unwrap_or(i64::MAX);
        self.metrics.subscriptions.inc_by(now - self.counted);
        self.counted = now;
    }

    fn touch(&mut self, changed: &Changed) {
        let now = clock::mono();
        match changed {
            Changed::Everything => self.volumes.touch_all(now),
            Changed::Some(sources) => self.volumes.touch(sources, now),
        }
    }

    async fn finish(&mut self, work: &Work, evaluation: Evaluation) -> Result<(), End> {
        if let Verdict::Stale { reason, message, .. } | Verdict::Revoked { reason, message } =
            &evaluation.verdict
        {
            tracing::debug!(volume = %work.volume, reason, message, "a volume is not well");
        }
        let before = self.volumes.look(&work.volume);
        let Some(message) = self.volumes.finish(work, evaluation, clock::mono()) else {
            return Ok(());
        };
        let text = match &message {
            Message::Stale { message, .. } | Message::Revoked { message, .. } => message.as_str(),
            Message::Update(_) | Message::Current => "",
        };
        if let (Some(before), Some(after)) = (before, self.volumes.look(&work.volume))
            && let Some(news) = news(&work.request, &before, &after, text, clock::now())
        {
            self.teller.tell(&work.request.pod, news);
        }
        let kind = match &message {
            Message::Update(_) => "update",
            Message::Current => "current",
            Message::Stale { .. } => "stale",
            Message::Revoked { .. } => "revoked",
        };
        self.send(answer::message(work.volume.clone(), message)).await?;
        self.metrics
            .pushed(kind, work.since.map(|since: Instant| since.elapsed()));
        Ok(())
    }

    async fn send(&self, response: wire::WatchResponse) -> Result<(), End> {
        match timeout(SLOW, self.outbox.send(Ok(response))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }
}

async fn evaluate(evaluator: Arc<Evaluator>, work: Work) -> (Work, Evaluation) {
    let evaluation = match work.task {
        Task::Files => evaluator.follow(&work.request).await,
        Task::StillAllowed => evaluator.still_allowed(&work.request).await,
    };
    (work, evaluation)
}
