//! Tests of dates and durations.
