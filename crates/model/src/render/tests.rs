use std::collections::BTreeMap;

use patchbay_api::conditions::{Class as ErrorClass, Reason};
use serde_json::{Value, json};

use super::*;
use crate::volume::ConnectorRef;
use crate::{class, connector};

const CANARY: &str = "hunter2-canary";

/// All that a volume with one Connector is made of.
struct World {
    class: Class,
    object: patchbay_api::Connector,
    bound: Bound,
    secret: Option<SecretData>,
    ca: Option<SecretData>,
}

fn class_of(name: &str, spec: &Value) -> Class {
    let object = class::from_json(&json!({"metadata": {"name": name}, "spec": spec})).expect("a class");
    class::parse(&object)
        .unwrap_or_else(|e| panic!("{spec}: {e}"))
        .value
}

fn basic_auth(optional: bool) -> Value {
    json!({"types": [{"name": "basicAuth", "secretType": "kubernetes.io/basic-auth", "optional": optional}]})
}

impl World {
    fn new(class: Class, name: &str, mut spec: Value) -> Self {
        spec["connectorClassName"] = json!(class.name);
        if spec.get("address").is_none() {
            spec["address"] = json!("https://git.example.com/base");
        }
        let object = json!({"metadata": {"name": name, "namespace": "team"}, "spec": spec});
        let object = connector::from_json(&object).expect("a connector");
        let bound = connector::admit(&object, Some(&class))
            .unwrap_or_else(|e| panic!("{e}"))
            .value
            .expect("bound");
        Self {
            class,
            object,
            bound,
            secret: None,
            ca: None,
        }
    }

    /// A class with one configuration `c`, and a Connector with credentials.
    fn with(configuration: Value) -> Self {
        let mut configuration = configuration;
        configuration["name"] = json!("c");
        let class = class_of(
            "git",
            &json!({"auth": basic_auth(true), "configurations": [configuration]}),
        );
        let mut world = Self::new(
            class,
            "git-main",
            json!({"auth": {"secretRef": {"name": "creds"}}}),
        );
        world.secret = Some(basic_secret());
        world
    }

    fn render(&self, source: &VolumeSource) -> Result<Vec<RenderedFile>, RenderError> {
        render_all(&[self], source)
    }

    /// The file `f` of configuration `c`.
    fn f(&self) -> Result<String, String> {
        let source = source(&["c"], &[]);
        let files = self.render(&source).map_err(|e| e.to_string())?;
        Ok(content(&files, "f").expect("the file f"))
    }

    fn as_connector(&self) -> RenderConnector<'_> {
        RenderConnector {
            object: &self.object,
            class: &self.class,
            bound: &self.bound,
            secret: self.secret.as_ref(),
            ca: self.ca.as_ref(),
        }
    }

    fn as_probe(&self) -> ProbeInput<'_> {
        ProbeInput {
            object: &self.object,
            class: &self.class,
            bound: &self.bound,
            secret: self.secret.as_ref(),
            api_address: None,
        }
    }
}

fn render_all(worlds: &[&World], source: &VolumeSource) -> Result<Vec<RenderedFile>, RenderError> {
    let connectors: Vec<RenderConnector<'_>> = worlds.iter().map(|w| w.as_connector()).collect();
    files(&RenderInput {
        connectors: &connectors,
        source,
        limits: RenderLimits::default(),
    })
}

fn secret(type_: &str, data: &[(&str, &[u8])]) -> SecretData {
    let data = data
        .iter()
        .map(|(k, v)| ((*k).to_owned(), SecretBytes::new(v.to_vec())))
        .collect();
    SecretData {
        type_: type_.to_owned(),
        data,
    }
}

fn basic_secret() -> SecretData {
    secret(
        "kubernetes.io/basic-auth",
        &[("username", b"bob"), ("password", CANARY.as_bytes())],
    )
}

fn source(configurations: &[&str], exclude: &[&str]) -> VolumeSource {
    let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    VolumeSource {
        connectors: vec![ConnectorRef {
            namespace: None,
            name: "git-main".to_owned(),
        }],
        configurations: owned(configurations),
        exclude_files: owned(exclude),
        ..VolumeSource::default()
    }
}

fn names(files: &[RenderedFile]) -> Vec<&str> {
    files.iter().map(|f| f.name.as_str()).collect()
}

