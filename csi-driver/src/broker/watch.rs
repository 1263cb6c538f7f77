//! The one stream to the broker, for all volumes of the node: keeps it standing, says what to subscribe, and hands
//! on what comes.

use std::sync::Arc;
use std::time::Duration;

use patchbay_proto::broker::broker_client::BrokerClient;
use patchbay_proto::broker::{Subscribe, Unsubscribe, WatchRequest, WatchResponse, watch_request};
use patchbay_runtime::backoff::{Backoff, Policy};
use patchbay_runtime::liveness::Heartbeat;
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::{clock, ids};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::client::{MAX_MESSAGE, why};
use super::dial::Dialer;
use super::outbox::Say;
use super::wire;
use crate::refresh;
use crate::shared::Shared;
use crate::volume::paths::VolumeId;

/// From the call to the broker's headers, the connection included.
const OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// A stream that stood for this long was a good one: the next attempt is at once.
const STOOD: Duration = Duration::from_secs(30);
/// All nodes lose a broker in the same instant: the jitter spreads them, the cap bounds how long a change waits.
const RETRY: Policy = Policy::new(Duration::from_millis(200), Duration::from_secs(15));
/// The loop turns at least at each heartbeat; writing one volume is bounded well below this.
pub const LOOP_DEADLINE: Duration = Duration::from_secs(180);
/// Messages on their way to the broker. More wait in the outbox, where a later one replaces an earlier one.
const IN_FLIGHT: usize = 16;

/// What the loop works with.
#[derive(Debug)]
pub struct Watcher {
    /// The volumes, and what to say of them.
    pub shared: Arc<Shared>,
    /// Makes the connections.
    pub dialer: Dialer,
    /// For how long nothing may come.
    pub silence: Duration,
    /// Open while the stream stands.
    pub gate: Gate,
    /// Beaten at each turn.
    pub heartbeat: Heartbeat,
}

/// Why a stream ended.
enum End {
    /// The broker ended it: it is stopping, and another replica takes over.
    Closed,
    Failed(Status),
    Silent,
}

impl Watcher {
    /// Keeps the stream standing until `shutdown`.
    ///
    /// # Errors
    /// None; the type fits the supervisor.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), std::convert::Infallible> {
        let mut backoff = Backoff::new(RETRY);
        loop {
            let started = clock::mono();
            let end = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                end = self.stream() => end,
            };
            self.disconnected();
            if started.elapsed() > STOOD {
                backoff.reset();
            }
            let wait = backoff.fail(ids::unit());
            match end {
                End::Closed => self.note(backoff.failures(), "it was closed", wait),
                End::Silent => self.note(backoff.failures(), "nothing came from it", wait),
                End::Failed(status) => self.note(backoff.failures(), &why(&status), wait),
            }
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One line when it breaks and then at each doubling: a broker that is away for an hour fills no log.
    fn note(&self, failures: u32, why: &str, wait: Duration) {
        self.heartbeat.beat();
        self.gate
            .close(format!("no stream to the broker at {}: {why}", self.dialer));
        if failures.is_power_of_two() {
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(broker = %self.dialer, %why, failures, wait_ms, "the stream to the broker broke");
        }
    }

    /// One stream, from its beginning to its end.
    async fn stream(&self) -> End {
        let (sender, receiver) = mpsc::channel(IN_FLIGHT);
        let mut client = BrokerClient::new(self.dialer.channel()).max_decoding_message_size(MAX_MESSAGE);
        let opened = tokio::time::timeout(OPEN_DEADLINE, client.watch(ReceiverStream::new(receiver))).await;
        let mut answers = match opened {
            Ok(Ok(response)) => response.into_inner(),
            Ok(Err(status)) => return End::Failed(status),
            Err(_) => return End::Failed(Status::deadline_exceeded("the broker does not answer")),
        };
        self.connected();
        self.converse(&sender, &mut answers).await
    }

    async fn converse(
        &self,
        sender: &mpsc::Sender<WatchRequest>,
        answers: &mut Streaming<WatchResponse>,
    ) -> End {
        let outbox = &self.shared.outbox;
        let mut silent_at = clock::mono() + self.silence;
        loop {
            self.heartbeat.beat();
            tokio::select! {
                // What has come is taken before the silence is noticed: writing a volume may have taken long.
                biased;
                answer = answers.message() => match answer {
                    Ok(Some(answer)) => {
                        refresh::take(&self.shared, answer).await;
                        silent_at = clock::mono() + self.silence;
                    }
                    Ok(None) => return End::Closed,
                    Err(status) => return End::Failed(status),
                },
                permit = sender.reserve(), if !outbox.is_empty() => match permit {
                    Ok(permit) => if let Some(request) = self.next() { permit.send(request) },
                    Err(_) => return End::Closed,
                },
                () = outbox.news() => {}
                () = tokio::time::sleep_until(silent_at) => return End::Silent,
            }
        }
    }

    /// The next thing to say. A volume that has no token yet, or is gone, is passed over.
    fn next(&self) -> Option<WatchRequest> {
        let (id, say) = self.shared.outbox.take()?;
        let request = match say {
            Say::Unsubscribe => watch_request::Request::Unsubscribe(Unsubscribe {
                volume_id: id.as_str().to_owned(),
            }),
            Say::Subscribe => watch_request::Request::Subscribe(self.subscribe(&id)?),
        };
        Some(WatchRequest {
            request: Some(request),
        })
    }

    fn subscribe(&self, id: &VolumeId) -> Option<Subscribe> {
        let volume = self.shared.registry.get(id)?;
        let subscription = volume.subscribe(clock::now())?;
        let request = wire::render_request(&volume.record, &self.shared.node_name, &subscription.token);
        Some(Subscribe {
            request: Some(request),
            have_version: subscription.have_version,
        })
    }

    fn connected(&self) {
        self.shared.registry.set_connected(true, clock::now());
        self.shared.metrics.connected(true);
        self.gate.open();
        let volumes = self.shared.registry.all();
        tracing::info!(broker = %self.dialer, volumes = volumes.len(), "the stream to the broker stands");
        self.shared
            .outbox
            .restart(volumes.into_iter().map(|volume| volume.record.id.clone()));
    }

    fn disconnected(&self) {
        self.shared.registry.set_connected(false, clock::now());
        self.shared.metrics.connected(false);
        for volume in self.shared.registry.all() {
            volume.unsubscribed();
        }
    }
}
