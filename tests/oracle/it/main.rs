//! Asks Go, live.