fn content(files: &[RenderedFile], name: &str) -> Option<String> {
    let file = files.iter().find(|f| f.name == name)?;
    Some(String::from_utf8_lossy(file.content.expose()).into_owned())
}

#[test]
fn built_in_files_follow_servicebinding() {
    let world = World::with(json!({"data": {"f": "x"}}));
    let files = world.render(&source(&[], &[])).expect("renders");
    assert_eq!(names(&files), ["host", "port", "provider", "type", "uri"]);
    for (name, wanted) in [
        ("type", "git"),
        ("provider", "patchbay"),
        ("host", "git.example.com"),
        ("port", "443"),
        ("uri", "https://git.example.com/base"),
    ] {
        assert_eq!(content(&files, name).as_deref(), Some(wanted));
    }
    let other = World::new(
        class_of("x", &json!({})),
        "x",
        json!({"address": "custom://host"}),
    );
    let files = other.render(&source(&[], &[])).expect("renders");
    assert_eq!(
        names(&files),
        ["host", "provider", "type", "uri"],
        "a scheme without a port of its own"
    );
}

#[test]
fn certificates_are_collected() {
    const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----";
    const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----";
    let mut world = World::new(
        class_of("git", &json!({})),
        "x",
        json!({"caCertSecretRef": {"name": "ca"}}),
    );
    for (ca, wanted) in [
        (None, Err(Reason::SecretNotFound)),
        (Some(secret("Opaque", &[])), Err(Reason::SecretKeyMissing)),
        (
            Some(secret("Opaque", &[("ca.crt", b"junk")])),
            Err(Reason::SecretKeyMissing),
        ),
        (
            Some(secret("kubernetes.io/tls", &[("tls.key", KEY)])),
            Err(Reason::SecretKeyMissing),
        ),
        (
            Some(secret("kubernetes.io/tls", &[("tls.crt", PEM), ("tls.key", KEY)])),
            Ok(1),
        ),
        (
            Some(secret("Opaque", &[("a", PEM), ("b", PEM), ("c", b"x")])),
            Ok(2),
        ),
    ] {
        world.ca = ca;
        match (world.render(&source(&[], &[])), wanted) {
            (Ok(files), Ok(count)) => {
                let bundle = content(&files, "ca.crt").expect("ca.crt");
                assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), count);
                assert!(bundle.ends_with('\n') && !bundle.contains("hunter2"));
            }
            (Err(error), Err(reason)) => assert_eq!(error.reason(), reason),
            (got, wanted) => panic!("{wanted:?}, got {:?}", got.map(|f| f.len())),
        }
    }
}

#[test]
fn templates_see_the_connector_with_the_defaults_of_its_class() {
    let class = class_of(
        "git",
        &json!({
            "address": {"default": "https://default.example.com"},
            "params": [{"name": "depth", "type": "integer", "default": 3}],
            "configurations": [{"name": "c", "data": {"f": "{{ .connector.metadata.namespace }}/{{ .connector.metadata.name }} {{ .connector.spec.address }}{{ range .connector.spec.params }} {{ .name }}={{ .value }}{{ end }} {{ .connectorclass.metadata.name }}"}}],
        }),
    );
    let mut world = World::new(class.clone(), "git-main", json!({}));
    assert_eq!(
        world.f().expect("renders"),
        "team/git-main https://git.example.com/base depth=3 git"
    );
    world.object.spec.address = None;
    assert_eq!(
        world.f().expect("renders"),
        "team/git-main https://default.example.com depth=3 git"
    );
}

