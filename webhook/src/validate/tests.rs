use serde_json::{Value, json};

use super::validate;
use crate::index::{Index, Known, KnownClass};
use crate::review::{Operation, Outcome, Verdict};
use crate::testing::{GIT, connector, create, index, known_connector, update, yaml};

const OURS: &str = "patchbay.dev";

fn connector_verdict(object: Value) -> Verdict {
    validate(&create(OURS, "Connector", object), &index())
}

fn message(verdict: &Verdict) -> String {
    verdict
        .denial
        .as_ref()
        .map(|denial| denial.message.clone())
        .unwrap_or_default()
}

#[test]
fn a_good_connector() {
    let verdict = connector_verdict(connector("demo", "new"));
    assert_eq!(
        (verdict.outcome, verdict.denial, verdict.warnings),
        (Outcome::Accepted, None, vec![])
    );
}

#[test]
fn a_class_that_does_not_exist_is_said_with_all_else() {
    let mut object = connector("demo", "new");
    object["spec"]["connectorClassName"] = json!("gti");
    object["spec"]["address"] = json!("https://user:pw@git.example.com/");
    let verdict = connector_verdict(object);
    assert_eq!(verdict.outcome, Outcome::ConnectorClassNotFound);
    let causes = verdict.denial.expect("refused").causes;
    assert_eq!(causes[0].field, "spec.connectorClassName");
    assert_eq!(causes[0].reason, "FieldValueNotFound");
    assert_eq!(
        causes[0].message,
        "there is no ConnectorClass \"gti\"; did you mean \"git\"? (there are: \"git\"); create the class first"
    );
    assert_eq!(causes[1].field, "spec.address");
    assert!(!causes[1].message.contains("pw"), "{}", causes[1].message);
    assert_eq!(causes.len(), 2);
}

#[test]
fn without_any_class() {
    let request = create(OURS, "Connector", connector("demo", "new"));
    assert_eq!(
        message(&validate(&request, &Index::default())),
        "spec.connectorClassName: there is no ConnectorClass \"git\"; there are none yet; create the class first"
    );
}

#[test]
fn a_class_that_breaks_a_rule_cannot_be_chosen() {
    let mut index = index();
    index.apply_class(KnownClass::unreadable("git".to_owned()));
    let verdict = validate(&create(OURS, "Connector", connector("demo", "new")), &index);
    assert_eq!(verdict.outcome, Outcome::ConnectorClassInvalid);
    assert_eq!(
        message(&verdict),
        "spec.connectorClassName: ConnectorClass \"git\" breaks a rule itself and must be put right first: spec: the class \
         is stored in a form that cannot be read; apply it again"
    );
}

#[test]
fn a_connector_whose_class_is_gone_can_still_be_changed() {
    let old = connector("demo", "git-main");
    let mut new = old.clone();
    new["spec"]["address"] = json!("https://git2.example.com/");
    new["metadata"]["generation"] = json!(2);
    let verdict = validate(&update(OURS, "Connector", old, new), &Index::default());
    assert_eq!(verdict.denial, None);
}

#[test]
fn what_is_being_deleted_passes() {
    let mut object = connector("demo", "git-main");
    object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    object["spec"] = json!({ "nonsense": true });
    let verdict = validate(
        &update(OURS, "Connector", connector("demo", "git-main"), object),
        &index(),
    );
    assert_eq!(verdict.outcome, Outcome::NotConcerned);
}

#[test]
fn objects_of_another_form_are_refused_without_repeating_them() {
    for spec in [
        json!("canary"),
        json!({ "connectorClassName": { "canary": 1 } }),
        json!(7),
        Value::Null,
    ] {
        for (kind, metadata) in [
            ("Connector", json!({ "name": "x", "namespace": "demo" })),
            ("ConnectorClass", json!({ "name": "x" })),
        ] {
            if kind == "ConnectorClass" && spec.is_object() {
                continue;
            }
            let object = json!({ "metadata": metadata, "spec": spec });
            let verdict = validate(&create(OURS, kind, object), &index());
            let denial = verdict.denial.expect("refused");
            assert!(!denial.message.contains("canary"), "{}", denial.message);
            assert_eq!(denial.code, 422);
        }
    }
}

