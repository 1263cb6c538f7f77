//! Protocols other than HTTP: as far as a server shows that it speaks one, and with a login, as far as it takes it.

use patchbay_model::call::Exchange;

use super::error::ProbeError;
use super::net::trip::Trip;
use super::net::{Net, Way};
use super::outcome::Answer;

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
    let link = net.open(way, trip).await?;
    match exchange {
        Exchange::Tcp => Ok(Answer::Open),
        Exchange::Tls { server_name } => {
            net.secure(link, way, server_name.as_deref(), &[], trip).await?;
            Ok(Answer::Secure)
        }
        Exchange::Http(_) | Exchange::Grpc { .. } | Exchange::Server(_) => Err(ProbeError::Internal),
    }
}
