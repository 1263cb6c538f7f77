//! What to do next, decided from what was observed. Pure.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::Params;
use super::facts::{CaFacts, LeafFacts, Source, State, Wish};

/// How long a replica that cannot put a lost CA back waits for one that can.
const LOST: Duration = Duration::from_secs(10);
/// There is nothing to do until something changes; the shell looks again by itself.
const IDLE: Duration = Duration::from_secs(3600);

/// A place of the Secret for a CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The CA that signs.
    Current,
    /// The CA that will sign.
    Next,
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "current",
            Self::Next => "next",
        })
    }
}

/// One thing to do. The shell does it and decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Make a CA and write it to the Secret.
    Create(Slot),
    /// Write the given certificate's CA to the Secret: without a key, only so that clients come to trust it.
    Accept(Slot),
    /// Make a CA and write it to the Secret as the only one.
    Replace,
    /// Write what this replica remembers to the Secret.
    Restore,
    /// Write the Secret with the next CA as the current one, and the current one as the previous one until then.
    SwitchToNext {
        /// When the last leaf of the previous CA is dead.
        previous_until: Timestamp,
    },
    /// Write the Secret without the next CA, which nobody wants any more, and with it as the previous one until then.
    RetireNext {
        /// When the last leaf of it, if there is one, is dead.
        previous_until: Timestamp,
    },
    /// Write the Secret without the previous CA.
    DropPrevious,
    /// Make this replica a new leaf, signed by this CA.
    IssueLeaf(Slot),
    /// Serve the given certificate.
    TakeLeaf,
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
        !matches!(self, Self::IssueLeaf(_) | Self::TakeLeaf | Self::Wait { .. })
    }

    /// Whether it writes the Secret.
    #[must_use]
    pub fn writes_secret(&self) -> bool {
        self.writes() && !matches!(self, Self::Publish { .. })
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(slot) => write!(f, "create the {slot} CA"),
            Self::Accept(slot) => write!(f, "accept the given CA as the {slot} one"),
            Self::Replace => f.write_str("replace the CA and forget the old one, as an annotation asks"),
            Self::Restore => f.write_str("put the CA back that was lost from the Secret"),
            Self::SwitchToNext { previous_until } => {
                write!(f, "switch to the next CA, previous until {previous_until}")
            }
            Self::RetireNext { previous_until } => {
                write!(f, "give up the next CA, trusted until {previous_until}")
            }
            Self::DropPrevious => f.write_str("drop the previous CA"),
            Self::IssueLeaf(slot) => write!(f, "issue a leaf of the {slot} CA"),
            Self::TakeLeaf => f.write_str("serve the given certificate"),
            Self::Publish { place } => write!(f, "publish to place {place}"),
            Self::Wait { until } => write!(f, "wait until {until}"),
        }
    }
}

/// Plans.
///
/// # Guarantees
/// - At most one operation writes the Secret, and it is the last one.
/// - A CA becomes the current one only after the union with it has been in every place for `params.settle`; except
///   when there is no usable current CA, so that nothing works anyway, and when a person asks for it.
/// - A CA leaves the union only when all that it signed has expired; except when a person asks for it.
/// - A leaf that clients trust is served until there is one of the current CA.
/// - A CA that was lost from the Secret is put back as it was when a replica remembers it.
/// - A plan that was carried out leads to a plan that is only [`Op::Wait`], until time passes or something changes.
#[must_use]
pub fn plan(now: Timestamp, state: &State, params: &Params) -> Vec<Op> {
    if state.source == Source::Own && state.wish == Some(Wish::Replace) {
        return vec![Op::Replace];
    }
    let Some(current) = state.current.as_ref().filter(|ca| now < ca.not_after) else {
        return vec![begin(now, state, params)];
    };
    let mut ops = Vec::new();
    let (leaf, wake) = leaf(now, state, current, params);
    ops.extend(leaf);
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
    match rotation(now, state, current, params) {
        Op::Wait { until } => ops.push(Op::Wait {
            until: until.min(wake),
        }),
        write => ops.push(write),
    }
    ops
}

fn previous_until(now: Timestamp, params: &Params) -> Timestamp {
    now + params.leaf_life + params.skew
}

/// There is no CA that signs: a first one, or the one that was lost.
fn begin(now: Timestamp, state: &State, params: &Params) -> Op {
    if state.is_restorable(now) {
        return Op::Restore;
    }
    // Clients trust something: another replica may know what was lost, and no client would notice.
    let is_first = state.places.iter().all(|place| place.bundle.is_empty());
    let waited = state
        .uptime
        .saturating_sub(state.lost_since.unwrap_or(state.uptime));
    if !is_first && waited < LOST {
        return Op::Wait {
            until: now + (LOST - waited),
        };
    }
    if state.next.as_ref().is_some_and(|next| now < next.not_after) {
        return Op::SwitchToNext {
            previous_until: previous_until(now, params),
        };
    }
    match (state.source, &state.given) {
        (Source::Own, _) => Op::Create(Slot::Current),
        (Source::Given, Some(_)) => Op::Accept(Slot::Current),
        (Source::Given, None) => Op::Wait { until: now + IDLE },
    }
}

