//! The examples of the documentation give what they say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use patchbay_template::{Limits, SecretScope, Source, Template};

/// Pages about something else than Go templates.
const OTHERS: [&str; 1] = ["tera.md"];

const HELPERS: [&str; 16] = [
    "fromYaml",
    "gitConfigSubsection",
    "gitConfigValue",
    "iniValue",
    "jsonString",
    "netrcToken",
    "npmrcValue",
    "pgpassField",
    "propertiesValue",
    "shellQuote",
    "toYaml",
    "tomlString",
    "urlUserinfo",
    "xmlAttr",
    "xmlText",
    "yamlString",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/templates")
}

/// The pages: name and text.
fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = std::fs::read_dir(folder())
        .expect("docs/templates")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(path).expect("text"))
        })
        .filter(|(name, _)| !OTHERS.contains(&name.as_str()))
        .collect();
    pages.sort();
    pages
}

/// The blocks of a page: the word after the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(word), None) => open = Some((word.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn render(name: &str, text: &str, data: &str) -> String {
    let data: serde_json::Value = serde_saphyr::from_str(data).expect("YAML");
    let template = match Template::compile(Source::go(name, text)) {
        Ok(template) => template,
        Err(error) => return format!("{}\n", error.public()),
    };
    match template.render(&data, &SecretScope::none(), &Limits::default()) {
        Ok(rendered) => String::from_utf8(rendered.as_bytes().to_vec()).expect("UTF-8"),
        Err(error) => format!("{}\n", error.public()),
    }
}

#[test]
fn examples_give_what_they_say() {
    let mut count = 0;
    for (name, page) in pages() {
        let (mut template, mut data) = (String::new(), "{}\n".to_owned());
        for (word, text) in blocks(&page) {
            match word.as_str() {
                "template" => (template, data) = (text, "{}\n".to_owned()),
                "data" => data = text,
                "output" => {
                    assert_eq!(render(&name, &template, &data), text, "{name}:\n{template}");
                    count += 1;
                }
                _ => {}
            }
        }
    }
    assert!(count >= HELPERS.len() + 2, "only {count} examples are found");
}

#[test]
fn every_helper_has_a_page_with_an_example() {
    let pages = pages();
    let named: BTreeSet<&str> = pages
        .iter()
        .map(|(name, _)| name.trim_end_matches(".md"))
        .collect();
    let wants: BTreeSet<&str> = HELPERS.into_iter().chain(["README"]).collect();
    assert_eq!(named, wants);
    let index = pages
        .iter()
        .find(|(name, _)| name == "README.md")
        .map(|(_, text)| text.as_str());
    for helper in HELPERS {
        let page = pages.iter().find(|(name, _)| name == &format!("{helper}.md"));
        let text = page.map(|(_, text)| text.as_str()).unwrap_or_default();
        assert!(
            text.starts_with(&format!("# {helper}\n")),
            "{helper}.md has its name as its title"
        );
        assert!(text.contains("```output\n"), "{helper}.md has an example");
        assert!(
            index.unwrap_or_default().contains(&format!("({helper}.md)")),
            "README.md links {helper}.md"
        );
    }
}
