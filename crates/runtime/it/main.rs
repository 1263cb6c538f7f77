//! The shells against a real API server: watches, election, certificate authority, events.

// Each is marked as a test, so that the lints for tests apply to its helpers as well.
#[cfg(test)]
mod authority;
#[cfg(test)]
mod events;
#[cfg(test)]
mod lease;
#[cfg(test)]
mod watches;
#[cfg(test)]
mod world;
#[cfg(test)]
mod writers;
