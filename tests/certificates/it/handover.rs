//! From our own authority to certificates that somebody else keeps, through their rotation, and back.

use patchbay_cluster::in_namespace;
use patchbay_runtime::tls::authority::Record;
use patchbay_runtime::tls::bundle::Fingerprint;

use crate::chart;
use crate::given::{Keeper, PARAMS};
use crate::load::Load;
use crate::replica::Kind;
use crate::world::World;

in_namespace! {
    one at a time:
    async fn to_cert_manager_and_back_fails_no_call() {
        let mut world = World::start(PARAMS, 0).await;
        let node = world.node().await;
        let load = Load::start(&world, &node);

        // As an upgrade with certificates.source=cert-manager; the certificates come a little later.
        chart::apply(&world.cluster, "cert-manager", world.webhooks.port);
        roll(&mut world, true).await;
        let first = Keeper::new("first");
        first.give(&world).await;
        until_signed_by(&world, |ca| ca == Some(first.id())).await;

        first.give(&world).await;
        let second = Keeper::new("second");
        second.give(&world).await;
        until_signed_by(&world, |ca| ca == Some(second.id())).await;

        chart::apply(&world.cluster, "patchbay", world.webhooks.port);
        roll(&mut world, false).await;
        until_signed_by(&world, |ca| ca.is_some_and(|ca| ca != second.id())).await;
        load.finish(300, 60).await;
        world.stop(node).await;
    }
}

/// Every replica, one after the other.
async fn roll(world: &mut World, given: bool) {
    for index in 0..world.replicas.len() {
        world.replace(index, |setup| setup.given = given).await;
    }
}

/// Waits until the CA that signs is so, and the one before it is gone.
async fn until_signed_by(world: &World, is_so: impl Fn(Option<Fingerprint>) -> bool) {
    for kind in [Kind::Webhook, Kind::Broker] {
        let is_over = |record: &Record| {
            let current = record.current.as_ref().map(|ca| ca.facts().id);
            is_so(current) && record.next.is_none() && record.previous.is_none()
        };
        world.until_record("the hand-over is over", kind, is_over).await;
    }
}
