//! Calls against real sockets on loopback.

mod canary;
mod dns;
mod hostile;
mod http;
mod postgres;
mod protocols;
mod real;
mod ssrf;
mod support;
mod tls;
