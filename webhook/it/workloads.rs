use insta::assert_snapshot;

use crate::world::{class, connector, world};

fn deployment(namespace: &str, name: &str, annotation: &str) -> String {
    let annotation = serde_json::to_string(annotation).expect("text is JSON");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{namespace: {namespace}, name: {name}}}\nspec:\n  selector: \
         {{matchLabels: {{app: x}}}}\n  template:\n    metadata:\n      labels: {{app: x}}\n      annotations: \
         {{patchbay.dev/mounts: {annotation}}}\n    spec: {{containers: [{{name: app, image: i}}]}}\n---\n"
    )
}

fn cron_job(namespace: &str, name: &str, annotation: &str) -> String {
    let annotation = serde_json::to_string(annotation).expect("text is JSON");
    format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{namespace: {namespace}, name: {name}}}\nspec:\n  schedule: \
         \"0 0 * * *\"\n  jobTemplate:\n    spec:\n      template:\n        metadata: {{annotations: \
         {{patchbay.dev/mounts: {annotation}}}}}\n        spec: {{restartPolicy: Never, containers: [{{name: app, \
         image: i}}]}}\n---\n"
    )
}

#[test]
fn people_learn_it_from_kubectl_apply() {
    let world = world();
    let namespace = world.namespace();
    let bad = "- connector: git-main\n  mountpath: /x\n";
    assert_snapshot!(
        "workloads_deployment_refused",
        world
            .apply(&deployment(&namespace, "bad", bad))
            .in_namespace(&namespace)
    );
    assert_snapshot!(
        "workloads_cron_job_refused",
        world
            .apply(&cron_job(&namespace, "bad", bad))
            .in_namespace(&namespace)
    );
    let said = world.apply(&deployment(&namespace, "early", "git-main"));
    assert_snapshot!("workloads_deployment_warned", said.in_namespace(&namespace));
}

#[test]
fn a_folder_with_everything_in_it_is_applied_without_a_word() {
    let world = world();
    let namespace = world.namespace();
    for i in 0..3 {
        let name = format!("workloads-{i}");
        let text =
            class(&name) + &connector(&namespace, &name, &name) + &deployment(&namespace, &name, &name);
        let said = world.apply(&text);
        assert!(said.success && said.err.is_empty(), "{said}");
    }
}
