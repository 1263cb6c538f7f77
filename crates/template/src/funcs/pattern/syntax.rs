//! Go's syntax of regular expressions in that of Rust.

use std::iter::Peekable;
use std::str::Chars;

/// Go's classes are ASCII; and what has a meaning inside of brackets only in Rust is escaped.
pub(super) fn as_rust(pattern: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(pattern.len() * 2),
        inside: None,
    };
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        writer.character(c, &mut chars);
    }
    writer.out
}

struct Writer {
    out: String,
    /// Characters since the opening bracket; none outside of brackets.
    inside: Option<usize>,
}

impl Writer {
    fn character(&mut self, c: char, rest: &mut Peekable<Chars<'_>>) {
        let count = self.inside;
        self.inside = count.map(|count| count + 1);
        match (c, count) {
            ('\\', _) => self.escape(rest.next()),
            ('[', None) => {
                self.out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    self.out.push('^');
                }
                self.inside = Some(0);
            }
            // A bracket that comes first stands for itself.
            (']', Some(0)) => self.out.push_str("\\]"),
            (']', Some(_)) => {
                self.out.push(']');
                self.inside = None;
            }
            ('[', Some(_)) if rest.peek() == Some(&':') => {
                // `[:alpha:]` is copied as it is.
                self.out.push('[');
                for c in rest.by_ref() {
                    self.out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ('[' | '&' | '~', Some(_)) => {
                self.out.push('\\');
                self.out.push(c);
            }
            (c, _) => self.out.push(c),
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, next: Option<char>) {
        let class = match next {
            Some('d' | 'D') => "0-9",
            Some('w' | 'W') => "0-9A-Za-z_",
            Some('s' | 'S') => "\\t\\n\\f\\r ",
            Some('b' | 'B') if self.inside.is_none() => {
                self.out.push_str(if next == Some('b') {
                    "(?-u:\\b)"
                } else {
                    "(?-u:\\B)"
                });
                return;
            }
            other => {
                self.out.push('\\');
                self.out.extend(other);
                return;
            }
        };
        let negated = next.is_some_and(|c| c.is_ascii_uppercase());
        match (negated, self.inside.is_some()) {
            (true, _) => self.out.extend(["[^", class, "]"]),
            (false, true) => self.out.push_str(class),
            (false, false) => self.out.extend(["[", class, "]"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::bytes::Regex;

    use super::*;

    #[test]
    fn classes_are_those_of_go() {
        for (go, rust) in [
            (r"\d+", "[0-9]+"),
            (r"[\d.]", "[0-9.]"),
            (r"[]a]", r"[\]a]"),
            (r"[^]a]", r"[^\]a]"),
            ("[[:alpha:]&&x]", r"[[:alpha:]\&\&x]"),
            ("[a[b]", r"[a\[b]"),
            (r"\bx\.", r"(?-u:\b)x\."),
        ] {
            assert_eq!(as_rust(go), rust);
            assert!(Regex::new(rust).is_ok(), "{rust}");
        }
    }
}
