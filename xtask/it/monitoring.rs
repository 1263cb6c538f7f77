//! Alerts, the dashboard and what Prometheus scrapes: they ask for what is there, and fire when they should.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::manifests::{Manifests, NEWEST, template};
use crate::promtool::Promtool;

const EVERYTHING: [&str; 2] = [
    "--set",
    "monitoring.serviceMonitor.enabled=true,monitoring.prometheusRule.enabled=true,monitoring.dashboard.enabled=true",
];

/// Labels whose values are words of ours, or as many as there are programs. Anything else would make an alert for each
/// object.
const BOUNDED: [&str; 10] = [
    "container",
    "controller",
    "job",
    "le",
    "name",
    "namespace",
    "program",
    "ready",
    "watch",
    "webhook",
];

/// Metrics of others.
const FOREIGN: [&str; 4] = [
    "up",
    "ALERTS",
    "kube_pod_status_ready",
    "kube_pod_container_status_restarts_total",
];

fn everything() -> Manifests {
    Manifests::of(&template(NEWEST, &EVERYTHING).expect("renders"))
}

/// The alerts of a rendered chart, by name.
fn alerts(manifests: &Manifests) -> BTreeMap<String, Value> {
    let rule = manifests.get("PrometheusRule", "patchbay");
    let groups = rule["spec"]["groups"].as_array().expect("groups");
    let rules = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().expect("rules"));
    rules
        .filter_map(|rule| Some((rule["alert"].as_str()?.to_owned(), rule.clone())))
        .collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field}: {value}"))
}

