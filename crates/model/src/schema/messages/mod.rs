//! What a schema found, in words for a person.

mod branches;
mod wanted;

pub(crate) use wanted::is_type;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::locate;
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Violation, ViolationKind};

/// Unknown properties of one object are listed up to this many.
const UNKNOWN_LISTED: usize = 16;

/// Why the library refused a schema.
pub(super) fn not_a_schema(error: &ValidationError<'_>) -> String {
    let why = match error.kind() {
        Kind::Format { format } if format == "regex" => {
            "the pattern is not a regular expression, or uses look-around or back-references, which are not supported"
                .to_owned()
        }
        _ => error
            .masked_with("the value")
            .to_string()
            .chars()
            .take(200)
            .collect(),
    };
    format!(
        "got {}, which is not JSON Schema (2020-12): {why}",
        show::value(error.instance())
    )
}

/// Turns what the library found into violations.
pub(super) struct Explainer<'a> {
    /// The schema, whole.
    pub(super) schema: &'a Value,
    /// The value, whole.
    pub(super) value: &'a Value,
    /// Where the value stands.
    pub(super) path: &'a FieldPath,
    /// Who wants it: `class "git"`.
    pub(super) owner: &'a str,
    /// Alternatives around this place.
    pub(super) depth: usize,
}

impl Explainer<'_> {
    /// The same for what an alternative wants.
    fn inner(&self) -> Explainer<'_> {
        Explainer {
            owner: "it",
            depth: self.depth + 1,
            ..*self
        }
    }

    fn place(&self, error: &ValidationError<'_>) -> FieldPath {
        locate(self.path, self.value, error.instance_path().as_str())
    }

    /// The violations that one error means; more than one where the schema names several properties.
    pub(super) fn explain(&self, error: &ValidationError<'_>) -> Vec<Violation> {
        let place = self.place(error);
        let instance: &Value = error.instance();
        let owner = self.owner;
        let one = |path: FieldPath, kind, message| vec![Violation { path, kind, message }];
        if let Some((kind, wanted)) = wanted::wanted(error.kind(), instance) {
            let note = self.note(error);
            let message = format!("got {}, {owner} wants {wanted}{note}", show::value(instance));
            return one(place, kind, message);
        }
        match error.kind() {
            Kind::AnyOf { context } => vec![branches::none_fits(self, error, context, false)],
            Kind::OneOfNotValid { context } => vec![branches::none_fits(self, error, context, true)],
            Kind::OneOfMultipleValid { context } => vec![branches::several_fit(self, error, context)],
            Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
                // The library names the first of them, or none.
                let object = self.value.pointer(error.instance_path().as_str());
                let names = object.and_then(Value::as_object).map(|o| o.keys().collect());
                let names: Vec<&String> = names.unwrap_or_default();
                self.unknown(error, &place, &names)
            }
            Kind::FalseSchema => one(
                place,
                ViolationKind::Forbidden,
                format!("{owner} does not allow it"),
            ),
            Kind::Required { property } => self.missing(error, &place, property.as_str().unwrap_or_default()),
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                self.unknown(error, &place, &unexpected.iter().collect::<Vec<_>>())
            }
            Kind::UnevaluatedItems { unexpected } => {
                let message = format!(
                    "has {} that {owner} does not know",
                    show::count(unexpected.len(), "item")
                );
                one(place, ViolationKind::Forbidden, message)
            }
            Kind::PropertyNames { error: inner } => self.name(inner, &place),
            Kind::Not { schema } => self.forbidden(error, &place, schema),
            Kind::Contains => one(place, ViolationKind::Invalid, self.contains(error)),
            _ => {
                let rule: String = error.schema_path().as_str().chars().take(120).collect();
                let got = show::value(instance);
                one(
                    place,
                    ViolationKind::Invalid,
                    format!("got {got}, which breaks the rule {rule} of {owner}"),
                )
            }
        }
    }

    /// What the author of the schema says of a value that a pattern alone does not explain.
    fn note(&self, error: &ValidationError<'_>) -> String {
        let description = self.around(error).and_then(|schema| schema.get("description"));
        match (error.kind(), description.and_then(Value::as_str)) {
            (Kind::Pattern { .. } | Kind::Format { .. }, Some(text)) => {
                format!(" ({})", show::sentence(text))
            }
            _ => String::new(),
        }
    }

    fn missing(&self, error: &ValidationError<'_>, place: &FieldPath, name: &str) -> Vec<Violation> {
        let around = self.around(error);
        let declared = around.and_then(|schema| schema.get("properties"));
        let property = declared.and_then(|properties| properties.get(name));
        let description = property
            .and_then(|p| p.get("description"))
            .and_then(Value::as_str);
        let given = error.instance().as_object();
        let known = |name: &String| declared.is_some_and(|properties| properties.get(name).is_some());
        let others = given.iter().flat_map(|o| o.keys()).filter(|name| !known(name));
        let slip = patchbay_template::suggest::nearest(name, others.map(String::as_str));
        let mut message = format!("is missing, {} wants it", self.owner);
        if let Some(text) = description.filter(|text| !text.trim().is_empty()) {
            message.push_str(&format!(": {}", show::sentence(text)));
        }
        if let Some(slip) = slip {
            message.push_str(&format!("; is {} a slip?", show::text(slip)));
        }
        vec![Violation {
            path: place.property(name),
            kind: ViolationKind::Required,
            message,
        }]
    }

    fn unknown(&self, error: &ValidationError<'_>, place: &FieldPath, names: &[&String]) -> Vec<Violation> {
        let around = self.around(error);
        let declared = around
            .and_then(|schema| schema.get("properties"))
            .and_then(Value::as_object);
        let given = self.value.pointer(error.instance_path().as_str());
        let given = given.and_then(Value::as_object);
        let free = |name: &&String| given.is_none_or(|given| !given.contains_key(name.as_str()));
        names
            .iter()
            .take(UNKNOWN_LISTED)
            .map(|name| {
                // A name that is given already was hardly meant again.
                let known = declared
                    .iter()
                    .flat_map(|d| d.keys())
                    .filter(free)
                    .map(String::as_str);
                let near = show::did_you_mean(name, known);
                Violation {
                    path: place.property(name),
                    kind: ViolationKind::Forbidden,
                    message: format!("{} does not know it{near}", self.owner),
                }
            })
            .collect()
    }

    /// The name of a property breaks a rule.
    fn name(&self, inner: &ValidationError<'_>, place: &FieldPath) -> Vec<Violation> {
        let name: &Value = inner.instance();
        let wants = wanted::wanted(inner.kind(), name).map(|(_, wants)| wants);
        let wants = wants.unwrap_or_else(|| "another name".to_owned());
        let shown = show::plain(name);
        vec![Violation {
            path: place.property(name.as_str().unwrap_or_default()),
            kind: ViolationKind::Invalid,
            message: format!("got the name {shown}, {} wants {wants}", self.owner),
        }]
    }

    /// A value that is what `not` names.
    fn forbidden(&self, error: &ValidationError<'_>, place: &FieldPath, schema: &Value) -> Vec<Violation> {
        let required = schema.get("required").and_then(Value::as_array);
        if let Some([Value::String(name)]) = required.map(Vec::as_slice) {
            return vec![Violation {
                path: place.property(name),
                kind: ViolationKind::Forbidden,
                message: format!("{} does not allow it here", self.owner),
            }];
        }
        let got = show::value(error.instance());
        let wants = match branches::described(schema) {
            Some(described) => format!("wants anything but {described}"),
            None => {
                let rule: String = error.schema_path().as_str().chars().take(120).collect();
                format!("rules that out by {rule}")
            }
        };
        vec![Violation {
            path: place.clone(),
            kind: ViolationKind::Forbidden,
            message: format!("got {got}, {} {wants}", self.owner),
        }]
    }

    fn contains(&self, error: &ValidationError<'_>) -> String {
        let around = self.around(error);
        let number = |name: &str| around.and_then(|schema| schema.get(name)).and_then(Value::as_u64);
        let how_many = match (number("minContains"), number("maxContains")) {
            (None | Some(1), None) => "at least 1 item that is".to_owned(),
            (Some(min), None) => format!("at least {min} items that are"),
            (None, Some(max)) => format!("1 to {max} items that are"),
            (Some(min), Some(max)) => format!("{min} to {max} items that are"),
        };
        let item = around.and_then(|schema| schema.get("contains"));
        let item = item.and_then(branches::described);
        let item = item.unwrap_or_else(|| "what its \"contains\" says".to_owned());
        let got = show::value(error.instance());
        format!("got {got}, {} wants {how_many} {item}", self.owner)
    }

    /// The schema that has the keyword of an error.
    fn around(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let (around, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.node(around)
    }

    /// A place of the schema. References on the way are followed.
    fn node(&self, pointer: &str) -> Option<&Value> {
        let mut node = self.schema;
        for segment in pointer.split('/').skip(1) {
            let name = segment.replace("~1", "/").replace("~0", "~");
            node = match node {
                Value::Object(fields) => fields.get(&name)?,
                Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                _ => return None,
            };
            if name == "$ref"
                && let Value::String(target) = node
            {
                node = self.schema.pointer(target.strip_prefix('#')?)?;
            }
        }
        Some(node)
    }

    /// `alternative 2 ("ssh")`.
    fn branch_name(&self, error: &ValidationError<'_>, index: usize) -> String {
        let pointer = format!("{}/{index}", error.schema_path().as_str());
        let branch = self.node(&pointer);
        let target = branch
            .and_then(|branch| branch.get("$ref"))
            .and_then(Value::as_str);
        let target = target.and_then(|target| self.schema.pointer(target.strip_prefix('#')?));
        let title = |schema: Option<&Value>| {
            let title = schema?.get("title")?.as_str()?;
            Some(format!(" ({})", show::text(title)))
        };
        let title = title(branch).or_else(|| title(target)).unwrap_or_default();
        format!("alternative {}{title}", index + 1)
    }
}
