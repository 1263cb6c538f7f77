//! Texts that mean something to a function: formats, patterns, versions, layouts, addresses, numbers.

use fastrand::Rng;

fn one<'t>(rng: &mut Rng, of: &[&'t str]) -> &'t str {
    rng.choice(of.iter().copied()).unwrap_or_default()
}

/// So many pieces, one after another.
fn some(rng: &mut Rng, most: usize, mut piece: impl FnMut(&mut Rng) -> String) -> String {
    (0..rng.usize(1..=most)).map(|_| piece(rng)).collect()
}

/// A format with flags, widths, precisions, indexes and verbs.
pub(super) fn format(rng: &mut Rng) -> String {
    some(rng, 3, |rng| {
        if rng.u32(0..6) == 0 {
            return one(rng, &["a", " ", "%%", "é", "%", "|", ": "]).to_owned();
        }
        let flags = some(rng, 3, |rng| {
            one(rng, &["", "", "", "+", "-", "#", " ", "0"]).to_owned()
        });
        let width = one(rng, &["", "", "", "5", "12", "*", "[1]*", "0", "3"]);
        let precision = one(rng, &["", "", "", ".2", ".0", ".", ".10", ".*", ".[2]*"]);
        let index = one(rng, &["", "", "", "", "", "[1]", "[2]", "[9]"]);
        let verb = one(
            rng,
            &[
                "v", "s", "d", "q", "x", "X", "t", "T", "f", "g", "e", "G", "E", "F", "c", "U", "b", "o",
                "O", "w", "z", "p!",
            ],
        );
        format!("%{flags}{width}{precision}{index}{verb}")
    })
}

/// A pattern, mostly a right one.
pub(super) fn pattern(rng: &mut Rng) -> String {
    let mut text = String::new();
    piece_of_pattern(rng, &mut text, 0);
    if rng.u32(0..25) == 0 {
        text.push_str(one(rng, &["(", ")", "[", "\\", "**", "{2,1}", "(?<", "\\8"]));
    }
    text
}

fn piece_of_pattern(rng: &mut Rng, text: &mut String, depth: u32) {
    for _ in 0..rng.u32(1..4) {
        match rng.u32(0..if depth < 3 { 12 } else { 9 }) {
            0..=3 => text.push_str(one(
                rng,
                &["a", "b", "l", "o", "é", "-", ",", "1", " ", "A", "_", "\\.", "☃"],
            )),
            4 => text.push_str(one(
                rng,
                &[
                    ".",
                    "\\d",
                    "\\w",
                    "\\s",
                    "\\D",
                    "\\W",
                    "\\S",
                    "\\pL",
                    "\\PN",
                    "\\p{Greek}",
                ],
            )),
            5 => text.push_str(one(
                rng,
                &[
                    "[a-z]",
                    "[^a-z]",
                    "[[:alpha:]]",
                    "[\\d.]",
                    "[é-ü]",
                    "[]a]",
                    "[^]]",
                    "[a-]",
                    "[\\w-]",
                    "[[:^space:]x]",
                ],
            )),
            6 => text.push_str(one(rng, &["^", "$", "\\b", "\\B", "\\A", "\\z"])),
            7 => text.push_str(one(
                rng,
                &[
                    "a*", "b+", "l?", ".*?", ".+?", "o??", "a{2}", "l{1,2}", "x{0,}", ".{3,5}?", "\\w+",
                    "\\s*",
                ],
            )),
            8 => text.push('|'),
            _ => {
                text.push_str(one(
                    rng,
                    &[
                        "(", "(", "(?:", "(?i:", "(?P<n>", "(?s:", "(?m)(", "(?U:", "(?-i:", "(?i)(",
                    ],
                ));
                piece_of_pattern(rng, text, depth + 1);
                text.push(')');
                text.push_str(one(rng, &["", "", "*", "+", "?", "{2}", "*?", "{0,2}"]));
            }
        }
    }
}

