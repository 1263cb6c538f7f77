//! The methods that templates may call.

mod spans;
mod times;
mod versions;

use super::Object;
use crate::{Call, Failure, Function};

/// The methods of a value.
pub(super) fn table(object: &Object) -> &'static [Function] {
    match object {
        Object::Time(_) => times::METHODS,
        Object::Duration(_) => spans::DURATION,
        Object::Month(_) | Object::Weekday(_) | Object::Location(_) => spans::NAMED,
        Object::Version(_) => versions::POINTER,
        Object::BareVersion(_) => versions::BARE,
    }
}

/// The value that a method is called on.
fn receiver<'a>(call: &Call<'_, 'a>) -> Result<&'a Object, Failure> {
    let last = call.len().saturating_sub(1);
    call.value(last)
        .object()
        .ok_or(Failure::Message("is called without the value that it belongs to"))
}

/// Methods with several results cannot be called by templates.
const SEVERAL: Failure = Failure::Message("gives more than one value, which templates cannot take");
