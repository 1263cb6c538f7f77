//! Tests of versions and constraints.
