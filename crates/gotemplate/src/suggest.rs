//! "Did you mean …?", for names in templates and whatever is checked beside them.

/// Longer words are no typing mistakes, and the comparison is quadratic.
const LONGEST: usize = 64;

/// The known name that was probably meant: equal but for case and separators, or a slip of the finger or two away.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let folded = fold(word);
    let allowed = (folded.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::osa_distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, candidate)| (*distance, candidate.len().abs_diff(word.len())))
        .map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = [
            "b64enc",
            "default",
            "trimSuffix",
            "first",
            "eq",
            "print",
            "printf",
            "basicAuth",
            "sshAuth",
        ];
        for (word, wants) in [
            ("b64encc", Some("b64enc")),
            ("b64ecn", Some("b64enc")),
            ("defualt", Some("default")),
            ("trimsuffix", Some("trimSuffix")),
            ("trim_suffix", Some("trimSuffix")),
            ("frist", Some("first")),
            ("prinft", Some("printf")),
            ("basic-auth", Some("basicAuth")),
            ("bsaicAuth", Some("basicAuth")),
            ("oauth", None),
            ("equals", None),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), wants, "{word}");
        }
        let long = "x".repeat(10_000);
        assert_eq!(nearest(&long, known), None);
        assert_eq!(nearest(&"x".repeat(60), [long.as_str()]), None);
    }
}
