//! Semantic versions and constraints on them, as Masterminds/semver v3 reads them.

mod check;
mod constraint;

#[cfg(test)]
mod tests;

use crate::object::Version;
use crate::{Call, Failure, Function, Object, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("semver", &[Type::String], Type::Version, |call| {
        let version = version(call, 0)?;
        Ok(call.arena().object(Object::Version(version)))
    }),
    Function::new(
        "semverCompare",
        &[Type::String, Type::String],
        Type::Bool,
        |call| {
            let text = call.bytes(0)?;
            let constraints = constraint::parse(text, call.meter())?;
            let version = version(call, 1)?;
            let all = |all: &Vec<constraint::Constraint>| all.iter().all(|one| one.holds(&version));
            Ok(Value::Bool(constraints.iter().any(all)))
        },
    ),
];

fn version(call: &mut Call<'_, '_>, index: usize) -> Result<Version, Failure> {
    let text = call.bytes(index)?;
    call.meter()
        .make(text.len() * 2 + std::mem::size_of::<Object>())?;
    Version::parse(text).map_err(|_| Failure::Argument(index, "is not a semantic version"))
}
