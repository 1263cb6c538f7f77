use std::collections::BTreeSet;

use super::{Reason, types};

#[test]
fn every_reason_is_a_word_that_kubernetes_takes_and_is_explained() {
    let mut words = BTreeSet::new();
    for reason in Reason::ALL {
        let word = reason.as_str();
        assert!(
            words.insert(word.to_ascii_lowercase()),
            "{word} would share an anchor"
        );
        assert!(
            word.len() <= 64 && word.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{word}"
        );
        assert!(word.starts_with(|c: char| c.is_ascii_uppercase()), "{word}");
        for text in [reason.meaning(), reason.what_to_do()] {
            assert!(
                text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c == '`'),
                "{word}: {text}"
            );
            assert!(
                !text.contains("  ") && !text.contains('|') && text.len() < 300,
                "{word}: {text}"
            );
        }
        assert_eq!(Reason::from_word(word), Some(*reason));
    }
    assert_eq!(Reason::from_word("ready"), None);
    assert_eq!(
        Reason::ConnectionFailed.reference(),
        "docs/reference/conditions.md#connectionfailed"
    );
}

#[test]
fn every_reason_is_used_somewhere() {
    for reason in Reason::ALL {
        let in_a_type = types::ALL.iter().any(|t| {
            [t.good, t.bad, t.unknown]
                .iter()
                .any(|list| list.contains(reason))
        });
        assert!(
            in_a_type || Reason::OF_MOUNTS.contains(reason),
            "{reason} is listed nowhere"
        );
    }
}

#[test]
fn types_have_distinct_names_and_reasons() {
    let names: BTreeSet<&str> = types::ALL.iter().map(|t| t.name).collect();
    assert_eq!(names.len(), types::ALL.len());
    for facts in types::ALL {
        assert!(!facts.good.is_empty(), "{} can never be good", facts.name);
        for list in [facts.good, facts.bad, facts.unknown] {
            assert_eq!(
                list.iter().collect::<BTreeSet<_>>().len(),
                list.len(),
                "{}",
                facts.name
            );
        }
        assert_eq!(types::facts(facts.name).map(|f| f.name), Some(facts.name));
    }
    assert!(types::counts(types::LIVENESS_READY) && !types::counts(types::CA_CERT_READY));
}
