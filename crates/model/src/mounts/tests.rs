use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::class;

fn path() -> FieldPath {
    annotation_path(None)
}

fn read_ok(annotation: &str) -> Checked<Vec<Mount>> {
    parse(annotation, &path()).unwrap_or_else(|e| panic!("{annotation:?}: {e}"))
}

fn names(mounts: &[Mount]) -> Vec<&str> {
    mounts.iter().map(|m| m.target.name()).collect()
}

#[test]
fn the_short_form_is_a_comma_list() {
    for (annotation, wanted) in [
        ("git-main", vec!["git-main"]),
        (" git-main , npm ", vec!["git-main", "npm"]),
        ("git-main,\n  npm,\n", vec!["git-main", "npm"]),
        ("connector/git-main", vec!["git-main"]),
        ("a.b-c", vec!["a.b-c"]),
        ("123", vec!["123"]),
    ] {
        let mounts = read_ok(annotation).value;
        assert_eq!(names(&mounts), wanted, "{annotation:?}");
        for mount in &mounts {
            assert_eq!(
                *mount,
                Mount::whole(path(), mount.target.clone()),
                "{annotation:?}"
            );
        }
    }
    assert_eq!(read_ok("a,,b,").warnings.len(), 2);
}

#[test]
fn the_yaml_form_has_all_fields() {
    let mounts = read_ok(
        "- connector: git-main\n  namespace: team\n  configurations: [gitconfig, '!ca.crt']\n  mountPath: /home/app\n  containers: [build, test]\n  params:\n    gitconfig:\n      depth: 5\n- connector: npm\n- plain\n",
    )
    .value;
    assert_eq!(
        mounts[0],
        Mount {
            path: path().index(0),
            target: MountTarget::Connector {
                name: "git-main".to_owned(),
                namespace: Some("team".to_owned())
            },
            configurations: Some(vec!["gitconfig".to_owned()]),
            exclude_files: vec!["ca.crt".to_owned()],
            mount_path: Some("/home/app".to_owned()),
            containers: Some(vec!["build".to_owned(), "test".to_owned()]),
            params: BTreeMap::from([(
                "gitconfig".to_owned(),
                Map::from_iter([("depth".to_owned(), json!(5))])
            )]),
        }
    );
    assert_eq!(names(&mounts), ["git-main", "npm", "plain"]);
    assert_eq!(mounts[1], Mount::whole(path().index(1), mounts[1].target.clone()));
    for annotation in [
        "[{connector: git}]",
        "[git]",
        "- git",
        "- {\"connector\": \"git\"}",
        "[{\"connector\": \"git\"}]",
    ] {
        assert_eq!(names(&read_ok(annotation).value), ["git"], "{annotation}");
    }
}

#[test]
fn configurations_may_be_none_some_or_all_but_files() {
    for (annotation, configurations, excluded) in [
        ("- {connector: c}", None, vec![]),
        ("- {connector: c, configurations: []}", Some(vec![]), vec![]),
        (
            "- {connector: c, configurations: [a]}",
            Some(vec!["a".to_owned()]),
            vec![],
        ),
        (
            "- {connector: c, configurations: ['!f']}",
            None,
            vec!["f".to_owned()],
        ),
    ] {
        let mounts = read_ok(annotation).value;
        assert_eq!(
            (mounts[0].configurations.clone(), mounts[0].exclude_files.clone()),
            (configurations, excluded),
            "{annotation}"
        );
    }
}

