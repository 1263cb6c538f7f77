//! Tests that start real clusters. One binary, so that it links once.

mod control_plane;
