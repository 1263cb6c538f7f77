//! What was observed, as values: what a plan needs to know and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::tls::bundle::Fingerprint;

/// What matters of a CA: ours, or the one that somebody else's certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFacts {
    /// Which one. Of a single certificate its fingerprint.
    pub id: Fingerprint,
    /// What clients must trust. One certificate for a CA of ours; `ca.crt` of a given one may hold several.
    pub certificates: BTreeSet<Fingerprint>,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until. Of several certificates the last one counts.
    pub not_after: Timestamp,
    /// We have its key and sign leaves with it.
    pub own: bool,
}

impl CaFacts {
    /// Whether clients with this bundle trust all that it signs.
    #[must_use]
    pub fn is_trusted_by(&self, bundle: &BTreeSet<Fingerprint>) -> bool {
        bundle.is_superset(&self.certificates)
    }
}

/// The CA before the current one, whose leaves may still be alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousFacts {
    /// Its certificate.
    pub ca: CaFacts,
    /// Nothing that it signed is alive after this.
    pub until: Timestamp,
}

/// What matters of this replica's leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafFacts {
    /// Which one.
    pub certificate: Fingerprint,
    /// The CA that signed it.
    pub issuer: Fingerprint,
    /// What clients must trust, see [`CaFacts::certificates`].
    pub anchors: BTreeSet<Fingerprint>,
    /// When it was made.
    pub issued: Timestamp,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// It was given, and not made by us.
    pub given: bool,
}

/// What matters of the certificate that somebody else keeps in a Secret of type `kubernetes.io/tls`. It fits its key,
/// our names and its CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFacts {
    /// Its `ca.crt`.
    pub ca: CaFacts,
    /// Its `tls.crt`: the leaf in it.
    pub certificate: Fingerprint,
    /// The leaf is valid until.
    pub not_after: Timestamp,
}

/// What one place holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceFacts {
    /// The certificates of its bundle.
    pub bundle: BTreeSet<Fingerprint>,
}

/// A union that was seen published in every place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Union {
    /// The certificates.
    pub ids: BTreeSet<Fingerprint>,
    /// Since when this replica knows it, by [`State::uptime`].
    pub since: Duration,
}

/// What this replica last read from the Secret when it was whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The CA that signed.
    pub current: CaFacts,
    /// All that clients should trust.
    pub union: BTreeSet<Fingerprint>,
}

/// Where the serving certificate shall come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// From our own authority.
    #[default]
    Own,
    /// From a Secret of type `kubernetes.io/tls` that somebody else keeps, such as cert-manager.
    Given,
}

impl Source {
    /// Of a flag.
    #[must_use]
    pub fn given_if(given: bool) -> Self {
        if given { Self::Given } else { Self::Own }
    }
}

/// What a person asked for by the annotation [`super::ROTATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Another CA, without a failed call.
    Rotate,
    /// Another CA at once, and no trust in the old one any more: its key is in the wrong hands.
    Replace,
}

/// Everything that was observed.
///
/// # Assumptions
/// The places were read *before* the Secret. Whatever a place held was in the Secret earlier; so a union made from
/// this Secret lacks only what has been dropped on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How long this replica runs, by a clock that does not jump: for how long something is so is asked of it, and
    /// not of the wall clock.
    pub uptime: Duration,
    /// Where the certificate shall come from.
    pub source: Source,
    /// The CA that signs. None when the Secret is empty, or what it holds is damaged.
    pub current: Option<CaFacts>,
    /// The CA that will sign.
    pub next: Option<CaFacts>,
    /// The CA that signed before.
    pub previous: Option<PreviousFacts>,
    /// The certificate that somebody else keeps for us.
    pub given: Option<GivenFacts>,
    /// What a person asked for.
    pub wish: Option<Wish>,
    /// Every place where clients read the bundle.
    pub places: Vec<PlaceFacts>,
    /// The union last seen in every place, see [`State::settle`].
    pub settled: Option<Union>,
    /// This replica's own leaf.
    pub leaf: Option<LeafFacts>,
    /// What the Secret held when it was whole.
    pub remembered: Option<Remembered>,
    /// Since when this replica sees no usable CA in the Secret, by [`State::uptime`].
    pub lost_since: Option<Duration>,
}

/// Why a replica is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unready {
    /// It has no leaf, or one that has expired.
    NoLeaf,
    /// Clients of the place of this index do not trust its leaf.
    Distrusted(usize),
    /// Its leaf is not of the current CA, and this replica does not know that all clients trust it: who was ready
    /// with this leaf stays so.
    Early,
    /// The Secret says nothing of what clients should trust: who was ready stays so.
    Lost,
}

impl State {
    /// The certificates that clients shall trust.
    #[must_use]
    pub fn union(&self) -> BTreeSet<Fingerprint> {
        let previous = self.previous.as_ref().map(|previous| &previous.ca);
        [self.current.as_ref(), self.next.as_ref(), previous]
            .into_iter()
            .flatten()
            .flat_map(|ca| ca.certificates.iter().copied())
            .collect()
    }

    /// Whether every place holds exactly the union.
    #[must_use]
    pub fn is_published(&self) -> bool {
        let union = self.union();
        self.places.iter().all(|place| place.bundle == union)
    }

    /// What to remember of this observation for the next: since when the union of today is in every place.
    #[must_use]
    pub fn settle(&self) -> Option<Union> {
        if !self.is_published() {
            return None;
        }
        let ids = self.union();
        match &self.settled {
            Some(before) if before.ids == ids => Some(before.clone()),
            _ => Some(Union {
                ids,
                since: self.uptime,
            }),
        }
    }

    /// Whether what this replica remembers may be put back: it is what clients trust today, all of it and nothing
    /// else. A replica that missed a change must not undo it.
    #[must_use]
    pub fn is_restorable(&self, now: Timestamp) -> bool {
        self.remembered.as_ref().is_some_and(|remembered| {
            let fits = |place: &PlaceFacts| {
                place.bundle.is_empty()
                    || (remembered.current.is_trusted_by(&place.bundle)
                        && place.bundle.is_subset(&remembered.union))
            };
            now < remembered.current.not_after && self.places.iter().all(fits)
        })
    }

    /// The union was written to the place of this index.
    pub fn published(&mut self, place: usize) {
        let union = self.union();
        if let Some(place) = self.places.get_mut(place) {
            place.bundle = union;
        }
    }

    /// Whether the leaf is one for the time being: clients may not know its CA yet.
    #[must_use]
    pub fn is_stopgap(&self, leaf: &LeafFacts) -> bool {
        self.current
            .as_ref()
            .is_none_or(|current| current.id != leaf.issuer)
    }

    /// Why this replica should not be called now.
    #[must_use]
    pub fn unready(&self, now: Timestamp, settle: Duration) -> Option<Unready> {
        let Some(leaf) = self.leaf.as_ref().filter(|leaf| now < leaf.not_after) else {
            return Some(Unready::NoLeaf);
        };
        let trusts = |place: &PlaceFacts| place.bundle.is_superset(&leaf.anchors);
        if let Some(place) = self.places.iter().position(|place| !trusts(place)) {
            return Some(Unready::Distrusted(place));
        }
        let Some(current) = &self.current else {
            return Some(Unready::Lost);
        };
        let settled = self
            .settled
            .as_ref()
            .is_some_and(|union| union.ids.is_superset(&leaf.anchors) && self.uptime >= union.since + settle);
        (current.id != leaf.issuer && !settled).then_some(Unready::Early)
    }
}
