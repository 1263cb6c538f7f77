//! Tests of values of types of their own.
