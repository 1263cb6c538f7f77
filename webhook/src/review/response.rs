//! Writing an answer.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::Serialize;

use super::{Denial, Request, Verdict};

/// The API server cuts a warning off after 256 characters and drops one with control characters.
const WARNING_CHARS: usize = 256;
/// The API server drops warnings once they have 4096 characters together; one line less is for "and more".
const WARNINGS_CHARS: usize = 4096 - WARNING_CHARS;
/// A message longer than this helps nobody, and the answer must stay small.
const MESSAGE_CHARS: usize = 16 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_annotations: &'a BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Status<'a> {
    status: &'static str,
    code: u16,
    reason: &'static str,
    message: String,
    details: Details<'a>,
}

/// With these, kubectl shows the causes as it does for the kinds of Kubernetes itself.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Cause<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

#[derive(Serialize)]
struct Cause<'a> {
    reason: &'static str,
    field: &'a str,
    message: String,
}

/// The body of the answer to a review. Without a request (it could not be read) only the `uid` is known.
///
/// # Guarantees
/// Never fails. A patch is present only if it is allowed and there is something to change.
#[must_use]
pub fn answer(uid: &str, request: Option<&Request>, verdict: &Verdict) -> Vec<u8> {
    let patch = (verdict.is_allowed() && !verdict.patch.is_empty()).then(|| patch(verdict));
    let response = Response {
        uid,
        allowed: verdict.is_allowed(),
        status: verdict.denial.as_ref().map(|denial| status(denial, request)),
        patch_type: patch.is_some().then_some("JSONPatch"),
        patch,
        warnings: warnings(&verdict.warnings),
        audit_annotations: &verdict.audit,
    };
    let review = Review {
        api_version: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response,
    };
    // Text, numbers and lists of them: there is nothing that could fail.
    serde_json::to_vec(&review).unwrap_or_default()
}

fn patch(verdict: &Verdict) -> String {
    let operations = serde_json::to_vec(&verdict.patch).unwrap_or_default();
    base64::engine::general_purpose::STANDARD.encode(operations)
}

fn status<'a>(denial: &'a Denial, request: Option<&'a Request>) -> Status<'a> {
    let mut details = Details {
        retry_after_seconds: denial.retry_after_seconds,
        ..Details::default()
    };
    if let (Some(request), false) = (request, denial.causes.is_empty()) {
        details.name = Some(clip(request.display_name(), WARNING_CHARS));
        details.group = Some(&request.kind.group);
        details.kind = Some(&request.kind.kind);
        details.causes = denial.causes.iter().map(cause).collect();
    }
    let message = clip(&denial.message, MESSAGE_CHARS);
    Status {
        status: "Failure",
        code: denial.code,
        reason: denial.reason,
        message,
        details,
    }
}

fn cause(cause: &super::Cause) -> Cause<'_> {
    Cause {
        reason: cause.reason,
        field: &cause.field,
        message: clip(&cause.message, MESSAGE_CHARS),
    }
}

fn warnings(warnings: &[String]) -> Vec<String> {
    let mut list = Vec::new();
    let mut chars = 0;
    for (done, warning) in warnings.iter().enumerate() {
        let line = clip(&warning.replace(char::is_control, " "), WARNING_CHARS);
        chars += line.chars().count();
        if chars > WARNINGS_CHARS {
            list.push(format!("and {} more warnings", warnings.len() - done));
            break;
        }
        if !list.contains(&line) {
            list.push(line);
        }
    }
    list
}

/// At most so many characters; what was longer ends in an ellipsis.
fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit - 1).chain(['…']).collect(),
    }
}
