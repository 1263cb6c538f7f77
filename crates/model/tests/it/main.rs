//! What users write, read by the model as the programs read it.

mod examples;
mod seed_002;
