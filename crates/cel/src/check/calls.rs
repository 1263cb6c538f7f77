//! Functions and operators: whether they take what they are given.

use crate::{
    ast::{Call, Expr, Kind, Operator},
    check::{Checker, constants, unify::Ty},
    library::{self, Signature},
    place::{Span, shortened},
    suggest::hint,
    value::Value,
};

/// What is called like a function and is none.
const MACROS: [&str; 6] = ["all", "exists", "exists_one", "filter", "map", "has"];

impl Checker<'_> {
    #[inline(never)]
    pub(super) fn call(&mut self, call: &mut Call, at: Span) -> Ty {
        let mut given = Vec::with_capacity(call.args.len() + 1);
        for arg in call.target.iter_mut().chain(&mut call.args) {
            given.push(self.check(arg));
        }
        let Some(function) = library::find(&call.name) else {
            let message = self.unknown_function(call);
            return self.wrong(at, message);
        };
        call.function = Some(function);
        let member = call.target.is_some();
        let signatures = function.overloads.iter().map(|overload| &overload.signature);
        let style = signatures
            .clone()
            .enumerate()
            .filter(|(_, one)| one.member == member);
        match self.overload(style, &given) {
            Some((result, chosen)) => {
                // With size the values choose, as in cel-go.
                if &*call.name != "size" {
                    call.overloads = chosen;
                }
                if let Some((at, message)) = constants::check(call) {
                    self.note(at, message);
                }
                result
            }
            None => {
                let message = self.no_overload(call, &signatures.collect::<Vec<_>>(), &given);
                self.wrong(at, message)
            }
        }
    }

    /// The type of the result, and a bit for each overload that takes what is given; nothing where there is none.
    fn overload<'s>(
        &mut self,
        signatures: impl Iterator<Item = (usize, &'s Signature)>,
        given: &[Ty],
    ) -> Option<(Ty, u32)> {
        let mut result = None;
        let mut chosen = 0;
        for (number, signature) in signatures {
            let mut letters = [None, None];
            let wanted: Vec<Ty> = signature
                .args
                .iter()
                .map(|pattern| self.types.instance(*pattern, &mut letters))
                .collect();
            if !self.types.fit(given, &wanted) {
                continue;
            }
            chosen |= 1 << number;
            let found = self.types.instance(signature.result, &mut letters);
            let found = self.types.resolve(&found);
            result = Some(match result {
                None => found,
                Some(before) if before == found => before,
                // Which of them it is, only the values say.
                Some(_) => Ty::Dyn,
            });
        }
        result.map(|result| (result, chosen))
    }

    fn unknown_function(&self, call: &Call) -> String {
        if self.enough() {
            return String::new();
        }
        let name = &*call.name;
        let shown = shortened(name);
        if MACROS.contains(&name) {
            return match name {
                "has" => "has() takes one field, as in has(a.b)".to_owned(),
                "map" => "map is called on a list or map: items.map(item, …)".to_owned(),
                _ => format!("{name} is called on a list or map, with two arguments: items.{name}(item, …)"),
            };
        }
        if self.env.find(name).is_some() {
            return format!("\"{shown}\" is a variable and cannot be called");
        }
        let known = library::all().map(|function| function.name).chain(MACROS);
        format!("there is no function \"{shown}\"{}", hint(name, known))
    }

    fn no_overload(&mut self, call: &Call, signatures: &[&Signature], given: &[Ty]) -> String {
        if self.enough() {
            return String::new();
        }
        let name = shortened(&call.name);
        let member = call.target.is_some();
        if !signatures.iter().any(|one| one.member == member) {
            return if member {
                format!("{name} is not called on a value: {name}(x)")
            } else {
                format!("{name} is called on a value: x.{name}(…)")
            };
        }
        let taken: Vec<String> = signatures
            .iter()
            .filter(|one| one.member == member)
            .map(|one| shown_signature(one))
            .collect();
        let given: Vec<String> = given
            .iter()
            .map(|one| self.types.resolve(one).to_string())
            .collect();
        let given = if member {
            let (target, args) = given
                .split_first()
                .map_or(("", &[][..]), |(one, rest)| (one.as_str(), rest));
            format!("{target}.{name}({})", args.join(", "))
        } else {
            format!("{name}({})", given.join(", "))
        };
        let taken: Vec<String> = taken.into_iter().map(|one| one.replace('\u{0}', &name)).collect();
        format!("there is no {given}; there is {}", taken.join(", "))
    }

    #[inline(never)]
    pub(super) fn operator(&mut self, operator: Operator, operands: &mut [Expr], at: Span) -> Ty {
        let given: Vec<Ty> = operands.iter_mut().map(|operand| self.check(operand)).collect();
        let signatures = library::operator(operator).iter().enumerate();
        if let Some((result, _)) = self.overload(signatures, &given) {
            return result;
        }
        let given: Vec<Ty> = given.iter().map(|one| self.types.resolve(one)).collect();
        let message = mismatch(operator, operands, &given);
        self.wrong(at, message)
    }
}

/// `string.contains(string)`; the name is left open.
fn shown_signature(signature: &Signature) -> String {
    let mut words = signature.args.iter().map(|pattern| word(*pattern));
    let target = if signature.member {
        format!("{}.", words.next().unwrap_or_default())
    } else {
        String::new()
    };
    let args: Vec<String> = words.collect();
    format!("{target}\u{0}({})", args.join(", "))
}

fn word(pattern: library::Pattern) -> String {
    use library::Pattern;
    match pattern {
        Pattern::Dyn | Pattern::A | Pattern::B => "any".to_owned(),
        Pattern::List(of) => match word(*of).as_str() {
            "any" => "list".to_owned(),
            of => format!("list({of})"),
        },
        Pattern::Map(..) => "map".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn mismatch(operator: Operator, operands: &[Expr], given: &[Ty]) -> String {
    let sign = operator.sign();
    match (operator, given) {
        (_, [one]) => format!("\"{sign}\" does not take {one}"),
        (Operator::Index, [of, at]) => format!("{of} cannot be indexed with {at}"),
        (Operator::In, [one, within]) => format!("\"in\" does not look for {one} in {within}"),
        (_, [left, right]) => {
            let advice = match (left, right) {
                (Ty::Int | Ty::Uint | Ty::Double, Ty::String) if is_number(operands.last()) => {
                    "; remove the quotes around the number"
                }
                (Ty::String, Ty::Int | Ty::Uint | Ty::Double) => {
                    "; int(…) or double(…) makes a number of a text"
                }
                (Ty::Double, Ty::Int) | (Ty::Int, Ty::Double) => {
                    "; 1 is an int and 1.0 a double; double(…) converts"
                }
                (Ty::Uint, Ty::Int) | (Ty::Int, Ty::Uint) => "; 1 is an int and 1u a uint; int(…) converts",
                (Ty::List(of), _) if **of == *right => {
                    "; the first item is list[0], and \"in\" looks at all of them"
                }
                _ => "",
            };
            format!("\"{sign}\" does not take {left} and {right}{advice}")
        }
        _ => format!("\"{sign}\" does not take this"),
    }
}

fn is_number(expr: Option<&Expr>) -> bool {
    match expr.map(|expr| &expr.kind) {
        Some(Kind::Literal(Value::String(text))) => text.parse::<f64>().is_ok(),
        _ => false,
    }
}
