//! The files that are made from the code. They are committed; a test fails when they differ from the code.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

const HEADER: &str = "# Made from crates/api by `cargo xtask codegen`. Do not edit.\n";

/// Every generated file: its path below the root, and its text.
///
/// # Errors
/// When a CRD cannot be written as YAML.
pub fn files() -> anyhow::Result<Vec<(PathBuf, String)>> {
    patchbay_api::crd::all()
        .iter()
        .map(|crd| {
            let path = format!("charts/patchbay/files/crds/{}.yaml", crd.spec.names.plural);
            let yaml = serde_saphyr::to_string(crd).with_context(|| format!("cannot write {path}"))?;
            Ok((path.into(), format!("{HEADER}{yaml}")))
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
    let mut files = files()?;
    files.retain(|(path, text)| std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(text));
    Ok(files)
}
