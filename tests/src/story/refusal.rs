//! A wrong Connector is refused with everything that is wrong with it.

use anyhow::{Result, ensure};

use crate::show::Show;
use crate::world::World;

/// The field paths that the refusal must name.
pub const PATHS: [&str; 4] = [
    "spec.address",
    "spec.auth.name",
    "spec.params[0].value",
    "spec.params",
];

/// Applies a Connector with four violations. Returns the message.
///
/// # Errors
/// It is accepted, or a violation is missing from the message.
pub fn run(show: &mut Show, world: &World) -> Result<String> {
    show.chapter("A wrong Connector is refused, with all that is wrong in one message");
    world.must(show, &["apply", "-f", "examples/02-class-forge.yaml"])?;
    let message = world.refused(show, &["apply", "-f", "examples/05-wrong-connector.yaml"])?;
    for path in PATHS {
        ensure!(
            message.contains(&format!("{path}:")),
            "the refusal does not name {path}"
        );
    }
    Ok(message)
}
