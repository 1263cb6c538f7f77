//! What is remembered of a Connector between two looks: what its probes found, and of what. Pure.

use std::time::Duration;

use jiff::Timestamp;
use patchbay_api::Connector;
use patchbay_api::ConnectorClass;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::standing::{Standing, Thresholds};
use crate::calls::share::Found;
use crate::probes::schedule::{Slot, next, soon};
use crate::probes::verdict::{Kind, Verdict};

/// How often a probe runs, and how many of its results in a row count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// From one call to the next.
    pub period: Duration,
    /// How many results it takes.
    pub thresholds: Thresholds,
}

/// What a probe was made of. A probe of something else says nothing about this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

/// The objects that a probe is made of. Versions, not contents.
#[derive(Clone, Copy, Debug)]
pub struct MadeOf<'a> {
    /// Its UID and generation.
    pub connector: &'a Connector,
    /// Its UID and generation.
    pub class: Option<&'a ConnectorClass>,
    /// The version of the credential's Secret; of no interest to a liveness probe, which does not see it.
    pub credential: Option<&'a str>,
    /// The version of the CA's Secret.
    pub authority: Option<&'a str>,
    /// Where the API service of the class is, for a probe that asks it.
    pub api_address: Option<&'a str>,
}

impl Fingerprint {
    /// Of these objects.
    #[must_use]
    pub fn of(made_of: MadeOf<'_>) -> Self {
        let mut hash = Sha256::new();
        let mut part = |text: Option<&str>| {
            // A length in front tells an absent part from an empty one, and one list of parts from another.
            hash.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            hash.update(text.unwrap_or_default());
        };
        let class = made_of.class.map(|class| &class.metadata);
        for meta in [Some(&made_of.connector.metadata), class] {
            let generation = meta.and_then(|meta| meta.generation).map(|n| n.to_string());
            part(meta.and_then(|meta| meta.uid.as_deref()));
            part(generation.as_deref());
        }
        part(made_of.credential);
        part(made_of.authority);
        part(made_of.api_address);
        let digest: [u8; 32] = hash.finalize().into();
        let mut short = [0; 16];
        short.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(short)
    }
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Of what.
    pub of: Fingerprint,
    /// What.
    pub standing: Standing,
    /// When the last call began; `None` where another process made it.
    pub started: Option<Instant>,
    /// When to ask again.
    pub next: Instant,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What the liveness probe found.
    pub liveness: Option<Probed>,
    /// What the auth probe found.
    pub auth: Option<Probed>,
}

impl Memory {
    /// What a probe found.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> Option<&Probed> {
        match kind {
            Kind::Liveness => self.liveness.as_ref(),
            Kind::Auth => self.auth.as_ref(),
        }
    }

    /// Keeps what a probe found.
    ///
    /// *Guarantees*
    /// - A call that was counted already is not counted again, however many share it.
    /// - What was found of something else counts for nothing.
    /// - A call that could not be made, for a cause on our side, leaves what was known, and is tried again soon.
    /// - A tool that cannot be reached makes what the auth probe once found worthless: it is asked again as soon as the
    ///   tool is back.
    /// - The next time is after `now`, also where somebody else made the call a while ago.
    pub fn record(
        &mut self,
        kind: Kind,
        of: Fingerprint,
        found: &Found,
        rhythm: Rhythm,
        (slot, now): (Slot, Instant),
    ) {
        let before = self.of(kind).filter(|probed| probed.of == of);
        let standing = match before {
            Some(before) if before.started == Some(found.started) || found.verdict.did_not_run() => {
                before.standing.clone()
            }
            before => Standing::after(
                before.map(|probed| &probed.standing),
                found.verdict.clone(),
                found.at,
                rhythm.thresholds,
            ),
        };
        if kind == Kind::Liveness && found.verdict.is_unreachable() {
            self.auth = None;
        }
        let next = if found.verdict.did_not_run() {
            soon(slot, now, rhythm.period)
        } else {
            next(slot, now, rhythm.period, found.refusals)
        };
        self.put(
            kind,
            Probed {
                of,
                standing,
                started: Some(found.started),
                next,
            },
        );
    }

    /// Keeps what another process found, of what is there now as far as one can tell.
    pub fn adopt(&mut self, kind: Kind, of: Fingerprint, verdict: &Verdict, at: Timestamp, next: Instant) {
        self.put(
            kind,
            Probed {
                of,
                standing: Standing::adopt(verdict, at),
                started: None,
                next,
            },
        );
    }

    fn put(&mut self, kind: Kind, probed: Probed) {
        match kind {
            Kind::Liveness => self.liveness = Some(probed),
            Kind::Auth => self.auth = Some(probed),
        }
    }
}