fn read(path: &str) -> String {
    fs::read_to_string(xtask::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn dashboard(manifests: &Manifests) -> Value {
    let data = &manifests.get("ConfigMap", "patchbay-dashboard")["data"];
    serde_json::from_str(text(data, "patchbay.json")).expect("JSON")
}

/// Every query of the dashboard, with its variables put in.
fn queries(dashboard: &Value) -> Vec<String> {
    let targets = dashboard["panels"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| {
            text(target, "expr")
                .replace("$__rate_interval", "5m")
                .replace("$cluster", ".*")
        })
        .collect()
}

/// The words of a query that could be names.
fn words(query: &str) -> impl Iterator<Item = &str> {
    query
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Rust files below a folder, without tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names under which programs register metrics: words in quotes, of files that make metrics, up to their tests.
fn registered() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in [
        "crates/runtime/src",
        "webhook/src",
        "csi-driver/src",
        "reconciler/src",
    ] {
        sources(&xtask::root().join(folder), &mut files);
    }
    let texts = files.iter().map(|path| fs::read_to_string(path).expect("text"));
    let makers = texts.filter(|text| text.contains("prometheus_client::"));
    makers
        .flat_map(|text| {
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
            quoted.map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect()
}

#[test]
fn prometheus_takes_the_rules_and_the_queries() {
    let Some(promtool) = Promtool::find() else { return };
    let manifests = everything();
    let folder = tempfile::tempdir().expect("a folder");
    let rules = &manifests.get("PrometheusRule", "patchbay")["spec"];
    let queries: Vec<_> = queries(&dashboard(&manifests))
        .into_iter()
        .enumerate()
        .map(|(number, query)| json!({"record": format!("query:{number}"), "expr": query}))
        .collect();
    assert!(queries.len() > 50, "the dashboard is not read right");
    let queries = json!({"groups": [{"name": "dashboard", "rules": queries}]});
    for (name, rules) in [("rules.yaml", rules), ("queries.yaml", &queries)] {
        fs::write(folder.path().join(name), rules.to_string()).expect("written");
        let checked = promtool.run(folder.path(), &["check", "rules", "--lint-fatal", name]);
        checked.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The cases are promtool's, in `alerts/`. It compares annotations letter by letter, so they are taken out.
#[test]
fn each_alert_fires_when_it_should_and_only_then() {
    let Some(promtool) = Promtool::find() else { return };
    let manifests = everything();
    let folder = tempfile::tempdir().expect("a folder");
    let mut rules = manifests.get("PrometheusRule", "patchbay")["spec"].clone();
    for group in rules["groups"].as_array_mut().expect("groups") {
        for rule in group["rules"].as_array_mut().expect("rules") {
            rule.as_object_mut().expect("a rule").remove("annotations");
        }
    }
    fs::write(folder.path().join("rules.yaml"), rules.to_string()).expect("written");
    let mut files = Vec::new();
    for (name, cases) in cases() {
        fs::write(folder.path().join(&name), cases).expect("written");
        files.push(name);
    }
    let arguments: Vec<&str> = ["test", "rules"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let tested = promtool.run(folder.path(), &arguments);
    tested.unwrap_or_else(|error| panic!("{error}"));
}

fn cases() -> Vec<(String, String)> {
    let folder = xtask::root().join("xtask/it/alerts");
    let files = fs::read_dir(folder).expect("a folder").flatten();
    files
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read_to_string(file.path()).expect("text"))
        })
        .collect()
}

#[test]
fn every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() {
    let (mut fires, mut silent) = (BTreeMap::new(), BTreeSet::new());
    for (_, cases) in cases() {
        let cases: Value = serde_saphyr::from_str(&cases).expect("YAML");
        for test in cases["tests"].as_array().expect("tests") {
            for case in test["alert_rule_test"].as_array().expect("cases") {
                let alert = text(case, "alertname").to_owned();
                match case["exp_alerts"].get(0) {
                    Some(expected) => drop(fires.insert(alert, expected["exp_labels"].clone())),
                    None => drop(silent.insert(alert)),
                }
            }
        }
    }
    let alerts = alerts(&everything());
    assert!(alerts.keys().eq(fires.keys()), "{:?}", fires.keys());
    assert!(alerts.keys().eq(&silent), "{silent:?}");
    // The texts speak only of labels that a firing alert has.
    for (name, alert) in &alerts {
        for annotation in ["summary", "description"] {
            let named = text(&alert["annotations"], annotation).split("$labels.").skip(1);
            for label in named.filter_map(|rest| words(rest).next()) {
                assert!(!fires[name][label].is_null(), "{name} has no label {label}");
            }
        }
    }
}

#[test]
fn alerts_and_panels_ask_for_metrics_that_exist() {
    let manifests = everything();
    let registered = registered();
    assert!(
        registered.contains("connectors") && registered.contains("volumes"),
        "{registered:?}"
    );
    let exists = |name: &str| {
        let Some(name) = name.strip_prefix("patchbay_") else {
            return FOREIGN.contains(&name);
        };
        let suffixes = ["", "_total", "_bucket", "_count", "_sum", "_info"];
        let mut bases = suffixes.iter().filter_map(|suffix| name.strip_suffix(suffix));
        bases.any(|base| registered.contains(base))
    };
    let mut asked = queries(&dashboard(&manifests));
    asked.extend(
        alerts(&manifests)
            .values()
            .map(|alert| text(alert, "expr").to_owned()),
    );
    let page = read("docs/operations/monitoring.md");
    asked.extend(page.split('`').skip(1).step_by(2).map(str::to_owned));
    let is_metric = |word: &&str| word.starts_with("patchbay_") || word.starts_with("kube_");
    let names: BTreeSet<&str> = asked
        .iter()
        .flat_map(|query| words(query))
        .filter(is_metric)
        .collect();
    assert!(names.len() > 40, "the queries are not read right: {names:?}");
    let missing: Vec<_> = names.into_iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "no program has these: {missing:?}");
}

#[test]
fn every_alert_says_what_to_do_and_is_the_same_everywhere() {
    let alerts = alerts(&everything());
    let names: BTreeSet<&str> = alerts.keys().map(String::as_str).collect();
    let page = read("docs/operations/monitoring.md");
    let documented: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .filter(|heading| heading.starts_with("Patchbay"))
        .collect();
    assert_eq!(names, documented);
    let schema: Value = serde_json::from_str(&read("charts/patchbay/values.schema.json")).expect("JSON");
    let tunable = &schema["properties"]["monitoring"]["properties"]["prometheusRule"]["properties"]["alerts"];
    let tunable = tunable["properties"].as_object().expect("properties");
    assert_eq!(names, tunable.keys().map(String::as_str).collect());
    for (name, alert) in &alerts {
        let severity = text(&alert["labels"], "severity");
        assert!(["critical", "warning"].contains(&severity), "{name}: {severity}");
        let annotations = &alert["annotations"];
        assert!(
            text(annotations, "summary").len() < 120,
            "{name}: a summary is one line"
        );
        assert!(text(annotations, "description").len() > 80, "{name}: what to do?");
        let anchor = format!("docs/operations/monitoring.md#{}", name.to_lowercase());
        assert_eq!(text(annotations, "runbook_url"), anchor);
        for list in text(alert, "expr").split("by (").skip(1) {
            let labels = list.split(')').next().unwrap_or_default();
            let unbounded = words(labels).find(|label| !BOUNDED.contains(label));
            assert_eq!(unbounded, None, "{name}: an alert for each of these");
        }
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_takes() {
    let dashboard = dashboard(&everything());
    assert_eq!(dashboard["uid"], "patchbay");
    assert_eq!(dashboard["schemaVersion"], 41);
    assert!(dashboard["id"].is_null(), "an id is one installation's");
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    assert_eq!(
        (&variables[0]["name"], &variables[0]["type"]),
        (&json!("datasource"), &json!("datasource"))
    );
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().expect("panels") {
        let title = text(panel, "title");
        assert!(
            ids.insert(panel["id"].as_u64().expect("an id")),
            "{title}: its id is another's"
        );
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().expect("a place"));
        for place in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(
                place.0 < 24 && taken.insert(place),
                "{title} lies on another panel"
            );
        }
        if panel["type"] == "row" {
            continue;
        }
        let is_known = ["stat", "timeseries"].contains(&text(panel, "type"));
        assert!(is_known && !text(panel, "description").is_empty(), "{title}");
        for target in panel["targets"].as_array().expect("targets") {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
}

#[test]
fn prometheus_finds_all_three_programs_and_may_reach_them() {
    let peer = r#"networkPolicy.scrapers=[{"namespaceSelector":{"matchLabels":{"team":"infra"}}}]"#;
    let arguments = [EVERYTHING[0], EVERYTHING[1], "--set-json", peer];
    let manifests = Manifests::of(&template(NEWEST, &arguments).expect("renders"));
    let monitor = &manifests.get("ServiceMonitor", "patchbay")["spec"];
    let service = manifests.get("Service", "patchbay-metrics");
    for (label, value) in monitor["selector"]["matchLabels"].as_object().expect("labels") {
        assert_eq!(
            service["metadata"]["labels"][label], *value,
            "the Service is not found by {label}"
        );
    }
    assert_eq!(
        monitor["endpoints"][0]["port"],
        service["spec"]["ports"][0]["name"]
    );
    assert_eq!(service["spec"]["clusterIP"], "None");
    assert_eq!(service["spec"]["publishNotReadyAddresses"], true);
    let pods = manifests.pods();
    assert_eq!(pods.len(), 3);
    let jobs = text(&alerts(&manifests)["PatchbayTargetDown"], "expr").to_owned();
    for (name, pod) in pods {
        let labels = &pod["metadata"]["labels"];
        for (label, value) in service["spec"]["selector"].as_object().expect("labels") {
            assert_eq!(labels[label], *value, "{name}");
        }
        let ports = pod["spec"]["containers"][0]["ports"].as_array().expect("ports");
        assert!(
            ports
                .iter()
                .any(|port| port["name"] == service["spec"]["ports"][0]["targetPort"])
        );
        // The rule that names the jobs, by hand: patchbay-$1 of the component.
        let component = text(labels, "app.kubernetes.io/component");
        assert_eq!(name, format!("patchbay-{component}"));
        assert!(jobs.contains(component), "{name} is not watched");
        let ingress = manifests.get("NetworkPolicy", name)["spec"]["ingress"]
            .as_array()
            .expect("rules");
        let admin: Vec<_> = ingress
            .iter()
            .filter(|rule| rule["ports"].to_string().contains("admin"))
            .collect();
        assert_eq!(admin.len(), 1, "{name}");
        assert_eq!(
            admin[0]["from"],
            json!([{"namespaceSelector": {"matchLabels": {"team": "infra"}}}])
        );
    }
}

#[test]
fn without_the_operator_pods_have_the_same_names() {
    let page = read("docs/operations/monitoring.md");
    let mut blocks = page
        .split("```yaml\n")
        .filter_map(|block| block.split("```").next());
    let configuration = blocks
        .find(|block| block.starts_with("scrape_configs"))
        .expect("the configuration");
    let configuration: Value = serde_saphyr::from_str(configuration).expect("YAML");
    let rules = configuration["scrape_configs"][0]["relabel_configs"]
        .as_array()
        .expect("rules");
    let manifests = everything();
    let monitor = &manifests.get("ServiceMonitor", "patchbay")["spec"]["endpoints"][0];
    for rule in monitor["relabelings"].as_array().expect("rules") {
        let same = json!({
            "source_labels": rule["sourceLabels"],
            "target_label": rule["targetLabel"],
            "replacement": rule["replacement"],
        });
        let mut documented = rules.iter().map(|rule| {
            json!({
                "source_labels": rule["source_labels"],
                "target_label": rule["target_label"],
                "replacement": rule["replacement"],
            })
        });
        assert!(documented.any(|rule| rule == same), "{same}");
    }
}

#[test]
fn alerts_are_tuned_and_left_out_by_values() {
    let alerts_value = "monitoring.prometheusRule";
    let settings = [
        format!(
            "{alerts_value}.enabled=true,{alerts_value}.alertLabels.team=infra,{alerts_value}.labels.release=p"
        ),
        format!(
            "{alerts_value}.runbook=https://wiki.example.com/p,{alerts_value}.alerts.PatchbayPanics.enabled=false"
        ),
        format!(
            "{alerts_value}.alerts.PatchbayVolumesStale.threshold=1234567,{alerts_value}.alerts.PatchbayVolumesStale.for=1h"
        ),
        format!("{alerts_value}.extraRules[0].alert=Mine,{alerts_value}.extraRules[0].expr=vector(1)"),
    ];
    let arguments: Vec<&str> = settings
        .iter()
        .flat_map(|setting| ["--set", setting.as_str()])
        .collect();
    let manifests = Manifests::of(
        &template(NEWEST, &[&arguments[..], &["--namespace", "elsewhere"]].concat()).expect("renders"),
    );
    assert_eq!(
        manifests.get("PrometheusRule", "patchbay")["metadata"]["labels"]["release"],
        "p"
    );
    let alerts = alerts(&manifests);
    assert!(!alerts.contains_key("PatchbayPanics") && alerts.contains_key("Mine"));
    let stale = &alerts["PatchbayVolumesStale"];
    assert_eq!(stale["labels"], json!({"severity": "warning", "team": "infra"}));
    assert_eq!(
        (text(stale, "for"), text(&stale["annotations"], "runbook_url")),
        ("1h", "https://wiki.example.com/p#patchbayvolumesstale")
    );
    assert!(text(stale, "expr").contains("> 1234567)"), "{stale}");
    assert!(
        alerts
            .values()
            .all(|alert| !alert.to_string().contains("patchbay-system"))
    );
    assert!(
        alerts
            .values()
            .all(|alert| !alert.to_string().contains("THRESHOLD"))
    );
}

#[test]
fn nothing_of_the_operator_is_made_unless_asked_for() {
    let manifests = Manifests::new();
    let kinds: BTreeSet<_> = manifests.all().map(|object| text(object, "kind")).collect();
    assert!(!kinds.contains("PrometheusRule") && !kinds.contains("ServiceMonitor"));
    assert!(
        manifests
            .kind("ConfigMap")
            .all(|map| map["metadata"]["name"] != "patchbay-dashboard")
    );
    for (setting, named) in [
        (
            "monitoring.prometheusRule.alerts.PatchbayPanic.for=1m",
            "PatchbayPanic",
        ),
        ("monitoring.prometheusRule.alerts.PatchbayPanics.for=soon", "for"),
        (
            "monitoring.prometheusRule.alerts.PatchbayPanics.threshold=much",
            "threshold",
        ),
        (
            "monitoring.prometheusRule.alerts.PatchbayNoLeader.threshold=1",
            "threshold",
        ),
        ("monitoring.serviceMonitor.interval=30", "interval"),
        ("monitoring.podMonitor.enabled=true", "podMonitor"),
        ("networkPolicy.scrapers={monitoring}", "scrapers"),
    ] {
        let refused = template(NEWEST, &["--set", setting]).expect_err(setting);
        assert!(refused.contains(named), "{setting}: {refused}");
    }
}
