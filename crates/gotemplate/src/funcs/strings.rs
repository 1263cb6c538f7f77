//! Strings: sprig's functions of the same names.

mod case;
mod compose;
mod cut;
mod pieces;
mod words;
mod wrap;

use memchr::memmem;

use crate::{Call, Failure, Function, Type, Value, fmt};

use Type::{Any, Bool, Int, String as Text, StringMap, Strings};

pub(super) static TABLE: &[Function] = &[
    Function::new("abbrev", &[Int, Text], Text, cut::abbrev),
    Function::new("abbrevboth", &[Int, Int, Text], Text, cut::abbrevboth),
    Function::new("camelcase", &[Text], Text, words::camelcase),
    Function::variadic("cat", &[], Any, Text, compose::cat),
    Function::new("contains", &[Text, Text], Bool, contains),
    Function::new("hasPrefix", &[Text, Text], Bool, has_prefix),
    Function::new("hasSuffix", &[Text, Text], Bool, has_suffix),
    Function::new("indent", &[Int, Text], Text, compose::indent),
    Function::new("initials", &[Text], Text, case::initials),
    Function::new("join", &[Text, Any], Text, pieces::join),
    Function::new("kebabcase", &[Text], Text, words::kebabcase),
    Function::new("lower", &[Text], Text, case::lower),
    Function::new("nindent", &[Int, Text], Text, compose::nindent),
    Function::new("nospace", &[Text], Text, case::nospace),
    Function::new("plural", &[Text, Text, Int], Text, plural),
    Function::variadic("quote", &[], Any, Text, compose::quote),
    Function::new("repeat", &[Int, Text], Text, compose::repeat),
    Function::new("replace", &[Text, Text, Text], Text, compose::replace),
    Function::new("snakecase", &[Text], Text, words::snakecase),
    Function::new("sortAlpha", &[Any], Strings, pieces::sort_alpha),
    Function::new("split", &[Text, Text], StringMap, pieces::split),
    Function::new("splitList", &[Text, Text], Strings, pieces::split_list),
    Function::new("splitn", &[Text, Int, Text], StringMap, pieces::splitn),
    Function::variadic("squote", &[], Any, Text, compose::squote),
    Function::new("substr", &[Int, Int, Text], Text, cut::substr),
    Function::new("swapcase", &[Text], Text, case::swapcase),
    Function::new("title", &[Text], Text, case::title),
    Function::new("toString", &[Any], Text, to_string).shows(),
    Function::new("toStrings", &[Any], Strings, pieces::to_strings),
    Function::new("trim", &[Text], Text, cut::trim),
    Function::new("trimAll", &[Text, Text], Text, cut::trim_all),
    Function::new("trimPrefix", &[Text, Text], Text, cut::trim_prefix),
    Function::new("trimSuffix", &[Text, Text], Text, cut::trim_suffix),
    Function::new("trimall", &[Text, Text], Text, cut::trim_all),
    Function::new("trunc", &[Int, Text], Text, cut::trunc),
    Function::new("untitle", &[Text], Text, case::untitle),
    Function::new("upper", &[Text], Text, case::upper),
    Function::new("wrap", &[Int, Text], Text, wrap::wrap),
    Function::new("wrapWith", &[Int, Text, Text], Text, wrap::wrap_with),
];

fn contains<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (part, text) = (call.bytes(0)?, call.bytes(1)?);
    Ok(Value::Bool(memmem::find(text, part).is_some()))
}

fn has_prefix<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (part, text) = (call.bytes(0)?, call.bytes(1)?);
    Ok(Value::Bool(text.starts_with(part)))
}

fn has_suffix<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (part, text) = (call.bytes(0)?, call.bytes(1)?);
    Ok(Value::Bool(text.ends_with(part)))
}

fn plural<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let one = call.int(2)? == 1;
    Ok(call.value(if one { 0 } else { 1 }))
}

fn to_string<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let value = call.value(0);
    fmt::to_string(call.arena(), call.meter(), value).map(Value::Str)
}
