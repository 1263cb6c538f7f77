//! Printing an error with its causes. Errors of this project do not repeat their source in their own text.

use std::error::Error;
use std::fmt;

/// Prints an error and its sources as `a: b: c`. For logs: `error = %Chain(&err)`.
///
/// A source whose text the line already ends with is left out, because some libraries repeat their source.
pub struct Chain<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.0.to_string();
        let mut next = self.0.source();
        while let Some(source) = next {
            let text = source.to_string();
            if !line.ends_with(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
            next = source.source();
        }
        f.write_str(&line)
    }
}

impl fmt::Debug for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        #[source]
        source: Option<Box<Self>>,
    }

    fn chain(texts: &[&'static str]) -> Link {
        let (first, rest) = texts.split_first().unwrap();
        Link {
            text: first,
            source: (!rest.is_empty()).then(|| Box::new(chain(rest))),
        }
    }

    #[test]
    fn prints_every_cause_once() {
        for (texts, expected) in [
            (&["a"][..], "a"),
            (&["a", "b", "c"][..], "a: b: c"),
            (&["a: b", "b", "c"][..], "a: b: c"),
            (&["a", "b: c", "c"][..], "a: b: c"),
        ] {
            assert_eq!(Chain(&chain(texts)).to_string(), expected);
        }
    }
}
