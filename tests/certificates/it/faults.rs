//! What goes wrong during a rotation: clocks that differ, restarts, lost and damaged Secrets, an API server that is
//! away, bundles that somebody empties.

use std::time::{Duration, Instant};

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{Patch, PatchParams};
use patchbay_cluster::{Fault, in_namespace};
use patchbay_runtime::tls::Params;
use patchbay_runtime::tls::authority::{Record, keys};
use serde_json::{Value, json};

use crate::chart::SYSTEM;
use crate::load::Load;
use crate::replica::Kind;
use crate::world::{World, until};

const KINDS: [Kind; 2] = [Kind::Webhook, Kind::Broker];
/// Of the second replica's clock.
const AHEAD: i64 = 600;

in_namespace! {
    one at a time:
    async fn nobody_notices_what_goes_wrong_during_a_rotation() {
        let params = Params { settle: Duration::from_secs(5), ..Params::default() };
        let mut world = World::start(params, AHEAD).await;
        let node = world.node().await;
        let load = Load::start(&world, &node);
        let old = [current(&world, KINDS[0]).await, current(&world, KINDS[1]).await];

        each(&world, async |world: &World, kind| world.ask_to_rotate(kind).await).await;
        for kind in KINDS {
            world.until_record("there is a next one", kind, |record| record.next.is_some()).await;
        }
        // Before the switch: one replica of each restarts, and the Secrets are emptied, as by an upgrade that went
        // wrong.
        world.replace(0, |_| ()).await;
        world.replace(2, |_| ()).await;
        each(&world, lose).await;
        for (kind, old) in KINDS.into_iter().zip(old) {
            world.until_record("it is put back", kind, |record| record.current.is_some()).await;
            let is_over = |record: &Record| {
                record.current.as_ref().is_some_and(|ca| ca.facts().id != old) && record.next.is_none()
            };
            world.until_record("the switch", kind, is_over).await;
        }
        // After it: the other one restarts, the Secrets are damaged, and the API server hangs for a while.
        let new = [current(&world, KINDS[0]).await, current(&world, KINDS[1]).await];
        world.replace(1, |_| ()).await;
        world.replace(3, |_| ()).await;
        each(&world, damage).await;
        for (kind, new) in KINDS.into_iter().zip(new) {
            let is_back = |record: &Record| record.current.as_ref().is_some_and(|ca| ca.facts().id == new);
            world.until_record("it is put back as it was", kind, is_back).await;
        }
        world.proxy.set(Fault::Hang).unwrap();
        tokio::time::sleep(Duration::from_secs(4)).await;
        world.proxy.set(Fault::None).unwrap();
        // A day later.
        each(&world, past).await;
        for kind in KINDS {
            world.until_record("the old one is gone", kind, |record| record.previous.is_none()).await;
        }
        load.finish(300, 60).await;
        bundles_are_repaired(&world).await;
        for replica in &world.replicas {
            replica.ready().await;
        }
        world.stop(node).await;
    }
}

async fn each(world: &World, change: impl AsyncFn(&World, Kind)) {
    for kind in KINDS {
        change(world, kind).await;
    }
}

async fn current(world: &World, kind: Kind) -> patchbay_runtime::tls::bundle::Fingerprint {
    world.record(kind).await.current.unwrap().facts().id
}

async fn lose(world: &World, kind: Kind) {
    world.patch(kind, json!({"data": null})).await;
}

async fn damage(world: &World, kind: Kind) {
    world
        .patch(kind, json!({"stringData": {(keys::CURRENT_KEY): "garbage"}}))
        .await;
}

async fn past(world: &World, kind: Kind) {
    let until = patchbay_runtime::clock::now() - Duration::from_secs(3600);
    world
        .patch(
            kind,
            json!({"stringData": {(keys::PREVIOUS_UNTIL): until.to_string()}}),
        )
        .await;
}

/// While there is no bundle the API server can trust nobody; so this is measured, and not under load.
async fn bundles_are_repaired(world: &World) {
    let configurations: Api<ValidatingWebhookConfiguration> = Api::all(world.admin.clone());
    let wipe = json!([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]);
    let wipe = Patch::Json::<()>(serde_json::from_value(wipe).unwrap());
    let began = Instant::now();
    configurations
        .patch("patchbay", &PatchParams::default(), &wipe)
        .await
        .unwrap();
    until("the webhook's bundle is back", || async {
        let object = configurations.get("patchbay").await.unwrap();
        let is_back = object
            .webhooks
            .unwrap()
            .iter()
            .all(|webhook| webhook.client_config.ca_bundle.is_some());
        is_back.then_some(()).ok_or_else(String::new)
    })
    .await;
    println!("an emptied caBundle is back after {:?}", began.elapsed());
    let maps: Api<ConfigMap> = Api::namespaced(world.admin.clone(), SYSTEM);
    let wipe: Patch<Value> = Patch::Merge(json!({"data": null}));
    let began = Instant::now();
    maps.patch("patchbay-broker-ca", &PatchParams::default(), &wipe)
        .await
        .unwrap();
    until("the broker's bundle is back", || async {
        let map = maps.get("patchbay-broker-ca").await.unwrap();
        map.data
            .is_some_and(|data| !data.is_empty())
            .then_some(())
            .ok_or_else(String::new)
    })
    .await;
    println!("an emptied ConfigMap is back after {:?}", began.elapsed());
}
