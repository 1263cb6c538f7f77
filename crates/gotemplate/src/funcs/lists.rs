//! Lists: sprig's functions of the same names. Those with `must` fail as the others do: an error and a panic both end
//! the rendering.

mod choose;
mod join;
mod part;

use crate::{Call, Elem, Failure, Function, Type, Value};

use Type::{Any, Anys, Bool, Int};

pub(super) static TABLE: &[Function] = &[
    Function::new("append", &[Any, Any], Anys, join::append),
    Function::new("chunk", &[Int, Any], Any, part::chunk),
    Function::new("compact", &[Any], Anys, choose::compact),
    Function::variadic("concat", &[], Any, Any, join::concat),
    Function::new("first", &[Any], Any, part::first),
    Function::new("has", &[Any, Any], Bool, choose::has),
    Function::new("initial", &[Any], Anys, part::initial),
    Function::new("last", &[Any], Any, part::last),
    Function::variadic("list", &[], Any, Anys, list),
    Function::new("mustAppend", &[Any, Any], Anys, join::append),
    Function::new("mustChunk", &[Int, Any], Any, part::chunk),
    Function::new("mustCompact", &[Any], Anys, choose::compact),
    Function::new("mustFirst", &[Any], Any, part::first),
    Function::new("mustHas", &[Any, Any], Bool, choose::has),
    Function::new("mustInitial", &[Any], Anys, part::initial),
    Function::new("mustLast", &[Any], Any, part::last),
    Function::new("mustPrepend", &[Any, Any], Anys, join::prepend),
    Function::new("mustPush", &[Any, Any], Anys, join::append),
    Function::new("mustRest", &[Any], Anys, part::rest),
    Function::new("mustReverse", &[Any], Anys, join::reverse),
    Function::variadic("mustSlice", &[Any], Any, Any, part::slice),
    Function::new("mustUniq", &[Any], Anys, choose::uniq),
    Function::variadic("mustWithout", &[Any], Any, Anys, choose::without),
    Function::new("prepend", &[Any, Any], Anys, join::prepend),
    Function::new("push", &[Any, Any], Anys, join::append),
    Function::new("rest", &[Any], Anys, part::rest),
    Function::new("reverse", &[Any], Anys, join::reverse),
    Function::variadic("slice", &[Any], Any, Any, part::slice),
    Function::variadic("tuple", &[], Any, Anys, list),
    Function::new("uniq", &[Any], Anys, choose::uniq),
    Function::variadic("without", &[Any], Any, Anys, choose::without),
];

fn list<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = call.from(0).to_vec();
    call.give_list(Elem::Any, items)
}

/// The elements of an argument. Pays for going through them.
fn items<'a>(call: &mut Call<'_, 'a>, index: usize) -> Result<&'a [Value<'a>], Failure> {
    let list = call.list(index)?;
    call.meter().step(list.len() as u64 / 8 + 1)?;
    Ok(list.items())
}

/// Gives a list of elements, and pays for it before it is made.
fn give<'a>(
    call: &mut Call<'_, 'a>,
    elem: Elem,
    count: usize,
    items: impl Iterator<Item = Value<'a>>,
) -> Result<Value<'a>, Failure> {
    call.meter()
        .make(count.saturating_mul(size_of::<Value<'_>>()).saturating_add(48))?;
    Ok(call.arena().list(elem, items))
}
