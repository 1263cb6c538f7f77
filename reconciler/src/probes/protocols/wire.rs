//! Reading and writing of a few bytes, with a bound on all that is read and within the deadline of the call.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::probes::error::{ProbeError, Stage};
use crate::probes::net::stream::{Link, Stream};
use crate::probes::net::trip::Trip;
use crate::probes::net::{Net, Way};
use crate::probes::sniff::sniff;

/// The largest message that is read.
pub(super) const MAX_MESSAGE: usize = 64 * 1024;
/// The most messages or lines that are read in one call.
pub(super) const MAX_MESSAGES: usize = 256;
/// How long a farewell may take. It is a matter of manners: what came before counts.
const FAREWELL: Duration = Duration::from_millis(250);

/// A connection on which one protocol is spoken.
pub(super) struct Wire<'a> {
    link: Link,
    trip: &'a Trip,
    protocol: &'static str,
    stage: Stage,
    buffer: Vec<u8>,
}

impl<'a> Wire<'a> {
    pub(super) const fn new(link: Link, trip: &'a Trip, protocol: &'static str) -> Self {
        Self {
            link,
            trip,
            protocol,
            stage: Stage::Answer,
            buffer: Vec::new(),
        }
    }

    /// From now on it is the login that is waited for.
    pub(super) const fn login(&mut self) {
        self.stage = Stage::Login;
    }

    /// Whether TLS is spoken.
    pub(super) const fn is_secure(&self) -> bool {
        matches!(self.link.stream, Stream::Tls(_))
    }

    /// What came is not of this protocol.
    pub(super) fn strange(&self) -> ProbeError {
        ProbeError::NotThis {
            expected: self.protocol,
            speaks: sniff(&self.trip.ear().first()),
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ProbeError> {
        let stream = &mut self.link.stream;
        let writing = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        let written = self.trip.run(self.stage, writing).await?;
        written.map_err(|_| self.closed())
    }

    /// Exactly so many bytes.
    pub(super) async fn read(&mut self, count: usize) -> Result<Vec<u8>, ProbeError> {
        if count > MAX_MESSAGE {
            return Err(self.strange());
        }
        while self.buffer.len() < count {
            self.fill().await?;
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    /// Exactly so many bytes, as an array.
    pub(super) async fn array<const N: usize>(&mut self) -> Result<[u8; N], ProbeError> {
        let bytes = self.read(N).await?;
        bytes.try_into().map_err(|_| ProbeError::Internal)
    }

    /// A line, without its end.
    pub(super) async fn line(&mut self, most: usize) -> Result<Vec<u8>, ProbeError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let mut line = self.read(end + 1).await?;
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() > most {
                return Err(self.strange());
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), ProbeError> {
        let mut chunk = [0; 2048];
        let reading = self.link.stream.read(&mut chunk);
        match self.trip.run(self.stage, reading).await? {
            Ok(0) | Err(_) => Err(self.closed()),
            Ok(count) => {
                self.buffer.extend(chunk.iter().take(count));
                Ok(())
            }
        }
    }

    /// The connection broke off. What came before may say why.
    fn closed(&self) -> ProbeError {
        let ear = self.trip.ear();
        if ear.too_much() {
            return ProbeError::TooMuch;
        }
        match sniff(&ear.first()) {
            Some(_) if !self.is_secure() && !self.buffer.is_empty() => self.strange(),
            _ => ProbeError::Closed,
        }
    }

    /// Changes to TLS. What came before in plain text must have been read: somebody in between could have put it there.
    pub(super) async fn secure(self, net: &Net, way: &Way<'_>) -> Result<Self, ProbeError> {
        if !self.buffer.is_empty() {
            return Err(self.strange());
        }
        let link = net.secure(self.link, way, None, &[], self.trip).await?;
        Ok(Self { link, ..self })
    }

    /// Changes to TLS with whoever it is: no credential follows. Whether it works does not matter.
    pub(super) async fn secure_blindly(self, net: &Net, way: &Way<'_>) {
        if let Ok(link) = net.secure_blindly(self.link, way, self.trip).await {
            Self { link, ..self }.farewell(b"").await;
        }
    }

    /// Says goodbye, so that the server has no cause to complain in its logs.
    pub(super) async fn farewell(mut self, bytes: &[u8]) {
        let goodbye = async {
            let stream = &mut self.link.stream;
            if stream.write_all(bytes).await.is_ok() && stream.shutdown().await.is_ok() {
                // Until the other side closes too; what it says does not matter.
                let mut rest = [0; 256];
                for _ in 0..16 {
                    if !matches!(stream.read(&mut rest).await, Ok(1..)) {
                        break;
                    }
                }
            }
        };
        let most = FAREWELL.min(self.trip.left());
        // It is over in any case.
        let _in_time = tokio::time::timeout(most, goodbye).await.is_ok();
    }
}
