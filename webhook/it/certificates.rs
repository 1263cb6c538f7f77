//! The webhook's certificate and its bundle in the configurations.

use serde_json::Value;

use crate::program::until;
use crate::world::{World, class, world_alone};

fn bundles(world: &World) -> Vec<String> {
    let kinds = ["validatingwebhookconfiguration", "mutatingwebhookconfiguration"];
    let read = |kind| {
        world
            .cluster
            .client()
            .json(&["get", kind, "patchbay"])
            .expect("the configuration exists")
    };
    let bundle = |webhook: &Value| {
        webhook["clientConfig"]["caBundle"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let webhooks = |value: Value| {
        value["webhooks"]
            .as_array()
            .into_iter()
            .flatten()
            .map(bundle)
            .collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(|kind| webhooks(read(kind))).collect()
}

/// The API server may have connections that live on; what counts is that changes go on being decided.
fn wait_until_served(world: &World, name: &str) {
    until("the webhook is asked and trusted again", || {
        let said = world.dry_run(&class(name));
        if said.success {
            Ok(())
        } else {
            Err(said.to_string())
        }
    });
}

#[test]
fn a_bundle_that_somebody_overwrote_is_repaired() {
    let world = world_alone();
    let good = bundles(&world);
    assert!(
        good.iter().all(|bundle| !bundle.is_empty() && *bundle == good[0]),
        "one bundle everywhere"
    );
    let kubectl = world.cluster.client();
    let wipe = r#"[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]"#;
    kubectl
        .run(&[
            "patch",
            "validatingwebhookconfiguration",
            "patchbay",
            "--type=json",
            "-p",
            wipe,
        ])
        .expect("wiped");
    let other = world.cluster.ca_pem();
    let other = base64(other.as_bytes());
    let replace =
        format!(r#"[{{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"{other}"}}]"#);
    kubectl
        .run(&[
            "patch",
            "mutatingwebhookconfiguration",
            "patchbay",
            "--type=json",
            "-p",
            &replace,
        ])
        .expect("replaced");
    until("every bundle is right again", || {
        let now = bundles(&world);
        if now == good {
            Ok(())
        } else {
            Err(format!("{} bundles, not all alike", now.len()))
        }
    });
    wait_until_served(&world, "certificates-repaired");
}

fn change_secret(world: &World, patch: &str) {
    let args = [
        "-n",
        "patchbay-system",
        "patch",
        "secret",
        "patchbay-webhook-ca",
        "--type=merge",
        "-p",
        patch,
    ];
    world.cluster.client().run(&args).expect("the Secret is changed");
}

#[test]
fn a_lost_authority_is_put_back() {
    let world = world_alone();
    let before = bundles(&world);
    change_secret(&world, r#"{"data":null}"#);
    until("the authority is there again", || {
        let secret =
            world
                .cluster
                .client()
                .json(&["-n", "patchbay-system", "get", "secret", "patchbay-webhook-ca"]);
        let secret = secret.map_err(|error| error.to_string())?;
        if secret["data"]["ca.key"].is_string() {
            Ok(())
        } else {
            Err("the Secret is still empty".to_owned())
        }
    });
    assert_eq!(bundles(&world), before, "and nobody notices");
    wait_until_served(&world, "certificates-put-back");
}

#[test]
fn an_authority_in_the_wrong_hands_is_replaced() {
    let world = world_alone();
    let before = bundles(&world);
    change_secret(
        &world,
        r#"{"metadata":{"annotations":{"patchbay.dev/rotate":"replace"}}}"#,
    );
    until("there is another bundle everywhere", || {
        let now = bundles(&world);
        let is_new = now
            .iter()
            .zip(&before)
            .all(|(now, before)| !now.is_empty() && now != before);
        if is_new {
            Ok(())
        } else {
            Err("the old one is still there".to_owned())
        }
    });
    world.wait_ready();
    wait_until_served(&world, "certificates-replaced");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
