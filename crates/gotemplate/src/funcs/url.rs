//! URLs as Go's `net/url` splits and joins them.

mod escape;
mod parts;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use crate::{Call, Elem, Failure, Function, Map, Type, Value};

use parts::{Url, parse};

pub(super) static TABLE: &[Function] = &[
    Function::new("urlParse", &[Type::String], Type::Map, url_parse),
    Function::new("urlJoin", &[Type::Map], Type::String, url_join),
];

fn url_parse<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    call.meter().make(text.len() * 4)?;
    let mut url = parse(text).map_err(|why| Failure::Argument(0, why))?;
    let userinfo = url.user.as_ref().map(parts::User::text).unwrap_or_default();
    let hostname = url.hostname().to_vec();
    let parts: [(&[u8], Vec<u8>); 8] = [
        (b"scheme", std::mem::take(&mut url.scheme)),
        (b"host", std::mem::take(&mut url.host)),
        (b"hostname", hostname),
        (b"path", std::mem::take(&mut url.path)),
        (b"query", std::mem::take(&mut url.query)),
        (b"opaque", std::mem::take(&mut url.opaque)),
        (b"fragment", std::mem::take(&mut url.fragment)),
        (b"userinfo", userinfo),
    ];
    let mut entries = Vec::with_capacity(parts.len());
    for (name, part) in parts {
        entries.push((name, call.give(part)?));
    }
    call.give_map(Elem::Any, entries)
}

fn url_join<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    // Go's nil map has no parts.
    let map = if call.value(0).is_nil() {
        None
    } else {
        Some(call.map(0)?)
    };
    let mut size = 0;
    let mut part = |name: &[u8]| -> Result<Vec<u8>, Failure> {
        let text = part_of(map, name)?;
        size += text.len();
        Ok(text.to_vec())
    };
    let mut url = Url {
        scheme: part(b"scheme")?,
        host: part(b"host")?,
        path: part(b"path")?,
        query: part(b"query")?,
        opaque: part(b"opaque")?,
        fragment: part(b"fragment")?,
        user: None,
    };
    let userinfo = Zeroizing::new(part(b"userinfo")?);
    call.meter().make(size * 3 + 32)?;
    if !userinfo.is_empty() {
        let whole = Zeroizing::new([b"proto://", userinfo.as_slice(), b"@host"].concat());
        url.user = parse(&whole)
            .map_err(|_| Failure::Argument(0, "holds a userinfo that no URL can hold"))?
            .user
            .take();
    }
    Ok(Value::Str(call.arena().bytes(url.text())))
}

fn part_of<'a>(map: Option<&Map<'a>>, name: &[u8]) -> Result<&'a [u8], Failure> {
    match map.map_or(Value::Missing, |map| map.get(name)) {
        Value::Missing => Ok(b""),
        Value::Str(text) => Ok(text),
        _ => Err(Failure::Argument(
            0,
            "holds a part of the URL that is not a string",
        )),
    }
}
