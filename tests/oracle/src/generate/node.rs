//! Text, actions and blocks.

use super::{Generator, Kind};

/// How deep blocks hold one another.
const DEEPEST: u32 = 4;

const TEXTS: [&str; 14] = [
    "a", " ", "\n", " b ", "\n  ", "x: ", "\t", "é", "{ ", "}", "- ", "=\n\n", "\r\n", "\u{a0}",
];

impl Generator<'_> {
    /// A few nodes.
    pub(super) fn nodes(&mut self, out: &mut String, depth: u32) {
        let variables = self.variables.len();
        for _ in 0..self.rng.u32(1..5) {
            self.node(out, depth);
        }
        // What is declared in a block ends with it; at the top it stays, which is the same here.
        self.variables.truncate(variables);
    }

    fn node(&mut self, out: &mut String, depth: u32) {
        let deep = depth >= DEEPEST;
        match self.rng.u32(0..100) {
            0..=17 => {
                let text = self.one(&TEXTS);
                out.push_str(text);
            }
            18..=49 => {
                let kind = self.kind();
                let pipeline = self.pipeline(kind, 0);
                self.action(out, &pipeline);
            }
            50..=58 => self.declare(out),
            59..=62 => self.assign(out),
            63..=74 if !deep => self.branch(out, "if", depth),
            75..=80 if !deep => self.branch(out, "with", depth),
            81..=92 if !deep => self.range(out, depth),
            93..=94 if self.loops > 0 => {
                let word = self.one(&["break", "continue"]);
                let guard = self.pipeline(Kind::Truth, 1);
                self.action(out, &format!("if {guard}"));
                self.action(out, word);
                self.action(out, "end");
            }
            95..=96 if depth == 0 => self.define(out, depth),
            97 => out.push_str(if self.rng.bool() {
                "{{/* note */}}"
            } else {
                "{{- /* note */ -}}"
            }),
            _ => {
                let pipeline = self.pipeline(Kind::Any, 0);
                self.action(out, &pipeline);
            }
        }
    }

    fn kind(&mut self) -> Kind {
        let kinds = [
            Kind::Text,
            Kind::Text,
            Kind::Whole,
            Kind::Number,
            Kind::Truth,
            Kind::List,
            Kind::Map,
            Kind::Any,
        ];
        self.rng.choice(kinds).unwrap_or(Kind::Any)
    }

    /// In delimiters, now and then with trim markers.
    fn action(&mut self, out: &mut String, inside: &str) {
        let left = self.one(&["{{", "{{ ", "{{ ", "{{- ", "{{-\n"]);
        let right = self.one(&["}}", " }}", " }}", " -}}", "\t-}}"]);
        out.push_str(left);
        out.push_str(inside);
        out.push_str(right);
    }

    fn declare(&mut self, out: &mut String) {
        let kind = self.kind();
        let name = self.one(&["$x", "$y", "$z"]).to_owned();
        let pipeline = self.pipeline(kind, 0);
        self.action(out, &format!("{name} := {pipeline}"));
        self.variables.push((name, kind));
    }

    fn assign(&mut self, out: &mut String) {
        let Some((name, kind)) = self.rng.choice(self.variables.clone()) else {
            return self.declare(out);
        };
        let pipeline = self.pipeline(kind, 0);
        self.action(out, &format!("{name} = {pipeline}"));
    }

    fn branch(&mut self, out: &mut String, word: &str, depth: u32) {
        let variables = self.variables.len();
        let kind = if word == "if" { Kind::Truth } else { self.kind() };
        let pipeline = self.pipeline(kind, 0);
        if self.chance(15) {
            self.action(out, &format!("{word} $v := {pipeline}"));
            self.variables.push(("$v".to_owned(), kind));
        } else {
            self.action(out, &format!("{word} {pipeline}"));
        }
        let outside = self.dot;
        let inside = if word == "with" { Some(kind) } else { outside };
        self.dot = inside;
        self.nodes(out, depth + 1);
        if self.chance(25) {
            self.dot = outside;
            let pipeline = self.pipeline(kind, 0);
            self.action(out, &format!("else {word} {pipeline}"));
            self.dot = inside;
            self.nodes(out, depth + 1);
        }
        self.dot = outside;
        if self.chance(35) {
            self.action(out, "else");
            self.nodes(out, depth + 1);
        }
        self.action(out, "end");
        self.variables.truncate(variables);
    }

    fn range(&mut self, out: &mut String, depth: u32) {
        let variables = self.variables.len();
        let kind = if self.chance(60) { Kind::List } else { Kind::Map };
        let over = if self.chance(12) {
            self.one(&["3", "0", "2", "1"]).to_owned()
        } else {
            self.pipeline(kind, 1)
        };
        let number = over.parse::<u32>().is_ok() && !self.chance(10);
        match self.rng.u32(u32::from(number)..4) {
            0 => {
                self.action(out, &format!("range $i, $e := {over}"));
                self.variables.push(("$i".to_owned(), Kind::Whole));
                self.variables.push(("$e".to_owned(), Kind::Any));
            }
            1 => {
                self.action(out, &format!("range $e := {over}"));
                self.variables.push(("$e".to_owned(), Kind::Any));
            }
            _ => self.action(out, &format!("range {over}")),
        }
        let outside = self.dot.replace(if over.ends_with("lm") {
            Kind::Map
        } else {
            Kind::Any
        });
        self.loops += 1;
        self.nodes(out, depth + 1);
        self.loops -= 1;
        self.dot = outside;
        if self.chance(25) {
            self.action(out, "else");
            self.nodes(out, depth + 1);
        }
        self.action(out, "end");
        self.variables.truncate(variables);
    }

    fn define(&mut self, out: &mut String, depth: u32) {
        let name = format!("t{}", self.defined % 3);
        self.defined += 1;
        let outside = std::mem::take(&mut self.variables);
        let (loops, dot) = (std::mem::take(&mut self.loops), self.dot);
        let block = self.chance(30);
        if block {
            let dot = self.argument_for_template();
            let dot = if dot.is_empty() { "." } else { &dot };
            self.action(out, &format!("block \"{name}\" {dot}"));
        } else {
            self.action(out, &format!("define \"{name}\""));
        }
        // Mostly the root is handed on.
        self.dot = None;
        self.nodes(out, depth + 1);
        self.action(out, "end");
        self.variables = outside;
        self.loops = loops;
        self.dot = dot;
        if !block {
            let dot = self.argument_for_template();
            self.action(out, &format!("template \"{name}\" {dot}"));
        }
    }

    fn argument_for_template(&mut self) -> String {
        if self.chance(10) {
            let kind = self.kind();
            return self.pipeline(kind, 1);
        }
        self.one(&["$", "$", "$", ".", "$.m2", ""]).to_owned()
    }
}
