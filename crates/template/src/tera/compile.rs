//! Compiles a template: everything that needs no data.

use std::collections::BTreeSet;
use std::ops::Range;

use super::tree::Role;
use super::{Problem, engine, find, lex, limits, names, parse};
use crate::lines::Lines;
use crate::{MAX_SOURCE_BYTES, References};

/// What messages about a rendering are made of.
pub(crate) struct Compiled {
    /// Where readings of variables stand.
    pub(super) chains: Vec<Range<usize>>,
    /// The roots of the data that a rendering may look at.
    pub(super) roots: BTreeSet<String>,
    /// Where the template stops itself, and what it says where that is a plain string.
    pub(super) throws: Vec<(usize, Option<String>)>,
}

/// Reads a template and checks its syntax, its filters, tests and functions and their arguments.
///
/// *Guarantees*: bounded time, memory and stack, whatever the source; never panics.
/// *Errors*: the first thing that is wrong.
pub(crate) fn compile(text: &str) -> Result<(Compiled, References), Problem> {
    if text.len() > MAX_SOURCE_BYTES {
        let message = format!(
            "the template has {} bytes, and {MAX_SOURCE_BYTES} are allowed",
            text.len()
        );
        return Err(Problem::too_large(0, message));
    }
    on_a_large_stack(|| read(text)).ok_or_else(|| Problem::syntax(0, "this template cannot be read"))?
}

/// Tera recurses as deep as it allows itself, which is more than the stack of a task holds in a build without
/// optimisation. `None` when the system has no thread to spare, or when the work panicked.
fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(limits::STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

fn read(text: &str) -> Result<(Compiled, References), Problem> {
    let program = parse::parse(lex::lex(text)?, text.len())?;
    names::check(&program)?;
    engine::accepts(text)?;
    let lines = Lines::of(text);
    let found = find::find(&program, |at| lines.place(text, at))?;
    let throws = program
        .uses
        .iter()
        .filter(|used| used.role == Role::Function && used.name == "throw")
        .map(|used| (used.at, used.message.clone()));
    let compiled = Compiled {
        chains: found.chains,
        roots: found.roots,
        throws: throws.collect(),
    };
    Ok((compiled, found.references))
}
