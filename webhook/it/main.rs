//! The webhook against a real API server: what people see when they use kubectl.

// Each is marked as a test, so that the lints for tests apply to its helpers as well.
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod classes;
#[cfg(test)]
mod connectors;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod program;
#[cfg(test)]
mod workloads;
#[cfg(test)]
mod world;
