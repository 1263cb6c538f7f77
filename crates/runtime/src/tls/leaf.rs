//! A replica's own serving certificate.
