//! The functions: one table a topic. All are pure; what they need they get as arguments, and what they make they pay
//! for.

mod builtin;

use crate::Function;

pub(crate) use builtin::{BUILTIN, REFUSED_BUILTIN};

/// The tables that make sprig's set; a later function replaces an earlier one of the same name.
pub(crate) static SPRIG: &[&[Function]] = &[BUILTIN];

/// Functions that are left out of sprig's set, with the reason.
pub(crate) static REFUSED_SPRIG: &[(&str, &str)] = &[];

/// What is kept between the calls of one rendering.
#[derive(Default)]
pub(crate) struct Cache {}
