//! One call for all who want to know the same: many Connectors with one address and one credential ask the tool once.
//!
//! [`key`] says which calls are the same, [`share`] sees to it that only one of them is sent. What a call finds, and
//! how it is sent, is none of the business of this folder.

pub mod key;
pub mod share;
