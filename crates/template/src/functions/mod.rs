//! The functions of Patchbay's templates: those of Go and sprig, and helpers for writing files.

mod escapes;
mod yaml;

use std::sync::LazyLock;

use gotemplate::{Call, Failure, Function, Functions, Type, Value};

/// What is left out besides what [`gotemplate`] leaves out: functions of Helm that people try.
const REFUSED: &[(&str, &str)] = &[
    ("include", "use {{ template \"name\" . }}"),
    (
        "tpl",
        "templates are not made of data; use {{ template \"name\" . }}",
    ),
    ("lookup", "templates cannot read the cluster"),
    ("toToml", "it is not supported; write TOML with tomlString"),
    ("fromToml", "it is not supported"),
];

/// Go's and sprig's functions, with ours: `toYaml`, `fromYaml`, `required`, and the escaping helpers.
#[must_use]
pub fn functions() -> Functions {
    static SET: LazyLock<Functions> = LazyLock::new(|| {
        Functions::sprig()
            .with(escapes::FUNCTIONS)
            .with(yaml::FUNCTIONS)
            .with(REQUIRED)
            .without(REFUSED)
    });
    SET.clone()
}

/// Helm's `required`: the value, or a stop where it is missing or empty text.
static REQUIRED: &[Function] = &[Function::new(
    "required",
    &[Type::String, Type::Any],
    Type::Any,
    required,
)];

fn required<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    match call.value(1) {
        Value::Missing | Value::Nil | Value::Str([]) => Err(Failure::Stop(0)),
        value => Ok(value),
    }
}
