//! The authority's state machine.
