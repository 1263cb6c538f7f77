//! A checked expression.

use std::{fmt, sync::Arc};

use crate::{
    Env, EvalError, EvalErrorKind, Limits, Problem, Type,
    ast::Expr,
    check,
    place::Span,
    run::{Meter, Run},
    syntax,
    value::{TypeName, Value},
};

/// An expression that was parsed and checked. Cheap to clone.
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    source: String,
    expr: Expr,
    variables: Vec<&'static str>,
    wants: Type,
}

/// Parses and checks an expression.
///
/// *Guarantees*: takes time and memory in proportion to the source, and needs little stack, whatever the source is. A
/// program runs without a failure of types, but for values of type `dyn`.
///
/// # Errors
/// Everything that is wrong, in the order of the source: at most 20 problems, and only one where it is not clear how
/// the source goes on.
pub fn compile(source: &str, env: &Env, wants: &Type) -> Result<Program, Vec<Problem>> {
    let most = env.most_source_bytes();
    if source.len() > most {
        let message = format!(
            "the expression has {} bytes; at most {most} are allowed",
            source.len()
        );
        return Err(vec![Problem::new(source, Span::default(), message)]);
    }
    let mut expr = syntax::parse(source)?;
    check::check(source, &mut expr, env, wants)?;
    Ok(Program(Arc::new(Inner {
        source: source.to_owned(),
        expr,
        variables: env.names().collect(),
        wants: wants.clone(),
    })))
}

impl Program {
    /// The source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Runs it over values of the variables of its [`Env`]. A variable that the expression does not come to need not be
    /// given; one that the `Env` does not have is left aside.
    ///
    /// *Guarantees*: ends within the limits. The same program, values and limits always come to the same end.
    ///
    /// *Caveats*: that the values have the types that the `Env` declares is for the caller to see to. Where they have
    /// not, operators and functions fail as they do for `dyn`.
    ///
    /// # Errors
    /// The first failure that nothing absorbs, or a result of another type than was asked for.
    pub fn run(&self, variables: &[(&str, Value)], limits: &Limits) -> Result<Value, EvalError> {
        let given = |name: &str| {
            let mut all = variables.iter();
            all.find(|(given, _)| *given == name)
                .map(|(_, value)| value.clone())
        };
        let mut run = Run {
            source: &self.0.source,
            variables: self.0.variables.iter().map(|name| given(name)).collect(),
            locals: Vec::new(),
            meter: Meter::new(limits),
        };
        let value = run.eval(&self.0.expr).map_err(|fault| *fault)?;
        self.check_result(value)
    }

    fn check_result(&self, value: Value) -> Result<Value, EvalError> {
        let found = value.type_name();
        let wanted = match &self.0.wants {
            Type::Dyn => return Ok(value),
            Type::Bool => TypeName::Bool,
            Type::Int => TypeName::Int,
            Type::Uint => TypeName::Uint,
            Type::Double => TypeName::Double,
            Type::String => TypeName::String,
            Type::Bytes => TypeName::Bytes,
            Type::Null => TypeName::Null,
            Type::Timestamp => TypeName::Timestamp,
            Type::Duration => TypeName::Duration,
            Type::Type => TypeName::Type,
            Type::List(_) => TypeName::List,
            Type::Map(..) | Type::Object(_) => TypeName::Map,
        };
        if found == wanted {
            return Ok(value);
        }
        let message = format!(
            "the result is a {}, and a {} is needed",
            found.word(),
            wanted.word()
        );
        let (source, at) = (&self.0.source, self.0.expr.at);
        Err(EvalError::new(source, at, EvalErrorKind::WrongResult, message))
    }
}

impl PartialEq for Program {
    /// Programs are equal when their sources are: users have one `Env` for one purpose.
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

impl Eq for Program {}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.0.source).finish()
    }
}
