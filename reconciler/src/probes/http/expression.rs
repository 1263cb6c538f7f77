//! The expression of a class over an answer, away from the threads that serve everybody. Its own limits bound it.

use patchbay_cel::{Limits, Program};
use patchbay_model::response;

use crate::probes::outcome::{Expression, HttpAnswer};

/// Characters of an error that are kept.
const MAX_WHY: usize = 240;

/// Evaluates.
pub(super) async fn evaluate(program: &Program, answer: &HttpAnswer) -> Expression {
    let (program, status) = (program.clone(), answer.status);
    let (headers, body) = (answer.headers.clone(), answer.body.clone());
    let run = move || {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()));
        response::holds(&program, status, headers, body.expose(), &Limits::default())
    };
    match tokio::task::spawn_blocking(run).await {
        Ok(Ok(true)) => Expression::Holds,
        Ok(Ok(false)) => Expression::DoesNotHold,
        // It speaks of the class's own text and of places in it, and never of the answer.
        Ok(Err(why)) => Expression::Failed(why.to_string().chars().take(MAX_WHY).collect()),
        Err(_) => Expression::Failed("it did not come to an end".to_owned()),
    }
}
