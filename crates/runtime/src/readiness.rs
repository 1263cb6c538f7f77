//! Readiness gates: the single source of truth for what `/readyz` says.
//!
//! Each part that must be in order before the process takes traffic has a gate with a name. A gate starts closed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

/// All gates of the process. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    inner: Arc<RwLock<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    stopping: bool,
    /// Name to reason; an open gate has none.
    gates: BTreeMap<Cow<'static, str>, Option<Cow<'static, str>>>,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateReport {
    /// The gate's name.
    pub name: Cow<'static, str>,
    /// Why it is closed; nothing when it is open.
    pub closed: Option<Cow<'static, str>>,
}

impl Readiness {
    /// No gates yet: ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a gate, closed with the reason "starting". The same name twice gives the same gate.
    #[must_use]
    pub fn gate(&self, name: impl Into<Cow<'static, str>>) -> Gate {
        let name = name.into();
        self.inner
            .write()
            .gates
            .entry(name.clone())
            .or_insert(Some(Cow::Borrowed("starting")));
        Gate {
            name,
            readiness: self.clone(),
        }
    }

    /// Closes everything for good: the process is stopping and wants no new traffic.
    pub fn stop(&self) {
        self.inner.write().stopping = true;
    }

    /// Whether every gate is open and the process is not stopping.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let inner = self.inner.read();
        !inner.stopping && inner.gates.values().all(Option::is_none)
    }

    /// The state of every gate, in the order of their names; `shutdown` is there only while stopping.
    #[must_use]
    pub fn report(&self) -> Vec<GateReport> {
        let inner = self.inner.read();
        let stopping = inner.stopping.then_some(GateReport {
            name: Cow::Borrowed("shutdown"),
            closed: Some(Cow::Borrowed("the process is stopping")),
        });
        inner
            .gates
            .iter()
            .map(|(name, closed)| GateReport {
                name: name.clone(),
                closed: closed.clone(),
            })
            .chain(stopping)
            .collect()
    }
}

/// The handle that opens and closes one gate. Clones share it; dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Gate {
    name: Cow<'static, str>,
    readiness: Readiness,
}

impl Gate {
    /// A gate that belongs to no process, for tests and for callers without an admin server.
    #[must_use]
    pub fn detached(name: &'static str) -> Self {
        Readiness::new().gate(name)
    }

    /// This part is in order.
    pub fn open(&self) {
        self.set(None);
    }

    /// This part is not in order, for a reason that a person reads in `/readyz?verbose` (no values of secrets).
    pub fn close(&self, reason: impl Into<Cow<'static, str>>) {
        self.set(Some(reason.into()));
    }

    /// Whether this gate is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.readiness.inner.read().gates.get(&self.name), Some(None))
    }

    fn set(&self, closed: Option<Cow<'static, str>>) {
        let changed = {
            let mut inner = self.readiness.inner.write();
            let before = inner.gates.insert(self.name.clone(), closed.clone());
            before.as_ref().map(Option::is_none) != Some(closed.is_none())
        };
        if changed {
            match closed {
                None => tracing::info!(gate = %self.name, "ready"),
                Some(reason) => tracing::warn!(gate = %self.name, %reason, "not ready"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_when_every_gate_is_open_and_nobody_stops() {
        let readiness = Readiness::new();
        assert!(readiness.is_ready());
        let (a, b) = (readiness.gate("a"), readiness.gate("b"));
        assert!(!readiness.is_ready());
        a.open();
        assert!(!readiness.is_ready());
        b.open();
        assert!(readiness.is_ready());
        a.close("the watch is gone");
        assert!(!readiness.is_ready() && !a.is_open() && b.is_open());
        let report: Vec<_> = readiness
            .report()
            .into_iter()
            .map(|line| (line.name, line.closed))
            .collect();
        assert_eq!(
            report,
            [("a".into(), Some("the watch is gone".into())), ("b".into(), None)]
        );
        a.open();
        readiness.stop();
        assert!(!readiness.is_ready());
        assert_eq!(readiness.report().len(), 3);
    }

    #[test]
    fn the_same_name_is_the_same_gate() {
        let readiness = Readiness::new();
        readiness.gate("a").open();
        assert!(readiness.gate("a").is_open());
    }
}
