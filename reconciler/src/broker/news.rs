//! What to say on a pod about a volume that it has: that its files could not be made anew, that they were taken away,
//! and that all is well again. Pure.
//!
//! A first publish that fails is not told here: kubelet says it itself, with our message.

use std::fmt::Write as _;

use jiff::Timestamp;
use patchbay_api::conditions::Reason;
use patchbay_runtime::events::{Happening, Severity};
use sha2::{Digest as _, Sha256};

use super::request::Request;

/// Seconds. Versions of files differ between replicas, so it is the time that tells one trouble from the next: two
/// replicas see the same one within milliseconds, and a person needs no more than a line per ten minutes.
const PERIOD: i64 = 600;

/// How a volume is, as its driver was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing was said yet over this stream.
    Unknown,
    /// It has what it should have.
    Well,
    /// It keeps what it has, which could not be made anew.
    Stale(&'static str),
    /// It was emptied.
    Revoked(&'static str),
}

/// A volume at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// How it is.
    pub health: Health,
    /// The version of the files that it has; empty when it has none.
    pub version: String,
}

/// An event, and an id that is the same on every replica that sees the same.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// The event.
    pub happening: Happening,
    /// For [`patchbay_runtime::events::Recorder::record_once`].
    pub id: String,
}

/// Whether it is about the pod's own configuration. Who asks was not found out, or the API server is away: that says
/// nothing about the volume, and nobody could read it then either.
fn is_worth_an_event(reason: &str) -> bool {
    ![Reason::Unauthenticated, Reason::Unavailable]
        .iter()
        .any(|other| other.as_str() == reason)
}

/// What to say of a change from `before` to `after`, where `message` is what the driver was told.
///
/// *Guarantees*
/// - Nothing is said of a volume that was never published, and nothing twice: the same trouble within [`PERIOD`] has the
///   same id, whichever replica sees it and however often it comes and goes.
/// - A pod is named only after its token was found to be good.
#[must_use]
pub fn news(request: &Request, before: &Look, after: &Look, message: &str, now: Timestamp) -> Option<News> {
    let volume = &request.volume_id;
    let (severity, reason, note) = match (&before.health, &after.health) {
        (was, Health::Stale(reason)) if *was != after.health && !after.version.is_empty() => (
            Severity::Warning,
            *reason,
            format!("the files stay as they are, because they cannot be made anew: {message}"),
        ),
        (was, Health::Revoked(reason)) if *was != after.health && !before.version.is_empty() => (
            Severity::Warning,
            *reason,
            format!("the files were taken away: {message}"),
        ),
        (Health::Stale(reason) | Health::Revoked(reason), Health::Well) if is_worth_an_event(reason) => (
            Severity::Normal,
            Reason::Ready.as_str(),
            "the files are as they should be again".to_owned(),
        ),
        _ => return None,
    };
    if !is_worth_an_event(reason) {
        return None;
    }
    let period = (now.as_second() / PERIOD).to_string();
    let id = id(&[&request.pod.uid, volume, reason, &period]);
    let note = format!("volume {volume}: {note}");
    let happening = Happening {
        severity,
        reason,
        action: "Render",
        note,
        related: None,
    };
    Some(News { happening, id })
}

fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut id = String::new();
    for byte in hash.finalize().iter().take(8) {
        let written = write!(id, "{byte:02x}");
        debug_assert!(written.is_ok(), "writing into a String cannot fail");
    }
    id
}

#[cfg(test)]
mod tests {
    use patchbay_model::volume::VolumeSource;

    use super::super::request::{Pod, Token};
    use super::*;

    fn request() -> Request {
        Request {
            volume_id: "csi-1".to_owned(),
            pod: Pod {
                uid: "u".to_owned(),
                ..Pod::default()
            },
            node: "node".to_owned(),
            token: Token::new("t".to_owned()),
            source: VolumeSource::default(),
        }
    }

    fn look(health: Health, version: &str) -> Look {
        Look {
            health,
            version: version.to_owned(),
        }
    }

    #[test]
    fn what_a_pod_is_told() {
        let missing = || Health::Stale("SecretNotFound");
        for (before, after, want) in [
            // The first publish is kubelet's to tell.
            (look(Health::Unknown, ""), look(missing(), ""), None),
            (look(Health::Unknown, ""), look(Health::Well, "1"), None),
            (look(Health::Well, "1"), look(Health::Well, "2"), None),
            (
                look(Health::Well, "1"),
                look(missing(), "1"),
                Some("Warning SecretNotFound"),
            ),
            // After a change of the replica; the id is the same as before.
            (
                look(Health::Unknown, "1"),
                look(missing(), "1"),
                Some("Warning SecretNotFound"),
            ),
            (look(missing(), "1"), look(missing(), "1"), None),
            (
                look(missing(), "1"),
                look(Health::Stale("TemplateFailed"), "1"),
                Some("Warning TemplateFailed"),
            ),
            (
                look(missing(), "1"),
                look(Health::Well, "2"),
                Some("Normal Ready"),
            ),
            (
                look(Health::Well, "1"),
                look(Health::Revoked("PermissionDenied"), ""),
                Some("Warning PermissionDenied"),
            ),
            (
                look(Health::Revoked("PermissionDenied"), ""),
                look(Health::Well, "1"),
                Some("Normal Ready"),
            ),
            // Nobody knows whose volume it is, or nothing is known at all.
            (
                look(Health::Well, "1"),
                look(Health::Stale("Unauthenticated"), "1"),
                None,
            ),
            (
                look(Health::Well, "1"),
                look(Health::Stale("Unavailable"), "1"),
                None,
            ),
            (
                look(Health::Stale("Unavailable"), "1"),
                look(Health::Well, "1"),
                None,
            ),
        ] {
            let news = news(&request(), &before, &after, "why", Timestamp::UNIX_EPOCH);
            let line = news.map(|n| format!("{:?} {}", n.happening.severity, n.happening.reason));
            assert_eq!(line.as_deref(), want, "{before:?} -> {after:?}");
        }
    }

    #[test]
    fn the_same_trouble_has_the_same_id_on_every_replica() {
        let stale = |version: &str| look(Health::Stale("SecretNotFound"), version);
        let id = |before: &Look, after: &Look, second: i64| {
            let now = Timestamp::from_second(second).unwrap();
            news(&request(), before, after, "why", now).unwrap().id
        };
        let first = id(&look(Health::Well, "1"), &stale("1"), 1);
        assert_eq!(first.len(), 16);
        assert_eq!(
            first,
            id(&look(Health::Unknown, "of another"), &stale("of another"), 2)
        );
        assert_ne!(first, id(&look(Health::Well, "1"), &stale("1"), 601));
    }
}
