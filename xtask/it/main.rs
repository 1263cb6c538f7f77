//! Checks on the tree itself, on the chart and on the examples.

mod chart;
mod dependencies;
mod examples;
mod generated;
mod image;
mod lifecycle;
mod manifests;
mod shipped_classes;
mod sources;
