//! What a pod with the annotation `patchbay.dev/mounts` gets.
//!
//! [`read`] (the pod) → `resolve` (its mounts against what is known) → `plan` (what each container should have). All of
//! it works on raw JSON: a typed pod would drop the fields of a Kubernetes newer than this program.
//!
//! *Caveats*: ephemeral containers get nothing; they do not exist yet when a pod is made.

mod path;
mod plan;
mod read;
mod resolve;

use serde_json::Value;

pub use path::same;
pub use plan::{Plan, PlannedMount, Target};
pub use read::{Container, EnvVar, Pod, Volume, VolumeMount, read};

use super::{Known, Problems, Refusal, Why};
use crate::mounts::{self, Mount};
use crate::violation::{Checked, Warning};

/// Decides what a pod gets.
///
/// # Errors
/// Everything that is wrong with the annotation; or with all mounts together; or with what the containers have already.
pub fn decide<'a>(
    pod: &'a Pod<'a>,
    namespace: &str,
    known: &dyn Known,
) -> Result<Checked<Plan<'a>>, Refusal> {
    let mounts = parse(pod)?;
    let (value, more, _) = plan(pod, &mounts.value, namespace, known)?;
    let mut warnings = mounts.warnings;
    warnings.extend(more);
    Ok(Checked { value, warnings })
}

fn parse(pod: &Pod<'_>) -> Result<Checked<Vec<Mount>>, Problems> {
    mounts::parse(pod.mounts, &mounts::annotation_path(None)).map_err(Problems::from)
}

/// The plan, its warnings, and whether all that it refers to is there.
fn plan<'a>(
    pod: &'a Pod<'a>,
    mounts: &[Mount],
    namespace: &str,
    known: &dyn Known,
) -> Result<(Plan<'a>, Vec<Warning>, bool), Refusal> {
    let found = resolve::resolve(mounts, namespace, known)?;
    let mut warnings = found.warnings;
    let (plan, more) = plan::plan(pod, &found.resolved, found.all)?;
    warnings.extend(more);
    Ok((plan, warnings, found.all))
}

/// What would be said about the pods of a template.
#[derive(Debug, Default, PartialEq)]
pub struct Preview {
    /// The annotation cannot be read.
    pub malformed: Problems,
    /// A pod of it would be refused today.
    pub refused: Problems,
    /// It refers to something that is not there.
    pub incomplete: bool,
    /// A pod of it would get these.
    pub warnings: Vec<Warning>,
}

/// Looks ahead: what a pod made from this template would be told. Paths are those of a pod, without the template's own.
#[must_use]
pub fn preview(template: &Value, namespace: &str, known: &dyn Known) -> Preview {
    let pod = match read(template) {
        Ok(Some(pod)) => pod,
        Ok(None) => return Preview::default(),
        Err(malformed) => {
            return Preview {
                malformed,
                ..Preview::default()
            };
        }
    };
    let mounts = match parse(&pod) {
        Ok(mounts) => mounts,
        Err(malformed) => {
            return Preview {
                malformed,
                ..Preview::default()
            };
        }
    };
    let mut preview = Preview {
        warnings: mounts.warnings,
        ..Preview::default()
    };
    match plan(&pod, &mounts.value, namespace, known) {
        Ok((_, warnings, all)) => {
            preview.incomplete = !all;
            preview.warnings.extend(warnings);
        }
        Err(Refusal { why, problems }) => {
            preview.incomplete = why != Why::Invalid;
            preview.refused = problems;
        }
    }
    preview
}
