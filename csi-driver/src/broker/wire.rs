//! Between the driver's types and the broker's messages. Pure.

use std::collections::BTreeSet;

use patchbay_model::render::RenderLimits;
use patchbay_model::secret::SecretBytes;
use patchbay_proto::broker;
use serde_json::Value;

use crate::volume::files::{File, FileName, FileNameError};
use crate::volume::state::Record;

/// A version is a digest.
const MAX_VERSION: usize = 256;
/// What a person reads in an event; kubelet cuts at 1 KiB.
const MAX_MESSAGE: usize = 1024;
/// A reason is one CamelCase word.
const MAX_REASON: usize = 64;

/// The answer of a broker that can not be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// There is nothing in it.
    #[error("the broker's answer holds no files; is it of the same version as the driver?")]
    NoFiles,
    /// Too many files.
    #[error("the broker's answer has {0} files and a volume may have {1}")]
    TooMany(usize, usize),
    /// Too large.
    #[error("the broker's answer has {0} bytes and a volume may have {1}")]
    TooLarge(usize, usize),
    /// A name that is no file name.
    #[error("the broker's answer has a file whose name can not be used: {0}")]
    Name(#[from] FileNameError),
    /// The same name twice.
    #[error("the broker's answer has the file {0} twice")]
    Twice(String),
    /// A version that is no digest.
    #[error("the broker's answer has no usable version")]
    Version,
}

/// Files that may be mounted, with the broker's name for them.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "the content is secret")]
pub struct Files {
    /// In the order of their names.
    pub files: Vec<File>,
    /// Equal for equal files.
    pub version: String,
}

/// The question for the files of a volume.
#[must_use]
pub fn render_request(record: &Record, node_name: &str, token: &SecretBytes) -> broker::RenderRequest {
    let source = &record.source;
    broker::RenderRequest {
        volume_id: record.id.as_str().to_owned(),
        pod: Some(broker::Pod {
            namespace: record.pod.namespace.clone(),
            name: record.pod.name.clone(),
            uid: record.pod.uid.clone(),
            service_account: record.pod.service_account.clone(),
        }),
        node_name: node_name.to_owned(),
        token: String::from_utf8_lossy(token.expose()).into_owned(),
        source: Some(broker::VolumeSource {
            connectors: source
                .connectors
                .iter()
                .map(|connector| broker::ConnectorRef {
                    namespace: connector.namespace.clone().unwrap_or_default(),
                    name: connector.name.clone(),
                })
                .collect(),
            configurations: source.configurations.clone(),
            exclude_files: source.exclude_files.clone(),
            params: source
                .params
                .iter()
                .map(|(configuration, params)| {
                    (configuration.clone(), Value::Object(params.clone()).to_string())
                })
                .collect(),
        }),
    }
}

/// Checks the files of an answer. The broker is ours, but what it sends becomes paths on the node.
///
/// # Errors
/// [`AnswerError`]
pub fn files(answer: Option<broker::Files>) -> Result<Files, AnswerError> {
    let answer = answer.ok_or(AnswerError::NoFiles)?;
    let limits = RenderLimits::default();
    if answer.files.len() > limits.files {
        return Err(AnswerError::TooMany(answer.files.len(), limits.files));
    }
    let bytes = answer
        .files
        .iter()
        .fold(0_usize, |sum, file| sum.saturating_add(file.content.len()));
    if bytes > limits.bytes {
        return Err(AnswerError::TooLarge(bytes, limits.bytes));
    }
    let plain = answer.version.bytes().all(|byte| byte.is_ascii_graphic());
    if answer.version.is_empty() || answer.version.len() > MAX_VERSION || !plain {
        return Err(AnswerError::Version);
    }
    let mut names = BTreeSet::new();
    let mut files = Vec::with_capacity(answer.files.len());
    for file in answer.files {
        let name = FileName::parse(&file.name)?;
        if !names.insert(name.clone()) {
            return Err(AnswerError::Twice(file.name));
        }
        files.push(File {
            name,
            content: SecretBytes::new(file.content),
            mode: file.mode,
        });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Files {
        files,
        version: answer.version,
    })
}