/// The leaf that is due now, and when the next one is.
fn leaf(now: Timestamp, state: &State, current: &CaFacts, params: &Params) -> (Option<Op>, Timestamp) {
    // The wall clock is asked, and not a timer: it may have jumped while the machine slept.
    let is_alive = |leaf: &&LeafFacts| now < leaf.not_after && (leaf.given || now >= leaf.not_before);
    let idle = now + IDLE;
    let given = state.given.as_ref().filter(|given| now < given.not_after);
    let of_current = if current.own {
        Some(Op::IssueLeaf(Slot::Current))
    } else {
        given
            .filter(|given| given.ca.id == current.id)
            .map(|_| Op::TakeLeaf)
    };
    let renewed = now + params.leaf_life / 2;
    let Some(leaf) = state.leaf.as_ref().filter(is_alive) else {
        return (of_current.or_else(|| stopgap(now, state)), renewed);
    };
    if leaf.issuer != current.id {
        let is_trusted = state
            .places
            .iter()
            .all(|place| place.bundle.is_superset(&leaf.anchors));
        return match of_current {
            Some(op) => (Some(op), renewed),
            None if is_trusted => (None, leaf.not_after),
            None => (stopgap(now, state), renewed),
        };
    }
    if !current.own {
        let is_new = given.is_some_and(|given| given.certificate != leaf.certificate);
        return (of_current.filter(|_| is_new), idle);
    }
    if leaf.not_after >= current.not_after {
        // It ends with its CA: another one would live no longer.
        return (None, now + params.leaf_life);
    }
    let due = two_thirds(leaf.issued, leaf.not_after);
    if now >= due {
        (of_current, renewed)
    } else {
        (None, due)
    }
}

/// A leaf for a replica that has no good one and gets none of the current CA.
fn stopgap(now: Timestamp, state: &State) -> Option<Op> {
    let union = state.union();
    let given = state.given.as_ref().filter(|given| now < given.not_after);
    let has_new = |certificate| {
        state
            .leaf
            .as_ref()
            .is_none_or(|leaf| leaf.certificate != certificate)
    };
    if given.is_some_and(|given| given.ca.is_trusted_by(&union) && has_new(given.certificate)) {
        return Some(Op::TakeLeaf);
    }
    let next = state
        .next
        .as_ref()
        .filter(|next| next.own && now < next.not_after)?;
    let has_one = state
        .leaf
        .as_ref()
        .is_some_and(|leaf| leaf.issuer == next.id && now < leaf.not_after);
    (!has_one).then_some(Op::IssueLeaf(Slot::Next))
}

/// The one change of the Secret that is due, or when the next one is. The union is published.
fn rotation(now: Timestamp, state: &State, current: &CaFacts, params: &Params) -> Op {
    let previous = state.previous.as_ref().map(|previous| previous.until);
    if previous.is_some_and(|until| now >= until) {
        return Op::DropPrevious;
    }
    // One change at a time: a switch waits for the previous CA to be gone.
    let earlier = |until: Timestamp| Op::Wait {
        until: previous.map_or(until, |previous| until.min(previous)),
    };
    let Some(next) = state.next.as_ref().filter(|next| now < next.not_after) else {
        return match wanted(now, state, current) {
            Ok(op) => op,
            Err(later) => earlier(later),
        };
    };
    let union = state.union();
    let settled = state.settled.as_ref().filter(|settled| settled.ids == union);
    let age = settled.map_or(Duration::ZERO, |settled| {
        state.uptime.saturating_sub(settled.since)
    });
    let left = params.settle.saturating_sub(age);
    let (fits, patience) = match (state.source, &state.given) {
        // On the way back replicas may serve it already, when the given CA has changed just before.
        (Source::Own, Some(given)) if !current.own && given.ca.id == next.id => (true, Duration::ZERO),
        (Source::Own, _) => (next.own, (params.settle * 2).saturating_sub(age)),
        (Source::Given, Some(given)) => (given.ca.id == next.id, Duration::ZERO),
        (Source::Given, None) if next.own => (true, Duration::ZERO),
        // Nobody could serve with it.
        (Source::Given, None) => return earlier(now + IDLE),
    };
    if !fits && !patience.is_zero() {
        // Replicas that know the next one may be on their way in, as in an upgrade that changes the source.
        return earlier(now + patience);
    }
    match previous {
        Some(until) => Op::Wait { until },
        None if !fits => Op::RetireNext {
            previous_until: previous_until(now, params),
        },
        None if settled.is_some() && left.is_zero() => Op::SwitchToNext {
            previous_until: previous_until(now, params),
        },
        None => Op::Wait { until: now + left },
    }
}

/// How a next CA comes to be; or when to look again.
fn wanted(now: Timestamp, state: &State, current: &CaFacts) -> Result<Op, Timestamp> {
    let until = match (state.source, &state.given) {
        (Source::Given, Some(given)) => {
            let is_new = given.ca.id != current.id && now < given.ca.not_after;
            return if is_new {
                Ok(Op::Accept(Slot::Next))
            } else {
                Err(now + IDLE)
            };
        }
        (Source::Given, None) if !current.own => return Err(now + IDLE),
        // Until there is a given one, ours is kept good.
        (Source::Own, _) | (Source::Given, None) => two_thirds(current.not_before, current.not_after),
    };
    let asked = state.source == Source::Own && state.wish.is_some();
    if !current.own || now >= until || asked {
        Ok(Op::Create(Slot::Next))
    } else {
        Err(until)
    }
}

fn two_thirds(from: Timestamp, until: Timestamp) -> Timestamp {
    let seconds = until.as_second().saturating_sub(from.as_second());
    until - Duration::from_secs(u64::try_from(seconds / 3).unwrap_or(0))
}

#[cfg(test)]
mod tests;
