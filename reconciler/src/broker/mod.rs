//! Answers node plugins: which files a volume holds, now and whenever they change.
//!
//! A request goes [`request`] (bounded, taken apart) → [`authn`] (whose token is it) → [`authz`] (may it use the
//! Connectors) → [`resolve`] (what the files are made of) → files; [`evaluate`] is that way as a whole. A Watch stream
//! ([`stream`]) goes it again whenever [`subscriptions`] says so, and the pod gets an event when that begins or ends to
//! fail ([`news`], [`tell`]).

pub mod answer;
pub mod authn;
pub mod authz;
pub mod evaluate;
pub mod last_good;
pub mod news;
pub mod request;
pub mod resolve;
pub mod reviews;
pub mod service;
pub mod stream;
pub mod subscriptions;
pub mod tell;
