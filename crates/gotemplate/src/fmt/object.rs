//! Objects: what their `String` method gives where a verb takes text, else by their kind.

use zeroize::Zeroizing;

use super::printer::Printer;
use crate::{Failure, Object};

/// What lies inside of an object is not shown.
const INSIDE: Failure =
    Failure::Message("a time, version or the like can only be printed as text: with %v, %s, %q or %x");

impl Printer<'_> {
    /// An object for a verb. Gives whether the verb is one for it.
    pub(super) fn object(&mut self, object: &Object, verb: char) -> Result<bool, Failure> {
        if verb == 'v' && self.flags.syntax {
            return self.object_syntax(object);
        }
        if matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') && !self.erroring {
            let text = Zeroizing::new(object.text());
            return self.string(text.as_bytes(), verb);
        }
        match object.whole() {
            Some(number) => self.whole(number.into(), verb),
            None => Err(INSIDE),
        }
    }

    fn object_syntax(&mut self, object: &Object) -> Result<bool, Failure> {
        if let Some(number) = object.whole() {
            return self.whole(number.into(), 'v');
        }
        // Go lays out each field of a version by itself, and a time as a whole.
        let as_fields = matches!(object, Object::BareVersion(_));
        if as_fields && (self.flags.width.is_some() || self.flags.precision.is_some()) {
            return Err(INSIDE);
        }
        let text = Zeroizing::new(object.go_syntax().ok_or(INSIDE)?);
        self.plain(text.as_bytes())?;
        Ok(true)
    }
}
