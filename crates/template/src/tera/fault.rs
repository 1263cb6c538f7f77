//! Why a rendering failed. A worker tells only a code and a place in the source, so that no text of Tera's, which often
//! holds values, ever leaves it; the sentence is made here, of the template's own words.

use std::borrow::Cow;

use tera::{Error, ErrorKind};

use super::compile::Compiled;
use super::limits::{FILE_TIME, WORKER_MEMORY, shown};
use super::{Failure, data::Refused};
use crate::RenderErrorKind;

/// What our own functions fail with.
pub(super) const THROWN: &str = "patchbay: thrown";
pub(super) const ESCAPE: &str = "patchbay: escape";

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    NoValue = 1,
    Type,
    Refused,
    Thrown,
    Escape,
    Output,
    Depth,
    Zero,
    Number,
    Compare,
    Broken,
}

const CODES: [Code; 11] = [
    Code::NoValue,
    Code::Type,
    Code::Refused,
    Code::Thrown,
    Code::Escape,
    Code::Output,
    Code::Depth,
    Code::Zero,
    Code::Number,
    Code::Compare,
    Code::Broken,
];

/// Tera's names of types, and ours.
const TYPES: [(&str, &str); 11] = [
    ("none", "nothing"),
    ("bool", "a boolean"),
    ("u64", "a number"),
    ("i64", "a number"),
    ("f64", "a number"),
    ("i128", "a number"),
    ("u128", "a number"),
    ("array", "a list"),
    ("bytes", "bytes"),
    ("string", "text"),
    ("map/struct", "a map"),
];

/// A failure as it comes from the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Code,
    /// Bytes of the source.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Which of [`TYPES`] the value has, from 1; 0 when that is not known.
    pub(super) got: u8,
}

/// The length of an encoded fault.
pub(super) const LENGTH: usize = 10;

impl Fault {
    pub(super) const fn broken() -> Self {
        Self {
            code: Code::Broken,
            start: 0,
            end: 0,
            got: 0,
        }
    }

    /// Of what Tera says.
    pub(super) fn of(error: &Error) -> Self {
        let (code, got) = code(error);
        let mut fault = Self {
            code,
            got,
            ..Self::broken()
        };
        if let ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) = error.kind() {
            let range = &report.span().range;
            fault.start = u32::try_from(range.start).unwrap_or_default();
            fault.end = u32::try_from(range.end).unwrap_or_default();
        }
        fault
    }

    pub(super) fn encode(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let parts = [
            &[self.code as u8][..],
            &self.start.to_be_bytes(),
            &self.end.to_be_bytes(),
            &[self.got],
        ];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; LENGTH] = bytes.try_into().ok()?;
        let [code, a, b, c, d, e, f, g, h, got] = *bytes;
        Some(Self {
            code: CODES.into_iter().find(|known| *known as u8 == code)?,
            start: u32::from_be_bytes([a, b, c, d]),
            end: u32::from_be_bytes([e, f, g, h]),
            got,
        })
    }
}

/// Sorts what Tera says. Only the fixed words of its messages are looked at.
fn code(error: &Error) -> (Code, u8) {
    const MISSING: [&str; 8] = [
        "Field `",
        "Variable `",
        "Tried to render a variable that is undefined",
        "Cannot index into an undefined value",
        "Index expression is undefined",
        "Cannot slice an undefined value",
        "Slice start is undefined",
        "Slice end is undefined",
    ];
    const TYPED: [&str; 14] = [
        "Invalid type for the value",
        "Math operations can only be done on numbers",
        "`+` requires both operands",
        "Iteration not possible",
        "Key/value iteration is not possible",
        "Spread operator requires",
        "Only numbers can be",
        "Slicing can only be used",
        "Slice start must be",
        "Slice end must be",
        "Slice step must be",
        "`in` cannot be used",
        "Value of type",
        "Not a valid key type",
    ];
    const NUMBER: [&str; 5] = [
        "Unable to perform",
        "Cannot negate",
        "Operand `",
        "Exponent ",
        "Number `",
    ];
    let message = match error.kind() {
        ErrorKind::RenderingError(report) => report.message(),
        ErrorKind::Msg(message) => message,
        ErrorKind::Io(_) => return (Code::Output, 0),
        _ => return (Code::Broken, 0),
    };
    let begins = |with: &[&str]| with.iter().any(|start| message.starts_with(start));
    if message == THROWN {
        (Code::Thrown, 0)
    } else if message == ESCAPE {
        (Code::Escape, 0)
    } else if begins(&MISSING) || (begins(&TYPED) && message.contains("`undefined`")) {
        (Code::NoValue, 0)
    } else if begins(&TYPED) {
        (Code::Type, type_of(message))
    } else if begins(&["Cannot compare", "Cannot sort"]) {
        (Code::Compare, 0)
    } else if message.starts_with("Cannot divide by 0") {
        (Code::Zero, 0)
    } else if begins(&NUMBER) {
        (Code::Number, 0)
    } else if message.starts_with("Maximum render recursion depth") {
        (Code::Depth, 0)
    } else if matches!(error.kind(), ErrorKind::RenderingError(_)) {
        (Code::Refused, 0)
    } else {
        (Code::Broken, 0)
    }
}

