//! What users write, read by the model as the programs read it.

#![expect(clippy::panic, reason = "a test says what it could not read")]

mod examples;
mod seed_002;