/// What stands in place of groups.
pub(super) fn replacement(rng: &mut Rng) -> String {
    some(rng, 3, |rng| {
        one(
            rng,
            &[
                "$1", "${1}", "$0", "$n", "${n}x", "$$", "-", "x", "$", "${", "$1x", "$2", "é", "",
            ],
        )
        .to_owned()
    })
}

/// A version.
pub(super) fn version(rng: &mut Rng) -> String {
    let number = |rng: &mut Rng| one(rng, &["0", "1", "2", "3", "10", "20", "01"]).to_owned();
    let rest = one(
        rng,
        &[
            "",
            "",
            "",
            "-rc.1",
            "-beta",
            "-0",
            "-alpha.10",
            "-a.b.c",
            "+b1",
            "-x+y",
            "-01",
            ".",
        ],
    );
    let v = one(rng, &["", "", "", "v", "V", " "]);
    let (major, minor, patch) = (number(rng), number(rng), number(rng));
    match rng.u32(0..6) {
        0 => format!("{v}{major}{rest}"),
        1 => format!("{v}{major}.{minor}{rest}"),
        _ => format!("{v}{major}.{minor}.{patch}{rest}"),
    }
}

/// What a version is compared with.
pub(super) fn constraint(rng: &mut Rng) -> String {
    let mut text = String::new();
    for number in 0..rng.u32(1..4) {
        if number > 0 {
            text.push_str(one(rng, &[" ", ",", ", ", " || ", "||", " - "]));
        }
        text.push_str(one(
            rng,
            &[
                "", "=", ">", "<", ">=", "<=", "~", "^", "!=", "~>", ">= ", "=>", "^ ", "==",
            ],
        ));
        if rng.u32(0..4) == 0 {
            text.push_str(one(rng, &["1.x", "*", "1.2.x", "x", "2.*", "1.X.3", "", "v1"]));
        } else {
            text.push_str(&version(rng));
        }
    }
    text
}

/// How a date is written.
pub(super) fn layout(rng: &mut Rng) -> String {
    const PARTS: [&str; 30] = [
        "2006", "06", "01", "1", "Jan", "January", "02", "2", "_2", "002", "Mon", "Monday", "15", "03", "3",
        "PM", "pm", "04", "4", "05", "5", ".000", ".999", ",00", "MST", "Z07:00", "-0700", "-07", "Z0700",
        "__2",
    ];
    some(rng, 6, |rng| {
        let gap = one(rng, &["", "-", " ", ":", "T", "/", "x"]);
        format!("{}{gap}", one(rng, &PARTS))
    })
}

/// A stretch of time.
pub(super) fn duration(rng: &mut Rng) -> String {
    let sign = one(rng, &["", "", "-", "+"]);
    let parts = some(rng, 3, |rng| {
        format!(
            "{}{}",
            one(rng, &["1", "90", "0.5", "3", "24", "1.", ".5", ""]),
            one(rng, &["h", "m", "s", "ms", "us", "ns", "µs", "d", ""])
        )
    });
    format!("{sign}{parts}")
}

/// An address, or nearly one.
pub(super) fn address(rng: &mut Rng) -> String {
    [
        &["", "http:", "https:", "HTTP:", "mailto:", "a+b:", "1:", ":"][..],
        &["//", "//", "//", "", "/"][..],
        &["", "", "u@", "u:p@", "u:@", ":p@", "a%40b@", "u:p:q@", "é@"][..],
        &[
            "h",
            "h.example",
            "h:80",
            "[::1]",
            "[::1]:8",
            "",
            "h:",
            "h:x",
            "é.x",
            "a b",
            "a%20b",
            "H",
        ][..],
        &[
            "", "/", "/a/b", "/a%2Fb", "/a b", "/é", "/..", "//x", "/a;b", "/%zz", "/:a", "/*",
        ][..],
        &["", "", "?", "?a=1&b=2", "?a b", "?é", "?a?b"][..],
        &["", "", "#", "#f", "#a b", "#a#b", "#%20"][..],
    ]
    .into_iter()
    .map(|parts| one(rng, parts))
    .collect()
}

