//! The demo: the story from beginning to end, and how to remove everything.

use anyhow::Result;

use crate::canary::Canary;
use crate::show::Show;
use crate::story::{classes, conditions, mount, refusal, rotation, setting};
use crate::world::{DEMO, RELEASE, SYSTEM, USER, World, WorldOptions};

/// The name of the demo's cluster.
pub const CLUSTER: &str = "demo";

/// What the story measured.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Of the mount.
    pub mount: mount::Facts,
    /// From the Secret's change to the new file.
    pub rotation: std::time::Duration,
    /// Of the conditions.
    pub conditions: conditions::Facts,
    /// The message of the refusal.
    pub refusal: String,
    /// The password that was planted first, and the one that replaced it.
    pub passwords: [String; 2],
}

/// Tells the story in `world`.
///
/// # Errors
/// A step does not go as told.
pub fn tell(show: &mut Show, world: &World) -> Result<Facts> {
    let passwords = [password(), password()];
    let [old, new] = &passwords;
    setting::install(show, world)?;
    setting::git_server(show, world, old)?;
    classes::run(show, world, old)?;
    let refusal = refusal::run(show, world)?;
    let mount = mount::run(show, world, &Canary::new(USER, old))?;
    let rotation = rotation::run(show, world, new)?;
    let conditions = conditions::run(show, world)?;
    Ok(Facts {
        mount,
        rotation,
        conditions,
        refusal,
        passwords,
    })
}

/// A random password.
#[must_use]
pub fn password() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(24).collect()
}

/// The whole demo.
///
/// # Errors
/// A step does not go as told.
pub fn run() -> Result<()> {
    let mut show = Show::default();
    show.chapter("A Kubernetes cluster and the images");
    let world = World::get(
        &show,
        &WorldOptions {
            name: CLUSTER.to_owned(),
            transient: false,
        },
    )?;
    world.must(&show, &["get", "nodes", "-o", "wide"])?;
    tell(&mut show, &world)?;

    show.chapter("What next");
    let kubeconfig = world.kubectl.kubeconfig().display();
    show.say(&format!("export KUBECONFIG={kubeconfig}"));
    show.say("kubectl explain connectorclass.spec.configurations");
    show.say("kubectl get patchbay -A");
    show.say(&format!(
        "kubectl edit deployment builder -n {DEMO}     # ask for `no-such-connector` and read the answer"
    ));
    show.say(&format!(
        "kubectl logs -n {SYSTEM} -l app.kubernetes.io/instance={RELEASE} --prefix"
    ));
    show.say("make down      # removes everything");
    Ok(())
}

/// Removes everything that the demo made.
///
/// # Errors
/// Something cannot be removed.
pub fn down() -> Result<()> {
    let show = Show::default();
    if std::env::var("PATCHBAY_USE_KUBECONFIG").is_ok_and(|v| v == "1") {
        return World::get(
            &show,
            &WorldOptions {
                name: CLUSTER.to_owned(),
                transient: false,
            },
        )?
        .remove(&show);
    }
    crate::show::with_progress("removing the cluster", || patchbay_cluster::Node::down(CLUSTER))?;
    show.say("nothing is left of the demo's cluster; caches are kept for the next time");
    Ok(())
}
