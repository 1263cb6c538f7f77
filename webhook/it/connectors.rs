use insta::assert_snapshot;

use crate::world::{class, connector, world};

#[test]
fn all_that_is_wrong_is_said_in_one_message() {
    let world = world();
    let namespace = world.namespace();
    assert!(world.apply(&class("connectors-wrong")).success);
    let wrong = connector(&namespace, "wrong", "connectors-wrong")
        .replace("address: https://git.example.com/", "address: git.example.com")
        .replace("name: basicAuth", "name: basicauth")
        .replace(
            "    - name: branch\n      value: main",
            "    - name: depth\n      value: \"5\"",
        );
    assert_snapshot!(world.apply(&wrong).in_namespace(&namespace));
}

#[test]
fn a_good_connector_is_accepted_and_a_wrong_update_is_not() {
    let world = world();
    let namespace = world.namespace();
    let good = format!(
        "{}{}",
        class("connectors-good"),
        connector(&namespace, "good", "connectors-good")
    );
    let said = world.apply(&good);
    assert_snapshot!("a_good_connector", said.in_namespace(&namespace));
    let wrong = connector(&namespace, "good", "connectors-good").replace("value: main", "value: master");
    assert_snapshot!("a_wrong_update", world.apply(&wrong).in_namespace(&namespace));
}

#[test]
fn a_class_that_does_not_exist() {
    let world = world();
    let namespace = world.namespace();
    assert!(world.apply(&class("connectors-typo")).success);
    let said = world.apply(&connector(&namespace, "typo", "connectors-tpyo"));
    assert!(!said.success);
    // Which other classes there are depends on the tests that run beside.
    let line = said.err.split("; did you mean").next().unwrap_or_default();
    let rest = said.err.split("(there are: ").next().unwrap_or_default();
    assert_snapshot!("a_class_that_does_not_exist", line);
    assert!(rest.ends_with("did you mean \"connectors-typo\"? "), "{rest}");
}

#[test]
fn what_is_unusual_is_a_warning() {
    let world = world();
    let namespace = world.namespace();
    assert!(world.apply(&class("connectors-warning")).success);
    let unusual =
        connector(&namespace, "unusual", "connectors-warning").replace("https://git.", "https://bot@git.");
    assert_snapshot!(world.apply(&unusual).in_namespace(&namespace));
}

#[test]
fn objects_of_another_form_never_reach_the_webhook() {
    let world = world();
    let namespace = world.namespace();
    let text = connector(&namespace, "form", "x")
        .replace("connectorClassName: x", "connectorClassName: {canary: 1}");
    assert_snapshot!(world.apply(&text).in_namespace(&namespace));
}
