//! Every snippet that seed 002 prints is accepted, with the warnings listed here and no others. `TYPOS.md` beside the
//! snippets says what was changed.

use std::path::Path;

use patchbay_model::class::{self, Endpoint};
use serde_json::{Value, json};

/// The number of snippets that the seed prints.
const SNIPPETS: usize = 26;

/// Warnings by file.
const WARNINGS: [(&str, &[&str]); 5] = [
    (
        "04-auth-params",
        &[
            "spec.auth.types[0].secretType: \"kubernetes.io/opaque\" is taken as \"Opaque\", as Kubernetes spells it",
        ],
    ),
    (
        "08-auth-probe-params",
        &["spec.authProbes[0]: has no probe, so credentials are not checked"],
    ),
    (
        "09-expression",
        &["spec.authProbes[0].probe.http.httpHeaders[Authorization]: line 1, column 4:"],
    ),
    (
        "19-configuration-proxy",
        &[
            "spec.configurations[0].data[.gitconfig]: .connector.status.proxyAddress has a value only where",
            "spec.configurations[0].data[.gitconfig]: .context.token has a value only where",
        ],
    ),
    (
        "23-example-custom-auth",
        &[
            "spec.auth.types[0].secretType: \"kubernetes.io/opaque\" is taken as \"Opaque\", as Kubernetes spells it",
        ],
    ),
];

#[test]
fn every_snippet_of_the_seed_is_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/seed-002");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of the snippets")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    assert_eq!(files.len(), SNIPPETS);
    for path in files {
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a name");
        let text = std::fs::read_to_string(&path).expect("a snippet");
        let object = complete(serde_saphyr::from_str(&text).expect("YAML"));
        let object = class::from_json(&object).unwrap_or_else(|e| panic!("{name}: {e}"));
        let checked = class::parse(&object).unwrap_or_else(|e| panic!("{name}: {e}"));
        let got: Vec<String> = checked.warnings.iter().map(ToString::to_string).collect();
        let wanted = WARNINGS
            .iter()
            .find(|(file, _)| *file == name)
            .map(|(_, w)| *w)
            .unwrap_or_default();
        assert_eq!(got.len(), wanted.len(), "{name}: {got:#?}");
        for (got, wanted) in got.iter().zip(wanted) {
            assert!(got.starts_with(wanted), "{name}: {got}");
        }
        if let Some(url) = object
            .status
            .as_ref()
            .and_then(|s| s.api.as_ref()?.address.as_ref()?.url.as_ref())
        {
            assert_eq!(
                checked.value.api.as_ref().and_then(Endpoint::url),
                Some(url.as_str()),
                "{name}"
            );
        }
    }
}

/// Makes a whole class of a fragment.
fn complete(mut object: Value) -> Value {
    let fields = object.as_object_mut().expect("a mapping");
    fields.insert("apiVersion".to_owned(), json!("patchbay.dev/v1alpha1"));
    fields.entry("kind").or_insert(json!("ConnectorClass"));
    fields.entry("metadata").or_insert(json!({"name": "git"}));
    let spec = fields
        .entry("spec")
        .or_insert(json!({}))
        .as_object_mut()
        .expect("a spec");
    if spec.contains_key("authProbes") {
        spec.entry("auth")
            .or_insert(json!({"types": [{"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"}]}));
    }
    object
}
