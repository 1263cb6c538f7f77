//! The controller of classes: whether a class can be used, and where its services are.

pub mod address;
pub mod apply;
pub mod plan;
