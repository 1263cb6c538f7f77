use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation};
use patchbay_model::admission::Problems;
use patchbay_model::{FieldPath, ViolationKind, Warning};
use serde_json::{Value, json};

use super::*;

fn review(request: &Value) -> Vec<u8> {
    let review =
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request });
    review.to_string().into_bytes()
}

fn good() -> Value {
    json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": { "group": "patchbay.dev", "version": "v1alpha1", "kind": "Connector" },
        "resource": { "group": "patchbay.dev", "version": "v1alpha1", "resource": "connectors" },
        "name": "git-main",
        "namespace": "demo",
        "operation": "CREATE",
        "userInfo": { "username": "admin" },
        "object": { "metadata": { "name": "git-main" } },
        "oldObject": null,
        "dryRun": true,
        "options": null,
    })
}

fn with(field: &str, value: Value) -> Vec<u8> {
    let mut request = good();
    request[field] = value;
    review(&request)
}

fn answered(verdict: &Verdict) -> Value {
    let request = Request::read(&review(&good())).expect("a good review");
    serde_json::from_slice(&answer(&request.uid, Some(&request), verdict)).expect("an answer is JSON")
}

#[test]
fn a_review_is_read() {
    let request = Request::read(&review(&good())).expect("a good review");
    assert_eq!(request.kind.to_string(), "patchbay.dev/v1alpha1 Connector");
    assert_eq!(
        (request.name.as_str(), request.namespace.as_str()),
        ("git-main", "demo")
    );
    assert_eq!(request.operation, Operation::Create);
    assert_eq!(request.object, json!({ "metadata": { "name": "git-main" } }));
    assert_eq!(request.old_object, Value::Null);
    assert!(!request.is_deleting());
}

#[test]
fn a_generated_name_is_shown_by_its_beginning() {
    let mut raw = good();
    raw["name"] = Value::Null;
    raw["object"] = json!({ "metadata": { "generateName": "git-" } });
    assert_eq!(
        Request::read(&review(&raw)).expect("readable").display_name(),
        "git-"
    );
}

/// What comes in from others than the API server: each is refused by a fixed text, and nothing of it is repeated.
#[test]
fn what_cannot_be_read_is_refused_without_repeating_it() {
    let canary = "canary-7f3a";
    let deep = format!("{}\"{canary}\"{}", "[".repeat(5000), "]".repeat(5000));
    let truncated = &review(&good())[..120];
    let wide = format!("[{}\"{canary}\"]", "0,".repeat(300_000));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            vec![],
            "the body is not JSON that can be read: it ends too early at line 1, column 0",
        ),
        (
            truncated.to_vec(),
            "the body is not JSON that can be read: it ends too early at line 1, column 120",
        ),
        (
            canary.into(),
            "the body is not JSON that can be read: it is malformed, or nested too deeply, at line 1, column 1",
        ),
        (
            vec![0xff, 0xfe, 0x00],
            "the body is not JSON that can be read: it is malformed, or nested too deeply, at line 1, column 1",
        ),
        (
            b"{\"canary-7f3a\": \"\xff\"}".to_vec(),
            "the body is not JSON that can be read: it is malformed, or nested too deeply, at line 1, column 18",
        ),
        (
            deep.into_bytes(),
            "the body is not JSON that can be read: it is malformed, or nested too deeply, at line 1, column 128",
        ),
        (wide.into_bytes(), "the body holds more than 250000 values"),
        (
            format!("\"{canary}\"").into(),
            "the body is not an AdmissionReview of admission.k8s.io/v1",
        ),
        (
            b"null".to_vec(),
            "the body is not an AdmissionReview of admission.k8s.io/v1",
        ),
        (
            json!({ "apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview", "request": good() })
                .to_string()
                .into(),
            "the body is not an AdmissionReview of admission.k8s.io/v1",
        ),
        (
            review(&json!(canary)),
            "the body is not an AdmissionReview of admission.k8s.io/v1",
        ),
        (
            with("uid", json!(7)),
            "request.uid must be 1 to 128 letters, digits, or any of -_.:",
        ),
        (
            with("uid", json!("")),
            "request.uid must be 1 to 128 letters, digits, or any of -_.:",
        ),
        (
            with("uid", json!("canary-7f3a\n")),
            "request.uid must be 1 to 128 letters, digits, or any of -_.:",
        ),
        (
            with("kind", json!(canary)),
            "request.kind must be an object with group, version and kind",
        ),
        (
            with("kind", json!({ "kind": { canary: 1 } })),
            "request.kind must be an object with group, version and kind",
        ),
        (
            with("operation", json!(canary)),
            "request.operation must be CREATE, UPDATE, DELETE or CONNECT",
        ),
        (
            with("operation", Value::Null),
            "request.operation must be CREATE, UPDATE, DELETE or CONNECT",
        ),
        (
            with("operation", json!("UPDATE")),
            "request.oldObject must be an object",
        ),
        (with("name", json!([canary])), "request.name must be text"),
        (
            with("namespace", json!({ canary: 1 })),
            "request.namespace must be text",
        ),
        (with("object", json!(canary)), "request.object must be an object"),
        (with("object", Value::Null), "request.object must be an object"),
        (
            with("oldObject", json!([canary])),
            "request.oldObject must be an object",
        ),
    ];
    for (body, want) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(100)]).into_owned();
        let unreadable = Request::read(&body).expect_err(&shown);
        assert_eq!(unreadable.to_string(), want, "{shown}");
        assert!(!format!("{unreadable:?}").contains(canary), "{shown}");
    }
}