/// A message of the broker for a person: bounded, and on one line.
#[must_use]
pub fn message(text: &str) -> String {
    bounded(text, MAX_MESSAGE)
}

/// A reason of the broker: one bounded word.
#[must_use]
pub fn reason(text: &str) -> String {
    let word =
        !text.is_empty() && text.len() <= MAX_REASON && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if word {
        text.to_owned()
    } else {
        "Unknown".to_owned()
    }
}

fn bounded(text: &str, limit: usize) -> String {
    let mut plain: String = text
        .chars()
        .take(limit)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    while plain.len() > limit {
        plain.pop();
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::volume::paths::Paths;
    use crate::volume::state::tests::record;

    fn answer(files: &[(&str, &[u8])]) -> Option<broker::Files> {
        let files = files
            .iter()
            .map(|(name, content)| broker::File {
                name: (*name).into(),
                content: content.to_vec(),
                mode: 0o444,
            })
            .collect();
        Some(broker::Files {
            files,
            version: "v1".into(),
        })
    }

    #[test]
    fn the_question_carries_what_the_volume_says() {
        let record = record(&Paths::new(Path::new("/k")).unwrap(), "csi-1");
        let request = render_request(&record, "node-1", &SecretBytes::new(b"tok".to_vec()));
        assert_eq!(
            (request.volume_id.as_str(), request.node_name.as_str()),
            ("csi-1", "node-1")
        );
        assert_eq!(request.token, "tok");
        let pod = request.pod.unwrap();
        assert_eq!((pod.namespace.as_str(), pod.uid.as_str()), ("team", "uid-1"));
        let source = request.source.unwrap();
        assert_eq!(source.connectors.first().unwrap().name, "git-main");
        assert_eq!(source.connectors.first().unwrap().namespace, "");
    }

    #[test]
    fn good_files_come_in_the_order_of_their_names() {
        let got = files(answer(&[("b", b"2"), (".a", b"1")])).map_err(|error| error.to_string());
        let Ok(got) = got else { panic!() };
        let names: Vec<_> = got.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!((names, got.version.as_str()), (vec![".a", "b"], "v1"));
    }

    #[test]
    fn hostile_files_are_refused() {
        let name = AnswerError::Name(FileNameError);
        let many: Vec<String> = (0..300).map(|n| format!("f{n}")).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
        let large = vec![0; 1024 * 1024 + 1];
        for (got, want) in [
            (None, AnswerError::NoFiles),
            (answer(&[("", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("..", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[(".", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("..data", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("../x", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("a/b", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("/etc/passwd", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("a\0b", b"")]), AnswerError::Name(FileNameError)),
            (answer(&[("a\nb", b"")]), name),
            (
                answer(&[("a", b"1"), ("a", b"2")]),
                AnswerError::Twice("a".into()),
            ),
            (answer(&many), AnswerError::TooMany(300, 256)),
            (
                answer(&[("a", &large)]),
                AnswerError::TooLarge(large.len(), 1024 * 1024),
            ),
            (
                Some(broker::Files {
                    files: vec![],
                    version: String::new(),
                }),
                AnswerError::Version,
            ),
            (
                Some(broker::Files {
                    files: vec![],
                    version: "a\nb".into(),
                }),
                AnswerError::Version,
            ),
        ] {
            assert_eq!(files(got).err(), Some(want));
        }
    }

    #[test]
    fn texts_of_the_broker_are_bounded() {
        assert_eq!(message("a\n\u{1b}[31mb"), "a  [31mb");
        assert!(message(&"\u{e4}".repeat(5000)).len() <= MAX_MESSAGE);
        assert_eq!(reason("SecretMissing"), "SecretMissing");
        for text in ["", "a b", "x\"y", &"a".repeat(65)] {
            assert_eq!(reason(text), "Unknown");
        }
    }
}
