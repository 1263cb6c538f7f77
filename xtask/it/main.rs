//! Checks on the tree itself, on the chart and on the examples.

mod chart;
mod dependencies;
mod generated;
mod image;
mod manifests;
mod sources;
