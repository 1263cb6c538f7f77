//! The goldens: cases and Go's answers, kept beside our engine.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    client::Oracle,
    generate,
    golden::{self, Accepted, Answer, Golden, Group},
    lists,
};

/// A case that is not the same in so many runs is not stable; two keys of a map come in the same order by chance
/// every other time.
const RUNS: u32 = 12;

/// What the generated goldens come from.
const SEED: u64 = 20;
const FILES: usize = 4;
const GROUPS: usize = 10;
const CASES: usize = 15;

/// The folder of the lists.
pub fn lists_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// The folder of the goldens.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/gotemplate/testdata/go")
}

/// The differences that are meant.
///
/// # Errors
/// The list cannot be read.
pub fn accepted() -> Result<Vec<Accepted>> {
    let path = folder().join("../differences.json");
    golden::accepted(&path).map_err(anyhow::Error::msg)
}

/// All cases with Go's answers, by topic.
///
/// # Errors
/// A list cannot be read, the oracle fails, or a case has no stable answer.
pub fn make(oracle: &mut Oracle) -> Result<Vec<(String, Golden)>> {
    let mut all = Vec::new();
    let mut bad = Vec::new();
    for (topic, path) in lists::all(&lists_folder())? {
        let mut golden = lists::read(&path)?;
        let without = answer(oracle, &mut golden)?;
        bad.extend(without.into_iter().map(|case| format!("{topic}: {case}")));
        all.push((topic, golden));
    }
    let mut rng = Rng::with_seed(SEED);
    for number in 1..=FILES {
        let mut golden = generated(&mut rng, GROUPS, CASES);
        keep_answered(oracle, &mut golden)?;
        all.push((format!("generated_{number}"), golden));
    }
    if !bad.is_empty() {
        bail!("cases that Go gives no answer to keep:\n{}", bad.join("\n"));
    }
    Ok(all)
}

/// Cases by the grammar, without answers: `groups` with data of their own.
pub fn generated(rng: &mut Rng, groups: usize, cases: usize) -> Golden {
    let group = |rng: &mut Rng| {
        let sprig = rng.u32(0..4) > 0;
        Group {
            sprig,
            data: generate::data(rng),
            cases: (0..cases)
                .map(|_| (generate::template(rng, sprig), Answer::Stopped(String::new())))
                .collect(),
            ..Group::default()
        }
    };
    Golden {
        about: "Random templates and data by a grammar.".to_owned(),
        groups: (0..groups).map(|_| group(rng)).collect(),
    }
}

/// Asks Go for the cases, and drops those that have no answer to keep.
///
/// # Errors
/// The oracle fails.
pub fn keep_answered(oracle: &mut Oracle, golden: &mut Golden) -> Result<()> {
    for group in &mut golden.groups {
        let templates: Vec<&str> = group
            .cases
            .iter()
            .map(|(template, _)| template.as_str())
            .collect();
        let said = oracle.ask(group, &templates, RUNS)?;
        let cases = std::mem::take(&mut group.cases).into_iter().zip(said);
        group.cases = cases
            .filter(|(_, said)| !said.unstable && said.answer.phase() != "stopped")
            .map(|((template, _), said)| (template, said.answer))
            .collect();
    }
    Ok(())
}

/// Asks Go for every case of a topic. Returns those that have no answer to keep, with the reason.
///
/// # Errors
/// The oracle fails.
pub fn answer(oracle: &mut Oracle, golden: &mut Golden) -> Result<Vec<String>> {
    let mut bad = Vec::new();
    for group in &mut golden.groups {
        let templates: Vec<&str> = group
            .cases
            .iter()
            .map(|(template, _)| template.as_str())
            .collect();
        let said = oracle.ask(group, &templates, RUNS)?;
        for (case, said) in group.cases.iter_mut().zip(said) {
            if said.unstable {
                bad.push(format!("not stable: {}", case.0));
            } else if let Answer::Stopped(why) = &said.answer {
                bad.push(format!("{why}: {}", case.0));
            }
            case.1 = said.answer;
        }
    }
    Ok(bad)
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

/// Leaves these files in a folder of goldens, by topic, and no others.
///
/// # Errors
/// A file cannot be written.
pub fn keep(folder: &Path, topics: &BTreeMap<&str, String>) -> Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let topic = path.file_stem().unwrap_or_default().to_string_lossy();
        if !topics.contains_key(topic.as_ref()) {
            fs::remove_file(&path)?;
        }
    }
    for (topic, text) in topics {
        fs::write(folder.join(format!("{topic}.json")), text)?;
    }
    Ok(())
}

/// A topic as it is kept: one case on a line.
pub fn to_text(golden: &Golden) -> String {
    let groups: Vec<String> = golden.groups.iter().map(group_text).collect();
    format!(
        "{{\n\"about\": {},\n\"groups\": [\n{}\n]\n}}\n",
        json!(golden.about),
        groups.join(",\n")
    )
}

fn group_text(group: &Group) -> String {
    let cases: Vec<String> = group
        .cases
        .iter()
        .map(|(template, answer)| json!([template, answer_json(answer)]).to_string())
        .collect();
    format!(
        "{{\"sprig\": {}, \"left\": {}, \"right\": {}, \"data\": {},\n\"cases\": [\n{}\n]}}",
        group.sprig,
        json!(group.left),
        json!(group.right),
        group.data,
        cases.join(",\n")
    )
}

fn answer_json(answer: &Answer) -> Value {
    match answer {
        Answer::Ok(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(_) => json!({ "bytes": bytes }),
        },
        Answer::Parse(text) => json!({ "parse": text }),
        Answer::Exec(text) => json!({ "exec": text }),
        Answer::Stopped(text) => json!({ "stopped": text }),
    }
}
