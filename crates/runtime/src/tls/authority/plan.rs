//! What to do next, decided from what was observed. Pure.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::Params;
use crate::tls::bundle::Fingerprint;

/// What matters of a CA certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaFacts {
    /// Which one.
    pub id: Fingerprint,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
}

/// The CA before the current one, whose leaves may still be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousFacts {
    /// Its certificate.
    pub ca: CaFacts,
    /// Nothing that it signed is alive after this.
    pub until: Timestamp,
}

/// What matters of this replica's leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafFacts {
    /// The CA that signed it.
    pub issuer: Fingerprint,
    /// When it was made.
    pub issued: Timestamp,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
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
    /// Since when this replica knows it.
    pub since: Timestamp,
}

/// Everything that was observed.
///
/// # Assumptions
/// The places were read *before* the Secret. Whatever a place held was in the Secret earlier; so a union made from
/// this Secret lacks only what has been dropped on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The CA that signs. None when the Secret is empty, or what it holds is damaged.
    pub current: Option<CaFacts>,
    /// The CA that will sign.
    pub next: Option<CaFacts>,
    /// The CA that signed before.
    pub previous: Option<PreviousFacts>,
    /// Every place where clients read the bundle.
    pub places: Vec<PlaceFacts>,
    /// The union last seen in every place, see [`State::settle`].
    pub settled: Option<Union>,
    /// This replica's own leaf.
    pub leaf: Option<LeafFacts>,
}

/// One thing to do. The shell does it and decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Make a CA and write it to the Secret as the current one.
    CreateCurrent,
    /// Make a CA and write it to the Secret as the next one.
    CreateNext,
    /// Write the Secret with the next CA as the current one, and the current one as the previous one until then.
    SwitchToNext {
        /// When the last leaf of the previous CA is dead.
        previous_until: Timestamp,
    },
    /// Write the Secret without the previous CA.
    DropPrevious,
    /// Make this replica a new leaf, signed by the current CA.
    IssueLeaf,
    /// Write the union to the place of this index.
    Publish {
        /// In `State::places`.
        place: usize,
    },
    /// Nothing more until this time, or until something changes.
    Wait {
        /// The wall clock's time.
        until: Timestamp,
    },
}

impl Op {
    /// Whether it writes to the API.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self, Self::IssueLeaf | Self::Wait { .. })
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateCurrent => f.write_str("create the current CA"),
            Self::CreateNext => f.write_str("create the next CA"),
            Self::SwitchToNext { previous_until } => {
                write!(f, "switch to the next CA, previous until {previous_until}")
            }
            Self::DropPrevious => f.write_str("drop the previous CA"),
            Self::IssueLeaf => f.write_str("issue a leaf"),
            Self::Publish { place } => write!(f, "publish to place {place}"),
            Self::Wait { until } => write!(f, "wait until {until}"),
        }
    }
}

impl State {
    /// The certificates that clients shall trust.
    #[must_use]
    pub fn union(&self) -> BTreeSet<Fingerprint> {
        let previous = self.previous.map(|previous| previous.ca);
        [self.current, self.next, previous]
            .into_iter()
            .flatten()
            .map(|ca| ca.id)
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
    pub fn settle(&self, now: Timestamp) -> Option<Union> {
        if !self.is_published() {
            return None;
        }
        let ids = self.union();
        match &self.settled {
            Some(before) if before.ids == ids => Some(before.clone()),
            _ => Some(Union { ids, since: now }),
        }
    }

    /// The first place whose clients would not trust this replica's leaf; or, without a leaf, the first place.
    #[must_use]
    pub fn distrusting(&self) -> Option<usize> {
        let trusts = |place: &PlaceFacts| self.leaf.is_some_and(|leaf| place.bundle.contains(&leaf.issuer));
        self.places.iter().position(|place| !trusts(place))
    }
}

/// Plans.
///
/// # Guarantees
/// - At most one operation writes the Secret, and it is the last one.
/// - A CA becomes the current one only after the union with it has been in every place for `params.settle`; except
///   when there is no usable current CA, so that nothing works anyway.
/// - A CA leaves the union only when all that it signed has expired.
/// - A plan that was carried out leads to a plan that is only [`Op::Wait`], until time passes or something changes.
#[must_use]
pub fn plan(now: Timestamp, state: &State, params: &Params) -> Vec<Op> {
    let previous_until = now + params.leaf_life + params.skew;
    let usable = |ca: &CaFacts| now < ca.not_after;
    let Some(current) = state.current.filter(usable) else {
        return match state.next.filter(usable) {
            Some(_) => vec![Op::SwitchToNext { previous_until }],
            None => vec![Op::CreateCurrent],
        };
    };
    let mut ops = Vec::new();
    let mut wake = renewal_of_leaf(now, state.leaf, current, params);
    if wake <= now {
        ops.push(Op::IssueLeaf);
        wake = now + params.leaf_life / 2;
    }
    let union = state.union();
    let stale = state
        .places
        .iter()
        .enumerate()
        .filter(|(_, place)| place.bundle != union);
    let publish: Vec<_> = stale.map(|(place, _)| Op::Publish { place }).collect();
    if !publish.is_empty() {
        // What was published is looked at again before the Secret changes.
        ops.extend(publish);
        return ops;
    }
    match rotation(now, state, &union, current, params) {
        Op::Wait { until } => ops.push(Op::Wait {
            until: until.min(wake),
        }),
        write => ops.push(write),
    }
    ops
}

/// The one change of the Secret that is due, or when the next one is. The union is published.
fn rotation(
    now: Timestamp,
    state: &State,
    union: &BTreeSet<Fingerprint>,
    current: CaFacts,
    params: &Params,
) -> Op {
    if let Some(previous) = state.previous {
        // One change at a time: the next CA waits for the previous one to be gone.
        return if now >= previous.until {
            Op::DropPrevious
        } else {
            Op::Wait {
                until: previous.until,
            }
        };
    }
    let Some(next) = state.next.filter(|next| now < next.not_after) else {
        let renewal = two_thirds(current.not_before, current.not_after);
        return if now >= renewal {
            Op::CreateNext
        } else {
            Op::Wait { until: renewal }
        };
    };
    let settled = state
        .settled
        .as_ref()
        .filter(|settled| settled.ids == *union && settled.ids.contains(&next.id));
    let ready = settled.map_or(now, |settled| settled.since) + params.settle;
    if settled.is_some() && now >= ready {
        return Op::SwitchToNext {
            previous_until: now + params.leaf_life + params.skew,
        };
    }
    Op::Wait { until: ready }
}

/// When the leaf is due; now or earlier means at once.
fn renewal_of_leaf(now: Timestamp, leaf: Option<LeafFacts>, current: CaFacts, params: &Params) -> Timestamp {
    match leaf {
        // The wall clock is asked, and not a timer: it may have jumped while the machine slept.
        Some(leaf) if leaf.issuer == current.id && now >= leaf.not_before => {
            if leaf.not_after >= current.not_after {
                // It ends with its CA: another one would live no longer.
                return now + params.leaf_life;
            }
            two_thirds(leaf.issued, leaf.not_after)
        }
        _ => now,
    }
}

fn two_thirds(from: Timestamp, until: Timestamp) -> Timestamp {
    let seconds = until.as_second().saturating_sub(from.as_second());
    until - Duration::from_secs(u64::try_from(seconds / 3).unwrap_or(0))
}

#[cfg(test)]
mod tests;
