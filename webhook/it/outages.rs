//! What happens while something is down.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use patchbay_cluster::Fault;

use crate::program::until;
use crate::world::{class, connector, pod, world_alone};

#[test]
fn while_the_webhook_is_down_nobody_starts_without_files() {
    let world = world_alone();
    let namespace = world.namespace();
    let text = class("outages-down") + &connector(&namespace, "git-main", "outages-down");
    assert!(world.apply(&text).success);
    let good = pod(&namespace, "web", "git-main");
    assert!(world.dry_run(&good).success);

    world.to_webhook.set(Fault::Refuse).expect("the proxy obeys");
    assert_snapshot!("outages_pod", world.dry_run(&good).in_namespace(&namespace));
    let plain = good.replace("patchbay.dev/mounts", "example.com/other");
    assert!(world.dry_run(&plain).success, "others do not depend on us");
    // Our own kinds are not taken unchecked.
    assert!(!world.dry_run(&class("outages-down-2")).success);

    world.to_webhook.set(Fault::None).expect("the proxy obeys");
    until("pods are injected again", || {
        let said = world.dry_run(&good);
        if said.success {
            Ok(())
        } else {
            Err(said.to_string())
        }
    });
}

#[test]
fn while_the_api_server_hangs_the_webhook_answers_from_memory() {
    let world = world_alone();
    let namespace = world.namespace();
    let text = class("outages-hang") + &connector(&namespace, "git-main", "outages-hang");
    assert!(world.apply(&text).success);
    let good = pod(&namespace, "web", "git-main");
    assert!(world.dry_run(&good).success);

    world.to_api.set(Fault::Hang).expect("the proxy obeys");
    let started = Instant::now();
    for _ in 0..3 {
        assert!(world.dry_run(&good).success);
    }
    assert!(!world.dry_run(&pod(&namespace, "web", "nothing")).success);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );

    world.to_api.set(Fault::None).expect("the proxy obeys");
    // And it catches up.
    let fresh = connector(&namespace, "fresh", "outages-hang");
    assert!(world.apply(&fresh).success);
    until("a new Connector is known", || {
        let said = world.dry_run(&pod(&namespace, "web", "fresh"));
        if said.success {
            Ok(())
        } else {
            Err(said.to_string())
        }
    });
}

#[test]
fn a_restart_is_not_noticed_for_long() {
    let world = world_alone();
    let namespace = world.namespace();
    let text = class("outages-restart") + &connector(&namespace, "git-main", "outages-restart");
    assert!(world.apply(&text).success);
    world.stop_program();
    world.start_program();
    world.wait_ready();
    until("pods are injected again", || {
        let said = world.dry_run(&pod(&namespace, "web", "git-main"));
        if said.success {
            Ok(())
        } else {
            Err(said.to_string())
        }
    });
}

/// The program has exactly the rights of the chart; one that it lacks would show as a refusal in the audit log.
#[test]
fn the_rights_suffice() {
    let world = world_alone();
    let log = std::fs::read_to_string(world.cluster.audit_log_path()).expect("an audit log");
    let refused: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("\"username\":\"patchbay-webhook\"") && line.contains("\"code\":403"))
        .collect();
    assert_eq!(refused, [""; 0]);
}
