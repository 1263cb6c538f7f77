//! Nothing panics, whatever the text.

use std::sync::LazyLock;

use patchbay_cel::{EvalErrorKind, Limits, Type, Value, compile};
use proptest::prelude::*;

use crate::{golden, hostile_cases};

/// Pieces of expressions, so that some of the texts compile.
const PIECES: [&str; 64] = [
    "1",
    "2u",
    "0.5",
    "'a'",
    "b'\\xff'",
    "true",
    "null",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ",",
    ":",
    "?",
    ".",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    " in ",
    "b",
    "i",
    "u",
    "d",
    "s",
    "y",
    "t",
    "p",
    "l",
    "ls",
    "m",
    "v",
    "response",
    ".body",
    ".all(x, ",
    ".map(x, ",
    ".filter(x, ",
    "x",
    "size(",
    "string(",
    "int(",
    "has(",
    "type(",
    ".matches(",
    ".split(",
    ".substring(",
    ".a",
    "[0]",
    "[1, 2]",
    "timestamp(",
    "duration(",
    ".getHours()",
    "`a-b`",
    "9223372036854775807",
];

static DATA: LazyLock<serde_json::Value> = LazyLock::new(hostile_cases::data);
static VARIABLES: LazyLock<Vec<(&str, Value)>> = LazyLock::new(|| golden::variables(&DATA).unwrap());

fn check(source: &str) -> Result<(), TestCaseError> {
    let Ok(program) = compile(source, &golden::env(), &Type::Dyn) else {
        return Ok(());
    };
    prop_assert_eq!(program.source(), source);
    let run = |limits: &Limits| match program.run(&VARIABLES, limits) {
        Ok(value) => golden::show(&value),
        Err(error) => format!("{error:?}"),
    };
    let limits = Limits::default();
    prop_assert_eq!(run(&limits), run(&limits), "the same each time");
    let tight = Limits { steps: 3, bytes: 10 };
    if let Err(error) = program.run(&VARIABLES, &tight) {
        prop_assert!(error.offset <= source.len());
        prop_assert!(error.kind == EvalErrorKind::Limit || !error.public().is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_compiled_or_refused(source in "\\PC{0,80}") {
        check(&source)?;
    }

    #[test]
    fn any_bytes_are_compiled_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_pieces_are_compiled_or_refused(pieces in proptest::collection::vec(0..PIECES.len(), 1..14)) {
        let source: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        check(&source)?;
    }

    #[test]
    fn any_change_of_a_case_is_compiled_or_refused(at in 0..10_000_usize, cut in 0..200_usize, piece in 0..PIECES.len()) {
        let cases = hostile_cases::honest();
        let case = &cases[at % cases.len()];
        let mut cut = cut % (case.len() + 1);
        while !case.is_char_boundary(cut) {
            cut -= 1;
        }
        check(&format!("{}{}{}", &case[..cut], PIECES[piece], &case[cut..]))?;
        check(&case[..cut])?;
    }
}
