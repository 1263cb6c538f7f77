//! Three rotations of both authorities under load, as a person asks for them.

use std::time::{Duration, Instant};

use patchbay_cluster::in_namespace;
use patchbay_runtime::tls::Params;

use crate::load::Load;
use crate::replica::Kind;
use crate::world::{World, until};

/// A certificate lives for seconds here, so that a rotation is over in a quarter of a minute.
const PARAMS: Params = Params {
    ca_life: Duration::from_secs(3600),
    settle: Duration::from_secs(2),
    leaf_life: Duration::from_secs(8),
    skew: Duration::from_secs(3),
};
const ROTATIONS: usize = 3;

in_namespace! {
    one at a time:
    async fn three_rotations_under_load_fail_no_call() {
        let mut world = World::start(PARAMS, 0).await;
        let node = world.node().await;
        let load = Load::start(&world, &node);
        let began = Instant::now();
        // Another length of the run, for a soak.
        let rotations = std::env::var("PATCHBAY_ROTATIONS").ok().and_then(|text| text.parse().ok());
        for _ in 0..rotations.unwrap_or(ROTATIONS) {
            rotate(&world).await;
        }
        println!("{} rotations of two authorities in {:?}", rotations.unwrap_or(ROTATIONS), began.elapsed());
        load.finish(1000, 200).await;
        expiry_is_shown(&world).await;
        world.stop(node).await;
    }
}

/// Both at the same time, each from the wish to the end of the trust in the old one.
async fn rotate(world: &World) {
    let kinds = [Kind::Webhook, Kind::Broker];
    let mut before = Vec::new();
    for kind in kinds {
        before.push(world.record(kind).await.current.unwrap().facts().id);
        world.ask_to_rotate(kind).await;
    }
    for (kind, old) in kinds.into_iter().zip(before) {
        let is_over = |record: &patchbay_runtime::tls::authority::Record| {
            let is_new = record.current.as_ref().is_some_and(|ca| ca.facts().id != old);
            is_new && record.next.is_none() && record.previous.is_none()
        };
        world
            .until_record("the old authority is gone", kind, is_over)
            .await;
    }
}

async fn expiry_is_shown(world: &World) {
    for replica in &world.replicas {
        until("the metric follows the certificate", || async {
            let now = patchbay_runtime::clock::now().as_second();
            let leaf = replica.metric("patchbay_certificate_expiry_timestamp_seconds{certificate=\"leaf\"}");
            let ca = replica.metric("patchbay_certificate_expiry_timestamp_seconds{certificate=\"ca\"}");
            let is_right = (now..=now + 9).contains(&leaf) && (now + 3000..=now + 3601).contains(&ca);
            is_right
                .then_some(())
                .ok_or_else(|| format!("leaf {leaf}, CA {ca}, now {now}"))
        })
        .await;
    }
}
