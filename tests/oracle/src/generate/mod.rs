//! Random templates and data by a grammar. The same seed gives the same cases.
//!
//! Expressions are made with the kind in mind that is wanted, and now and then with another one: most cases run to
//! their end, and many fail in the ways that people's templates do.

mod data;
mod expression;
mod functions;
mod node;
mod texts;

pub use data::{data, value};
pub use functions::{Kind, SIGNATURES, Signature};

use fastrand::Rng;

/// Makes templates.
#[derive(Debug)]
pub struct Generator<'r> {
    rng: &'r mut Rng,
    /// Variables in scope, with the kind that they had when they were made.
    variables: Vec<(String, Kind)>,
    /// Loops around the place.
    loops: u32,
    /// What the dot is, where it is not the root.
    dot: Option<Kind>,
    /// Templates defined so far.
    defined: u32,
    sprig: bool,
}

/// A template.
pub fn template(rng: &mut Rng, sprig: bool) -> String {
    let mut generator = Generator {
        rng,
        variables: Vec::new(),
        loops: 0,
        dot: None,
        defined: 0,
        sprig,
    };
    let mut text = String::new();
    generator.nodes(&mut text, 0);
    text
}

impl Generator<'_> {
    /// One of several.
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        self.rng.choice(of.iter().copied()).unwrap_or_default()
    }

    /// True so many times in a hundred.
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_templates() {
        let make = || {
            let mut rng = Rng::with_seed(7);
            (0..50).map(|_| template(&mut rng, true)).collect::<Vec<_>>()
        };
        assert_eq!(make(), make());
        assert!(make().iter().any(|text| text.contains("range")));
    }
}
