//! Semantic versions, read as leniently as Masterminds/semver reads them.

use std::cmp::Ordering;

/// A version.
#[derive(Clone, PartialEq, Eq)]
pub struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) pre: String,
    pub(crate) metadata: String,
    pub(crate) original: String,
}

/// Never shows a value.
impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Version(..)")
    }
}

/// Why a text is no version.
pub(crate) type VersionError = &'static str;

const INVALID: VersionError = "Invalid Semantic Version";
const OUT_OF_RANGE: VersionError = "Error parsing version segment: value out of range";
const STARTS_ZERO: VersionError = "Version segment starts with 0";
const BAD_PRERELEASE: VersionError = "Invalid Prerelease string";
const BAD_METADATA: VersionError = "Invalid Metadata string";

impl Version {
    /// Reads a version: `v1`, `1.2` and leading zeros of the three numbers are fine.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, VersionError> {
        let original = std::str::from_utf8(text).map_err(|_| INVALID)?;
        let rest = original.strip_prefix('v').unwrap_or(original);
        let (rest, metadata) = match rest.split_once('+') {
            Some((rest, metadata)) => (rest, Some(metadata)),
            None => (rest, None),
        };
        let (numbers, pre) = match rest.split_once('-') {
            Some((numbers, pre)) => (numbers, Some(pre)),
            None => (rest, None),
        };
        let mut segments = numbers.split('.');
        let segments = [segments.next(), segments.next(), segments.next(), segments.next()];
        let shape = |part: Option<&str>| part.is_none_or(is_dotted);
        let digits = |part: &&str| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit());
        if segments.iter().flatten().any(digits) || !shape(pre) || !shape(metadata) {
            return Err(INVALID);
        }
        let [major, minor, patch, None] = segments else {
            return Err(INVALID);
        };
        let number = |part: Option<&str>| part.unwrap_or("0").parse::<u64>().map_err(|_| OUT_OF_RANGE);
        let version = Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: pre.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: original.to_owned(),
        };
        check_prerelease(&version.pre)?;
        Ok(version)
    }

    /// Its canonical form, without a `v`.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}.{}.{}", self.major, self.minor, self.patch);
        if !self.pre.is_empty() {
            text.push('-');
            text.push_str(&self.pre);
        }
        if !self.metadata.is_empty() {
            text.push('+');
            text.push_str(&self.metadata);
        }
        text
    }

    pub(super) fn go_syntax(&self) -> String {
        format!(
            "semver.Version{{major:{:#x}, minor:{:#x}, patch:{:#x}, pre:{:?}, metadata:{:?}, original:{:?}}}",
            self.major, self.minor, self.patch, self.pre, self.metadata, self.original
        )
    }

    /// The order of versions. Metadata does not count.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => order_prerelease(&self.pre, &other.pre),
            })
    }

    /// The same version with other parts, and an original text made of them.
    #[must_use]
    pub(crate) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        next.original = format!("{prefix}{}", next.text());
        next
    }
}

/// The order of two prereleases, part by part: numbers as numbers and before words.
pub(crate) fn order_prerelease(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        let (a, b) = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => (a.unwrap_or_default(), b.unwrap_or_default()),
        };
        if a != b {
            return order_part(a, b);
        }
    }
}

/// The order of two parts that differ.
fn order_part(a: &str, b: &str) -> Ordering {
    if a.is_empty() {
        return Ordering::Less;
    }
    if b.is_empty() {
        return Ordering::Greater;
    }
    match (number(a), number(b)) {
        (None, None) if a > b => Ordering::Greater,
        (Some(a), Some(b)) if a > b => Ordering::Greater,
        (None, Some(_)) => Ordering::Greater,
        _ => Ordering::Less,
    }
}

fn number(part: &str) -> Option<u64> {
    if part.bytes().all(|byte| byte.is_ascii_digit()) {
        part.parse().ok()
    } else {
        None
    }
}

/// Parts of letters, digits and `-`, none of them empty.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// # Errors
/// A part has other characters than letters, digits and `-`, or is a number that starts with 0.
pub(crate) fn check_prerelease(text: &str) -> Result<(), VersionError> {
    for part in text.split('.') {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            if part.len() > 1 && part.starts_with('0') {
                return Err(STARTS_ZERO);
            }
        } else {
            check_part(part, BAD_PRERELEASE)?;
        }
    }
    Ok(())
}

/// # Errors
/// A part has other characters than letters, digits and `-`.
pub(crate) fn check_metadata(text: &str) -> Result<(), VersionError> {
    text.split('.')
        .try_for_each(|part| check_part(part, BAD_METADATA))
}

fn check_part(part: &str, wrong: VersionError) -> Result<(), VersionError> {
    if part
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        Ok(())
    } else {
        Err(wrong)
    }
}
