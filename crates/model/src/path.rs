//! Field paths, written as Kubernetes writes them.

use std::fmt;

/// Where in an object something is: `spec.params[0].value`, `metadata.annotations[patchbay.dev/mounts]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(String);

impl FieldPath {
    /// The path of a top-level field, such as `spec`. The empty string is the object itself.
    #[must_use]
    pub fn new(root: &str) -> Self {
        Self(root.to_owned())
    }

    /// A field of this object.
    #[must_use]
    pub fn child(&self, field: &str) -> Self {
        if self.0.is_empty() {
            Self::new(field)
        } else {
            Self(format!("{}.{field}", self.0))
        }
    }

    /// An item of this list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// An entry of this map, where the keys are data and not fields. A key of more than 253 characters, which no map of
    /// Kubernetes has, is cut, and control characters are replaced: a path may stand in a log.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let key: String = key
            .chars()
            .take(253)
            .map(|c| if c.is_control() { '?' } else { c })
            .collect();
        Self(format!("{}[{key}]", self.0))
    }

    /// A property of any JSON object: a field where its name looks like one, else an entry of a map.
    #[must_use]
    pub fn property(&self, name: &str) -> Self {
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && name.len() <= 253 {
            self.child(name)
        } else {
            self.key(name)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::FieldPath;

    #[test]
    fn paths_read_as_kubernetes_writes_them() {
        let spec = FieldPath::new("spec");
        assert_eq!(
            spec.child("params").index(0).child("value").as_str(),
            "spec.params[0].value"
        );
        assert_eq!(
            spec.child("configurations")
                .index(1)
                .child("data")
                .key(".gitconfig")
                .as_str(),
            "spec.configurations[1].data[.gitconfig]"
        );
        assert_eq!(
            FieldPath::new("metadata")
                .child("annotations")
                .key("patchbay.dev/mounts")
                .as_str(),
            "metadata.annotations[patchbay.dev/mounts]"
        );
        assert_eq!(spec.key(&"x".repeat(1000)).as_str().len(), "spec[]".len() + 253);
        assert_eq!(spec.key("a\nb").as_str(), "spec[a?b]");
        assert_eq!(FieldPath::new("").child("spec").as_str(), "spec");
        assert_eq!(
            spec.property("plain").property("not plain").as_str(),
            "spec.plain[not plain]"
        );
    }
}
