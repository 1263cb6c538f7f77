//! From the parser's syntax to its tree.

use regex_syntax::{
    ast::{self, Ast, ErrorKind, RepetitionKind, RepetitionRange},
    hir::{self, Hir},
};

use crate::regex::{MOST_LEVELS, MOST_TIMES, Wrong};

/// The tree of a translated pattern.
pub(super) fn parse(translated: &str) -> Result<Hir, Wrong> {
    let tree = ast::parse::ParserBuilder::new()
        .nest_limit(MOST_LEVELS)
        .build()
        .parse(translated)
        .map_err(|error| why(error.kind()))?;
    if !few_times(&tree, MOST_TIMES) {
        return Err("repetitions inside one another come to more than 1000");
    }
    hir::translate::TranslatorBuilder::new()
        .utf8(false)
        .build()
        .translate(translated, &tree)
        .map_err(|_| "a class of characters in the pattern is not known")
}

fn why(kind: &ErrorKind) -> Wrong {
    match kind {
        ErrorKind::GroupUnclosed => "a \"(\" is not closed",
        ErrorKind::GroupUnopened => "a \")\" closes nothing",
        ErrorKind::NestLimitExceeded(_) => "the groups of the pattern nest too deeply",
        ErrorKind::RepetitionMissing => "nothing stands before a repetition",
        _ => "the pattern is not well-formed",
    }
}

/// Whether the counted repetitions inside one another come to no more than `most`, as Go counts them.
fn few_times(tree: &Ast, most: u32) -> bool {
    match tree {
        Ast::Group(group) => few_times(&group.ast, most),
        Ast::Concat(concat) => concat.asts.iter().all(|part| few_times(part, most)),
        Ast::Alternation(either) => either.asts.iter().all(|part| few_times(part, most)),
        Ast::Repetition(repetition) => {
            let RepetitionKind::Range(range) = &repetition.op.kind else {
                return few_times(&repetition.ast, most);
            };
            let inside = match *range {
                // What is never there counts for itself only.
                RepetitionRange::Exactly(0) | RepetitionRange::Bounded(_, 0) => Some(MOST_TIMES),
                RepetitionRange::AtLeast(0) => Some(most),
                RepetitionRange::Exactly(times)
                | RepetitionRange::AtLeast(times)
                | RepetitionRange::Bounded(_, times) => most.checked_div(times).filter(|most| *most > 0),
            };
            inside.is_some_and(|inside| few_times(&repetition.ast, inside))
        }
        _ => true,
    }
}
