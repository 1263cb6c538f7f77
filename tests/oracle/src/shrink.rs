//! Makes a case on which two engines differ smaller, as long as they differ.

use anyhow::Result;
use serde_json::Value;

use crate::{
    client::Oracle,
    golden::{Accepted, Answer, Group},
    mutate::tokens,
};

/// Questions to the oracle, per case.
const BUDGET: usize = 3000;

/// A case on which the engines differ.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The template.
    pub template: String,
    /// The rest of the case.
    pub group: Group,
    /// Go's answer.
    pub go: Answer,
    /// Ours.
    pub ours: Answer,
}

impl Difference {
    /// Which phases both came to: what makes two differences of one kind.
    fn phases(&self) -> (&'static str, &'static str) {
        (self.go.phase(), self.ours.phase())
    }
}

/// The difference on this case, if the engines differ on it and Go is sure of its answer.
///
/// # Errors
/// The oracle fails.
pub fn difference(
    oracle: &mut Oracle,
    group: &Group,
    template: &str,
    runs: u32,
) -> Result<Option<Difference>> {
    let ours = group.ours(template);
    let Some(said) = oracle.ask(group, &[template], runs)?.pop() else {
        return Ok(None);
    };
    let counts = !said.unstable && said.answer.phase() != "stopped" && ours.phase() != "stopped";
    Ok((counts && !said.answer.agrees(&ours)).then(|| Difference {
        template: template.to_owned(),
        group: Group {
            cases: Vec::new(),
            ..group.clone()
        },
        go: said.answer,
        ours,
    }))
}

/// The smallest case that is found by dropping tokens of the template, and entries of the data.
///
/// # Errors
/// The oracle fails.
pub fn shrink(oracle: &mut Oracle, case: Difference, accepted: &[Accepted]) -> Result<Difference> {
    let mut best = case;
    let mut budget = BUDGET;
    loop {
        let before = (best.template.len(), best.group.data.to_string().len());
        shrink_template(oracle, &mut best, &mut budget, accepted)?;
        shrink_data(oracle, &mut best, &mut budget, accepted)?;
        if (best.template.len(), best.group.data.to_string().len()) == before || budget == 0 {
            return Ok(best);
        }
    }
}

fn shrink_template(
    oracle: &mut Oracle,
    best: &mut Difference,
    budget: &mut usize,
    accepted: &[Accepted],
) -> Result<()> {
    let mut size = tokens(&best.template).len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        loop {
            let all = tokens(&best.template);
            if at >= all.len() || *budget == 0 {
                break;
            }
            let kept = all.iter().take(at).chain(all.iter().skip(at + size));
            let smaller: String = kept.copied().collect();
            let group = best.group.clone();
            if !accept(oracle, best, budget, (&group, &smaller), accepted)? {
                at += 1;
            }
        }
        size /= 2;
    }
    Ok(())
}

fn shrink_data(
    oracle: &mut Oracle,
    best: &mut Difference,
    budget: &mut usize,
    accepted: &[Accepted],
) -> Result<()> {
    let mut number = 0;
    while *budget > 0 {
        let Some(data) = without(&best.group.data, number) else {
            return Ok(());
        };
        let group = Group {
            data,
            ..best.group.clone()
        };
        let template = best.template.clone();
        if !accept(oracle, best, budget, (&group, &template), accepted)? {
            number += 1;
        }
    }
    Ok(())
}

fn accept(
    oracle: &mut Oracle,
    best: &mut Difference,
    budget: &mut usize,
    (group, template): (&Group, &str),
    accepted: &[Accepted],
) -> Result<bool> {
    *budget = budget.saturating_sub(1);
    // Twice: what is not stable must not look like a difference.
    let found = difference(oracle, group, template, 2)?.filter(|found| {
        found.phases() == best.phases() && !accepted.iter().any(|one| one.explains(template, &found.ours))
    });
    Ok(match found {
        Some(found) => {
            *best = found;
            true
        }
        None => false,
    })
}

/// The value without its `number`th entry, counted through all levels; nothing past the last one.
fn without(value: &Value, number: usize) -> Option<Value> {
    let mut copy = value.clone();
    let mut left = number;
    remove(&mut copy, &mut left).then_some(copy)
}

fn remove(value: &mut Value, left: &mut usize) -> bool {
    match value {
        Value::Array(items) => {
            for at in 0..items.len() {
                if *left == 0 {
                    items.remove(at);
                    return true;
                }
                *left -= 1;
                if items.get_mut(at).is_some_and(|item| remove(item, left)) {
                    return true;
                }
            }
            false
        }
        Value::Object(fields) => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            for key in keys {
                if *left == 0 {
                    fields.shift_remove(&key);
                    return true;
                }
                *left -= 1;
                if fields.get_mut(&key).is_some_and(|item| remove(item, left)) {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_entry_can_be_left_out() {
        let value = json!({ "a": [1, 2], "b": { "c": 3 } });
        let all: Vec<Value> = (0..).map_while(|number| without(&value, number)).collect();
        assert_eq!(
            all,
            [
                json!({ "b": { "c": 3 } }),
                json!({ "a": [2], "b": { "c": 3 } }),
                json!({ "a": [1], "b": { "c": 3 } }),
                json!({ "a": [1, 2] }),
                json!({ "a": [1, 2], "b": {} }),
            ]
        );
    }
}
