//! "Did you mean": the nearest of the names that exist, and a short list of them.

use patchbay_template::suggest::nearest;

/// Names beyond this are not compared: the work of a refusal stays bounded.
pub(super) const CANDIDATES: usize = 500;
/// As many names as a person reads.
const LISTED: usize = 8;

/// A sentence part about the names that exist: `did you mean "git"? (there are: "git", "nexus")`. Empty when none exist.
pub(super) fn hint(wanted: &str, names: &[String]) -> String {
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
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean {name:?}? ({there_are})"),
        None => there_are,
    }
}

/// The nearest name alone, where there may be others elsewhere: ` (did you mean "git"?)`.
pub(super) fn near(wanted: &str, names: &[String]) -> String {
    nearest(wanted, names.iter().map(String::as_str))
        .map(|name| format!(" (did you mean {name:?}?)"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
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
