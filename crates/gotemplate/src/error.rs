//! What can be wrong with a template. No error ever carries a value of the data.

use crate::{Place, Span};

/// A template that cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{template}:{}:{}: {kind}", .place.line, .place.column)]
pub struct ParseError {
    /// The name that the template was parsed under.
    pub template: String,
    /// What is wrong.
    pub span: Span,
    /// Where that begins.
    pub place: Place,
    /// The line that Go names: where it noticed, which may be far behind.
    pub go_line: usize,
    /// Why.
    pub kind: ParseErrorKind,
}

/// Why a template cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Not the language. A sentence for a person; `go` is how Go says it.
    #[error("{message}")]
    Syntax {
        /// For a person.
        message: String,
        /// Go's words, without the place.
        go: String,
    },
    /// A name that is no function, with the nearest one that is.
    #[error("function {name:?} is not known{}", .nearest.map(|n| format!("; did you mean {n:?}?")).unwrap_or_default())]
    UnknownFunction {
        /// The name.
        name: String,
        /// A function with a name like it.
        nearest: Option<&'static str>,
    },
    /// A function that is left out on purpose.
    #[error("function {name:?} is not available: {why}")]
    RefusedFunction {
        /// The name.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// The source is too long, or nests too deeply.
    #[error("{0}")]
    TooLarge(&'static str),
}

impl ParseError {
    /// A word for metrics and conditions.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.kind {
            ParseErrorKind::Syntax { .. } => "TemplateSyntax",
            ParseErrorKind::UnknownFunction { .. } => "TemplateUnknownFunction",
            ParseErrorKind::RefusedFunction { .. } => "TemplateForbiddenFunction",
            ParseErrorKind::TooLarge(_) => "TemplateTooLarge",
        }
    }

    /// The whole message. It may be shown to anybody: it never carries a value of the data.
    #[must_use]
    pub fn public(&self) -> String {
        self.to_string()
    }

    /// The line of the source with a mark below what is wrong; see [`crate::excerpt`].
    #[must_use]
    pub fn excerpt(&self, source: &str) -> String {
        crate::excerpt(source, self.span)
    }

    /// The words in which Go says it: `template: name:3: unexpected "}" in operand`.
    #[must_use]
    pub fn go(&self) -> String {
        let what = match &self.kind {
            ParseErrorKind::Syntax { go, .. } => go.clone(),
            ParseErrorKind::UnknownFunction { name, .. } | ParseErrorKind::RefusedFunction { name, .. } => {
                format!("function {name:?} not defined")
            }
            ParseErrorKind::TooLarge(why) => (*why).to_owned(),
        };
        format!("template: {}:{}: {what}", self.template, self.go_line)
    }
}

/// A template that failed on this data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{template}:{}:{}: {kind}", .place.line, .place.column)]
pub struct ExecError {
    /// The name that the template was parsed under.
    pub template: Box<str>,
    /// The named template that ran.
    pub running: Box<str>,
    /// What failed.
    pub span: Span,
    /// Where that begins.
    pub place: Place,
    /// Its text, short and on one line.
    pub context: Box<str>,
    /// Why.
    pub kind: ExecErrorKind,
}

/// Why a template failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecErrorKind {
    /// Something is printed that is not there, and [`crate::Missing::Refuse`] is set.
    #[error("{0} has no value; give it one, or guard it with {{{{ if }}}} or default")]
    NoValue(String),
    /// A value of another type than needed, a wrong number of arguments, a field of something that has none. A
    /// sentence for a person, made of the template's words and the names of types; `go` is how Go says it.
    #[error("{message}")]
    Type {
        /// For a person.
        message: String,
        /// Go's words.
        go: String,
    },
    /// A function refused its arguments.
    #[error("{function}: {message}")]
    Function {
        /// The function.
        function: &'static str,
        /// Why, in words that do not depend on values.
        message: String,
    },
    /// The template stopped itself with `fail` or the like. Carries the message where it is a constant.
    #[error("the template stopped itself{}", .0.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    Stopped(Option<String>),
    /// A bound of [`crate::Limits`].
    #[error("{0}")]
    Limit(&'static str),
}

impl ExecError {
    /// A word for metrics and conditions.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.kind {
            ExecErrorKind::NoValue(_) => "TemplateNoValue",
            ExecErrorKind::Type { .. } => "TemplateType",
            ExecErrorKind::Function { .. } => "TemplateFunction",
            ExecErrorKind::Stopped(_) => "TemplateFailed",
            ExecErrorKind::Limit(_) => "TemplateLimit",
        }
    }

    /// The whole message. It may be shown to anybody: it never carries a value of the data.
    #[must_use]
    pub fn public(&self) -> String {
        self.to_string()
    }

    /// The line of the source with a mark below what failed; see [`crate::excerpt`].
    #[must_use]
    pub fn excerpt(&self, source: &str) -> String {
        crate::excerpt(source, self.span)
    }

    /// The words in which Go says it, as far as they carry no value:
    /// `template: name:3:5: executing "name" at <.x>: can't evaluate field x in type int`.
    #[must_use]
    pub fn go(&self) -> String {
        let what = match &self.kind {
            ExecErrorKind::NoValue(_) => "map has no entry for key".to_owned(),
            ExecErrorKind::Type { go, .. } => go.clone(),
            ExecErrorKind::Function { function, message } => {
                format!("error calling {function}: {message}")
            }
            ExecErrorKind::Stopped(message) => {
                format!(
                    "error calling fail: {}",
                    message.as_deref().unwrap_or("(not shown)")
                )
            }
            ExecErrorKind::Limit(why) => (*why).to_owned(),
        };
        // Go counts columns in bytes from 0; ours are kept, since people look for them.
        format!(
            "template: {}:{}:{}: executing {:?} at <{}>: {what}",
            self.template, self.place.line, self.place.column, self.running, self.context
        )
    }
}
