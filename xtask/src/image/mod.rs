//! Builds the image: three static programs and nothing else, as a tar file, without Docker and without a registry.
//!
//! The same programs give the same bytes: no time, no user and no path of the machine goes in.

mod archive;
mod build;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub use archive::{Archive, Entry, archive};
pub use build::{build, host};

/// The programs of the image, which are the names of their packages as well.
pub const PROGRAMS: [&str; 3] = ["patchbay-webhook", "patchbay-csi-driver", "patchbay-reconciler"];

/// The user that the image runs as, unless a pod says otherwise: the id that many images use for "nobody in
/// particular".
pub const NONROOT: u32 = 65532;

/// What to build, and where to put it.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The file to write. Default: target/image/patchbay.tar.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The image's name, in full, with its tag.
    #[arg(long, value_name = "NAME:TAG", default_value = concat!("docker.io/patchbay/patchbay:", env!("CARGO_PKG_VERSION")))]
    pub tag: String,
}

/// Builds the programs and writes the image. Gives a summary for people.
///
/// # Errors
/// When cargo fails, or a file cannot be read or written.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<String> {
    let folder = build(root, &PROGRAMS)?;
    let entries = entries(&folder)?;
    let image = archive(&entries, &options.tag)?;
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| root.join("target/image/patchbay.tar"));
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(&out, &image.bytes).with_context(|| format!("cannot write {}", out.display()))?;

    let mut summary = String::new();
    for entry in entries
        .iter()
        .filter(|entry| PROGRAMS.contains(&entry.path.as_str()))
    {
        writeln!(summary, "{:<24}{}", entry.path, mebibytes(entry.content.len()))?;
    }
    writeln!(summary, "{:<24}{}", "unpacked", mebibytes(image.unpacked))?;
    writeln!(summary, "{:<24}{}", "as pulled", mebibytes(image.packed))?;
    writeln!(summary, "{} {}", options.tag, image.digest)?;
    writeln!(summary, "{}", out.display())?;
    Ok(summary)
}

/// Everything that is in the image.
fn entries(programs: &Path) -> anyhow::Result<Vec<Entry>> {
    let mut entries = vec![
        Entry::text("etc/group", "root:x:0:\nnonroot:x:65532:\n"),
        Entry::text(
            "etc/passwd",
            "root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n",
        ),
    ];
    for name in PROGRAMS {
        let path = programs.join(name);
        let content = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        entries.push(Entry {
            path: name.to_owned(),
            mode: 0o755,
            content,
        });
    }
    Ok(entries)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn mebibytes(bytes: usize) -> String {
    format!("{:6.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}