#[test]
fn a_good_class() {
    let verdict = validate(&create(OURS, "ConnectorClass", yaml(GIT)), &Index::default());
    assert_eq!((verdict.outcome, verdict.denial), (Outcome::Accepted, None));
}

#[test]
fn a_class_with_a_bad_template() {
    let mut class = yaml(GIT);
    class["spec"]["configurations"][0]["data"][".gitconfig"] = json!("one\n{{ nofunc .connector }}");
    let causes = validate(&create(OURS, "ConnectorClass", class), &index())
        .denial
        .expect("refused")
        .causes;
    assert_eq!(causes[0].field, "spec.configurations[0].data[.gitconfig]");
    assert!(
        causes[0].message.contains("line 2") && causes[0].message.contains("nofunc"),
        "{}",
        causes[0].message
    );
}

#[test]
fn an_update_that_strands_a_connector() {
    let old = yaml(GIT);
    let mut new = old.clone();
    new["spec"]["params"][0]["enum"] = json!(["develop"]);
    new["metadata"]["generation"] = json!(2);
    let request = update(OURS, "ConnectorClass", old.clone(), new.clone());
    let text = message(&validate(&request, &index()));
    assert!(
        text.contains("demo/git-main") && text.contains("demo/git-other") && text.contains("team-b/private"),
        "{text}"
    );

    new["metadata"]["annotations"] = json!({ "patchbay.dev/allow-breaking": "true" });
    let verdict = validate(&update(OURS, "ConnectorClass", old.clone(), new), &index());
    assert_eq!(verdict.denial, None);
    assert!(!verdict.warnings.is_empty());

    let mut better = old.clone();
    better["spec"]["params"][0]["enum"] = json!(["main", "develop", "next"]);
    assert_eq!(
        validate(&update(OURS, "ConnectorClass", old, better), &index()).denial,
        None
    );
}

#[test]
fn kinds_that_are_not_ours() {
    let verdict = validate(&create("", "Secret", json!({ "data": {} })), &index());
    assert_eq!(verdict.outcome, Outcome::NotConcerned);
    let verdict = validate(&create(OURS, "Plug", json!({ "spec": {} })), &index());
    assert_eq!(
        (verdict.outcome, verdict.denial.map(|denial| denial.code)),
        (Outcome::Unavailable, Some(503))
    );
    let mut request = create(OURS, "Connector", json!({}));
    request.sub_resource = "status".to_owned();
    assert_eq!(validate(&request, &index()).outcome, Outcome::NotConcerned);
    request.sub_resource.clear();
    request.operation = Operation::Connect;
    assert_eq!(validate(&request, &index()).outcome, Outcome::NotConcerned);
    // Whatever a newer version brought may be deleted.
    let mut request = create(OURS, "Plug", json!({}));
    request.operation = Operation::Delete;
    assert_eq!(validate(&request, &index()).outcome, Outcome::NotConcerned);
}

#[test]
fn what_others_need_is_not_deleted_by_mistake() {
    let delete = |kind: &str, name: &str| {
        let stored = json!({ "metadata": { "name": name } });
        let mut request = create(OURS, kind, stored.clone());
        request.operation = Operation::Delete;
        request.object = Value::Null;
        request.old_object = stored;
        validate(&request, &index())
    };
    let class = delete("ConnectorClass", "git");
    assert_eq!(class.outcome, Outcome::InUse);
    assert!(
        message(&class)
            .starts_with("metadata.name: the class has 3 Connectors: demo/git-main, demo/git-other, "),
        "{}",
        message(&class)
    );
    assert_eq!(delete("ConnectorClass", "unused").outcome, Outcome::Accepted);
    let connector = delete("Connector", "git-main");
    assert!(connector.denial.is_none());
    assert_eq!(connector.warnings.len(), 1, "{:?}", connector.warnings);
}

