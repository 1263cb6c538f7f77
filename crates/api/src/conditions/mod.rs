//! Types and reasons of conditions: the words that users, alerts, events and metrics share, with what each means and
//! what to do about it. The reference and the CLI are made from this data.

mod reason;
pub mod types;
mod wire;

pub use reason::Reason;
pub use wire::Condition;

/// Where the reference of all types and reasons is, from the root of the repository.
pub const REFERENCE: &str = "docs/reference/conditions.md";

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The user must change something: wait for the change.
    Invalid,
    /// Something is not there yet: not an error, look again later.
    Waiting,
    /// It may work the next time: back off and try again.
    Transient,
    /// Somebody else wrote first: read again and try at once.
    Conflict,
}

#[cfg(test)]
mod tests;
