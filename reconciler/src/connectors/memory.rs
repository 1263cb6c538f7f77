//! What is remembered of a Connector between two looks: what its probes found, and of what. Pure.

use std::time::Duration;

use tokio::time::Instant;

use crate::probes::schedule::{History, wait};
use crate::probes::verdict::{Kind, Verdict};

/// What a probe was made of. A probe of something else says nothing about this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// UID and generation of the Connector.
    pub connector: (Option<String>, Option<i64>),
    /// UID and generation of the class.
    pub class: (Option<String>, Option<i64>),
    /// The version of the credential's Secret; of no interest to a liveness probe, which does not see it.
    pub credential: Option<String>,
    /// The version of the CA's Secret.
    pub authority: Option<String>,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Of what.
    pub of: Fingerprint,
    /// What.
    pub verdict: Verdict,
    /// When to ask again.
    pub next: Instant,
    /// What came before.
    pub history: History,
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
    /// A tool that cannot be reached makes what the auth probe once found worthless: it is asked again as soon as the
    /// tool is back.
    pub fn record(
        &mut self,
        kind: Kind,
        of: Fingerprint,
        verdict: Verdict,
        now: Instant,
        interval: Duration,
        dice: f64,
    ) {
        let before = self
            .of(kind)
            .filter(|probed| probed.of == of)
            .map(|probed| probed.history);
        let history = before.unwrap_or_default().after(verdict.is_refusal());
        if kind == Kind::Liveness && verdict.is_unreachable() {
            self.auth = None;
        }
        let next = now + wait(interval, history, dice);
        self.put(
            kind,
            Probed {
                of,
                verdict,
                next,
                history,
            },
        );
    }

    /// Keeps what another process found, of what is there now as far as one can tell.
    pub fn adopt(&mut self, kind: Kind, of: Fingerprint, verdict: Verdict, next: Instant) {
        self.put(
            kind,
            Probed {
                of,
                verdict,
                next,
                history: History::default(),
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
