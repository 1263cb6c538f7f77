//! Asks the model of each object, and turns what it says into findings.

mod annotations;
mod secrets;

use std::collections::BTreeMap;

use patchbay_model::admission::{self, Decision, Problems, Review, pod};
use patchbay_model::{FieldPath, Violation, Warning, server};

use super::finding::{Finding, Where};
use super::known::Files;
use super::objects::{Object, Role};
use super::place::{Part, place};
use crate::output::Severity;
use crate::source::Source;
use secrets::Secrets;

/// Judges all objects, and says how many of them concern us.
pub(super) fn judge(objects: &[Object], sources: &[Source], findings: &mut Vec<Finding>) -> usize {
    let known = Files::read(objects);
    let secrets = Secrets::of(&known);
    let mut names: BTreeMap<_, &Object> = BTreeMap::new();
    let mut judged = 0;
    for object in objects {
        let mut judge = Judge {
            object,
            source: sources.get(object.source),
            findings,
        };
        let concerns_us = match object.role {
            Role::Ours(kind) => {
                judge.ours(kind, &known);
                if let Some(first) = names
                    .insert(&object.name, object)
                    .filter(|_| !object.name.name.is_empty())
                {
                    judge.twice(first, sources);
                }
                true
            }
            Role::Secret => judge.secret(&secrets, &known),
            Role::Pod => judge.pod(&known),
            Role::Workload(template) => judge.workload(template, &known),
        };
        judged += usize::from(concerns_us);
    }
    judged
}

struct Judge<'a> {
    object: &'a Object,
    source: Option<&'a Source>,
    findings: &'a mut Vec<Finding>,
}

impl Judge<'_> {
    fn ours(&mut self, kind: &str, known: &Files) {
        self.duplicates();
        for violation in server::unknown_fields(kind, &self.object.value) {
            let (path, message) = (&violation.path, &violation.message);
            self.add(Severity::Error, path, "UnknownField", message, Part::Key);
        }
        for violation in server::wrong_names(&self.object.value) {
            self.violation(&violation);
        }
        self.annotations("metadata", None);
        let decision = admission::validate(&self.review(), known).unwrap_or_default();
        let said: Vec<FieldPath> = decision
            .refusal
            .iter()
            .flat_map(|refusal| refusal.problems.iter().map(|it| it.path.clone()))
            .collect();
        self.decision(decision);
        // The model mostly says it better.
        for violation in server::beyond_bounds(kind, &self.object.value) {
            if !said.contains(&violation.path) {
                self.violation(&violation);
            }
        }
    }

    fn pod(&mut self, known: &Files) -> bool {
        let value = &self.object.value;
        let namespace = &self.object.name.namespace;
        let mut concerns_us = self.annotations("metadata", None);
        match pod::read(value) {
            Ok(None) => {}
            Err(problems) => {
                concerns_us = true;
                self.problems(&problems);
            }
            Ok(Some(pod)) => {
                concerns_us = true;
                match pod::decide(&pod, namespace, known) {
                    Ok(checked) => self.warnings(&checked.warnings),
                    Err(refusal) => self.problems(&refusal.problems),
                }
            }
        }
        if let Some(decision) = admission::volumes(value, None, namespace, known) {
            concerns_us = true;
            self.decision(decision);
        }
        if concerns_us {
            self.duplicates();
        }
        concerns_us
    }

    fn workload(&mut self, template: &str, known: &Files) -> bool {
        let mut concerns_us = self.annotations("metadata", Some(template));
        concerns_us |= self.annotations(&format!("{template}.metadata"), None);
        if let Some(decision) = admission::validate(&self.review(), known) {
            concerns_us = true;
            self.decision(decision);
        }
        let pod = self
            .object
            .value
            .pointer(&format!("/{}", template.replace('.', "/")));
        let place = FieldPath::new(template);
        let volumes =
            pod.and_then(|pod| admission::volumes(pod, Some(&place), &self.object.name.namespace, known));
        if let Some(decision) = volumes {
            concerns_us = true;
            self.decision(decision);
        }
        if concerns_us {
            self.duplicates();
        }
        concerns_us
    }

    fn review(&self) -> Review<'_> {
        let object = self.object;
        Review {
            group: &object.group,
            version: &object.version,
            kind: &object.name.kind,
            name: &object.name.name,
            namespace: &object.name.namespace,
            object: &object.value,
            old: None,
        }
    }

    fn decision(&mut self, decision: Decision) {
        if let Some(refusal) = decision.refusal {
            self.problems(&refusal.problems);
        }
        self.warnings(&decision.warnings);
    }

    fn problems(&mut self, problems: &Problems) {
        for violation in problems {
            self.violation(violation);
        }
        if problems.unlisted() > 0 {
            let message = format!("and {} more mistakes", problems.unlisted());
            self.add(
                Severity::Error,
                &FieldPath::default(),
                "TooManyMistakes",
                &message,
                Part::Value,
            );
        }
    }

    fn violation(&mut self, violation: &Violation) {
        let is_name = violation.message.starts_with("is not known");
        let part = if is_name { Part::Key } else { Part::Value };
        let reason = violation.kind.reason();
        self.add(Severity::Error, &violation.path, reason, &violation.message, part);
    }

    fn warnings(&mut self, warnings: &[Warning]) {
        for warning in warnings {
            self.add(
                Severity::Warning,
                &warning.path,
                "Warning",
                &warning.message,
                Part::Value,
            );
        }
    }

    /// Keys that are given twice: which one holds, is a matter of luck.
    fn duplicates(&mut self) {
        for duplicate in &self.object.duplicates {
            let Some(source) = self.source else { continue };
            let first = source.place(duplicate.first);
            let message = format!("is given twice, first in line {}; remove one of them", first.line);
            let place = source.place(duplicate.at);
            self.push(
                Severity::Error,
                duplicate.path.clone(),
                "DuplicateKey",
                message,
                Some(place),
            );
        }
    }

    /// Two objects with one name: the later one would replace the other.
    fn twice(&mut self, first: &Object, sources: &[Source]) {
        let Some(source) = sources.get(first.source) else {
            return;
        };
        let line = source.place(first.root.at).line;
        let message = format!(
            "there is another object of this name, in {}:{line}; when both are applied, the later one holds",
            source.name
        );
        let path = FieldPath::new("metadata").child("name");
        self.add(Severity::Warning, &path, "DuplicateObject", &message, Part::Value);
    }

    fn add(&mut self, severity: Severity, path: &FieldPath, reason: &'static str, message: &str, part: Part) {
        let place = self
            .source
            .map(|source| place(source, &self.object.root, path.as_str(), message, part));
        self.push(severity, path.to_string(), reason, message.to_owned(), place);
    }

    fn push(
        &mut self,
        severity: Severity,
        path: String,
        reason: &'static str,
        message: String,
        place: Option<crate::source::Place>,
    ) {
        self.findings.push(Finding {
            severity,
            order: (self.object.source, self.object.number),
            file: Where::Source(self.object.source),
            place,
            is_public: self.object.role != Role::Secret || !path.to_ascii_lowercase().contains("data"),
            path,
            reason,
            message,
            object: Some(self.object.name.clone()),
        });
    }
}
