//! The goldens: cases and cel-go's answers, kept beside our engine.
//!
//! The lists in `cases/*.txt` have one expression on a line. A line of `##` is a comment, and the first one says what
//! the list is about; `@data NAME` takes other data; `⏎ ⇥ ␍` stand for a line break, a tab and a carriage return;
//! `«a¦b¦c»` makes a case of each, and several of them make all combinations.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use fastrand::Rng;
use patchbay_oracle::{goldens::keep, lists};
use serde_json::{Value, json};

use crate::{
    client::Oracle,
    generate,
    golden::{self, Accepted, Answer, Golden, Group},
};

/// What the generated goldens come from.
const SEED: u64 = 20;
const FILES: usize = 3;
const CASES: usize = 250;

/// The folder of the lists.
pub fn lists_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// The folder of the goldens.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/cel/testdata/go")
}

/// The differences that are meant.
///
/// # Errors
/// The list cannot be read.
pub fn accepted() -> Result<Vec<Accepted>> {
    let path = folder().join("../differences.json");
    golden::accepted(&path).map_err(anyhow::Error::msg)
}

/// The data that all cases choose from, by name.
///
/// # Errors
/// The file cannot be read.
pub fn data() -> Result<Vec<(String, Value)>> {
    let text = fs::read_to_string(lists_folder().join("data.json"))?;
    let json: Value = serde_json::from_str(&text)?;
    let entries = json.as_object().context("an object")?;
    Ok(entries
        .iter()
        .map(|(name, data)| (name.clone(), data.clone()))
        .collect())
}

/// All cases with cel-go's answers, by topic.
///
/// # Errors
/// A list cannot be read, the oracle fails, or a case has no stable answer.
pub fn make(oracle: &mut Oracle) -> Result<Vec<(String, Golden)>> {
    let data = data()?;
    let mut all = Vec::new();
    let mut bad = Vec::new();
    for (topic, path) in lists::all(&lists_folder())? {
        let mut golden = read_list(&path, &data)?;
        for case in answer(oracle, &mut golden)? {
            bad.push(format!("{topic}: {case}"));
        }
        all.push((topic, golden));
    }
    let mut rng = Rng::with_seed(SEED);
    for number in 1..=FILES {
        let mut golden = generated(&mut rng, &data, CASES);
        // Those without an answer to keep are dropped.
        answer(oracle, &mut golden)?;
        for group in &mut golden.groups {
            group.cases.retain(|(_, answer)| answer.phase() != "stopped");
        }
        all.push((format!("generated_{number}"), golden));
    }
    if !bad.is_empty() {
        bail!("cases that cel-go gives no answer to keep:\n{}", bad.join("\n"));
    }
    Ok(all)
}

/// Cases by the grammar, without answers.
pub fn generated(rng: &mut Rng, data: &[(String, Value)], cases: usize) -> Golden {
    let groups = data.iter().map(|(_, data)| {
        let count = cases / data_share(data.as_object().map_or(1, serde_json::Map::len));
        Group {
            data: data.clone(),
            cases: (0..count)
                .map(|_| (generate::source(rng), unanswered()))
                .collect(),
        }
    });
    Golden {
        about: "Random expressions by a grammar.".to_owned(),
        groups: groups.collect(),
    }
}

/// Data without variables has little to say.
fn data_share(variables: usize) -> usize {
    if variables < 5 { 8 } else { 2 }
}

fn unanswered() -> Answer {
    Answer::Stopped(String::new())
}

/// Asks for every case of a topic. Those that have no answer to keep are returned, with the reason, and marked as stopped.
fn answer(oracle: &mut Oracle, golden: &mut Golden) -> Result<Vec<String>> {
    let mut bad = Vec::new();
    for group in &mut golden.groups {
        let sources: Vec<&str> = group.cases.iter().map(|(source, _)| source.as_str()).collect();
        let said = oracle.ask(&group.data, &sources)?;
        for (case, said) in group.cases.iter_mut().zip(said) {
            case.1 = said.answer;
            if said.unstable {
                case.1 = Answer::Stopped("not stable".to_owned());
            }
            if let Answer::Stopped(why) = &case.1 {
                bad.push(format!("{why}: {}", case.0));
            }
        }
    }
    Ok(bad)
}

fn read_list(path: &Path, data: &[(String, Value)]) -> Result<Golden> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let find = |name: &str| {
        let found = data.iter().find(|(known, _)| known == name);
        found
            .map(|(_, data)| data.clone())
            .with_context(|| format!("no data {name}"))
    };
    let mut golden = Golden::default();
    let mut now = Group {
        data: find("common")?,
        cases: Vec::new(),
    };
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("## ") {
            if golden.about.is_empty() {
                golden.about = comment.to_owned();
            }
        } else if let Some(name) = line.strip_prefix("@data ") {
            let before = std::mem::replace(
                &mut now,
                Group {
                    data: find(name)?,
                    cases: Vec::new(),
                },
            );
            golden.groups.push(before);
        } else {
            let cases = lists::cases(line);
            now.cases
                .extend(cases.into_iter().map(|case| (case, unanswered())));
        }
    }
    golden.groups.push(now);
    golden.groups.retain(|group| !group.cases.is_empty());
    Ok(golden)
}

/// Writes the goldens, and removes those of topics that are gone.
///
/// # Errors
/// A file cannot be written.
pub fn write(goldens: &[(String, Golden)]) -> Result<()> {
    let texts = goldens
        .iter()
        .map(|(topic, golden)| (topic.as_str(), to_text(golden)));
    keep(&folder(), &texts.collect())
}

/// A topic as it is kept: one case on a line.
pub fn to_text(golden: &Golden) -> String {
    let group = |group: &Group| {
        let case = |(source, answer): &(String, Answer)| {
            // Only the first line of an error: the rest repeats the source.
            let text = answer.text().lines().next().unwrap_or_default();
            json!([source, answer.phase(), text]).to_string()
        };
        let cases: Vec<String> = group.cases.iter().map(case).collect();
        format!(
            "{{\"data\": {},\n\"cases\": [\n{}\n]}}",
            group.data,
            cases.join(",\n")
        )
    };
    let groups: Vec<String> = golden.groups.iter().map(group).collect();
    format!(
        "{{\n\"about\": {},\n\"groups\": [\n{}\n]\n}}\n",
        json!(golden.about),
        groups.join(",\n")
    )
}
