//! The webhook against a real API server: what people see when they use kubectl.

mod certificates;
mod classes;
mod connectors;
mod outages;
mod pods;
mod policy;
mod program;
mod workloads;
mod world;
