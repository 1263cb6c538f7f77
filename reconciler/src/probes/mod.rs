//! Calls to tools, to learn whether they are there and whether they take the credential.
//!
//! Addresses come from tenants, and what answers is anybody. [`net`] is the way to a tool and says what may be called;
//! [`http`] and [`protocols`] say what has to be said; [`client`] is the one entry to them. What comes back is data
//! ([`outcome`]); [`verdict`] says what it means, in the [`words`] that a person reads, and [`schedule`] when to ask
//! again.

pub mod client;
pub mod error;
pub mod http;
pub mod net;
pub mod outcome;
pub mod own;
pub mod protocols;
pub mod safe;
pub mod schedule;
pub mod sniff;
pub mod verdict;
pub mod words;

pub use client::Client;

#[cfg(test)]
mod tests;
