use std::path::Path;

use patchbay_proto::csi::volume_capability::{AccessMode, BlockVolume, MountVolume};

use super::*;

pub(crate) const TARGET: &str = "/var/lib/kubelet/pods/uid-1/volumes/kubernetes.io~csi/patchbay-0a1b/mount";

fn paths() -> Paths {
    Paths::new(Path::new("/var/lib/kubelet")).unwrap()
}

/// What kubelet sends for a well-written volume.
pub(crate) fn good() -> NodePublishVolumeRequest {
    let context = [
        (EPHEMERAL, "true"),
        (POD_NAMESPACE, "team"),
        (POD_NAME, "app-0"),
        (POD_UID, "uid-1"),
        (SERVICE_ACCOUNT, "builder"),
        ("connectors", "git-main"),
        ("configuration.names", "gitconfig"),
    ];
    let tokens = r#"{"broker.patchbay.dev":{"token":"tok.en","expirationTimestamp":"2026-01-01T00:00:00Z"},"other":{"token":"x"}}"#;
    NodePublishVolumeRequest {
        volume_id: "csi-0a1b".into(),
        target_path: TARGET.into(),
        readonly: true,
        volume_capability: Some(VolumeCapability {
            access_type: Some(AccessType::Mount(MountVolume::default())),
            access_mode: Some(AccessMode { mode: 1 }),
        }),
        secrets: HashMap::from([(TOKENS.to_owned(), tokens.to_owned())]),
        volume_context: context
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..NodePublishVolumeRequest::default()
    }
}

fn with(change: impl FnOnce(&mut NodePublishVolumeRequest)) -> NodePublishVolumeRequest {
    let mut request = good();
    change(&mut request);
    request
}

fn mount(request: &mut NodePublishVolumeRequest, change: impl FnOnce(&mut MountVolume)) {
    let mut volume = MountVolume::default();
    change(&mut volume);
    request.volume_capability = Some(VolumeCapability {
        access_type: Some(AccessType::Mount(volume)),
        access_mode: None,
    });
}

fn set(request: &mut NodePublishVolumeRequest, key: &str, value: &str) {
    request.volume_context.insert(key.to_owned(), value.to_owned());
}

#[test]
fn a_good_request() {
    let request = parse(&good(), &paths()).unwrap_or_else(|error| panic!("{error}"));
    let Record {
        id,
        target,
        pod,
        source,
        access,
    } = request.record;
    assert_eq!(id.as_str(), "csi-0a1b");
    assert_eq!(target.path(), Path::new(TARGET));
    assert_eq!(
        pod,
        Pod {
            namespace: "team".into(),
            name: "app-0".into(),
            uid: "uid-1".into(),
            service_account: "builder".into()
        }
    );
    assert_eq!(source.connectors.len(), 1);
    assert_eq!(source.configurations, ["gitconfig"]);
    assert_eq!(access, Access { group: None });
    assert_eq!(request.token.expose(), b"tok.en");
}

#[test]
fn tokens_come_from_the_context_where_kubelet_is_older() {
    let request = with(|request| {
        let tokens = request.secrets.remove(TOKENS).unwrap();
        set(request, TOKENS, &tokens);
    });
    let parsed = parse(&request, &paths()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(parsed.token.expose(), b"tok.en");
}

#[test]
fn the_mount_group_is_a_number() {
    for (text, want) in [
        ("2000", Some(2000)),
        ("0", Some(0)),
        ("4294967294", Some(4_294_967_294)),
    ] {
        let request = with(|request| mount(request, |mount| mount.volume_mount_group = text.into()));
        let parsed = parse(&request, &paths()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parsed.record.access.group, want);
    }
    for text in [
        "-1",
        "+1",
        "root",
        "1.5",
        " 1",
        "4294967295",
        "99999999999",
        "\u{663}",
    ] {
        let request = with(|request| mount(request, |mount| mount.volume_mount_group = text.into()));
        assert!(
            matches!(parse(&request, &paths()), Err(RequestError::MountGroup)),
            "{text:?}"
        );
    }
}

/// Each refusal, with a part of the sentence that the person reads.
#[test]
fn refusals() {
    let block = VolumeCapability {
        access_type: Some(AccessType::Block(BlockVolume {})),
        access_mode: None,
    };
    let long = "a".repeat(254);
    let cases: Vec<(NodePublishVolumeRequest, &str, &str)> = vec![
        (
            with(|r| r.volume_id.clear()),
            "InvalidTarget",
            "volume_id is missing",
        ),
        (
            with(|r| r.volume_id = "a\nb".into()),
            "InvalidTarget",
            "visible ASCII",
        ),
        (
            with(|r| r.target_path.clear()),
            "InvalidTarget",
            "target_path is missing",
        ),
        (
            with(|r| r.target_path = "/etc".into()),
            "InvalidTarget",
            "--kubelet-root",
        ),
        (
            with(|r| r.target_path = TARGET.replace("uid-1", "uid-2")),
            "InvalidTarget",
            "another pod",
        ),
        (
            with(|r| r.target_path = format!("{TARGET}/../../x")),
            "InvalidTarget",
            "\"..\"",
        ),
        (
            with(|r| r.volume_capability = None),
            "InvalidVolume",
            "volume_capability is missing",
        ),
        (
            with(|r| r.volume_capability = Some(VolumeCapability::default())),
            "InvalidVolume",
            "missing",
        ),
        (
            with(|r| r.volume_capability = Some(block)),
            "InvalidVolume",
            "volumeDevices",
        ),
        (
            with(|r| mount(r, |m| m.fs_type = "ext4".into())),
            "InvalidVolume",
            "remove fsType",
        ),
        (
            with(|r| mount(r, |m| m.mount_flags = vec!["exec".into()])),
            "InvalidVolume",
            "mount options",
        ),
        (
            with(|r| set(r, EPHEMERAL, "false")),
            "InvalidVolume",
            "inline volumes only",
        ),
        (
            with(|r| drop(r.volume_context.remove(EPHEMERAL))),
            "InvalidVolume",
            "inline volumes only",
        ),
        (with(|r| r.readonly = false), "InvalidVolume", "`readOnly: true`"),
        (
            with(|r| drop(r.secrets.insert("password".into(), "x".into()))),
            "InvalidVolume",
            "nodePublishSecretRef",
        ),
        (
            with(|r| drop(r.volume_context.remove(POD_NAME))),
            "NoPodInfo",
            "podInfoOnMount",
        ),
        (with(|r| set(r, POD_NAMESPACE, "")), "NoPodInfo", POD_NAMESPACE),
        (
            with(|r| set(r, SERVICE_ACCOUNT, "a/b")),
            "NoPodInfo",
            SERVICE_ACCOUNT,
        ),
        (
            with(|r| set(r, POD_NAME, &long)),
            "NoPodInfo",
            "not a Kubernetes name",
        ),
        (with(|r| r.secrets.clear()), "NoToken", "tokenRequests"),
        (
            with(|r| drop(r.secrets.insert(TOKENS.into(), "{}".into()))),
            "NoToken",
            "tokenRequests",
        ),
        (
            with(|r| drop(r.secrets.insert(TOKENS.into(), "[".into()))),
            "NoToken",
            "not what kubelet writes",
        ),
    ];
    for (request, reason, text) in cases {
        let Err(error) = parse(&request, &paths()) else {
            panic!("taken: {text}")
        };
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(text), "{error} lacks {text}");
    }
}

