use proptest::prelude::*;

use super::*;

fn said(format: Format, text: &str) -> String {
    match check(format, text.as_bytes()) {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.public(),
    }
}

#[test]
fn good_files_pass() {
    for (format, text) in [
        (Format::Json, r#"{"auths":{"a":{"auth":"eA=="}}}"#),
        (Format::Json, "[1, 2]\n"),
        (Format::Yaml, "a: 1\nb:\n- x\n- y: z\n---\nsecond: true\n"),
        (Format::Yaml, "a: &x {b: 1}\nc: *x\n"),
        (Format::Yaml, ""),
        (
            Format::Toml,
            "a = 1\n[b]\nc = \"x\"\n[[d]]\ne = 1979-05-27T07:32:00Z\n",
        ),
        (
            Format::Xml,
            "<?xml version=\"1.0\"?>\n<settings><a b=\"c\">&amp;</a></settings>",
        ),
        (
            Format::Ini,
            "; c\n# c\n[a]\nk=v\nk : v\nbare\n\n[url \"https://a]b\\\"\"]\n\tinsteadOf = x\n[s] ; c\n",
        ),
        (Format::Ini, ""),
        (Format::Ini, "[a]\nb = 1\nb = 2\n"),
        (Format::Json, r#"{"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}]}"#),
        (Format::Yaml, "a: {b: 1}\nc: {b: 1}\n1: x\n'1': y\n---\na: 1\n"),
        (Format::Yaml, "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x\n"),
        (
            Format::Properties,
            "# c\n! c\n\n a = b\nc:d\ne f\ng\nh=i\\\n   j\nk\\=l=m\\u00e9\\\\\r\nn=\\t\r\n",
        ),
        (Format::Properties, ""),
        (Format::Properties, "a=\\"),
    ] {
        assert_eq!(said(format, text), "ok", "{text}");
    }
}

#[test]
fn bad_files_are_named_by_place_and_never_quoted() {
    for (format, text, wants) in [
        (
            Format::Json,
            "{\"a\": s3cret}",
            "not well-formed json at line 1, column 7: something else is expected here",
        ),
        (
            Format::Json,
            "{\"a\":\n",
            "not well-formed json at line 2, column 1: the text ends too early",
        ),
        (
            Format::Json,
            "",
            "not well-formed json at line 1, column 1: the text ends too early",
        ),
        (
            Format::Yaml,
            "a: b\n c: d: e\n",
            "not well-formed yaml at line 2, column 3: something else is expected here",
        ),
        (
            Format::Yaml,
            "a: [1, 2\n",
            "not well-formed yaml at line 1, column 4: a bracket is not closed",
        ),
        (
            Format::Toml,
            "a = 1\na = 2\n",
            "not well-formed toml at line 2, column 1: a key is given twice",
        ),
        (
            Format::Xml,
            "<a><b></a>",
            "not well-formed xml at line 1, column 7: the closing tag does not fit the open one",
        ),
        (
            Format::Xml,
            "<a>x & y</a>",
            "not well-formed xml at line 1, column 6: & must be written as &amp;",
        ),
        (
            Format::Xml,
            "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
            "not well-formed xml at line 1, column 1: a document type definition is not allowed",
        ),
        (
            Format::Xml,
            "",
            "not well-formed xml at line 1, column 1: the document has no closed root element",
        ),
        (
            Format::Json,
            "{\"a\": 1,\n \"\\u0061\": 2}",
            "not well-formed json at line 2, column 9: a key is given twice",
        ),
        (
            Format::Json,
            "{\"a\": \"b\nc\"}",
            "not well-formed json at line 2, column 1: a line break or another control character must be escaped in a string",
        ),
        (
            Format::Json,
            "{\"a\": 1,}",
            "not well-formed json at line 1, column 9: there is a comma too many",
        ),
        (
            Format::Json,
            "{} x",
            "not well-formed json at line 1, column 4: there is more text after the end",
        ),
        (
            Format::Yaml,
            "a: 1\nb: 2\n\"a\": 3\na: 4\n",
            "not well-formed yaml at line 4, column 1: a key is given twice",
        ),
        (
            Format::Yaml,
            "a: &a [*a]\n",
            "not well-formed yaml at line 1, column 8: this alias is used within the value that it names",
        ),
        (
            Format::Yaml,
            "a: *b\n",
            "not well-formed yaml at line 1, column 4: this alias names nothing that came before it",
        ),
        (
            Format::Yaml,
            "a: \"b\n",
            "not well-formed yaml at line 2, column 1: a quote is not closed, or its lines are not indented",
        ),
        (
            Format::Xml,
            "<a b='1' b='2'/>",
            "not well-formed xml at line 1, column 10: an attribute is given twice",
        ),
        (
            Format::Properties,
            "a=1\nb=2\na:3\n",
            "not well-formed properties at line 3, column 1: a key is given twice",
        ),
        (
            Format::Properties,
            "a=1\n=2\n",
            "not well-formed properties at line 2, column 1: a key is missing before the sign",
        ),
        (
            Format::Properties,
            "a=C:\\users\n",
            "not well-formed properties at line 1, column 5: \\u wants four hexadecimal digits; a backslash is written as two",
        ),
        (
            Format::Properties,
            "a=\u{1}",
            "not well-formed properties at line 1, column 3: a control character must be escaped",
        ),
        (
            Format::Ini,
            "[a\nb=c",
            "not well-formed ini at line 1, column 1: the section is not closed; it needs a ]",
        ),
        (
            Format::Ini,
            "a=b\n  = c",
            "not well-formed ini at line 2, column 3: a key is missing before the sign",
        ),
        (
            Format::Ini,
            "[]",
            "not well-formed ini at line 1, column 2: the section has no name",
        ),
        (
            Format::Ini,
            "a=\u{1}",
            "not well-formed ini at line 1, column 3: a control character does not belong here",
        ),
    ] {
        assert_eq!(said(format, text), wants, "{text}");
    }
    assert_eq!(
        check(Format::Ini, b"a=\xff").unwrap_err().public(),
        "not well-formed ini at line 1, column 3: a byte is not UTF-8"
    );
}

/// Each line holds the one above three times.
fn laughs() -> String {
    let line = |i: u32| format!("a{}: &a{} [*a{i}, *a{i}, *a{i}]\n", i + 1, i + 1);
    format!("a0: &a0 x\n{}", (0..60).map(line).collect::<String>())
}

#[test]
fn deep_and_long_files_end() {
    let mib = 1024 * 1024;
    for (format, text) in [
        (Format::Json, "[".repeat(mib)),
        (Format::Json, "{\"a\":".repeat(mib / 5)),
        (Format::Yaml, "[".repeat(mib)),
        (Format::Yaml, "- ".repeat(mib / 2)),
        (Format::Yaml, "? ".repeat(mib / 2)),
        (Format::Toml, format!("a = {}", "[".repeat(mib))),
        (Format::Toml, format!("a = {}", "{a=".repeat(mib / 3))),
        (Format::Toml, format!("[{}]", "a.".repeat(mib / 2))),
        (Format::Xml, "<a>".repeat(mib / 3)),
        (
            Format::Xml,
            format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)),
        ),
        (Format::Xml, format!("<a>{}</a>", "<b/>".repeat(mib / 4))),
        (Format::Yaml, laughs()),
        (
            Format::Yaml,
            format!("a: &a [{}]\nb: [{}]\n", "1,".repeat(1000), "*a,".repeat(1000)),
        ),
    ] {
        assert_ne!(said(format, &text), "ok", "{format:?}");
    }
    // Long, and well-formed.
    for (format, text) in [
        (Format::Properties, "a\\\n".repeat(mib / 3)),
        (
            Format::Properties,
            (0..100_000).map(|i| format!("{i}=\n")).collect(),
        ),
        (Format::Json, format!("[{}1]", "1,".repeat(mib / 2))),
        (Format::Ini, "[a]\n".repeat(mib / 4)),
    ] {
        assert_eq!(said(format, &text), "ok", "{format:?}");
    }
    drop(said(Format::Toml, &format!("{}a = 1", "a.".repeat(100_000))));
    drop(said(Format::Yaml, &"a: &x\n".repeat(100_000)));
}

#[test]
fn words_are_read_in_any_case() {
    for (word, wants) in [
        ("json", Format::Json),
        ("YAML", Format::Yaml),
        ("yml", Format::Yaml),
        ("Ini", Format::Ini),
    ] {
        assert_eq!(word.parse::<Format>(), Ok(wants));
    }
    assert!("hcl".parse::<Format>().is_err());
    for (word, wants) in [
        ("hcl", "wants json, yaml, toml, xml, ini or properties"),
        (
            "jsn",
            "wants json, yaml, toml, xml, ini or properties; did you mean \"json\"?",
        ),
        (
            "propertys",
            "wants json, yaml, toml, xml, ini or properties; did you mean \"properties\"?",
        ),
    ] {
        assert_eq!(word.parse::<Format>(), Err(wants.to_owned()));
    }
    for format in Format::ALL {
        assert_eq!(format.word().parse::<Format>(), Ok(format));
    }
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            let _ = check(format, &bytes);
        }
    }

    #[test]
    fn any_text_gives_an_answer(text in "[\\[\\]{}:,=\"'&<>/a-c \n#!-]{0,80}") {
        for format in Format::ALL {
            let _ = check(format, text.as_bytes());
        }
    }
}
