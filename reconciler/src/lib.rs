//! Reconciler and broker: conditions, probes, and the only identity that reads Secrets.
