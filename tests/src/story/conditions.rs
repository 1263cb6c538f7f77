//! The Connector's conditions, before and after its server is stopped and started again.

use anyhow::Result;

use super::{CONNECTOR, Condition, GIT_SERVER, PATIENCE, condition};
use crate::show::Show;
use crate::world::{DEMO, SERVER, World};

/// What was seen of `LivenessReady`.
#[derive(Clone, Debug)]
pub struct Facts {
    /// While the server ran.
    pub before: Condition,
    /// While it was stopped.
    pub stopped: Condition,
    /// When it ran again.
    pub after: Condition,
}

/// Stops the Git server, waits for the conditions to say so, and starts it again.
///
/// # Errors
/// The conditions do not follow.
pub fn run(show: &mut Show, world: &World) -> Result<Facts> {
    show.chapter("The server stops, and starts again");
    let what = format!("deployment/{GIT_SERVER}");
    let before = until(show, world, "the Connector is live", "True")?;
    print(show, world)?;
    world.must(show, &["scale", "-n", SERVER, &what, "--replicas=0"])?;
    let stopped = until(show, world, "the Connector notices", "False")?;
    print(show, world)?;
    world.must(show, &["scale", "-n", SERVER, &what, "--replicas=1"])?;
    let after = until(show, world, "the Connector is live again", "True")?;
    print(show, world)?;
    Ok(Facts {
        before,
        stopped,
        after,
    })
}

fn until(show: &Show, world: &World, what: &str, status: &str) -> Result<Condition> {
    show.wait(what, PATIENCE, || {
        Ok(condition(world, "connector", CONNECTOR, "LivenessReady")?.filter(|c| c.status == status))
    })
}

fn print(show: &Show, world: &World) -> Result<()> {
    let path = "jsonpath={range .status.conditions[*]}{.type}{\"\\t\"}{.status}{\"\\t\"}{.reason}{\"\\t\"}{.message}{\"\\n\"}{end}";
    let (typed, mut command) = world.kubectl(&["get", "connector", CONNECTOR, "-n", DEMO, "-o", path]);
    show.say(&format!("$ {typed}"));
    let shown = show.quietly(&typed, &mut command)?;
    for line in shown.all().lines() {
        let mut fields = line.splitn(4, '\t');
        let [type_, status, reason, message] = std::array::from_fn(|_| fields.next().unwrap_or_default());
        show.say(&format!("  {type_:<20} {status:<8} {reason:<18} {message}"));
    }
    Ok(())
}
