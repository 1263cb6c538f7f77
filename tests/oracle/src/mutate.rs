//! Templates made of others: tokens are dropped, doubled, swapped, exchanged with those of another template.

use fastrand::Rng;

/// What is put in place of tokens, or beside them.
const SPICE: [&str; 44] = [
    "{{", "}}", "{{-", "-}}", "{{- ", " -}}", "(", ")", "|", ".", "$", ",", ":=", "=", "\"", "`", "'", "-",
    "0", "1", "-1", "1.5", "nil", "true", "\"\"", "\"a\"", "'x'", "end", "else", "if", "range", "with",
    "break", "continue", "define", "template", "block", "print", "printf", "len", "index", " ", "\n", "é",
];

/// One to three changes of a template; tokens may come from `other`.
pub fn mutate(rng: &mut Rng, template: &str, other: &str) -> String {
    let mut tokens: Vec<String> = tokens(template).into_iter().map(str::to_owned).collect();
    let donor = tokens_of_actions(other);
    for _ in 0..rng.u32(1..4) {
        change(rng, &mut tokens, &donor);
    }
    tokens.concat()
}

fn change(rng: &mut Rng, tokens: &mut Vec<String>, donor: &[&str]) {
    if tokens.is_empty() {
        tokens.push("{{.}}".to_owned());
    }
    let at = rng.usize(0..tokens.len());
    let taken = |rng: &mut Rng| rng.choice(donor.iter().copied()).unwrap_or(".").to_owned();
    match rng.u32(0..9) {
        0 | 1 => drop(tokens.remove(at)),
        2 => tokens.insert(at, tokens.get(at).cloned().unwrap_or_default()),
        3 => {
            let with = rng.usize(0..tokens.len());
            tokens.swap(at, with);
        }
        4 => tokens.insert(at, rng.choice(SPICE).unwrap_or_default().to_owned()),
        5 | 6 => {
            let from = taken(rng);
            if let Some(token) = tokens.get_mut(at) {
                *token = from;
            }
        }
        7 => {
            let from = taken(rng);
            tokens.insert(at, from);
        }
        _ => {
            // A stretch of another template in a row.
            let start = rng.usize(0..donor.len().max(1));
            let length = rng.usize(1..6);
            let stretch: Vec<String> = donor
                .iter()
                .skip(start)
                .take(length)
                .map(|&token| token.to_owned())
                .collect();
            tokens.splice(at..at, stretch);
        }
    }
}

fn tokens_of_actions(template: &str) -> Vec<&str> {
    tokens(template)
        .into_iter()
        .filter(|token| !token.trim().is_empty())
        .collect()
}

/// Splits a template into words, numbers, texts in quotes, spaces and signs. Nothing is lost.
pub fn tokens(template: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let length = length_of_token(rest, first);
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn length_of_token(rest: &str, first: char) -> usize {
    for sign in ["{{- ", " -}}", "{{", "}}", ":=", "/*", "*/"] {
        if rest.starts_with(sign) {
            return sign.len();
        }
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let run = |of: &dyn Fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
    match first {
        '"' | '`' => quoted(rest, first),
        '.' | '$' => {
            1 + rest
                .get(1..)
                .map_or(0, |after| after.find(|c| !word(c)).unwrap_or(after.len()))
        }
        c if word(c) => run(&word),
        // A trim marker begins with a space: no run may swallow it.
        ' ' => 1,
        c => c.len_utf8(),
    }
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_lose_nothing() {
        for template in ["{{ .a.b | printf \"%s \\\" \" -}} é {{`x", "a {{- 1.5 }}\n", ""] {
            assert_eq!(tokens(template).concat(), template);
        }
        assert_eq!(
            tokens("{{ .a|print \"b c\" -}} d"),
            ["{{", " ", ".a", "|", "print", " ", "\"b c\"", " -}}", " ", "d"]
        );
    }
}