/// The type that is not right: the last that a message names, but where numbers are wanted, the one that is none.
fn type_of(message: &str) -> u8 {
    let words = || message.rsplit('`');
    let position = |word: &str| TYPES.iter().position(|(name, _)| *name == word);
    let found = words().filter_map(position).collect::<Vec<_>>();
    let no_number = |at: &&usize| TYPES.get(**at).is_some_and(|(_, shown)| *shown != "a number");
    let wrong = found.iter().find(no_number).or(found.first());
    wrong.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or_default()
}

/// The sentence of a fault, and the byte it is about.
pub(super) fn explain(
    fault: Fault,
    compiled: &Compiled,
    text: &str,
    output: usize,
) -> (usize, RenderErrorKind) {
    let at = fault.start as usize;
    let end = (fault.end as usize).min(text.len());
    let chain = compiled
        .chains
        .iter()
        .filter(|chain| chain.start <= at && at < chain.end)
        .min_by_key(|chain| chain.len());
    let start = chain.map_or(at, |chain| chain.start);
    // Of a reading that gave something wrong all counts, of one that gave nothing the part up to there.
    let end = match (fault.code, chain) {
        (Code::NoValue, _) | (_, None) => end,
        (_, Some(chain)) => end.max(chain.end),
    };
    let snippet = shown(text.get(start..end.max(start)).unwrap_or_default());
    let name = || {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest
            .bytes()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == b'_');
        shown(rest.get(..length.count()).unwrap_or_default())
    };
    let function = |message: &'static str| RenderErrorKind::Function {
        function: name(),
        message: Cow::Borrowed(message),
    };
    let kind = match fault.code {
        Code::NoValue => RenderErrorKind::NoValue(snippet),
        Code::Type => {
            let got = usize::from(fault.got).checked_sub(1).and_then(|at| TYPES.get(at));
            RenderErrorKind::Type(match got {
                Some((_, got)) => format!("`{snippet}`: {got} does not fit here"),
                None => format!("`{snippet}`: a value of this type does not fit here"),
            })
        }
        Code::Refused => function("it cannot work with what it is given"),
        Code::Escape => {
            function("the format cannot hold the value; a control character or a line break, perhaps")
        }
        Code::Thrown => {
            let thrown = compiled.throws.iter().find(|(place, _)| *place == at);
            RenderErrorKind::Failed(thrown.and_then(|(_, message)| message.clone()))
        }
        Code::Output => RenderErrorKind::Limit(format!("the output has more than {output} bytes").into()),
        Code::Depth => RenderErrorKind::Limit("the components use one another too deeply".into()),
        Code::Compare => {
            RenderErrorKind::Type(format!("`{snippet}`: values of these types cannot be compared"))
        }
        Code::Zero => RenderErrorKind::Type("a number cannot be divided by 0".to_owned()),
        Code::Number => RenderErrorKind::Type(format!("`{snippet}`: the number is too large")),
        Code::Broken => RenderErrorKind::Type("the template cannot be rendered".to_owned()),
    };
    (start, kind)
}

/// The sentence for a job that has no answer.
pub(super) fn no_answer(failure: Failure) -> RenderErrorKind {
    match failure {
        Failure::Time => {
            let message = format!("the template took more than {} ms", FILE_TIME.as_millis());
            RenderErrorKind::Limit(message.into())
        }
        Failure::Volume => RenderErrorKind::Limit(Cow::Borrowed(
            "the templates of the volume took too long together",
        )),
        Failure::Memory => {
            let message = format!(
                "the template took more than {} MiB of memory",
                WORKER_MEMORY >> 20
            );
            RenderErrorKind::Limit(message.into())
        }
        Failure::Unavailable(why) => RenderErrorKind::Unavailable(Cow::Borrowed(why)),
    }
}

/// The sentence for data that cannot be handed over.
pub(super) fn refused(refused: Refused) -> RenderErrorKind {
    match refused {
        Refused::TooDeep => RenderErrorKind::Limit(Cow::Borrowed("the data is nested too deeply")),
        Refused::TooLarge => RenderErrorKind::Limit(Cow::Borrowed("the data is too large")),
        Refused::NotText(path) => RenderErrorKind::Type(format!(
            "{} is not UTF-8 text, and Tera knows nothing else; use a Go template with b64enc",
            shown(&path)
        )),
    }
}
