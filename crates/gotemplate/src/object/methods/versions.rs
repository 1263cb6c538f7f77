//! Methods of semantic versions.

use std::cmp::Ordering;

use super::receiver;
use crate::object::version::{check_metadata, check_prerelease};
use crate::object::{Object, Version};
use crate::{Call, Elem, Failure, Function, Type, Value};

macro_rules! of_both {
    ($($more:expr,)*) => {
        &[
            Function::new("String", &[], Type::String, |call| text(call, Version::text)),
            Function::new("Major", &[], Type::Uint64, |call| Ok(Value::Uint64(this(call)?.major))),
            Function::new("Minor", &[], Type::Uint64, |call| Ok(Value::Uint64(this(call)?.minor))),
            Function::new("Patch", &[], Type::Uint64, |call| Ok(Value::Uint64(this(call)?.patch))),
            Function::new("Prerelease", &[], Type::String, |call| text(call, |v| v.pre.clone())),
            Function::new("Metadata", &[], Type::String, |call| text(call, |v| v.metadata.clone())),
            Function::new("IncMajor", &[], Type::Any, inc_major),
            Function::new("IncMinor", &[], Type::Any, inc_minor),
            Function::new("IncPatch", &[], Type::Any, inc_patch),
            Function::new("SetPrerelease", &[Type::String], Type::Any, set_prerelease),
            Function::new("SetMetadata", &[Type::String], Type::Any, set_metadata),
            Function::new("Value", &[], Type::Any, |call| text(call, Version::text)),
            Function::new("MarshalText", &[], Type::Bytes, |call| marshal(call, "")),
            Function::new("MarshalJSON", &[], Type::Bytes, |call| marshal(call, "\"")),
            $($more,)*
        ]
    };
}

pub(super) static BARE: &[Function] = of_both![];

pub(super) static POINTER: &[Function] = of_both![
    Function::new("Original", &[], Type::String, |call| text(call, |v| v
        .original
        .clone())),
    Function::new("LessThan", &[Type::Version], Type::Bool, |call| is(
        call,
        Ordering::is_lt
    )),
    Function::new("LessThanEqual", &[Type::Version], Type::Bool, |call| is(
        call,
        Ordering::is_le
    )),
    Function::new("GreaterThan", &[Type::Version], Type::Bool, |call| is(
        call,
        Ordering::is_gt
    )),
    Function::new("GreaterThanEqual", &[Type::Version], Type::Bool, |call| is(
        call,
        Ordering::is_ge
    )),
    Function::new("Equal", &[Type::Version], Type::Bool, |call| {
        if call.value(0).is_nil() {
            return Ok(Value::Bool(false));
        }
        is(call, Ordering::is_eq)
    }),
    Function::new("Compare", &[Type::Version], Type::Int, |call| Ok(Value::Int(
        order(call)? as i64
    ))),
];

fn this<'a>(call: &Call<'_, 'a>) -> Result<&'a Version, Failure> {
    match receiver(call)? {
        Object::Version(version) | Object::BareVersion(version) => Ok(version),
        _ => Err(Failure::Message("is called on something that is no version")),
    }
}

fn order(call: &Call<'_, '_>) -> Result<Ordering, Failure> {
    match call.value(0) {
        Value::Object(Object::Version(other)) => Ok(this(call)?.order(other)),
        _ => Err(Failure::Argument(0, "is nil, not a version")),
    }
}

fn is<'a>(call: &mut Call<'_, 'a>, so: impl Fn(Ordering) -> bool) -> Result<Value<'a>, Failure> {
    Ok(Value::Bool(so(order(call)?)))
}

fn text<'a>(call: &mut Call<'_, 'a>, of: impl Fn(&Version) -> String) -> Result<Value<'a>, Failure> {
    let text = of(this(call)?);
    call.give(text)
}

fn change<'a>(call: &mut Call<'_, 'a>, change: impl FnOnce(&mut Version)) -> Result<Value<'a>, Failure> {
    let version = this(call)?;
    call.meter().make(version.original.len() * 3 + 128)?;
    let next = version.changed(change);
    Ok(call.arena().object(Object::BareVersion(next)))
}

fn inc_major<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    change(call, |v| {
        (v.major, v.minor, v.patch) = (v.major.wrapping_add(1), 0, 0);
        v.pre.clear();
        v.metadata.clear();
    })
}

fn inc_minor<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    change(call, |v| {
        (v.minor, v.patch) = (v.minor.wrapping_add(1), 0);
        v.pre.clear();
        v.metadata.clear();
    })
}

/// A prerelease becomes the release that it comes before.
fn inc_patch<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    change(call, |v| {
        if v.pre.is_empty() {
            v.patch = v.patch.wrapping_add(1);
        }
        v.pre.clear();
        v.metadata.clear();
    })
}

fn set_prerelease<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.text(0)?;
    if !text.is_empty() {
        check_prerelease(text).map_err(Failure::Message)?;
    }
    change(call, |v| text.clone_into(&mut v.pre))
}

fn set_metadata<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.text(0)?;
    if !text.is_empty() {
        check_metadata(text).map_err(Failure::Message)?;
    }
    change(call, |v| text.clone_into(&mut v.metadata))
}

fn marshal<'a>(call: &mut Call<'_, 'a>, quote: &str) -> Result<Value<'a>, Failure> {
    let bytes = format!("{quote}{}{quote}", this(call)?.text());
    call.give_list(Elem::Byte, bytes.bytes().map(Value::Uint8).collect())
}
