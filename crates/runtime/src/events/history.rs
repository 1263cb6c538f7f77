//! What was published about which object, to tell whether an event is news. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::{Happening, Severity};

/// An object may have this many events at once, and then one per [`REFILL`]: enough for a real story, too little for
/// a note that differs each time.
const BURST: u32 = 8;
const REFILL: Duration = Duration::from_secs(60);
/// More objects are not remembered; the ones that were quiet for longest are forgotten first.
const MAX_OBJECTS: usize = 20_000;

/// The object that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
}

#[derive(Debug, Default)]
pub(super) struct History {
    objects: BTreeMap<Subject, Object>,
}

#[derive(Debug)]
struct Object {
    /// By action: what the last event said.
    last: BTreeMap<&'static str, (Severity, &'static str, String)>,
    tokens: u32,
    refilled: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Publish,
    /// The last event said the same.
    Same,
    /// The object has had too many events of late.
    TooMany,
}

impl History {
    /// Decides, and remembers what is published.
    pub(super) fn decide(&mut self, subject: &Subject, happening: &Happening, now: Instant) -> Decision {
        if self.objects.len() >= MAX_OBJECTS && !self.objects.contains_key(subject) {
            self.forget_the_quietest();
        }
        let object = self.objects.entry(subject.clone()).or_insert_with(|| Object {
            last: BTreeMap::new(),
            tokens: BURST,
            refilled: now,
        });
        let said = (happening.severity, happening.reason, happening.note.clone());
        if object.last.get(happening.action) == Some(&said) {
            return Decision::Same;
        }
        object.refill(now);
        if object.tokens == 0 {
            return Decision::TooMany;
        }
        object.tokens -= 1;
        object.last.insert(happening.action, said);
        Decision::Publish
    }

    /// The event could not be published: it is still news.
    pub(super) fn undo(&mut self, subject: &Subject, action: &'static str) {
        if let Some(object) = self.objects.get_mut(subject) {
            object.last.remove(action);
        }
    }

    pub(super) fn forget(&mut self, subject: &Subject) {
        self.objects.remove(subject);
    }

    /// Forgets half of them at once, so that this is rare.
    fn forget_the_quietest(&mut self) {
        let mut times: Vec<_> = self.objects.values().map(|object| object.refilled).collect();
        times.sort_unstable();
        if let Some(median) = times.get(times.len() / 2).copied() {
            self.objects.retain(|_, object| object.refilled > median);
        }
    }
}

impl Object {
    fn refill(&mut self, now: Instant) {
        let earned = now.saturating_duration_since(self.refilled).as_secs() / REFILL.as_secs();
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(earned).min(BURST);
        self.refilled = if self.tokens == BURST {
            now
        } else {
            self.refilled + REFILL * earned
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(name: &str) -> Subject {
        Subject {
            kind: "Connector".to_owned(),
            namespace: "n".to_owned(),
            name: name.to_owned(),
            uid: "u".to_owned(),
        }
    }

    fn failed(note: &str) -> Happening {
        Happening {
            severity: Severity::Warning,
            reason: "ConnectionFailed",
            action: "Probe",
            note: note.to_owned(),
            related: None,
        }
    }

    #[test]
    fn only_news_is_published() {
        let (mut history, now) = (History::default(), Instant::now());
        let rendered = Happening {
            action: "Render",
            ..failed("refused")
        };
        let good = Happening {
            severity: Severity::Normal,
            reason: "ProbeSucceeded",
            ..failed("")
        };
        for (happening, expected) in [
            (failed("refused"), Decision::Publish),
            (failed("refused"), Decision::Same),
            (failed("timeout"), Decision::Publish),
            (rendered, Decision::Publish),
            (good, Decision::Publish),
            (failed("timeout"), Decision::Publish),
        ] {
            assert_eq!(
                history.decide(&subject("a"), &happening, now),
                expected,
                "{happening:?}"
            );
        }
        assert_eq!(
            history.decide(&subject("b"), &failed("timeout"), now),
            Decision::Publish
        );
        history.forget(&subject("a"));
        assert_eq!(
            history.decide(&subject("a"), &failed("timeout"), now),
            Decision::Publish
        );
        history.undo(&subject("a"), "Probe");
        assert_eq!(
            history.decide(&subject("a"), &failed("timeout"), now),
            Decision::Publish
        );
    }

    #[test]
    fn an_object_that_always_says_something_else_is_slowed_down() {
        let (mut history, now) = (History::default(), Instant::now());
        let mut published = |seconds: u64, note: u64| {
            let at = now + Duration::from_secs(seconds);
            history.decide(&subject("a"), &failed(&note.to_string()), at) == Decision::Publish
        };
        assert_eq!((0..100).filter(|note| published(0, *note)).count(), 8);
        assert_eq!(
            (100..700).filter(|second| published(*second, *second)).count(),
            11
        );
    }

    #[test]
    fn memory_is_bounded() {
        let (mut history, now) = (History::default(), Instant::now());
        for index in 0..MAX_OBJECTS as u64 + 10 {
            let at = now + Duration::from_secs(index);
            history.decide(&subject(&index.to_string()), &failed("x"), at);
        }
        assert!(history.objects.len() <= MAX_OBJECTS / 2 + 10);
        assert!(history.objects.contains_key(&subject(&MAX_OBJECTS.to_string())));
    }
}