#[test]
fn parameters_are_flat_and_have_defaults() {
    let world = World::with(json!({
        "params": [{"name": "scope"}, {"name": "depth", "type": "integer", "default": 1}],
        "data": {"f": "{{ .configurations.scope }} {{ .configurations.depth }}"},
    }));
    let mut asked = source(&["c"], &[]);
    for (params, wanted) in [
        (json!({"scope": "@acme"}), Ok("@acme 1")),
        (json!({"scope": "@acme", "depth": 5}), Ok("@acme 5")),
        (
            json!({}),
            Err(
                "volumeAttributes[configuration.params][c]: \"scope\" (string) is missing, configuration \"c\" of class \"git\" requires it",
            ),
        ),
        (
            json!({"scope": 5}),
            Err(
                "volumeAttributes[configuration.params][c][scope]: got 5 (integer), configuration \"c\" of class \"git\" wants a string: put it in quotes",
            ),
        ),
        (
            json!({"scope": "a", "x": 5}),
            Err(
                "volumeAttributes[configuration.params][c][x]: got \"x\", configuration \"c\" of class \"git\" has scope and depth",
            ),
        ),
    ] {
        asked.params = BTreeMap::from([("c".to_owned(), params.as_object().cloned().expect("an object"))]);
        match (world.render(&asked), wanted) {
            (Ok(files), Ok(wanted)) => assert_eq!(content(&files, "f").as_deref(), Some(wanted)),
            (Err(error), Err(wanted)) => {
                assert_eq!(error.public(), wanted);
                assert_eq!(
                    (error.reason(), error.class()),
                    (Reason::Invalid, ErrorClass::Invalid)
                );
            }
            (got, wanted) => panic!("{wanted:?}, got {:?}", got.map(|f| f.len())),
        }
    }
}

#[test]
fn a_template_that_wants_a_proxy_says_so() {
    for text in [
        "{{ .context.token }}",
        "{{ .connector.status.proxyAddress }}",
        "{{ .context.token | b64enc }}",
    ] {
        let error = World::with(json!({"data": {"f": text}})).f().expect_err(text);
        assert!(
            error.starts_with("file f of configuration \"c\" of class \"git\" cannot be rendered: line 1"),
            "{error}"
        );
        assert!(
            error.contains("secretless proxy, and this Connector has none"),
            "{text}: {error}"
        );
    }
    let mut world = World::with(json!({"data": {"f": "{{ .connector.status.proxyAddress }}"}}));
    world.object.status =
        serde_json::from_value(json!({"proxy": {"httpAddress": {"url": "http://c-git.team"}}})).ok();
    assert_eq!(world.f().expect("renders"), "http://c-git.team");
}

#[test]
fn a_later_file_wins_and_exclusions_come_last() {
    let class = class_of(
        "git",
        &json!({"configurations": [
            {"name": "a", "data": {"f": "a", "uri": "a"}},
            {"name": "b", "data": {"f": "b", "g": "b"}},
            {"name": "broken", "data": {"x": "{{ fail \"no\" }}", "y": "y"}},
        ]}),
    );
    let world = World::new(class, "x", json!({}));
    for (configurations, exclude, wanted) in [
        (vec!["a"], vec![], "f=a host port provider type uri=a"),
        (vec!["a", "b"], vec![], "f=b g=b host port provider type uri=a"),
        (vec!["b", "a"], vec![], "f=a g=b host port provider type uri=a"),
        (
            vec!["a", "b"],
            vec!["f", "uri", "nowhere"],
            "g=b host port provider type",
        ),
        (vec![], vec!["uri"], "host port provider type"),
        (
            vec!["broken"],
            vec!["x", "host", "port", "provider", "type", "uri"],
            "y=y",
        ),
        (
            vec!["b", "nowhere"],
            vec!["host", "port", "provider", "type", "uri"],
            "f=b g=b",
        ),
    ] {
        let files = world
            .render(&source(&configurations, &exclude))
            .unwrap_or_else(|e| panic!("{e}"));
        let shown: Vec<String> = files
            .iter()
            .map(|f| match content(&files, &f.name) {
                Some(text) if text.len() == 1 => format!("{}={text}", f.name),
                _ => f.name.clone(),
            })
            .collect();
        assert_eq!(shown.join(" "), wanted, "{configurations:?} {exclude:?}");
    }
    let error = world
        .render(&source(&["nowhere"], &["uri"]))
        .err()
        .expect("nothing found");
    assert_eq!(error.reason(), Reason::ConfigurationNotFound);
    assert_eq!(
        error.public(),
        "no class of the volume has a configuration nowhere; they have a, b and broken"
    );
}

