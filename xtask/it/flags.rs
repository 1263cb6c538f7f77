//! The programs take the flags that the chart passes, with the values that it passes.

use clap::Parser;
use serde_json::Value;

use crate::manifests::{Manifests, NEWEST, strings, template};

/// Settings that bring every flag of the chart.
const EVERYTHING: &[&str] = &[
    "--set",
    "reconciler.probes.allowCIDRs={127.0.0.0/8,::1/128},reconciler.probes.denyCIDRs={10.0.0.0/8}",
    "--set",
    "reconciler.probes.caConfigMap=roots,reconciler.probes.interval=1h30m,reconciler.probes.timeout=1500ms",
    "--set",
    "csiDriver.volumeSizeLimit=8Mi,kubeletDir=/opt/kubelet",
];

/// The command line of the container, with its variables put in.
fn command_line(manifests: &Manifests, kind: &str, name: &str) -> Vec<String> {
    let container = &manifests.get(kind, name)["spec"]["template"]["spec"]["containers"][0];
    let command = strings(&container["command"]);
    assert_eq!(command, [format!("/{name}")], "the image has the program there");
    let variables: Vec<&str> = container["env"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|env| env["name"].as_str())
        .collect();
    let put_in = |argument: &str| {
        variables.iter().fold(argument.to_owned(), |text, name| {
            text.replace(&format!("$({name})"), "value")
        })
    };
    let line: Vec<String> = command
        .iter()
        .copied()
        .chain(strings(&container["args"]))
        .map(put_in)
        .collect();
    assert!(
        !line.iter().any(|argument| argument.contains("$(")),
        "a variable is not declared: {line:?}"
    );
    line
}

fn assert_taken<A: Parser>(kind: &str, name: &str) -> A {
    let mut parsed = None;
    for settings in [&[][..], EVERYTHING] {
        let manifests = Manifests::of(&template(NEWEST, settings).expect("renders"));
        let line = command_line(&manifests, kind, name);
        parsed = Some(A::try_parse_from(&line).unwrap_or_else(|error| panic!("{line:?}: {error}")));
    }
    parsed.expect("parsed twice")
}

#[test]
fn the_webhook_takes_its_flags() {
    assert_taken::<patchbay_webhook::program::Args>("Deployment", "patchbay-webhook");
}

#[test]
fn the_reconciler_takes_its_flags() {
    let args = assert_taken::<patchbay_reconciler::args::Args>("Deployment", "patchbay-reconciler");
    assert_eq!(args.probe_allow_cidrs.len(), 2);
    assert_eq!(args.probe_interval.as_secs(), 5400);
}

#[test]
fn the_driver_takes_its_flags() {
    assert_taken::<patchbay_csi_driver::program::Args>("DaemonSet", "patchbay-csi-driver");
}

#[test]
fn the_driver_calls_the_broker_by_a_name_of_its_certificate() {
    let manifests = Manifests::new();
    let driver = command_line(&manifests, "DaemonSet", "patchbay-csi-driver");
    let endpoint = driver
        .iter()
        .find_map(|argument| argument.strip_prefix("--broker-endpoint="))
        .expect("an endpoint");
    let service = manifests.get("Service", "patchbay-broker");
    let namespace = service["metadata"]["namespace"].as_str().expect("a namespace");
    let line = ["patchbay-reconciler", "--namespace", namespace];
    let reconciler = patchbay_reconciler::args::Args::try_parse_from(line).expect("parsed");
    let port = service["spec"]["ports"][0]["port"].as_u64().expect("a port");
    let names = reconciler.dns_names();
    assert!(
        names
            .iter()
            .any(|name| endpoint == format!("https://{name}:{port}")),
        "{endpoint} {names:?}"
    );
    let selector = &service["spec"]["selector"];
    let labels =
        &manifests.get("Deployment", "patchbay-reconciler")["spec"]["template"]["metadata"]["labels"];
    let finds = |(label, value): (&String, &Value)| labels[label] == *value;
    assert!(selector.as_object().expect("labels").iter().all(finds));
}
