//! Checks on the tree itself, on the chart and on the examples.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says by a panic that something is missing"
)]

mod chart;
mod dependencies;
mod examples;
mod flags;
mod generated;
mod image;
mod lifecycle;
mod manifests;
mod monitoring;
mod promtool;
mod same_words;
mod shipped_classes;
mod sources;
