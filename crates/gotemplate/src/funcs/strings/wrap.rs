//! Lines of a width in bytes.

use memchr::{memchr, memrchr};

use crate::funcs::text::Text;
use crate::{Call, Failure, Value};

/// Lines of a text, parted by a new line. Words that are too long stay whole.
pub(super) fn wrap<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let width = call.int(0)?;
    let text = call.bytes(1)?;
    wrapped(call, text, width, b"\n", false)
}

/// Lines of a text, parted by any text. Words that are too long are cut.
pub(super) fn wrap_with<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let width = call.int(0)?;
    let (parted_by, text) = (call.bytes(1)?, call.bytes(2)?);
    let parted_by = if parted_by.is_empty() { b"\n" } else { parted_by };
    wrapped(call, text, width, parted_by, true)
}

fn wrapped<'a>(
    call: &mut Call<'_, 'a>,
    text: &[u8],
    width: i64,
    parted_by: &[u8],
    cut_words: bool,
) -> Result<Value<'a>, Failure> {
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let mut out = Text::new(call, text.len());
    let mut rest = text;
    while rest.len() > width {
        if let Some(behind) = rest.strip_prefix(b" ") {
            rest = behind;
            continue;
        }
        // A space may stand right behind the line.
        let line = rest.get(..=width).unwrap_or(rest);
        let (end, skipped) = match memrchr(b' ', line) {
            Some(space) => (space, 1),
            None if cut_words => (width, 0),
            None => match memchr(b' ', rest.get(width..).unwrap_or_default()) {
                Some(space) => (width + space, 1),
                None => break,
            },
        };
        out.push(rest.get(..end).unwrap_or_default())?;
        out.push(parted_by)?;
        rest = rest.get(end + skipped..).unwrap_or_default();
    }
    out.push(rest)?;
    out.give(call)
}
