//! The controller of Connectors: whether they fit their class, whether their Secrets do, and what the tools say.

pub mod apply;
pub mod bind;
pub mod conditions;
pub mod memory;
pub mod plan;
pub mod probing;
pub mod standing;
