//! Why a template could not be compiled or rendered. No variant can carry a value of the data.

use std::borrow::Cow;

/// A template that cannot work. Always the class's fault: nothing but a change of the template helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{template}: {}", self.public())]
pub struct CompileError {
    /// [`crate::Source::name`].
    pub template: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: CompileErrorKind,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileErrorKind {
    /// Not the language.
    #[error("{0}")]
    Syntax(Cow<'static, str>),
    /// A function that does not exist.
    #[error("function {name:?} is not known{}", did_you_mean(.suggestion.as_deref()))]
    UnknownFunction {
        /// As written.
        name: String,
        /// The nearest one that exists.
        suggestion: Option<String>,
    },
    /// A function of sprig or Helm that is left out on purpose.
    #[error("function {name:?} is not available in Patchbay: {why}")]
    ForbiddenFunction {
        /// As written.
        name: String,
        /// The reason.
        why: &'static str,
    },
    /// A filter, test, component, tag or argument of Tera that does not exist.
    #[error("{what} {name:?} is not known{help}")]
    UnknownName {
        /// What it is used as.
        what: &'static str,
        /// As written.
        name: String,
        /// What would be right, from its semicolon on; may be empty.
        help: String,
    },
    /// A function with too few or too many arguments.
    #[error("function {name:?} takes {wants}, got {got}")]
    ArgumentCount {
        /// As written.
        name: String,
        /// For example `2 arguments`.
        wants: String,
        /// What the template gives, with the value of the pipe.
        got: usize,
    },
    /// A bound on the source.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// Understood, but not there yet.
    #[error("{0}")]
    NotSupported(Cow<'static, str>),
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default()
}

impl CompileError {
    /// A word for metrics and conditions.
    pub fn reason(&self) -> &'static str {
        match self.kind {
            CompileErrorKind::Syntax(_) => "TemplateSyntax",
            CompileErrorKind::UnknownFunction { .. } | CompileErrorKind::UnknownName { .. } => {
                "TemplateUnknownFunction"
            }
            CompileErrorKind::ForbiddenFunction { .. } => "TemplateForbiddenFunction",
            CompileErrorKind::ArgumentCount { .. } => "TemplateArgumentCount",
            CompileErrorKind::TooLarge(_) => "TemplateTooLarge",
            CompileErrorKind::NotSupported(_) => "TemplateNotSupported",
        }
    }

    /// The sentence for a person, without the name of the template (the caller has its field path):
    /// `line 3, column 5: function "b64encc" is not known; did you mean "b64enc"?`
    pub fn public(&self) -> String {
        format!("line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

/// A template that failed on this data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{template}: {}", self.public())]
pub struct RenderError {
    /// [`crate::Source::name`].
    pub template: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What went wrong.
    pub kind: RenderErrorKind,
}

/// What went wrong while rendering.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderErrorKind {
    /// Something is printed or used that is not there. Carries the name as written in the template.
    #[error("{0} has no value; give it one, or guard it with {{{{ if }}}} or default")]
    NoValue(String),
    /// A value of another type than needed. Carries a sentence made of the template's words and type names.
    #[error("{0}")]
    Type(String),
    /// A function refused its arguments.
    #[error("{function}: {message}")]
    Function {
        /// The function.
        function: String,
        /// Why, in words that never depend on the values.
        message: Cow<'static, str>,
    },
    /// The template stopped itself with `fail` or `required`. Carries the message only where it is a plain string of
    /// the template.
    #[error("the template stopped itself{}", .0.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    Failed(Option<String>),
    /// A bound of [`crate::Limits`].
    #[error("{0}")]
    Limit(Cow<'static, str>),
    /// There is no worker that could render it now. Says nothing about the template: it may be tried again.
    #[error("the template cannot be rendered now: {0}")]
    Unavailable(Cow<'static, str>),
}

impl RenderError {
    /// A word for metrics and conditions.
    pub fn reason(&self) -> &'static str {
        match self.kind {
            RenderErrorKind::NoValue(_) => "TemplateNoValue",
            RenderErrorKind::Type(_) => "TemplateType",
            RenderErrorKind::Function { .. } => "TemplateFunction",
            RenderErrorKind::Failed(_) => "TemplateFailed",
            RenderErrorKind::Limit(_) => "TemplateLimit",
            RenderErrorKind::Unavailable(_) => "TemplateUnavailable",
        }
    }

    /// The sentence for a person, without the name of the template and without any value of the data.
    pub fn public(&self) -> String {
        format!("line {}, column {}: {}", self.line, self.column, self.kind)
    }
}
