//! YAML, by the events of its parser.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::build::{Builder, Written, unreadable};
use super::node::Style;
use super::scalar::Tag;
use super::{MAX_DEPTH, Stream, Unreadable};

pub(super) fn read(text: &str) -> Stream {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut stream = Stream::default();
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let taken = match event {
            Ok((event, span)) => {
                if event == Event::DocumentEnd {
                    stream.documents.push(builder.finish());
                    continue;
                }
                take(&mut builder, &event, &span)
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or_default();
                Err(unreadable(at, &explain(text, at, &error.info())))
            }
        };
        if let Err(error) = taken {
            stream.error = Some(error);
            break;
        }
    }
    stream
}

fn take(builder: &mut Builder, event: &Event<'_>, span: &Span) -> Result<(), Unreadable> {
    let at = span.start.byte_offset().unwrap_or_default();
    let core = match event {
        Event::Scalar(_, _, _, Some(tag)) => Some(tag.suffix_in_namespace("tag:yaml.org,2002:")),
        _ => None,
    };
    match event {
        Event::Scalar(text, style, anchor, _) => builder.scalar(Written {
            at,
            text,
            style: match style {
                ScalarStyle::SingleQuoted => Style::Single,
                ScalarStyle::DoubleQuoted => Style::Double,
                ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                ScalarStyle::Plain => Style::Plain,
            },
            tag: match &core {
                None => Tag::None,
                Some(None) => Tag::Own,
                Some(Some(core)) => Tag::Core(core),
            },
            anchor: *anchor,
        }),
        Event::SequenceStart(_, anchor, _) => builder.open_list(at, *anchor),
        Event::MappingStart(_, anchor, _) => builder.open_map(at, *anchor),
        Event::SequenceEnd | Event::MappingEnd => builder.close(),
        Event::Alias(anchor) => builder.alias(at, *anchor),
        _ => Ok(()),
    }
}

/// What the parser says; and where it may be a template that was not rendered, that.
fn explain(text: &str, at: usize, said: &str) -> String {
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    // The parser may notice a line late.
    let before = text
        .get(..start)
        .unwrap_or_default()
        .trim_end()
        .rsplit('\n')
        .next();
    let line = text.get(start..).and_then(|rest| rest.lines().next());
    let is_template = |line: &str| line.contains("{{");
    if line.is_some_and(is_template) || before.is_some_and(is_template) {
        return format!(
            "{said}. This looks like a template: render it first, as in: helm template . | kubectl patchbay validate -f -"
        );
    }
    said.to_owned()
}
