//! End-to-end tests on a real cluster, and the demo that tells the same story.
