//! How a text is written: plain, in quotes, or as a block.

use super::words::{self, Meaning};

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`.
    Literal,
}

/// What go-yaml 2 looks for in a text.
#[derive(Default)]
struct Traits {
    /// Would mean something else without quotes.
    indicators: bool,
    /// Must be escaped.
    special: bool,
    /// Starts or ends with a space or a line break.
    edge: bool,
    ends_with_space: bool,
    space_before_break: bool,
}

/// Whether a text has what some reader takes for a line break, which makes it too much for a simple key.
pub(super) fn is_multiline(text: &str) -> bool {
    text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Which characters are written as they are. What takes more than three bytes is not, which is what libyaml's
/// offspring does.
pub(super) fn is_printable(c: char) -> bool {
    c == '\n' || (super::is_bare(c) && u32::from(c) <= 0xffff)
}

/// The style of a text; `simple_key` where it is a key that stands on one line.
pub(super) fn style(text: &str, simple_key: bool) -> Style {
    let traits = traits(text);
    if text.contains('\n') {
        let block = !traits.ends_with_space && !traits.space_before_break && !traits.special;
        return if block && !simple_key {
            Style::Literal
        } else {
            Style::DoubleQuoted
        };
    }
    let means_text = words::meaning(text) == Meaning::Text && !words::is_base_60(text);
    if !means_text || traits.special {
        Style::DoubleQuoted
    } else if traits.edge || traits.indicators {
        Style::SingleQuoted
    } else {
        Style::Plain
    }
}

fn traits(text: &str) -> Traits {
    let mut traits = Traits {
        indicators: text.starts_with("---") || text.starts_with("..."),
        ..Traits::default()
    };
    let edge = [' ', '\n'];
    traits.edge = text.starts_with(edge) || text.ends_with(edge);
    traits.ends_with_space = text.ends_with(' ');
    traits.space_before_break = text.contains(" \n");
    let mut after_space = true;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let before_space = chars.peek().is_none_or(|(_, next)| matches!(next, ' ' | '\t'));
        traits.special |= !is_printable(c);
        traits.indicators |= match c {
            '#' if at > 0 => after_space,
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => at == 0,
            '?' | '-' => at == 0 && before_space,
            ':' => before_space,
            _ => false,
        };
        after_space = matches!(c, ' ' | '\t' | '\n');
    }
    traits
}
