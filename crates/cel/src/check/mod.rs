//! Finding what is wrong before anything runs: names, types, numbers of arguments.

mod calls;
mod constants;
mod unify;

#[cfg(test)]
mod tests;

use std::{rc::Rc, sync::Arc};

use crate::{
    Env,
    ast::{Expr, Kind, Macro, MacroKind, Name, Select, Slot},
    check::unify::{Ty, Types},
    limits::MOST_PROBLEMS,
    place::{Span, shortened},
    problem::Problem,
    suggest::hint,
    types::Type,
    value::{TypeName, Value},
};

/// Checks a tree and completes it: says what each name and function is.
///
/// # Errors
/// Everything that is wrong.
pub(crate) fn check(source: &str, expr: &mut Expr, env: &Env, wants: &Type) -> Result<(), Vec<Problem>> {
    let mut checker = Checker {
        source,
        env,
        locals: Vec::new(),
        types: Types::new(),
        problems: Vec::new(),
    };
    let found = checker.check(expr);
    checker.result(expr.at, &found, wants);
    if checker.types.exhausted() {
        checker.problems.clear();
        checker.note(Span::default(), "the types in this expression become too large");
    }
    checker.problems.sort_by_key(|problem| problem.offset);
    checker.problems.truncate(MOST_PROBLEMS);
    if checker.problems.is_empty() {
        return Ok(());
    }
    Err(checker.problems)
}