fn deployment(annotation: &str) -> Value {
    json!({
        "metadata": { "name": "web" },
        "spec": { "template": {
            "metadata": { "annotations": { "patchbay.dev/mounts": annotation } },
            "spec": { "containers": [{ "name": "app", "image": "i" }] },
        } },
    })
}

#[test]
fn a_malformed_annotation_of_a_template_is_refused_with_its_place() {
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] {
        let verdict = validate(&create("apps", kind, deployment("")), &index());
        let causes = verdict.denial.expect(kind).causes;
        assert_eq!(
            causes[0].field, "spec.template.metadata.annotations[patchbay.dev/mounts]",
            "{kind}"
        );
    }
    let job = validate(&create("batch", "Job", deployment("")), &index());
    assert!(message(&job).starts_with("spec.template.metadata.annotations[patchbay.dev/mounts]"));
    let cron = json!({ "metadata": {}, "spec": { "jobTemplate": deployment("") } });
    let cron = validate(&create("batch", "CronJob", cron), &index());
    assert!(
        message(&cron)
            .starts_with("spec.jobTemplate.spec.template.metadata.annotations[patchbay.dev/mounts]")
    );
}

#[test]
fn a_connector_that_is_not_there_yet_is_a_warning() {
    let verdict = validate(&create("apps", "Deployment", deployment("git-mian")), &index());
    assert_eq!(verdict.denial, None);
    assert!(verdict.incomplete);
    assert_eq!(
        verdict.warnings,
        [
            "spec.template.metadata.annotations[patchbay.dev/mounts]: Connector \"git-mian\" does not exist in namespace \
          \"demo\"; did you mean \"git-main\"? (there are: \"git-main\", \"git-other\"); pods will be refused until then"
        ]
    );
    assert_eq!(
        validate(&create("apps", "Deployment", deployment("git-main")), &index()).warnings,
        [""; 0]
    );
}

#[test]
fn what_a_pod_would_be_refused_for_is_a_warning() {
    let annotation = "- {connector: git-main, containers: [nope]}";
    let verdict = validate(&create("apps", "Deployment", deployment(annotation)), &index());
    assert_eq!(verdict.denial, None);
    let warning = &verdict.warnings[0];
    assert!(
        warning.starts_with("spec.template.metadata.annotations[patchbay.dev/mounts][0].containers[0]: "),
        "{warning}"
    );
}

#[test]
fn what_is_stored_can_be_scaled_and_what_a_controller_makes_gets_no_warnings() {
    let bad = deployment("");
    let mut scaled = bad.clone();
    scaled["spec"]["replicas"] = json!(0);
    let verdict = validate(&update("apps", "Deployment", bad, scaled), &index());
    assert_eq!(verdict.denial, None);
    assert_eq!(verdict.warnings.len(), 1);

    let mut made = deployment("git-mian");
    made["metadata"]["ownerReferences"] =
        json!([{ "kind": "Deployment", "name": "web", "controller": true }]);
    let verdict = validate(&create("apps", "ReplicaSet", made), &index());
    assert_eq!(
        (verdict.denial, verdict.warnings, verdict.incomplete),
        (None, vec![], false)
    );
}

#[test]
fn templates_without_the_annotation_pass() {
    for object in [
        json!({}),
        json!({ "spec": { "template": "x" } }),
        json!({ "spec": { "template": { "metadata": null } } }),
    ] {
        assert_eq!(
            validate(&create("apps", "Deployment", object), &index()).outcome,
            Outcome::NotConcerned
        );
    }
}

#[test]
fn the_connectors_of_a_class_are_found_by_its_name_alone() {
    let mut index = index();
    let mut other = connector("demo", "other");
    other["spec"]["connectorClassName"] = json!("nexus");
    index.apply_connector(known_connector(&other));
    let names: Vec<String> = index
        .connectors_of("git")
        .iter()
        .map(|known| known.name.clone())
        .collect();
    assert_eq!(names, ["git-main", "git-other", "private"]);
}