#[test]
fn wrong_attributes_are_refused_with_their_name() {
    let request = with(|request| set(request, "configurations.name", "gitconfig"));
    let Err(error) = parse(&request, &paths()) else {
        panic!("taken")
    };
    assert_eq!(error.reason(), "InvalidAttributes");
    assert!(error.to_string().contains("configurations.name"), "{error}");
}

#[test]
fn a_malformed_token_is_not_repeated() {
    for tokens in [
        r#"{"broker.patchbay.dev":{"token":["c4nary"]}}"#,
        r#"{"broker.patchbay.dev":"c4nary"}"#,
        r#"{"broker.patchbay.dev":{"token":"c4nary\n"}}"#,
        r#""c4nary""#,
    ] {
        let request = with(|request| drop(request.secrets.insert(TOKENS.into(), tokens.into())));
        let Err(error) = parse(&request, &paths()) else {
            panic!("taken: {tokens}")
        };
        assert!(!format!("{error} {error:?}").contains("c4nary"), "{error:?}");
    }
    let huge = format!(
        r#"{{"broker.patchbay.dev":{{"token":"{}"}}}}"#,
        "a".repeat(MAX_TOKEN + 1)
    );
    let request = with(|request| drop(request.secrets.insert(TOKENS.into(), huge)));
    assert!(matches!(
        parse(&request, &paths()),
        Err(RequestError::TokenMalformed)
    ));
}

#[test]
fn wiping_leaves_no_token() {
    let mut request = good();
    let tokens = request.secrets.get(TOKENS).unwrap().clone();
    set(&mut request, TOKENS, &tokens);
    wipe(&mut request);
    assert!(request.secrets.values().all(String::is_empty));
    assert_eq!(request.volume_context.get(TOKENS).map(String::as_str), Some(""));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever is written where, the answer is a request within its bounds or a refusal.
    #[test]
    fn any_request_is_answered(
        which in 0_usize..8,
        text in "(\\PC|[\u{0}-\u{1f}]){0,40}",
        key in "(connectors|connector\\.name|configuration\\.(names|params)|token\\.expiration|[a-z./]{0,12})",
    ) {
        let request = with(|request| match which {
            0 => request.volume_id = text.clone(),
            1 => request.target_path = format!("{TARGET}{text}"),
            2 => request.target_path = format!("/var/lib/kubelet/pods/uid-1/{text}"),
            3 => mount(request, |mount| mount.volume_mount_group = text.clone()),
            4 => drop(request.secrets.insert(TOKENS.to_owned(), text.clone())),
            5 => set(request, POD_UID, &text),
            _ => set(request, &key, &text),
        });
        if let Ok(parsed) = parse(&request, &paths()) {
            let target = parsed.record.target;
            proptest::prop_assert!(target.path().starts_with("/var/lib/kubelet/pods/uid-1"), "{target:?}");
            let climbs = target.path().components().any(|part| part.as_os_str() == "..");
            proptest::prop_assert!(!climbs, "{target:?}");
        }
    }
}
