//! Trace ids: the same id in the log lines of all programs that worked on one thing.
//!
//! Between programs it travels as a W3C `traceparent`. What comes from outside is taken only if it is well-formed: it
//! goes into logs.

use std::fmt;

use crate::ids;

/// The header, and the key of gRPC metadata.
pub const TRACEPARENT: &str = "traceparent";

tokio::task_local! {
    static CURRENT: TraceId;
}

/// 16 bytes, never all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

impl TraceId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(ids::random_u128().max(1))
    }

    /// From a `traceparent`; `None` if it is not one of version 00, or is longer or shorter than those are.
    #[must_use]
    pub fn from_traceparent(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let [version, trace, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let hex = |part: &str, length: usize| {
            part.len() == length
                && part
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let good = parts.next().is_none()
            && version == "00"
            && hex(trace, 32)
            && hex(parent, 16)
            && hex(flags, 2)
            && parent.bytes().any(|b| b != b'0');
        let id = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0);
        id.filter(|_| good).map(Self)
    }

    /// Runs work under this id: [`TraceId::current`] gives it to whatever the work calls in the same task.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// The id of the work that is going on in this task.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|id| *id).ok()
    }

    /// The `traceparent` for a call of ours.
    #[must_use]
    pub fn traceparent(self) -> String {
        let parent = ids::random_u128().max(1 << 64) >> 64;
        format!("00-{self}-{parent:016x}-01")
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_well_formed_is_taken() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let id = TraceId::from_traceparent(good).unwrap();
        assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736\n-0f067aa0ba902b7-01",
            &"0".repeat(100_000),
        ] {
            assert_eq!(TraceId::from_traceparent(bad), None, "{bad:.80}");
        }
    }

    #[tokio::test]
    async fn work_knows_its_id() {
        let id = TraceId::random();
        assert_eq!(id.scope(async { TraceId::current() }).await, Some(id));
        assert_eq!(TraceId::current(), None);
    }

    #[test]
    fn what_is_sent_is_well_formed() {
        for _ in 0..100 {
            let id = TraceId::random();
            assert_eq!(TraceId::from_traceparent(&id.traceparent()), Some(id));
        }
        assert_ne!(TraceId::random(), TraceId::random());
    }
}
