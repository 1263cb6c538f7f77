//! Values that ever broke out of a file, and random ones made of their pieces.

use patchbay_template::escape::{EscapeError, Escaped};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

const RANDOM: usize = 400;

/// Values for every helper, the same in every run.
pub(crate) fn values() -> Vec<String> {
    let mut values: Vec<String> = FIXED.iter().map(|value| (*value).to_owned()).collect();
    // Each ASCII character in each place, and some that are long.
    for c in (0..=0x7f_u8).map(char::from) {
        values.extend([
            format!("{c}"),
            format!("{c}a"),
            format!("a{c}"),
            format!("a{c}b"),
            format!("a {c}b"),
        ]);
    }
    values.extend([
        "x".repeat(3_900),
        "p@:/#%\\ ".repeat(2_000),
        "é".repeat(10_000),
        "'\"".repeat(10_000),
    ]);
    let mut runner = TestRunner::deterministic();
    let random = random();
    for _ in 0..RANDOM {
        let tree = random.new_tree(&mut runner).expect("a strategy without filters");
        values.push(tree.current());
    }
    values
}

/// What a helper makes of the values it takes: each value with its escaped form. The others must be refused for a
/// reason that `may_refuse` knows.
pub(crate) fn escaped(
    escape: fn(&str) -> Result<Escaped, EscapeError>,
    may_refuse: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    for value in values() {
        match escape(&value) {
            Ok(text) => taken.push((value, (*text).clone())),
            Err(error) => assert!(may_refuse(&value), "{value:?} is refused: {error}"),
        }
    }
    assert!(taken.len() > 100, "only {} values are taken", taken.len());
    taken
}

/// For formats that hold everything.
pub(crate) fn never(_: &str) -> bool {
    false
}

fn random() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        Just(" ".to_owned()),
        Just("#;=:@/%$`!&|<>()[]{}*?~^,".to_owned()),
        Just("${HOME}$(id)`id`".to_owned()),
        Just("]]>&amp;&#10;".to_owned()),
        "[@:/#%\\\\=;!*{}$-]{1,3}",
        "\\PC{0,4}",
        any::<char>().prop_map(String::from),
        "[a-zA-Z0-9]{0,8}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

const FIXED: [&str; 84] = [
    "",
    " ",
    "  leading",
    "trailing  ",
    "p@ss:w/rd#100%\\",
    "it's",
    "say \"hi\"",
    "\"quoted\"",
    "'quoted'",
    "\"",
    "'",
    "\"\"",
    "''",
    "\\",
    "\\\\",
    "\\\"",
    "a\\",
    "a\\\\",
    "\\n",
    "\\u0041",
    "\\u",
    "\\x41",
    "a\nb",
    "a\r\nb",
    "a\rb",
    "\n",
    "a\n",
    "\na",
    "a\n\nb\n",
    "x\nafter = evil",
    "x\n[core]\n\tpager = evil",
    "x\nmachine evil login a password b",
    "x\npassword evil",
    "]]>",
    "<!--",
    "-->",
    "</password><evil/>",
    "<![CDATA[x]]>",
    "&amp;",
    "&#10;",
    "&lt",
    "#",
    "#a",
    "a#b",
    "a #b",
    ";a",
    "a;b",
    "a ;b",
    "=a",
    ":a",
    "!a",
    "%",
    "%%",
    "%(home)s",
    "%41",
    "${HOME}",
    "$HOME",
    "$(id)",
    "`id`",
    "{{ .x }}",
    "{env.HOME}",
    "*",
    "**",
    "*:*",
    "~",
    "~/x",
    "null",
    "true",
    "false",
    "undefined",
    "yes",
    "123",
    "1e3",
    "0x1f",
    "2024-01-02",
    "[a]",
    "{a: b}",
    "- a",
    "? a",
    "a: b",
    "é☃😀",
    "\u{feff}bom",
    "\u{85}\u{a0}\u{2028}\u{2029}\u{fffe}\u{ffff}\u{10ffff}\u{200b}\u{202e}",
    "\u{7f}\u{80}\u{81}\u{88}\u{9f}",
];
