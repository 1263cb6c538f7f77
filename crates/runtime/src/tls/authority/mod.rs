//! Our own certificate authority, kept in a Secret and renewed by itself.
//!
//! The Secret holds the current CA; for a while before and after a change also the next one and the previous one's
//! certificate. What clients trust is the union of the three. The rule that keeps every handshake good: *a CA signs
//! only after the API has shown that the union with it is published and has been for long enough to reach every
//! client; a CA leaves the union only when nothing that it signed can be alive.*
//!
//! A certificate that somebody else keeps (cert-manager, a person) goes the same way: its CA is written to our Secret
//! as the next one, without a key, and the certificate is served when all clients trust it. So is the way back.
//!
//! [`plan`] decides; `tls::maintain` does the I/O. Several replicas run it side by side: each write carries the
//! resourceVersion that the decision was based on, and on a conflict everything is read and decided again.

mod ca;
mod facts;
mod params;
mod plan;
mod record;
#[cfg(test)]
mod simulation;

pub use ca::{Ca, CaError};
pub(super) use ca::{common_name, leaf_of, set_validity};
pub use facts::{
    CaFacts, GivenFacts, LeafFacts, PlaceFacts, PreviousFacts, Remembered, Source, State, Union, Unready,
    Wish,
};
pub use params::{Params, ParamsError, lifetime};
pub use plan::{Op, Slot, plan};
pub use record::{Data, Record, keys};

/// The annotation of the Secret by which a person asks for another CA: `now` or `replace`, see [`Wish`]. It is
/// removed when the wish has been taken up.
pub const ROTATE: &str = "patchbay.dev/rotate";

/// What an annotation's value asks for. None when it is neither word.
#[must_use]
pub fn wish(value: &str) -> Option<Wish> {
    match value.trim() {
        "now" => Some(Wish::Rotate),
        "replace" => Some(Wish::Replace),
        _ => None,
    }
}