#[test]
fn a_deletion_has_no_object() {
    let mut raw = good();
    raw["operation"] = json!("DELETE");
    raw["object"] = Value::Null;
    raw["oldObject"] = json!({ "metadata": {} });
    assert_eq!(
        Request::read(&review(&raw)).expect("readable").operation,
        Operation::Delete
    );
}

#[test]
fn a_refusal_carries_every_cause() {
    let mut problems = Problems::default();
    problems.add(
        &FieldPath::new("spec.params[0].value"),
        ViolationKind::NotSupported,
        "got 5, wants 6",
    );
    problems.add(
        &FieldPath::new("spec.address"),
        ViolationKind::Required,
        "an address is needed",
    );
    let want = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "allowed": false,
            "status": {
                "status": "Failure",
                "code": 422,
                "reason": "Invalid",
                "message": "2 violations:\n- spec.params[0].value: got 5, wants 6\n- spec.address: an address is needed",
                "details": {
                    "name": "git-main",
                    "group": "patchbay.dev",
                    "kind": "Connector",
                    "causes": [
                        {
                            "reason": "FieldValueNotSupported",
                            "field": "spec.params[0].value",
                            "message": "got 5, wants 6",
                        },
                        { "reason": "FieldValueRequired", "field": "spec.address", "message": "an address is needed" },
                    ],
                },
            },
        },
    });
    assert_eq!(answered(&Verdict::invalid(Outcome::Invalid, &problems)), want);
}

#[test]
fn a_passing_trouble_asks_clients_to_try_again() {
    let answer = answered(&Verdict::unavailable("starting"));
    assert_eq!(
        answer["response"]["status"],
        json!({
            "status": "Failure",
            "code": 503,
            "reason": "ServiceUnavailable",
            "message": "starting",
            "details": { "retryAfterSeconds": 1 },
        })
    );
}

#[test]
fn a_patch_is_encoded() {
    use base64::Engine as _;
    let operation = AddOperation {
        path: PointerBuf::from_tokens(["metadata", "a/b~c"]),
        value: json!(1),
    };
    let verdict =
        Verdict::mutated(vec![PatchOperation::Add(operation)]).with_audit("mounts", "git-main".to_owned());
    let answer = answered(&verdict);
    let response = &answer["response"];
    assert_eq!(response["allowed"], true);
    assert_eq!(response["patchType"], "JSONPatch");
    assert_eq!(response["auditAnnotations"], json!({ "mounts": "git-main" }));
    let patch = base64::engine::general_purpose::STANDARD
        .decode(response["patch"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&patch).unwrap(),
        json!([{ "op": "add", "path": "/metadata/a~1b~0c", "value": 1 }])
    );
}

#[test]
fn no_patch_means_no_patch_type() {
    assert_eq!(
        answered(&Verdict::mutated(vec![]))["response"],
        json!({ "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "allowed": true })
    );
}

#[test]
fn warnings_fit_into_headers() {
    let warning = |text: String| Warning {
        path: FieldPath::new("spec"),
        message: text,
    };
    let many = (0..40).map(|i| warning(format!("{i}\n{}", "ü".repeat(300))));
    let answer = answered(&Verdict::accepted().with_warnings(many));
    let warnings: Vec<&str> = answer["response"]["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(warnings.len(), 16);
    assert!(
        warnings
            .iter()
            .all(|line| line.chars().count() <= 256 && !line.contains('\n'))
    );
    assert!(warnings[0].starts_with("spec: 0 üü") && warnings[0].ends_with('…'));
    assert_eq!(warnings[15], "and 25 more warnings");
}

#[test]
fn the_same_warning_is_given_once() {
    let warning = || Warning {
        path: FieldPath::new("spec"),
        message: "odd".to_owned(),
    };
    let answer = answered(&Verdict::accepted().with_warnings([warning(), warning()]));
    assert_eq!(answer["response"]["warnings"], json!(["spec: odd"]));
}