/// A path.
pub(super) fn path(rng: &mut Rng) -> String {
    some(rng, 6, |rng| {
        one(rng, &["/", "a", "..", ".", "b.txt", "/", "//", "a.b.c", ".x"]).to_owned()
    })
}

/// JSON, mostly.
pub(super) fn json(rng: &mut Rng) -> String {
    let mut text = super::data::value(rng, 3).to_string();
    if rng.u32(0..5) == 0 {
        let at = (0..=text.len())
            .filter(|&at| text.is_char_boundary(at))
            .collect::<Vec<_>>();
        let at = rng.choice(at).unwrap_or(0);
        text.insert_str(
            at,
            one(
                rng,
                &[
                    ",", "1", "}", "\"", "\\", " ", "e", "[", "-", "null", "\n", "\\u00e9", ".",
                ],
            ),
        );
    }
    text
}

/// A number as text, or nearly one.
pub(super) fn number(rng: &mut Rng) -> String {
    const PARTS: [&str; 16] = [
        "1", "0", "9", "42", ".", "e", "-", "+", "x", "0x", "_", "b", " ", "777", "5", "E-3",
    ];
    some(rng, 4, |rng| one(rng, &PARTS).to_owned())
}

/// Any text, of what functions may stumble over.
pub(super) fn any(rng: &mut Rng) -> String {
    const PARTS: [&str; 40] = [
        "a", "B", "c", "X", "z", "1", "9", "0", " ", "  ", "\t", "\n", "\r\n", "_", "-", ".", ",", "/", "\"",
        "'", "`", "\\", "<", "&", "$", "%", "é", "É", "ß", "ǆ", "ſ", "K", "İ", "☃", "日", "😀", "\u{301}",
        "\u{a0}", "\u{2028}", "\u{feff}",
    ];
    some(rng, 7, |rng| one(rng, &PARTS).to_owned())
}

/// A number as a template has it, or nearly one.
pub(super) fn literal(rng: &mut Rng) -> String {
    let sign = one(rng, &["", "", "", "-", "+"]);
    let digits = |rng: &mut Rng, of: &str| -> String {
        let of: Vec<char> = of.chars().collect();
        (0..rng.usize(1..5))
            .filter_map(|_| rng.choice(&of).copied())
            .collect()
    };
    let number = match rng.u32(0..8) {
        0 => format!("0x{}", digits(rng, "0189afF_")),
        1 => format!("0b{}", digits(rng, "01_")),
        2 => format!("0o{}", digits(rng, "0127")),
        3 => format!(
            "0x{}.{}p{}",
            digits(rng, "018f"),
            digits(rng, "08"),
            rng.i32(-9..9)
        ),
        4 => format!("{}.{}", digits(rng, "0123456789"), digits(rng, "0123456789")),
        5 => format!("{}e{}", digits(rng, "123"), rng.i32(-30..30)),
        6 => digits(rng, "0123456789_"),
        _ => digits(rng, "123456789"),
    };
    let tail = one(
        rng,
        &[
            "", "", "", "", "", "", "", "", "", "", "", "i", "i", "x", "_", ".",
        ],
    );
    format!("{sign}{number}{tail}")
}

/// A piece of a text in quotes, with escapes that are mostly right.
pub(super) fn escape(rng: &mut Rng) -> &'static str {
    const ESCAPES: [&str; 20] = [
        "\\x41",
        "\\xff",
        "\\xe2\\x98",
        "\\101",
        "\\377",
        "\\000",
        "\\u00e9",
        "\\u2603",
        "\\U0001F600",
        "\\a",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\v",
        "\\\\",
        "\\\"",
        "\\ufffd",
        "\\u0301",
    ];
    const WRONG: [&str; 7] = ["\\z", "\\x4", "\\400", "\\u12", "\\ud800", "\\U00110000", "\\'"];
    if rng.u32(0..30) == 0 {
        return rng.choice(WRONG).unwrap_or_default();
    }
    rng.choice(ESCAPES).unwrap_or_default()
}
