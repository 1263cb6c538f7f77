//! Calls of named templates.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Problem;
use super::super::ast::{Program, Stmt};

/// Refuses calls of templates that do not exist, and circles.
pub(super) fn check(program: &Program) -> Result<(), Problem> {
    let mut calls: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    let mut main = Vec::new();
    collect_calls(&program.main, &mut main);
    for (name, body) in &program.defines {
        let found = calls.entry(name).or_default();
        collect_calls(body, found);
    }
    for (name, at) in main.iter().chain(calls.values().flatten()) {
        if !program.defines.contains_key(*name) {
            return Err(Problem::syntax(*at, format!("no template {name:?} is defined")));
        }
    }
    // Take away, again and again, the templates that call none of those left. What stays calls itself.
    let mut left: BTreeSet<&str> = calls.keys().copied().collect();
    loop {
        let before = left.len();
        let done: Vec<&str> = left
            .iter()
            .copied()
            .filter(|name| {
                calls
                    .get(name)
                    .is_none_or(|to| to.iter().all(|(callee, _)| !left.contains(callee)))
            })
            .collect();
        for name in done {
            left.remove(name);
        }
        if left.len() == before {
            break;
        }
    }
    let circle = left
        .iter()
        .filter_map(|name| calls.get(name))
        .flatten()
        .find(|(callee, _)| left.contains(callee));
    match circle {
        Some((name, at)) => Err(Problem::syntax(
            *at,
            format!("the template {name:?} would call itself; use range instead"),
        )),
        None => Ok(()),
    }
}

fn collect_calls<'a>(body: &'a [Stmt], calls: &mut Vec<(&'a str, usize)>) {
    for stmt in body {
        match stmt {
            Stmt::Template { name, at, .. } => calls.push((name, *at)),
            Stmt::If(branches) | Stmt::With(branches) => {
                for (_, arm) in &branches.arms {
                    collect_calls(arm, calls);
                }
                collect_calls(&branches.otherwise, calls);
            }
            Stmt::Range(range) => {
                collect_calls(&range.body, calls);
                collect_calls(&range.otherwise, calls);
            }
            Stmt::Text { .. } | Stmt::Action(_) | Stmt::Break | Stmt::Continue => {}
        }
    }
}