#[test]
fn wrong_annotations_are_refused_with_what_would_be_right() {
    let many: String = (0..17).map(|i| format!("c{i},")).collect();
    let long = "a".repeat(20_000);
    let bomb = "- &a [x, x, x]\n- &b [*a, *a, *a]\n- [*b, *b]";
    let deep = format!(
        "- {{connector: c, params: {}1{}}}",
        "[".repeat(100),
        "]".repeat(100)
    );
    for (annotation, said) in [
        (
            "",
            "metadata.annotations[patchbay.dev/mounts]: is empty, wants the name of a Connector; or remove the annotation",
        ),
        ("  \n ", "is empty, wants"),
        (",", "names nothing, wants the name of a Connector"),
        ("[]", "is an empty list, wants at least one mount"),
        (
            "Git",
            "got \"Git\", which is no name of a Connector: wants lower-case",
        ),
        (
            "git main",
            "which is no name of a Connector: wants lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit, at most 253 characters; names are separated by commas",
        ),
        (
            "connection/orders-db",
            "got \"connection/orders-db\": Connections are not available in this version",
        ),
        (
            "team/git",
            "write the YAML form: - {connector: git, namespace: team}",
        ),
        (
            "git, git",
            "\"git\" is mounted twice in the same container; give one of them a mountPath",
        ),
        ("!git", "which is no name of a Connector"),
        (&many, "got 17 mounts, wants at most 16"),
        (&long, "got 20000 bytes, wants at most 16384"),
        (
            "- connector: git\n  bad: [",
            "is neither a comma list of names nor YAML",
        ),
        ("{{ .x }}", "is neither a comma list of names nor YAML"),
        (
            "connector: git",
            "got an object, wants a list: begin each mount with \"- \"",
        ),
        ("\"git\"", "got \"git\" (string), wants a list"),
        (
            "- 5",
            "[patchbay.dev/mounts][0]: got 5 (integer), wants an object with connector",
        ),
        (
            "- [git]",
            "got an array of 1 item, wants an object with connector",
        ),
        (
            "- {}",
            "[patchbay.dev/mounts][0].connector: is missing, wants the name of a Connector",
        ),
        (
            "- {connector: 5}",
            "[0].connector: got 5 (integer), wants a string: put it in quotes",
        ),
        ("- {connector: null}", "[0].connector: got null, wants a string"),
        (
            "- {connector: team/git}",
            "wants the name alone: write connector: git and namespace: team",
        ),
        (
            "- {connector: git, namespace: A.b}",
            "[0].namespace: got \"A.b\", wants lower-case",
        ),
        (
            "- {connection: orders}",
            "[0].connection: Connections are not available in this version",
        ),
        (
            "- {connector: git, mountpath: /x}",
            "[0].mountpath: is not known, a mount has connector, namespace, configurations, mountPath, containers and params; did you mean \"mountPath\"?",
        ),
        ("- {conector: git}", "[0].conector: is not known"),
        (
            "- {connector: git, mountPath: home/app}",
            "[0].mountPath: got \"home/app\", wants an absolute path, which begins with /",
        ),
        (
            "- {connector: git, mountPath: /}",
            "would cover the whole container",
        ),
        (
            "- {connector: git, mountPath: //}",
            "would cover the whole container",
        ),
        (
            "- {connector: git, mountPath: /a/../b}",
            "wants a path without ..",
        ),
        (
            "- {connector: git, mountPath: /a//b/}",
            "wants it without needless parts: /a/b",
        ),
        (
            "- {connector: git, mountPath: /a/./b}",
            "wants it without needless parts: /a/b",
        ),
        (
            "- {connector: git, mountPath: '/a:b'}",
            "wants a path without ':'",
        ),
        (
            "- {connector: git, mountPath: \"/a\\nb\"}",
            "wants a path without ':' and control characters",
        ),
        (
            "- {connector: git, mountPath: /proc/x}",
            "belongs to the container's runtime",
        ),
        (
            "- {connector: git, mountPath: ''}",
            "wants an absolute path such as /home/app; leave it out",
        ),
        (
            "- {connector: git, mountPath: [x]}",
            "[0].mountPath: got an array of 1 item, wants a string",
        ),
        (
            "- {connector: git, containers: []}",
            "[0].containers: is empty, wants names of containers; leave it out for all of them",
        ),
        (
            "- {connector: git, containers: build}",
            "[0].containers: got \"build\" (string), wants a list of strings",
        ),
        (
            "- {connector: git, containers: [A]}",
            "[0].containers[0]: got \"A\", wants lower-case",
        ),
        (
            "- {connector: git, containers: [a, a]}",
            "[0].containers[1]: \"a\" is there twice",
        ),
        (
            "- {connector: git, configurations: [a, 5]}",
            "[0].configurations[1]: got 5 (integer), wants a string: put it in quotes",
        ),
        (
            "- {connector: git, configurations: ['a/b']}",
            "[0].configurations[0]: got \"a/b\", wants letters",
        ),
        (
            "- {connector: git, configurations: ['!']}",
            "[0].configurations[0]: got \"!\", wants a plain file name",
        ),
        (
            "- {connector: git, configurations: ['!../x']}",
            "wants a plain file name",
        ),
        (
            "- {connector: git, params: [a]}",
            "[0].params: got an array of 1 item, wants an object of parameters by configuration",
        ),
        (
            "- {connector: git, params: {a: b}}",
            "[0].params[a]: got \"b\" (string), wants an object of parameters",
        ),
        (
            "- {connector: git, mountPath: /a}\n- {connector: npm, mountPath: /a}",
            "[1]: \"/a\" is mounted twice in the same container",
        ),
        (
            "- {connector: git, connector: npm}",
            "is neither a comma list of names nor YAML",
        ),
        (bomb, "is neither a comma list of names nor YAML"),
        (&deep, "is neither a comma list of names nor YAML"),
        ("- a\n---\n- b", "is neither a comma list of names nor YAML"),
    ] {
        let error = parse(annotation, &path())
            .err()
            .unwrap_or_else(|| panic!("{annotation:?} is refused"))
            .to_string();
        assert!(error.contains(said), "{annotation:?}: {error}");
    }
}

