//! Calls against real sockets on loopback.

mod http;
mod support;
