//! Tools on loopback: they refuse one password, and note when they were asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How many there are.
pub(crate) const COUNT: usize = 50;
/// The password that they refuse, as it is in the header of a probe.
const WRONG: &str = "Basic cHJvYmU6d3Jvbmc=";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const REFUSED: &[u8] = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

pub(crate) struct Tools {
    pub(crate) addresses: Vec<SocketAddr>,
    asked: Arc<Mutex<Vec<Instant>>>,
    hanging: Arc<AtomicBool>,
    _serving: JoinSet<()>,
}

impl Tools {
    pub(crate) async fn start() -> Result<Self> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let hanging = Arc::new(AtomicBool::new(false));
        let mut addresses = Vec::new();
        let mut serving = JoinSet::new();
        for _ in 0..COUNT {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            addresses.push(listener.local_addr()?);
            serving.spawn(serve(listener, asked.clone(), hanging.clone()));
        }
        Ok(Self {
            addresses,
            asked,
            hanging,
            _serving: serving,
        })
    }

    /// From now on they say nothing to who brings a credential, or do so again.
    pub(crate) fn hang(&self, hang: bool) {
        self.hanging.store(hang, Ordering::SeqCst);
    }

    /// When they were asked since the last time.
    pub(crate) fn take(&self) -> Vec<Instant> {
        std::mem::take(&mut *self.asked.lock())
    }
}

/// The number of calls in the busiest second.
pub(crate) fn busiest(calls: &[Instant]) -> usize {
    let mut calls = calls.to_vec();
    calls.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (last, call) in calls.iter().enumerate() {
        while calls
            .get(first)
            .is_some_and(|begin| *call - *begin >= Duration::from_secs(1))
        {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

async fn serve(listener: TcpListener, asked: Arc<Mutex<Vec<Instant>>>, hanging: Arc<AtomicBool>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        asked.lock().push(Instant::now());
        connections.spawn(answer(stream, hanging.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(mut stream: TcpStream, hanging: Arc<AtomicBool>) {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(n @ 1..) => head.extend_from_slice(piece.get(..n).unwrap_or_default()),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    if hanging.load(Ordering::SeqCst) && head.contains("Basic ") {
        // Until the other side has had enough.
        drop(stream.read(&mut piece).await);
        return;
    }
    let refused = head.contains(WRONG);
    let answer = if refused { REFUSED } else { OK };
    // Whoever hangs up before the answer does not want it.
    drop(stream.write_all(answer).await);
    drop(stream.shutdown().await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_is_any_second() {
        let start = Instant::now();
        let at = |ms: &[u64]| {
            ms.iter()
                .map(|ms| start + Duration::from_millis(*ms))
                .collect::<Vec<_>>()
        };
        assert_eq!(busiest(&[]), 0);
        assert_eq!(busiest(&at(&[0, 900, 1100, 1800, 3000])), 3);
    }
}
