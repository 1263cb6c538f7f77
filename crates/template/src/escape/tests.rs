//! Each format is read back by the tool or library that reads it in earnest.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

/// Text with everything that ever broke out of a file.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop_oneof![
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\t".to_owned()),
        Just(" ".to_owned()),
        Just("#;=:@/%$`!&|<>()[]{}*?~^,".to_owned()),
        Just("${HOME}$(id)`id`".to_owned()),
        Just("]]>&amp;&#10;".to_owned()),
        Just("\u{8}\u{1b}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}".to_owned()),
        "\\PC{0,4}",
        any::<char>().prop_map(String::from),
        "[a-zA-Z0-9]{0,8}",
    ];
    proptest::collection::vec(nasty, 0..8).prop_map(|parts| parts.concat())
}

fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// What git reads of a file, byte for byte.
fn git_reads(folder: &Path, content: &str, key: &str) -> Vec<u8> {
    let file = folder.join("config");
    std::fs::File::create(&file)
        .unwrap()
        .write_all(content.as_bytes())
        .unwrap();
    let output = Command::new("git")
        .args(["config", "-z", "-f"])
        .arg(&file)
        .args(["--get", key])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout.strip_suffix(&[0]).unwrap().to_vec()
}

proptest! {
    // Each case starts a process or two.
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn git_reads_back_the_value(value in hostile()) {
        let folder = tempfile::tempdir().unwrap();
        let value = without_nul(&value);
        let content = format!("[a]\n\tb = {}\n\tc = after\n", git_config_value(&value).unwrap().as_str());
        prop_assert_eq!(git_reads(folder.path(), &content, "a.b"), value.as_bytes());
        prop_assert_eq!(git_reads(folder.path(), &content, "a.c"), b"after");
    }

    #[test]
    fn git_reads_back_the_subsection(value in hostile()) {
        let folder = tempfile::tempdir().unwrap();
        let value = without_nul(&value);
        match git_config_subsection(&value) {
            Ok(escaped) => {
                let content = format!("[url {}]\n\tinsteadOf = x\n", escaped.as_str());
                let key = format!("url.{value}.insteadof");
                // An argument cannot end with what git takes as the end of the key.
                prop_assert_eq!(git_reads(folder.path(), &content, &key), b"x");
            }
            Err(_) => prop_assert!(value.contains('\n')),
        }
    }

    #[test]
    fn the_shell_reads_back_the_word(value in hostile()) {
        let value = without_nul(&value);
        let script = format!("printf '%s|' {} after", shell_quote(&value).unwrap().as_str());
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{value}|after|"));
    }
}

proptest! {
    #[test]
    fn json_reads_back(value in hostile()) {
        let read: String = serde_json::from_str(&json_string(&value).unwrap()).unwrap();
        prop_assert_eq!(read, value);
    }

    #[test]
    fn yaml_reads_back(value in hostile()) {
        let document = format!("a: {}\nb: after\n", yaml_string(&value).unwrap().as_str());
        let read: std::collections::BTreeMap<String, String> = serde_saphyr::from_str(&document).unwrap();
        prop_assert_eq!(read.get("a"), Some(&value));
        prop_assert_eq!(read.get("b").map(String::as_str), Some("after"));
    }

    #[test]
    fn toml_reads_back(value in hostile()) {
        let document = format!("a = {}\nb = \"after\"\n", toml_string(&value).unwrap().as_str());
        let table = toml::de::DeTable::parse(&document).unwrap();
        let read = table.get_ref().get("a").unwrap().get_ref().as_str().unwrap().to_owned();
        prop_assert_eq!(read, value);
        prop_assert_eq!(table.get_ref().len(), 2);
    }

    #[test]
    fn xml_reads_back(value in hostile()) {
        let (Ok(text), Ok(attribute)) = (xml_text(&value), xml_attr(&value)) else {
            let forbidden = value.contains(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
            prop_assert!(forbidden);
            return Ok(());
        };
        let document = format!("<a b=\"{0}\" c='{0}'>{1}</a>", attribute.as_str(), text.as_str());
        let read = roxmltree::Document::parse(&document).unwrap();
        let root = read.root_element();
        prop_assert_eq!(root.attribute("b"), Some(value.as_str()));
        prop_assert_eq!(root.attribute("c"), Some(value.as_str()));
        prop_assert_eq!(root.text().unwrap_or_default(), value);
        prop_assert!(root.children().all(|child| child.is_text()));
    }

    #[test]
    fn urls_read_back(user in hostile(), password in hostile()) {
        let text = format!(
            "https://{}:{}@git.example.com/p?q#f",
            url_userinfo(&user).unwrap().as_str(),
            url_userinfo(&password).unwrap().as_str()
        );
        let read = url::Url::parse(&text).unwrap();
        prop_assert_eq!(read.host_str(), Some("git.example.com"));
        prop_assert_eq!(read.path(), "/p");
        let plain = |text: &str| percent_decode(text);
        prop_assert_eq!(plain(read.username()), user);
        prop_assert_eq!(plain(read.password().unwrap_or_default()), password);
    }

    #[test]
    fn properties_read_back(value in hostile()) {
        let escaped = properties_value(&value).unwrap();
        prop_assert!(escaped.is_ascii() && !escaped.contains(['\n', '\r']));
        prop_assert_eq!(java_reads(&escaped), value);
    }

    #[test]
    fn one_line_formats_stay_on_their_line(value in hostile()) {
        let all = [ini_value(&value), netrc_token(&value), npmrc_value(&value), pgpass_field(&value)];
        for escaped in all.into_iter().flatten() {
            prop_assert!(!escaped.contains(['\n', '\r', '\0']), "{:?}", escaped.as_str());
        }
        if let Ok(escaped) = netrc_token(&value) {
            prop_assert_eq!(escaped.split_whitespace().count(), 1);
            prop_assert_eq!(escaped.as_str(), value.as_str());
        }
        if let Ok(escaped) = pgpass_field(&value) {
            prop_assert_eq!(postgres_reads(&format!("{}:after", escaped.as_str())), value.as_str());
        }
        if let Ok(escaped) = npmrc_value(&value) {
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), value.as_str());
        }
    }
}

fn percent_decode(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex: String = [bytes.next().unwrap(), bytes.next().unwrap()]
                .iter()
                .map(|b| char::from(*b))
                .collect();
            out.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

/// The rules of `java.util.Properties.load` for a value.
fn java_reads(escaped: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = escaped.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.push(u16::try_from(u32::from(c)).unwrap());
            continue;
        }
        units.push(match chars.next().unwrap() {
            'n' => 10,
            'r' => 13,
            't' => 9,
            'f' => 12,
            'u' => u16::from_str_radix(&chars.by_ref().take(4).collect::<String>(), 16).unwrap(),
            c => u16::try_from(u32::from(c)).unwrap(),
        });
    }
    String::from_utf16(&units).unwrap()
}

/// The first field of a line, as libpq takes it apart.
fn postgres_reads(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => break,
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

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
        (said(pgpass_field("*")), "\\*"),
        (said(pgpass_field("a*")), "a*"),
        (said(pgpass_field("#a#")), "\\#a#"),
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
        (said(properties_value(" a=b\\é\n")), "\\ a=b\\\\\\u00E9\\n"),
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
        ] {
            if let Err(error) = result {
                assert!(!format!("{error} {error:?}").contains("canary"));
            }
        }
    }
}
