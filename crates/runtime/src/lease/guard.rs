//! Writes of the leader: none is sent after the claim's end, and none is waited for beyond it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Leadership;
use crate::client::{CallError, call};

/// Writes at once. However many objects are worked on side by side: more would only wait at the API server, where they
/// are in the way of others, each with a connection of its own.
const MAX_WRITES: usize = 32;

/// The right to write while the claim lasts. Asked for each write anew.
///
/// *Guarantees*
/// - A call that begins when the claim is over is not made, and one that was begun is dropped at the claim's end, by
///   this process's own monotonic clock. Before each step of a call the clock is asked first, so a process that was
///   stopped in the middle of one does not go on with it.
/// - Of all clones together a bounded number of calls is under way. One that waits for its turn uses none of its
///   deadline.
/// - The claim ends well before anyone else may take the Lease over ([`super::Params`]), so what was sent in time also
///   arrives in time, unless the network keeps it for longer than the difference.
///
/// *Caveats*: what the network keeps, or a machine that was suspended as a whole has in its buffers, may still arrive
/// late. So a write carries the `resourceVersion` of what it was decided on (see [`crate::apply`]): the API server
/// refuses it as soon as anyone has written since.
#[derive(Clone, Debug)]
pub struct WriteGuard {
    leadership: Leadership,
    turns: Arc<Semaphore>,
}

impl WriteGuard {
    pub(super) fn new(leadership: Leadership) -> Self {
        Self {
            leadership,
            turns: Arc::new(Semaphore::new(MAX_WRITES)),
        }
    }

    /// Runs a call as [`call`] does, with a deadline no later than the claim's end.
    ///
    /// # Errors
    /// [`CallError::NotLeading`] when the claim is over before there is an answer; else see [`CallError`].
    pub async fn call<T>(
        &self,
        deadline: Duration,
        what: &'static str,
        future: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, CallError> {
        let over = || CallError::NotLeading { what };
        let left = self.leadership.left().ok_or_else(over)?;
        // Whoever leads on after that asks again.
        let _turn = timeout(left, self.turns.acquire()).await.map_err(|_| over())?;
        let left = self.leadership.left().ok_or_else(over)?;
        let mut sending = pin!(call(deadline.min(left), what, future));
        poll_fn(|context| {
            if self.leadership.is_leader() {
                sending.as_mut().poll(context)
            } else {
                Poll::Ready(Err(over()))
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::watch;

    use super::super::Claim;
    use super::*;
    use crate::clock;

    fn claim(holder: &str, seconds: u64) -> Claim {
        Claim {
            holder: holder.to_owned(),
            expiry: clock::mono() + Duration::from_secs(seconds),
        }
    }

    /// Counts the steps of a call that takes one second per step, and for ever.
    async fn steps(count: Arc<AtomicU32>) -> Result<(), kube::Error> {
        loop {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_done_after_the_end_of_the_claim() {
        let (claims, receiver) = watch::channel(claim("me", 10));
        let leadership = Leadership::for_test("me".to_owned(), receiver);
        let guard = leadership.guard();
        let count = Arc::new(AtomicU32::new(0));
        let long = Duration::from_secs(60);

        let began = clock::mono();
        let error = guard.call(long, "write", steps(count.clone())).await.unwrap_err();
        assert!(
            matches!(error, CallError::NotLeading { what: "write" }),
            "{error}"
        );
        assert_eq!(
            began.elapsed(),
            Duration::from_secs(10),
            "given up at the claim's end"
        );
        assert!(count.load(Ordering::Relaxed) <= 10);

        // Not even begun.
        count.store(0, Ordering::Relaxed);
        guard.call(long, "write", steps(count.clone())).await.unwrap_err();
        assert_eq!(count.load(Ordering::Relaxed), 0);
        claims.send_replace(claim("you", 10));
        guard.call(long, "write", steps(count.clone())).await.unwrap_err();
        assert_eq!(count.load(Ordering::Relaxed), 0);

        // Its own deadline, when that is earlier.
        claims.send_replace(claim("me", 10));
        let error = guard
            .call(Duration::from_secs(3), "write", steps(count.clone()))
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::Timeout { .. }), "{error}");
        guard.call(long, "write", async { Ok(()) }).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_bounded_number_of_writes_is_under_way() {
        let (_claims, receiver) = watch::channel(claim("me", 600));
        let guard = Leadership::for_test("me".to_owned(), receiver).guard();
        let now = Arc::new(AtomicU32::new(0));
        let most = AtomicU32::new(0);
        let write = || {
            let now = now.clone();
            let most = &most;
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(2)).await;
                now.fetch_sub(1, Ordering::Relaxed);
                Ok(())
            }
        };
        // The deadline of each is shorter than all of them together.
        let writes = (0..100).map(|_| guard.call(Duration::from_secs(3), "write", write()));
        for written in futures::future::join_all(writes).await {
            written.unwrap();
        }
        assert_eq!(most.load(Ordering::Relaxed), 32);
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_was_stopped_in_the_middle_does_not_go_on() {
        let (_claims, receiver) = watch::channel(claim("me", 10));
        let leadership = Leadership::for_test("me".to_owned(), receiver);
        let guard = leadership.guard();
        let count = Arc::new(AtomicU32::new(0));
        let writing = guard.call(Duration::from_secs(60), "write", steps(count.clone()));
        let mut writing = pin!(writing);
        assert!(futures::poll!(writing.as_mut()).is_pending());
        // Everything is due at once when the process goes on: the next step as well as the end of the claim.
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!(matches!(futures::poll!(writing.as_mut()), Poll::Ready(Err(_))));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
