//! XML 1.0 without a document type.

use super::{DEPTH, Format, FormatError, TOO_DEEP};

/// Each node takes memory; more of them no file of settings has.
const NODES: u32 = 200_000;

pub(super) fn check(text: &str) -> Result<(), FormatError> {
    let options = roxmltree::ParsingOptions {
        nodes_limit: NODES,
        ..roxmltree::ParsingOptions::default()
    };
    let failed = |place: roxmltree::TextPos, problem| FormatError {
        format: Format::Xml,
        line: usize::try_from(place.row).unwrap_or(1).max(1),
        column: usize::try_from(place.col).unwrap_or(1).max(1),
        problem,
    };
    match roxmltree::Document::parse_with_options(text, options) {
        Ok(document) => match too_deep(&document) {
            Some(at) => Err(failed(document.text_pos_at(at), TOO_DEEP)),
            None => Ok(()),
        },
        Err(error) => Err(failed(error.pos(), problem(&error))),
    }
}

fn problem(error: &roxmltree::Error) -> &'static str {
    use roxmltree::Error;
    match error {
        Error::DtdDetected => "a document type definition is not allowed",
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            "there are too many elements"
        }
        Error::UnclosedRootNode | Error::NoRootNode => "the document has no closed root element",
        Error::UnexpectedCloseTag(..) => "the closing tag does not fit the open one",
        Error::UnknownEntityReference(..) | Error::MalformedEntityReference(_) => {
            "& must be written as &amp;"
        }
        Error::DuplicatedAttribute(..) => "an attribute is given twice",
        Error::UnknownNamespace(..) => "the prefix is not declared",
        _ => "something else is expected here",
    }
}

/// Where the first element starts that is nested too deeply for readers.
fn too_deep(document: &roxmltree::Document<'_>) -> Option<usize> {
    let mut node = document.root();
    let mut depth = 0_usize;
    loop {
        if depth > DEPTH {
            return Some(node.range().start);
        }
        if let Some(child) = node.first_child() {
            node = child;
            depth += 1;
            continue;
        }
        while node.next_sibling().is_none() {
            node = node.parent()?;
            depth = depth.saturating_sub(1);
        }
        node = node.next_sibling()?;
    }
}
