//! The demo's story on a real node, with assertions: one cluster, told once, then searched for what must not be there.

use std::fs::File;
use std::io::BufReader;
use std::time::Duration;

use patchbay_tests::canary::Canary;
use patchbay_tests::demo::{self, Facts};
use patchbay_tests::leaks;
use patchbay_tests::show::Show;
use patchbay_tests::story::by_hand;
use patchbay_tests::world::{SYSTEM, USER, World, WorldOptions, root};

#[test]
fn the_story_is_true() {
    let mut show = Show::default();
    let options = WorldOptions {
        name: "e2e".to_owned(),
        transient: true,
    };
    let world = World::get(&show, &options).expect("a cluster with our images");
    let _logs = world.node.as_ref().map(patchbay_cluster::on_failure_dump);
    let facts = demo::tell(&mut show, &world).expect("the story is told to its end");
    volumes_by_hand_work(&show, &world);
    facts_are_as_promised(&facts);
    refusal_is_whole(&facts.refusal);
    nothing_leaked(&show, &world, &facts);
    permissions_are_exactly_those_used(&show, &world);
}

fn volumes_by_hand_work(show: &Show, world: &World) {
    let files = by_hand::run(show, world).expect("a pod with a volume of its own");
    assert_eq!(files, [".gitconfig", "host", "provider", "type", "uri"]);
    let message = by_hand::refused(show, world).expect("a pod with a wrong volume");
    assert!(
        message.contains("connector \"demo/no-such-connector\" does not exist"),
        "{message}"
    );
}

fn facts_are_as_promised(facts: &Facts) {
    assert_eq!(facts.mount.hits, 0, "the password is in the pod's YAML");
    // The budget is p99 under 1 s, measured by `make bench`; here only what a user would call broken.
    assert!(
        facts.rotation < Duration::from_secs(10),
        "the new file took {:?}",
        facts.rotation
    );
    let c = &facts.conditions;
    assert_eq!(
        (c.before.status.as_str(), c.before.reason.as_str()),
        ("True", "ProbeSucceeded")
    );
    assert_eq!(
        (c.stopped.status.as_str(), c.stopped.reason.as_str()),
        ("False", "ConnectionFailed")
    );
    assert_eq!(
        (c.after.status.as_str(), c.after.reason.as_str()),
        ("True", "ProbeSucceeded")
    );
}

/// The message as a person reads it, whole.
fn refusal_is_whole(message: &str) {
    let golden = include_str!("wrong-connector.txt");
    assert_eq!(message.trim(), golden.trim());
}

fn nothing_leaked(show: &Show, world: &World, facts: &Facts) {
    for password in &facts.passwords {
        let canary = Canary::new(USER, password);
        let found = leaks::search(show, world, &canary).expect("everything can be searched");
        assert!(found.is_empty(), "a planted password was found in: {found:#?}");
    }
}

fn permissions_are_exactly_those_used(show: &Show, world: &World) {
    let Some(node) = &world.node else { return };
    let helm = patchbay_cluster::tools::helm().expect("helm");
    let chart =
        xtask::rbac::helm_template(&helm, &root().join("charts/patchbay"), SYSTEM).expect("the chart");
    let log = File::open(node.audit_log_path()).expect("the audit log");
    let report = xtask::rbac::compare(&chart, BufReader::new(log), SYSTEM).expect("both can be compared");
    show.say(&report.to_string());
    assert!(
        report.is_clean(),
        "the chart's RBAC and what was used differ:\n{report}"
    );
}
