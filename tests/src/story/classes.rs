//! A class as its documentation prints it, the class that we ship, and a Connector.

use anyhow::{Result, ensure};

use super::{CONNECTOR, PATIENCE, condition};
use crate::show::Show;
use crate::world::{DEMO, World};

/// Applies the classes and the Connector, and waits until the Connector is ready.
///
/// # Errors
/// Something is refused, or the Connector does not become ready.
pub fn run(show: &mut Show, world: &World, password: &str) -> Result<()> {
    show.chapter("Classes and a Connector");
    world.must(show, &["apply", "-f", "examples/01-class-git-seed.yaml"])?;
    world.must(show, &["apply", "-f", "charts/patchbay/classes/git.yaml"])?;
    world.apply_example(show, "examples/04-connector.yaml", password)?;
    show.wait("the Connector is ready", PATIENCE, || {
        Ok(condition(world, "connector", CONNECTOR, "Ready")?.filter(|c| c.status == "True"))
    })?;
    let table = world.must(show, &["get", "connectorclasses,connectors", "-n", DEMO])?;
    for column in ["NAME", "CLASS", "ADDRESS", "READY", "REASON", "AGE"] {
        ensure!(table.contains(column), "`kubectl get` shows no column {column}");
    }
    Ok(())
}
