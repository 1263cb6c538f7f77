//! The files that are made from others. They are committed; a test fails when they differ from what they are made of.

mod conditions;
mod metrics;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Every generated file: its path below the root, and its text.
///
/// # Errors
/// When a CRD cannot be written as YAML, or a file cannot be read.
pub fn files(root: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = crds()?;
    files.extend(admission(root)?);
    files.push((
        patchbay_api::conditions::REFERENCE.into(),
        conditions::reference(),
    ));
    files.push((metrics::REFERENCE.into(), metrics::reference(root)?));
    Ok(files)
}

/// The kinds, from the types of `crates/api`.
fn crds() -> anyhow::Result<Vec<(PathBuf, String)>> {
    let file = |crd| -> anyhow::Result<_> {
        let yaml = serde_saphyr::to_string(crd).context("cannot write a CRD")?;
        Ok(format!(
            "# Made from crates/api by `cargo xtask codegen`. Do not edit.\n{yaml}"
        ))
    };
    patchbay_api::crd::all()
        .iter()
        .map(|crd| {
            Ok((
                format!("charts/patchbay/files/crds/{}.yaml", crd.spec.names.plural).into(),
                file(crd)?,
            ))
        })
        .collect()
}

/// The webhook's configurations and policy. The chart can read only what is in its own folder, and the webhook's tests
/// apply the originals, so that the two cannot drift.
fn admission(root: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    ["mounts.yaml", "mutating.yaml", "validating.yaml"]
        .into_iter()
        .map(|name| {
            let original = format!("webhook/policy/{name}");
            let text = std::fs::read_to_string(root.join(&original))
                .with_context(|| format!("cannot read {original}"))?;
            let text = format!("# Copied from {original} by `cargo xtask codegen`. Do not edit.\n{text}");
            Ok((format!("charts/patchbay/files/admission/{name}").into(), text))
        })
        .collect()
}

/// Writes every generated file that is out of date, and says which.
///
/// # Errors
/// When a file cannot be made or written.
pub fn write(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let stale = stale(root)?;
    for (path, text) in &stale {
        let full = root.join(path);
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&full, text).with_context(|| format!("cannot write {}", full.display()))?;
    }
    Ok(stale.into_iter().map(|(path, _)| path).collect())
}

/// The generated files that are missing below `root` or differ, with the text that they should have.
///
/// # Errors
/// See [`files`].
pub fn stale(root: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = files(root)?;
    files.retain(|(path, text)| std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(text));
    Ok(files)
}
