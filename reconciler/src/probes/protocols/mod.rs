//! Protocols other than HTTP: as far as a server shows that it speaks one, and with a login, as far as it takes it.
//!
//! Each is its first exchange, by hand: what is read is bounded in size and number, and nothing is changed on the
//! server. Each ends politely, so that the server has no cause to complain in its logs.

mod grpc;
mod kafka;
mod ldap;
mod mysql;
mod postgres;
mod redis;
mod scram;
mod smtp;
mod wire;

use patchbay_model::call::{Exchange, Protocol, ServerCall};

use super::error::ProbeError;
use super::net::trip::Trip;
use super::net::{Net, Way};
use super::outcome::{Answer, Login};

/// Says what is to be said.
///
/// # Errors
/// See [`ProbeError`].
pub async fn exchange(
    net: &Net,
    way: &Way<'_>,
    exchange: &Exchange,
    trip: &Trip,
) -> Result<Answer, ProbeError> {
    match exchange {
        Exchange::Tcp => net.open(way, trip).await.map(|_| Answer::Open),
        Exchange::Tls { server_name } => {
            let link = net.open(way, trip).await?;
            let link = net.secure(link, way, server_name.as_deref(), &[], trip).await?;
            wire::Wire::new(link, trip, "TLS").farewell(b"").await;
            Ok(Answer::Secure)
        }
        Exchange::Grpc { service, tls } => grpc::exchange(net, way, service, *tls, trip)
            .await
            .map(Answer::Health),
        Exchange::Server(call) => server(net, way, call, trip).await.map(Answer::Server),
        Exchange::Http(_) => Err(ProbeError::Internal),
    }
}

async fn server(net: &Net, way: &Way<'_>, call: &ServerCall, trip: &Trip) -> Result<Login, ProbeError> {
    match call.protocol {
        Protocol::Postgres => postgres::exchange(net, way, call, trip).await,
        Protocol::Mysql => mysql::exchange(net, way, call, trip).await,
        Protocol::Redis => redis::exchange(net, way, call, trip).await,
        Protocol::Smtp => smtp::exchange(net, way, call, trip).await,
        Protocol::Ldap => ldap::exchange(net, way, call, trip).await,
        Protocol::Kafka => kafka::exchange(net, way, call, trip).await,
    }
}
