//! Publishes [`super::news`] as events on pods, beside the streams: an API server that is slow holds no stream up.

use std::convert::Infallible;

use k8s_openapi::api::core::v1::ObjectReference;
use patchbay_runtime::events::Recorder;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::news::News;
use super::request::Pod;

/// Events that wait. When a whole node's volumes fail at once some are left out: the Connector has its own.
const WAITING: usize = 512;

/// Takes news from the streams.
#[derive(Clone, Debug)]
pub struct Teller {
    sender: mpsc::Sender<(Pod, News)>,
}

impl Teller {
    /// The handle, and the task that publishes until the shutdown.
    pub fn start(
        recorder: Recorder,
        shutdown: CancellationToken,
    ) -> (
        Self,
        impl Future<Output = Result<(), Infallible>> + Send + 'static,
    ) {
        let (sender, mut receiver) = mpsc::channel::<(Pod, News)>(WAITING);
        let publish = async move {
            while let Some(Some((pod, news))) = shutdown.run_until_cancelled(receiver.recv()).await {
                recorder
                    .record_once(&reference(pod), news.happening, &news.id)
                    .await;
            }
            // Without a stream left there is nothing to do, but the task ends only at the shutdown.
            shutdown.cancelled().await;
            Ok(())
        };
        (Self { sender }, publish)
    }

    /// Publishes it soon. Never waits.
    pub fn tell(&self, pod: &Pod, news: News) {
        if self.sender.try_send((pod.clone(), news)).is_err() {
            tracing::debug!(pod = %format!("{}/{}", pod.namespace, pod.name), "too many events; leaving one out");
        }
    }
}

fn reference(pod: Pod) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        namespace: Some(pod.namespace),
        name: Some(pod.name),
        uid: Some(pod.uid),
        ..ObjectReference::default()
    }
}
