use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::world::{class, connector, world};

#[test]
fn every_template_of_a_class_is_read() {
    let other = "        other.conf: \"one\\n{{ .values.x }}\"\n      env:";
    let wrong = class("classes-wrong")
        .replace("address | toJson", "address | tojson")
        .replace("      env:", other)
        .replace("{{ .mountPath }}", "{{ .mountpath }}");
    assert_snapshot!(world().apply(&wrong));
}

#[test]
fn an_update_that_would_strand_connectors_is_refused() {
    let world = world();
    let namespace = world.namespace();
    let old = class("classes-strand");
    let text = format!("{old}{}", connector(&namespace, "uses-main", "classes-strand"));
    assert!(world.apply(&text).success);

    let new = old.replace("[main, develop]", "[develop]");
    assert_snapshot!(
        "an_update_that_would_strand_connectors",
        world.apply(&new).in_namespace(&namespace)
    );

    let allowed = new.replace(
        "metadata:\n",
        "metadata:\n  annotations: {patchbay.dev/allow-breaking: \"true\"}\n",
    );
    let said = world.apply(&allowed);
    assert!(said.success, "{said}");
    assert_snapshot!(
        "an_update_that_strands_connectors_on_purpose",
        said.in_namespace(&namespace)
    );

    // The Connector is not bricked: what is not changed is not refused.
    let touched =
        connector(&namespace, "uses-main", "classes-strand").replace("git.example.com", "git2.example.com");
    let said = world.apply(&touched);
    assert!(said.success, "{said}");
}

#[test]
fn a_class_and_its_update_work_at_once() {
    let world = world();
    let namespace = world.namespace();
    for i in 0..5 {
        let name = format!("classes-lag-{i}");
        let text = format!("{}{}", class(&name), connector(&namespace, &name, &name));
        let said = world.apply(&text);
        assert!(said.success, "{said}");
        // A new class and a Connector that needs it, in one file.
        let newer = text
            .replace("[main, develop]", "[main, develop, next]")
            .replace("value: main", "value: next");
        let said = world.apply(&newer);
        assert!(said.success, "{said}");
    }
}

#[test]
fn a_class_with_connectors_is_not_deleted_by_mistake() {
    let world = world();
    let namespace = world.namespace();
    let name = "classes-deleted";
    let text = format!("{}{}", class(name), connector(&namespace, "uses-main", name));
    assert!(world.apply(&text).success);
    let delete = |args: &[&str]| world.kubectl(&[&["delete", "connectorclass", name], args].concat(), "");
    // The webhook learns of the Connector by its watch.
    let deadline = Instant::now() + Duration::from_secs(10);
    while delete(&["--dry-run=server"]).success {
        assert!(Instant::now() < deadline, "the Connector is not known");
    }
    assert_snapshot!(
        "a_class_with_connectors_is_not_deleted_by_mistake",
        delete(&[]).in_namespace(&namespace)
    );

    let annotate = [
        "annotate",
        "connectorclass",
        name,
        "patchbay.dev/allow-breaking=true",
    ];
    let said = world.kubectl(&annotate, "");
    assert!(said.success, "{said}");
    let said = delete(&[]);
    assert!(said.success, "{said}");
    assert!(said.err.contains("1 Connector lost the class"), "{said}");

    let said = world.kubectl(&["delete", "connector", "-n", &namespace, "uses-main"], "");
    assert!(said.success, "{said}");
    assert!(
        said.err
            .contains("Warning: metadata.name: if pods mount it, the files they have stay"),
        "{said}"
    );
}
