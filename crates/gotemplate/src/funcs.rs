//! The functions: one table a topic. All are pure; what they need they get as arguments, and what they make they pay
//! for.

#[cfg(test)]
mod answered;
mod builtin;
mod compare;
mod dicts;
mod encode;
mod json;
mod lists;
mod logic;
mod math;
mod paths;
mod pattern;
mod reflect;
mod refused;
mod semver;
mod strings;
mod sums;
mod text;
mod time;
mod url;
#[cfg(test)]
mod verified;

use crate::Function;

pub(crate) use builtin::{BUILTIN, REFUSED_BUILTIN};

/// The tables that make sprig's set; a later function replaces an earlier one of the same name.
pub(crate) static SPRIG: &[&[Function]] = &[
    BUILTIN,
    dicts::TABLE,
    encode::TABLE,
    json::TABLE,
    lists::TABLE,
    logic::TABLE,
    math::TABLE,
    paths::TABLE,
    pattern::TABLE,
    reflect::TABLE,
    semver::TABLE,
    strings::TABLE,
    sums::TABLE,
    time::TABLE,
    url::TABLE,
];

/// Functions that are left out of sprig's set, with the reason.
pub(crate) static REFUSED_SPRIG: &[(&str, &str)] = refused::TABLE;

/// What is kept between the calls of one rendering.
#[derive(Default)]
pub(crate) struct Cache {
    pub(crate) patterns: pattern::Patterns,
}

#[cfg(test)]
mod tests;
