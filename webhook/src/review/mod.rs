//! The wire between the API server and this program: `AdmissionReview` of `admission.k8s.io/v1`.
//!
//! [`Request::read`] turns bytes that may be anything into a [`Request`]; [`answer`] turns a [`Verdict`] into the
//! bytes of the reply. Both are plain functions. No message of this module carries anything from the request but its
//! `uid`, which the protocol asks for.

mod request;
mod response;
mod verdict;

#[cfg(test)]
mod tests;

pub use request::{Kind, Operation, Request, Unreadable};
pub use response::answer;
pub use verdict::{Cause, Denial, Outcome, Patch, Verdict};
