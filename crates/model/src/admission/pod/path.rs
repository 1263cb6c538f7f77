//! Comparing mount paths.

/// How one mount path lies to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// They are the same directory.
    Same,
    /// The first lies inside the second.
    Inside,
    /// The second lies inside the first.
    Around,
    /// Neither.
    Apart,
}

/// Compares two absolute paths as a kernel would see them, but for symbolic links.
pub(super) fn relation(a: &str, b: &str) -> Relation {
    let (a, b) = (parts(a), parts(b));
    match (a.starts_with(&b), b.starts_with(&a)) {
        (true, true) => Relation::Same,
        (true, false) => Relation::Inside,
        (false, true) => Relation::Around,
        (false, false) => Relation::Apart,
    }
}

/// Whether two absolute paths name the same directory, as a kernel would see them but for symbolic links.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    relation(a, b) == Relation::Same
}

fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations() {
        for (a, b, want) in [
            ("/a/b", "/a/b", Relation::Same),
            ("/a/b/", "//a/./b", Relation::Same),
            ("/a/b/c", "/a/b", Relation::Inside),
            ("/a", "/a/b", Relation::Around),
            ("/a/bc", "/a/b", Relation::Apart),
            ("/a/x/../b", "/a/b", Relation::Same),
            ("/", "/a", Relation::Around),
        ] {
            assert_eq!(relation(a, b), want, "{a} {b}");
        }
    }
}
