//! The story of Patchbay on a real cluster: told by the demo, asserted by the end-to-end test.
//!
//! Each step of the story runs real commands, shows them and their output, checks what a user would check, and returns
//! what it measured. The demo and the test run the very same steps, so the demo cannot drift from what is tested.

#![allow(clippy::print_stdout, reason = "showing is what this crate is for")]

pub mod bench;
pub mod canary;
pub mod demo;
pub mod images;
pub mod leaks;
pub mod show;
pub mod story;
pub mod world;
