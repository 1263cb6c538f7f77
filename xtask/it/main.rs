//! Checks on the tree itself, and on the chart.

mod generated;
