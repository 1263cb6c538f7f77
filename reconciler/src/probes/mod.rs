//! Requests to tools, to learn whether they are there and whether they take the credential.
//!
//! Addresses come from tenants. [`policy`] says what may be called, [`target`] where redirects may lead, [`http`] keeps
//! to both, [`verdict`] says what an answer means and [`schedule`] when to ask again.

pub mod error;
pub mod http;
pub mod policy;
pub mod schedule;
pub mod target;
pub mod tls;
pub mod verdict;