#[test]
fn one_place_in_two_containers_is_no_clash() {
    read_ok("- {connector: git, containers: [a]}\n- {connector: git, containers: [b]}");
    read_ok("- {connector: git}\n- {connector: git, mountPath: /a}");
    let error =
        parse("- {connector: git, containers: [a]}\n- {connector: git}", &path()).expect_err("a clash");
    assert!(
        error.to_string().contains("[1]: \"git\" is mounted twice"),
        "{error}"
    );
}

#[test]
fn every_violation_is_reported() {
    let error =
        parse("- {connector: A, mountPath: x}\n- {containers: []}", &path()).expect_err("much is wrong");
    assert_eq!(error.count(), 4, "{error}");
    let template = annotation_path(Some(&FieldPath::new("spec").child("template")));
    let error = parse("", &template).expect_err("empty").to_string();
    assert!(
        error.starts_with("spec.template.metadata.annotations[patchbay.dev/mounts]: "),
        "{error}"
    );
}

fn class() -> Class {
    let object = json!({"metadata": {"name": "npm"}, "spec": {"configurations": [
        {"name": "npmrc", "data": {".npmrc": "x"}, "params": [{"name": "scope"}, {"name": "depth", "type": "integer", "default": 1}]},
        {"name": "yarnrc", "data": {".yarnrc.yml": "x"}},
    ]}});
    let object = class::from_json(&object).expect("a class");
    class::parse(&object).expect("a class").value
}

#[test]
fn a_mount_is_checked_against_its_class() {
    for (annotation, said) in [
        (
            "- {connector: c, configurations: [npmr]}",
            "[0].configurations: got \"npmr\", class \"npm\" has npmrc and yarnrc; did you mean \"npmrc\"?",
        ),
        (
            "- {connector: c, configurations: [npmrc]}",
            "[0].params[npmrc]: \"scope\" (string) is missing, configuration \"npmrc\" of class \"npm\" requires it",
        ),
        ("c", "[npmrc]: \"scope\" (string) is missing"),
        (
            "- {connector: c, params: {npmrc: {scope: 5}}}",
            "[0].params[npmrc][scope]: got 5 (integer), configuration \"npmrc\" of class \"npm\" wants a string",
        ),
        (
            "- {connector: c, params: {npmrc: {scope: a, dept: 5}}}",
            "[0].params[npmrc][dept]: got \"dept\", configuration \"npmrc\" of class \"npm\" has scope and depth; did you mean \"depth\"?",
        ),
        (
            "- {connector: c, params: {npmr: {}, npmrc: {scope: a}}}",
            "[0].params[npmr]: is not one of the mounted configurations, which are npmrc and yarnrc; did you mean \"npmrc\"?",
        ),
    ] {
        let mounts = read_ok(annotation).value;
        let error = resolve(&mounts[0], &class())
            .err()
            .unwrap_or_else(|| panic!("{annotation:?}"))
            .to_string();
        assert!(error.contains(said), "{annotation:?}: {error}");
    }
}

#[test]
fn a_mount_says_what_the_volume_asks_for() {
    let mounts = read_ok(
        "- {connector: c, namespace: n, params: {npmrc: {scope: '@acme'}}, configurations: ['!.npmrcc', '!uri']}",
    );
    let checked = resolve(&mounts.value[0], &class()).expect("fits");
    assert_eq!(
        checked.value,
        VolumeSource {
            connectors: vec![ConnectorRef {
                namespace: Some("n".to_owned()),
                name: "c".to_owned()
            }],
            configurations: vec!["npmrc".to_owned(), "yarnrc".to_owned()],
            exclude_files: vec![".npmrcc".to_owned(), "uri".to_owned()],
            params: BTreeMap::from([(
                "npmrc".to_owned(),
                Map::from_iter([("scope".to_owned(), json!("@acme"))])
            )]),
            token_expiration: None,
        }
    );
    assert_eq!(checked.warnings.len(), 1);
    assert!(
        checked.warnings[0].message.contains("did you mean \".npmrc\"?"),
        "{:?}",
        checked.warnings
    );
}

proptest! {
    #[test]
    fn any_annotation_is_read_without_a_panic(text in prop_oneof![".{0,80}", "[-a-z:\\[\\]{}!&*,/ \\n'\"|>]{0,60}"]) {
        if let Ok(read) = parse(&text, &path()) {
            prop_assert!(!read.value.is_empty());
            // What the annotation says, the driver will take.
            for mount in &read.value {
                let MountTarget::Connector { name, namespace } = &mount.target;
                let connectors = vec![ConnectorRef { namespace: namespace.clone(), name: name.clone() }];
                let source = VolumeSource { connectors, exclude_files: mount.exclude_files.clone(), ..VolumeSource::default() };
                prop_assert_eq!(crate::volume::check(&source), Ok(()));
            }
        }
    }
}
