//! What each helper gives and refuses, by example. `tests/helpers` reads it back with the real readers.

use super::*;

#[test]
fn what_a_format_cannot_hold_is_said() {
    let said = |result: Result<Escaped, EscapeError>| match result {
        Ok(escaped) => escaped.to_string(),
        Err(error) => error.to_string(),
    };
    for (got, wants) in [
        (
            said(netrc_token("a b")),
            "netrc cannot hold the value: it has white space or a line break; use a credential helper instead",
        ),
        (
            said(netrc_token("a\nb")),
            "netrc cannot hold the value: it has white space or a line break; use a credential helper instead",
        ),
        (said(netrc_token("")), "netrc cannot hold the value: it is empty"),
        (
            said(netrc_token("a\\b")),
            "netrc cannot hold the value: it has a backslash, which readers take differently",
        ),
        (
            said(netrc_token("#a")),
            "netrc cannot hold the value: it starts with a quote or #, which readers take differently",
        ),
        (said(netrc_token("p@:/#ss")), "p@:/#ss"),
        (
            said(ini_value("a\nb=c")),
            "an INI file cannot hold the value: it has a line break or a NUL",
        ),
        (
            said(ini_value(" a")),
            "an INI file cannot hold the value: it starts or ends with white space",
        ),
        (
            said(ini_value("a #b")),
            "an INI file cannot hold the value: it has # or ; at the start of a word, which readers take as a comment",
        ),
        (
            said(ini_value("#b")),
            "an INI file cannot hold the value: it has # or ; at the start of a word, which readers take as a comment",
        ),
        (said(ini_value("a#b;c=d")), "a#b;c=d"),
        (
            said(ini_value("\"a\"")),
            "an INI file cannot hold the value: it starts with a quote, which some readers take away",
        ),
        (
            said(ini_value("a\\")),
            "an INI file cannot hold the value: it ends with a backslash, which some readers take as a line that goes on",
        ),
        (said(ini_value("")), ""),
        (
            said(shell_quote("a\0b")),
            "a shell cannot hold the value: it has a NUL",
        ),
        (said(shell_quote("it's")), "'it'\\''s'"),
        (said(shell_quote("")), "''"),
        (
            said(git_config_value("a\0b")),
            "a git configuration cannot hold the value: it has a NUL",
        ),
        (
            said(git_config_value("a\"b\\c\nd\te #f")),
            r#""a\"b\\c\nd\te #f""#,
        ),
        (said(git_config_value("")), "\"\""),
        (
            said(git_config_subsection("a\nb")),
            "the header of a git configuration section cannot hold the value: it has a line break or a NUL",
        ),
        (said(git_config_subsection("a\"b\\c")), r#""a\"b\\c""#),
        (
            said(npmrc_value("${HOME}")),
            "an npmrc file cannot hold the value: it has ${, which npm replaces by a variable of the environment",
        ),
        (said(npmrc_value("a;b#c=\"")), r#""a;b#c=\"""#),
        (said(pgpass_field("a:b\\c")), "a\\:b\\\\c"),
        (
            said(pgpass_field("*")),
            "a pgpass file cannot hold the value: it is a star alone, which stands for anything",
        ),
        (
            said(pgpass_field("")),
            "a pgpass file cannot hold the value: it is empty",
        ),
        (said(pgpass_field("a*")), "a*"),
        (said(pgpass_field("#a#")), "#a#"),
        (
            said(netrc_token(&"x".repeat(4001))),
            "netrc cannot hold the value: it has more than 4000 bytes, which some readers cut",
        ),
        (
            said(url_userinfo("a\nb")),
            "the user part of a URL cannot hold the value: it has a line break or another control character, which curl \
             and git refuse there",
        ),
        (
            said(npmrc_value("null")),
            "an npmrc file cannot hold the value: it is null or undefined, which npm reads as no value",
        ),
        (
            said(npmrc_value("a ")),
            "an npmrc file cannot hold the value: it starts or ends with white space, which npm takes away",
        ),
        (
            said(ini_value("a\u{1}")),
            "an INI file cannot hold the value: it has a control character",
        ),
        (said(xml_text("\u{85}\u{2028}")), "&#133;&#8232;"),
        (
            said(pgpass_field("a\rb")),
            "a pgpass file cannot hold the value: it has a line break or a NUL",
        ),
        (
            said(xml_text("\u{1}")),
            "XML cannot hold the value: it has a control character, which XML does not allow in any form",
        ),
        (said(xml_text("a<b>&\r\n")), "a&lt;b&gt;&amp;&#13;\n"),
        (said(xml_attr("\"'\n\t")), "&quot;&apos;&#10;&#9;"),
        (said(url_userinfo("p@:/#s s é")), "p%40%3A%2F%23s%20s%20%C3%A9"),
        (said(properties_value(" a=b\\é\n")), "\\u0020a=b\\\\\\u00E9\\n"),
        (said(properties_value("=a ")), "\\=a\\u0020"),
        (
            said(yaml_string("a: b # c\n\u{1}\u{7f}")),
            r#""a: b # c\n\u0001\u007F""#,
        ),
        (said(toml_string("a\"\u{1}\n")), r#""a\"\u0001\n""#),
        (said(json_string("a\"</\u{2028}")), r#""a\"</\u2028""#),
    ] {
        assert_eq!(got, wants);
    }
}

#[test]
fn errors_do_not_carry_the_value() {
    for value in [
        "canary\n",
        "canary ",
        " canary",
        "canary\0",
        "\"canary",
        "canary\\",
        "${canary}",
        "#canary x",
        "canary\u{1}",
        "canary\n*",
    ] {
        for result in [
            ini_value(value),
            netrc_token(value),
            npmrc_value(value),
            pgpass_field(value),
            git_config_subsection(value),
            git_config_value(value),
            shell_quote(value),
            xml_attr(value),
            xml_text(value),
            url_userinfo(value),
            properties_value(value),
        ] {
            if let Err(error) = result {
                assert!(!format!("{error} {error:?}").contains("canary"));
            }
        }
    }
}
