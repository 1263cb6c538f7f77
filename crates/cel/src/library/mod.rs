//! What can be called.

mod bytes_and_strings;
mod convert;
mod signatures;
mod size;
mod strings;
mod times;

use crate::{
    run::{Failure, Meter},
    value::Value,
};

pub(crate) use signatures::{Pattern, Signature, operator};

/// A function with its overloads.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) overloads: &'static [Overload],
}

/// One way to call a function.
#[derive(Debug)]
pub(crate) struct Overload {
    pub(crate) signature: Signature,
    run: Run,
}

/// Runs a function over arguments that fit its signature; of a member, the first is the target.
type Run = fn(&[Value], &mut Meter) -> Result<Value, Failure>;

impl Overload {
    const fn global(args: &'static [Pattern], result: Pattern, run: Run) -> Self {
        Self {
            signature: Signature {
                member: false,
                args,
                result,
            },
            run,
        }
    }

    const fn member(args: &'static [Pattern], result: Pattern, run: Run) -> Self {
        Self {
            signature: Signature {
                member: true,
                args,
                result,
            },
            run,
        }
    }
}

impl Function {
    /// Runs the overload that takes these values, of those with a bit in `among`.
    pub(crate) fn run(
        &self,
        among: u32,
        member: bool,
        args: &[Value],
        meter: &mut Meter,
    ) -> Result<Value, Failure> {
        let (_, overload) = self
            .overloads
            .iter()
            .enumerate()
            .filter(|(number, _)| among & (1 << number) != 0)
            .find(|(_, overload)| overload.signature.takes(member, args))
            .ok_or(Failure::NoOverload)?;
        (overload.run)(args, meter)
    }
}

/// All functions.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    [
        size::FUNCTIONS,
        convert::FUNCTIONS,
        bytes_and_strings::FUNCTIONS,
        strings::FUNCTIONS,
        times::OF_TIMESTAMPS,
        times::OF_BOTH,
    ]
    .into_iter()
    .flatten()
}

/// The function of a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}