#[test]
fn several_connectors_share_a_volume() {
    let list =
        "{{ range .connectors }}{{ .name }}={{ .spec.address }} {{ end }}own={{ .connector.metadata.name }}";
    let git = class_of(
        "git",
        &json!({"configurations": [{"name": "git", "data": {"git": list}}]}),
    );
    let npm = class_of(
        "npm",
        &json!({"configurations": [{"name": "npm", "data": {"npm": list}}]}),
    );
    let one = World::new(git.clone(), "one", json!({"address": "https://one"}));
    let two = World::new(git, "two", json!({"address": "https://two"}));
    let three = World::new(npm, "three", json!({"address": "https://three"}));
    let files = render_all(&[&one, &two, &three], &source(&["git", "npm"], &[])).expect("renders");
    let all = "one=https://one two=https://two three=https://three ";
    assert_eq!(content(&files, "git"), Some(format!("{all}own=one")));
    assert_eq!(content(&files, "npm"), Some(format!("{all}own=three")));
    assert_eq!(
        content(&files, "type").as_deref(),
        Some("npm"),
        "built-in files are the last Connector's"
    );
}

#[test]
fn files_that_are_not_what_they_should_be_are_not_published() {
    let world = World::with(json!({
        "credentials": true, "format": "json", "data": {"f": "{\"p\": \"{{ .secret.password }}"},
    }));
    let error = world.render(&source(&["c"], &[])).err().expect("not JSON");
    assert_eq!(error.reason(), Reason::FormatInvalid);
    assert!(
        error
            .public()
            .starts_with("file f of configuration \"c\" of class \"git\" is not well-formed json at line 1"),
        "{error}"
    );
    assert!(!error.public().contains(CANARY));
    let world = World::with(json!({"format": {"f": "json"}, "data": {"f": "{}", "g": "{"}}));
    assert_eq!(world.f().expect("only f has a format"), "{}");
}

#[test]
fn a_volume_is_bounded() {
    let big = "{{ repeat 600000 \"x\" }}";
    let world = World::with(json!({"data": {"f": big}}));
    assert_eq!(world.f().expect("one fits").len(), 600_000);
    let world = World::with(json!({"data": {"f": big, "g": big}}));
    let error = world.render(&source(&["c"], &[])).err().expect("two do not");
    assert_eq!(error.reason(), Reason::LimitExceeded);
    let world = World::with(json!({"data": {"f": "{{ repeat 2000000 \"x\" }}"}}));
    assert_eq!(
        world
            .render(&source(&["c"], &[]))
            .err()
            .expect("too large")
            .reason(),
        Reason::LimitExceeded
    );
    let few = RenderLimits {
        files: 5,
        ..RenderLimits::default()
    };
    let asked = source(&["c"], &[]);
    let world = World::with(json!({"data": {"f": "x"}}));
    let input = RenderInput {
        connectors: &[world.as_connector()],
        source: &asked,
        limits: few,
    };
    assert_eq!(
        files(&input).err().expect("six files").reason(),
        Reason::LimitExceeded
    );
}

#[test]
fn many_templates_share_what_a_volume_may_cost() {
    let busy = "{{ range until 60000 }}{{ end }}";
    assert_eq!(
        World::with(json!({"data": {"f": busy}}))
            .f()
            .expect("one is fine"),
        ""
    );
    let many: Value = (0..64)
        .map(|i| (format!("f{i}"), json!(busy)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let error = World::with(json!({ "data": many }))
        .render(&source(&["c"], &[]))
        .err()
        .expect("64 are not");
    assert_eq!(error.reason(), Reason::LimitExceeded);
}

#[test]
fn a_version_follows_the_files_and_the_salt() {
    let file = |name: &str, content: &str, mode: u32| RenderedFile {
        name: name.to_owned(),
        content: SecretBytes::new(content.as_bytes().to_vec()),
        mode,
    };
    let files = [file("a", "b", 0o644), file("c", "d", 0o644)];
    let own = version(&files, &[1; 32]);
    assert_eq!(own, version(&files.clone(), &[1; 32]));
    assert_eq!(own.len(), 64);
    let others = [
        version(&files, &[2; 32]),
        version(&files[..1], &[1; 32]),
        version(&[file("a", "b", 0o600), file("c", "d", 0o644)], &[1; 32]),
        version(&[file("a", "bc", 0o644), file("", "d", 0o644)], &[1; 32]),
        version(&[file("ab", "", 0o644), file("c", "d", 0o644)], &[1; 32]),
    ];
    for (i, other) in others.iter().enumerate() {
        assert_ne!(&own, other, "{i}");
    }
}

mod credentials;
mod probes;
mod servers;
mod tera;