struct Checker<'c> {
    source: &'c str,
    env: &'c Env,
    /// Variables of the macros around, from the outermost.
    locals: Vec<(Arc<str>, Ty)>,
    types: Types,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn note(&mut self, at: Span, message: impl Into<String>) {
        // More than are shown, since they are not found in the order of the source.
        if !self.enough() {
            self.problems.push(Problem::new(self.source, at, message));
        }
    }

    fn wrong(&mut self, at: Span, message: impl Into<String>) -> Ty {
        self.note(at, message);
        Ty::Wrong
    }

    fn check(&mut self, expr: &mut Expr) -> Ty {
        let at = expr.at;
        match &mut expr.kind {
            Kind::Literal(value) => of_literal(value),
            Kind::Name(name) => self.name(name, at),
            Kind::Select(_) => self.select(expr),
            Kind::Call(call) => self.call(call, at),
            Kind::Operator(operator, operands) => self.operator(*operator, operands, at),
            Kind::And(terms) => self.logic(terms, "&&"),
            Kind::Or(terms) => self.logic(terms, "||"),
            Kind::If(parts) => self.condition(parts, at),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Macro(one) => self.comprehension(one),
        }
    }

    #[inline(never)]
    fn name(&mut self, name: &mut Name, at: Span) -> Ty {
        if !name.root {
            let local = self
                .locals
                .iter()
                .enumerate()
                .rev()
                .find(|(_, (known, _))| *known == name.name);
            if let Some((number, (_, of))) = local {
                name.slot = Slot::Local(number);
                return of.clone();
            }
        }
        if let Some((number, of)) = self.env.find(&name.name) {
            name.slot = Slot::Variable(number);
            return Ty::from(of);
        }
        if let Some(of) = TypeName::ALL.into_iter().find(|of| of.name() == &*name.name) {
            name.slot = Slot::Constant(Value::Type(of));
            return Ty::Type;
        }
        let message = self.unknown(&name.name);
        self.wrong(at, message)
    }

    /// Whether there are more problems than anybody is told; looking for near names takes time.
    fn enough(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS * 4
    }

    fn unknown(&self, name: &str) -> String {
        if self.enough() {
            return String::new();
        }
        let mut known: Vec<&str> = self.env.names().collect();
        known.extend(self.locals.iter().map(|(name, _)| &**name));
        let shown = shortened(name);
        match hint(name, known.iter().copied()) {
            hint if !hint.is_empty() => format!("there is no \"{shown}\"{hint}"),
            _ if known.is_empty() => format!("there is no \"{shown}\"; this expression has no variables"),
            _ => format!("there is no \"{shown}\"; there is {}", known.join(", ")),
        }
    }

    #[inline(never)]
    fn select(&mut self, expr: &mut Expr) -> Ty {
        if let Some(of) = self.qualified_type(expr) {
            expr.kind = Kind::Literal(Value::Type(of));
            return Ty::Type;
        }
        let at = expr.at;
        let Kind::Select(select) = &mut expr.kind else {
            return Ty::Wrong;
        };
        let found = self.field(select, at);
        if select.test { Ty::Bool } else { found }
    }

    /// `google.protobuf.Timestamp` is one name.
    fn qualified_type(&self, expr: &Expr) -> Option<TypeName> {
        let mut names = Vec::new();
        let mut next = expr;
        loop {
            match &next.kind {
                Kind::Select(select) if !select.test => {
                    names.push(&*select.field);
                    next = &select.target;
                }
                Kind::Name(name) if !self.locals.iter().any(|(local, _)| *local == name.name) => {
                    names.push(&*name.name);
                    break;
                }
                _ => return None,
            }
        }
        names.reverse();
        let name = names.join(".");
        TypeName::ALL.into_iter().find(|of| of.name() == name)
    }

    fn field(&mut self, select: &mut Select, at: Span) -> Ty {
        let target = self.check(&mut select.target);
        let field = &select.field;
        match self.types.resolve(&target) {
            Ty::Map(_, to) => (*to).clone(),
            Ty::Object(object) => match object.field(field) {
                Some(of) => {
                    select.declared = true;
                    Ty::from(of)
                }
                None => {
                    let names: Vec<&str> = object.fields.iter().map(|(name, _)| *name).collect();
                    let advice = match hint(field, names.iter().copied()) {
                        hint if hint.is_empty() => format!("; it has {}", names.join(", ")),
                        hint => hint,
                    };
                    let message = format!("{} has no field \"{}\"{advice}", object.name, shortened(field));
                    self.wrong(at, message)
                }
            },
            open @ Ty::Open(_) => {
                self.types.fit_one(&Ty::Dyn, &open);
                Ty::Dyn
            }
            Ty::Dyn | Ty::Wrong => Ty::Dyn,
            other => {
                let advice = match other {
                    Ty::List(_) => {
                        "; one of its items is list[0], and list.exists(item, …) looks at all of them"
                    }
                    _ => "",
                };
                let message = format!("a {other} has no field \"{}\"{advice}", shortened(field));
                self.wrong(at, message)
            }
        }
    }

    #[inline(never)]
    fn logic(&mut self, terms: &mut [Expr], sign: &str) -> Ty {
        for term in terms {
            let found = self.check(term);
            self.needs_bool(term.at, &found, &format!("each side of \"{sign}\""));
        }
        Ty::Bool
    }

    fn needs_bool(&mut self, at: Span, found: &Ty, what: &str) {
        if !self.types.fit_one(found, &Ty::Bool) {
            let found = self.types.resolve(found);
            let message =
                format!("{what} is a condition, and this is of type {found}; compare it with something");
            self.note(at, message);
        }
    }

    #[inline(never)]
    fn condition(&mut self, parts: &mut [Expr; 3], at: Span) -> Ty {
        let [condition, then, otherwise] = parts;
        let found = self.check(condition);
        self.needs_bool(condition.at, &found, "what stands before \"?\"");
        let (then, otherwise) = (self.check(then), self.check(otherwise));
        let common = self.types.open();
        let wanted = [common.clone(), common.clone()];
        if self.types.fit(&[then.clone(), otherwise.clone()], &wanted) {
            return self.types.resolve(&common);
        }
        let (then, otherwise) = (self.types.resolve(&then), self.types.resolve(&otherwise));
        let message = format!("both results of \"?\" have one type, and these are {then} and {otherwise}");
        self.wrong(at, message)
    }

    #[inline(never)]
    fn list(&mut self, items: &mut [Expr]) -> Ty {
        let mut common = None;
        for item in items {
            let found = self.check(item);
            common = Some(self.types.join(common, found));
        }
        let common = common.unwrap_or_else(|| self.types.open());
        Ty::List(Rc::new(common))
    }

    #[inline(never)]
    fn map(&mut self, entries: &mut [(Expr, Expr)]) -> Ty {
        let (mut keys, mut values) = (None, None);
        for (key, value) in entries {
            let found = self.check(key);
            keys = Some(self.types.join(keys, found));
            let found = self.check(value);
            values = Some(self.types.join(values, found));
        }
        let keys = keys.unwrap_or_else(|| self.types.open());
        let values = values.unwrap_or_else(|| self.types.open());
        Ty::Map(Rc::new(keys), Rc::new(values))
    }

    #[inline(never)]
    fn comprehension(&mut self, one: &mut Macro) -> Ty {
        let target = self.check(&mut one.target);
        let item = match self.types.resolve(&target) {
            Ty::List(of) => (*of).clone(),
            Ty::Map(from, _) => (*from).clone(),
            open @ Ty::Open(_) => {
                self.types.fit_one(&Ty::Dyn, &open);
                Ty::Dyn
            }
            Ty::Dyn | Ty::Wrong => Ty::Dyn,
            other => {
                let message = format!("a {other} has no items to go through; lists and maps have");
                self.wrong(one.target.at, message)
            }
        };
        self.locals.push((Arc::clone(&one.variable), item.clone()));
        if let Some(predicate) = &mut one.predicate {
            let found = self.check(predicate);
            self.needs_bool(predicate.at, &found, "what is asked of each item");
        }
        let made = one.transform.as_mut().map(|transform| self.check(transform));
        self.locals.pop();
        match one.kind {
            MacroKind::All | MacroKind::Exists | MacroKind::ExistsOne => Ty::Bool,
            MacroKind::Filter | MacroKind::Map => {
                let of = self.types.resolve(&made.unwrap_or(item));
                Ty::List(Rc::new(of))
            }
        }
    }

    /// What the whole is of.
    fn result(&mut self, at: Span, found: &Ty, wants: &Type) {
        let found = self.types.resolve(found);
        if !self.types.fit_one(&found, &Ty::from(wants)) {
            let message = match wants {
                Type::Bool => {
                    format!(
                        "the result is a condition, true or false, and this is of type {found}; compare it with something"
                    )
                }
                _ => format!("the result is of type {wants}, and this is of type {found}"),
            };
            self.note(at, message);
        }
    }
}

fn of_literal(value: &Value) -> Ty {
    match value {
        Value::Bool(_) => Ty::Bool,
        Value::Int(_) => Ty::Int,
        Value::Uint(_) => Ty::Uint,
        Value::Double(_) => Ty::Double,
        Value::String(_) => Ty::String,
        Value::Bytes(_) => Ty::Bytes,
        Value::Null => Ty::Null,
        Value::Type(_) => Ty::Type,
        _ => Ty::Dyn,
    }
}
