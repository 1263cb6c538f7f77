//! Fields: the keys of maps, and the methods of values that have some.

use super::call::Site;
use super::fault::Fault;
use super::{Exec, Machine};
use crate::Value;
use crate::ast::Ident;

impl<'a> Machine<'a> {
    /// Fields one after the other. The arguments are for the last one.
    pub(super) fn fields(
        &mut self,
        dot: Value<'a>,
        receiver: Value<'a>,
        fields: &'a [Ident],
        site: &Site<'a>,
    ) -> Exec<Value<'a>> {
        let mut value = receiver;
        let last = fields.len().saturating_sub(1);
        for (index, field) in fields.iter().enumerate() {
            let with_arguments = index == last && site.takes_something();
            value = match value {
                Value::Map(map) if !with_arguments => map.get(field.name.as_bytes()),
                Value::Missing => Value::Missing,
                other => self.other_field(dot, other, (fields, index), site)?,
            };
        }
        Ok(value)
    }

    /// A field of what is no map, or one that gets arguments.
    #[cold]
    fn other_field(
        &mut self,
        dot: Value<'a>,
        value: Value<'a>,
        (fields, index): (&'a [Ident], usize),
        site: &Site<'a>,
    ) -> Exec<Value<'a>> {
        let Some(field) = fields.get(index) else {
            return Ok(value);
        };
        let site = Site {
            head: field.span,
            ..if index + 1 == fields.len() {
                *site
            } else {
                Site::without_arguments(site.span).of(site.boxed)
            }
        };
        if let Value::Object(object) = value
            && let Some(method) = object.method(&field.name)
        {
            return self.call(dot, method, &site, Some(value));
        }
        // Only the first receiver may be a value that was not taken out of a map or list.
        Err(Fault::no_field(value, field, &site, index))
    }
}
