//! "Did you mean": the nearest of the names that exist, and a short list of them.

/// Names beyond this are not compared: the work of a refusal stays bounded.
pub(crate) const CANDIDATES: usize = 500;
/// As many names as a person reads.
const LISTED: usize = 8;
/// Nobody means a name that is this much longer.
const LONGEST: usize = 253;

/// A sentence part about the names that exist: `did you mean "git"? (there are: "git", "nexus")`. Empty when none exist.
pub(crate) fn hint(wanted: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut listed: Vec<String> = names
        .iter()
        .take(LISTED)
        .map(|name| format!("{name:?}"))
        .collect();
    if names.len() > LISTED {
        listed.push("...".to_owned());
    }
    let there_are = format!("there are: {}", listed.join(", "));
    match nearest(wanted, names) {
        Some(name) => format!("did you mean {name:?}? ({there_are})"),
        None => there_are,
    }
}

/// The name at the smallest distance, if it is so small that a slip of the finger explains it.
fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    if wanted.len() > LONGEST {
        return None;
    }
    let most = wanted.len().div_ceil(3).min(4);
    let with_distance = names.iter().map(|name| (distance(wanted, name), name.as_str()));
    with_distance
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// Insertions, deletions, replacements, and swaps of neighbours. By bytes: names in Kubernetes are ASCII.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 4 {
        return usize::MAX;
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
    let mut before: Vec<usize> = vec![];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (at(&above, j) + usize::from(x != y))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let is_swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if is_swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    at(&above, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn distances() {
        for (a, b, want) in [
            ("", "", 0),
            ("git", "git", 0),
            ("gti", "git", 1),
            ("kitten", "sitting", 3),
            ("git", "gits", 1),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(a, b), want, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_slip_is_explained_and_a_stranger_is_not() {
        let known = names(&["git", "nexus"]);
        assert_eq!(
            hint("nexsu", &known),
            "did you mean \"nexus\"? (there are: \"git\", \"nexus\")"
        );
        assert_eq!(hint("postgres", &known), "there are: \"git\", \"nexus\"");
        assert_eq!(hint("git", &[]), "");
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<String> = (0..20).map(|i| format!("class-{i:02}")).collect();
        assert!(hint("zzz", &many).ends_with("\"class-07\", ..."));
    }
}
