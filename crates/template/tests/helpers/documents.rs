//! Documents with a parser of their own: JSON, YAML, TOML, XML, Java properties.

use std::collections::BTreeMap;

use patchbay_template::escape;

use crate::readers::{Program, agree};
use crate::values::{escaped, never};

fn docker_config(auth: &str) -> String {
    format!(
        "{{\n  \"auths\": {{\n    \"registry.example.com\": {{\n      \"auth\": {auth},\n      \"email\": \"after\"\n    }}\n  \
         }}\n}}\n"
    )
}

#[test]
fn json_string_reads_back_from_a_docker_config() {
    let cases = escaped(escape::json_string, never);
    let readers = [
        (Program::Python, "docker_config"),
        (Program::Node, "docker_config"),
        (Program::Node, "script"),
        (Program::Go, "docker_config"),
    ];
    agree(&readers, &cases, docker_config);
    for (value, text) in &cases {
        let file: serde_json::Value = serde_json::from_str(&docker_config(text)).expect("JSON");
        let entry = &file["auths"]["registry.example.com"];
        assert_eq!(entry["auth"], value.as_str());
        assert_eq!(entry["email"], "after");
    }
}

fn kubeconfig(password: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nusers:\n- name: robot\n  user:\n    password: {password} # of the robot\n    \
         username: after\n"
    )
}

#[test]
fn yaml_string_reads_back_from_a_kubeconfig() {
    let cases = escaped(escape::yaml_string, never);
    agree(
        &[(Program::Go, "kubeconfig"), (Program::Go, "kubeconfig3")],
        &cases,
        kubeconfig,
    );
    for (value, text) in &cases {
        let file: serde_json::Value = serde_saphyr::from_str(&kubeconfig(text)).expect("YAML");
        let user = &file["users"][0]["user"];
        assert_eq!(user["password"], value.as_str());
        assert_eq!(user["username"], "after");
        // In a list on one line, and as a key, which YAML wants short.
        if text.len() > 1000 {
            continue;
        }
        let file: BTreeMap<String, Vec<String>> =
            serde_saphyr::from_str(&format!("{{{text}: [{text}, after]}}")).expect("YAML");
        assert_eq!(file.get(value), Some(&vec![value.clone(), "after".to_owned()]));
    }
}

fn toml(password: &str) -> String {
    format!("[server]\npassword = {password} # of the robot\nuser = \"after\"\n")
}

#[test]
fn toml_string_reads_back() {
    let cases = escaped(escape::toml_string, never);
    agree(&[(Program::Python, "toml"), (Program::Go, "toml")], &cases, toml);
    for (value, text) in &cases {
        let file = toml(text);
        let table = ::toml::de::DeTable::parse(&file).expect("TOML");
        let server = table
            .get_ref()
            .get("server")
            .and_then(|s| s.get_ref().as_table())
            .expect("a table");
        let field = |name: &str| server.get(name).and_then(|v| v.get_ref().as_str());
        assert_eq!(field("password"), Some(value.as_str()));
        assert_eq!(field("user"), Some("after"));
    }
}

fn no_xml(value: &str) -> bool {
    value.contains(|c: char| {
        (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    })
}

fn maven_settings(version: &str, text: &str, attribute: &str) -> String {
    format!(
        "<?xml version=\"{version}\" encoding=\"UTF-8\"?>\n<settings>\n  <servers>\n    <server>\n      \
         <password>{text}</password>\n      <one password=\"{attribute}\"/>\n      <two password='{attribute}'/>\n      \
         <filePermissions>after</filePermissions>\n    </server>\n  </servers>\n</settings>\n"
    )
}

#[test]
fn xml_reads_back_from_a_maven_settings_file() {
    let cases = escaped(escape::xml_text, no_xml);
    let attributes: BTreeMap<String, String> = cases
        .iter()
        .map(|(value, text)| {
            let attribute = escape::xml_attr(value).expect("what text can hold");
            (text.clone(), (*attribute).clone())
        })
        .collect();
    let file = |version: &str, text: &str| maven_settings(version, text, &attributes[text]);
    let readers = [
        (Program::Python, "maven_settings"),
        (Program::Java, "maven_settings"),
        (Program::Go, "maven_settings"),
    ];
    agree(&readers, &cases, |text| file("1.0", text));
    agree(&[(Program::Java, "maven_settings")], &cases, |text| {
        file("1.1", text)
    });
    for (value, text) in &cases {
        let file = file("1.0", text);
        let document = roxmltree::Document::parse(&file).expect("XML");
        let find = |name: &str| {
            document
                .descendants()
                .find(|node| node.has_tag_name(name))
                .expect(name)
        };
        assert_eq!(find("password").text().unwrap_or_default(), value);
        assert_eq!(find("one").attribute("password"), Some(value.as_str()));
        assert_eq!(find("two").attribute("password"), Some(value.as_str()));
        assert_eq!(find("filePermissions").text(), Some("after"));
    }
}

#[test]
fn properties_value_reads_back_from_a_properties_file() {
    let cases = escaped(escape::properties_value, never);
    agree(&[(Program::Java, "properties")], &cases, |password| {
        format!("# of the robot\npassword={password}\nspaced {password}\ncolon: {password}\nuser=after\n")
    });
}
