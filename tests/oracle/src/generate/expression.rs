//! Expressions: operands, calls and pipelines.

use super::{Generator, Kind, SIGNATURES, data::TEXTS, texts};

/// How deep calls hold one another.
const DEEPEST: u32 = 3;

impl Generator<'_> {
    /// A pipeline, mostly of this kind.
    pub(super) fn pipeline(&mut self, kind: Kind, depth: u32) -> String {
        if depth < DEEPEST && self.chance(30) {
            // The call first: what is piped into it is what it takes.
            let (call, takes) = self.call(kind, depth + 1, true);
            if let Some(takes) = takes {
                let before = self.pipeline(takes, depth + 1);
                let bar = self.one(&[" | ", " | ", "|", " |\n"]);
                return format!("{before}{bar}{call}");
            }
        }
        if depth < DEEPEST && self.chance(50) {
            return self.call(kind, depth, false).0;
        }
        self.operand(kind, depth)
    }

    /// A call of a function that gives this kind. In a pipeline its last argument is left out, and its kind returned.
    fn call(&mut self, kind: Kind, depth: u32, piped: bool) -> (String, Option<Kind>) {
        let any = self.chance(4) || kind == Kind::Any;
        let sprig = self.sprig;
        let fitting = SIGNATURES.iter().filter(|signature| {
            (sprig || !signature.sprig)
                && (any || signature.gives == kind)
                && (!piped || !signature.takes.is_empty())
        });
        let Some(signature) = self.rng.choice(fitting.collect::<Vec<_>>()) else {
            return (self.operand(kind, depth), None);
        };
        let mut takes = signature.takes.clone();
        if signature.more {
            let last = takes.last().copied().unwrap_or(Kind::Any);
            for _ in 0..self.rng.u32(0..3) {
                takes.push(last);
            }
        }
        let left_out = if piped { takes.pop() } else { None };
        match self.rng.u32(0..150) {
            0 => takes.push(Kind::Any),
            1 => drop(takes.pop()),
            _ => {}
        }
        let mut text = signature.name.to_owned();
        for kind in takes {
            let argument = self.argument(kind, depth + 1);
            text = format!("{text} {argument}");
        }
        (text, left_out)
    }

    fn argument(&mut self, kind: Kind, depth: u32) -> String {
        if depth < DEEPEST && self.chance(25) {
            let inner = self.pipeline(kind, depth + 1);
            if matches!(kind, Kind::Any | Kind::Map) && self.chance(8) {
                let field = self.one(&["a", "s1", "Year", "Major", "host"]);
                return format!("({inner}).{field}");
            }
            return format!("({inner})");
        }
        if matches!(kind, Kind::Any | Kind::Text | Kind::Whole) && self.sprig && self.chance(3) {
            return self.method(depth);
        }
        self.operand(kind, depth)
    }

    /// A method of a time or version.
    fn method(&mut self, depth: u32) -> String {
        const TIME: [&str; 18] = [
            "Year",
            "Month",
            "Day",
            "Weekday",
            "YearDay",
            "Unix",
            "UnixMilli",
            "IsZero",
            "UTC",
            "String",
            "Format \"2006\"",
            "AddDate 0 1 1",
            "Month.String",
            "MarshalJSON",
            "Equal 1",
            "Nope",
            "Nanosecond",
            "GoString",
        ];
        const VERSION: [&str; 14] = [
            "Major",
            "Minor",
            "Patch",
            "Prerelease",
            "Metadata",
            "Original",
            "String",
            "IncMajor",
            "IncMinor",
            "IncPatch.String",
            "Compare",
            "SetPrerelease \"x\"",
            "Nope",
            "MarshalJSON",
        ];
        if self.rng.bool() {
            let of = self.argument(Kind::Time, depth + 1);
            let name = self.one(&TIME);
            return format!("(({of}).{name})");
        }
        let of = self.argument(Kind::Version, depth + 1);
        let name = self.one(&VERSION);
        format!("(({of}).{name})")
    }

    /// A constant, variable or field.
    fn operand(&mut self, kind: Kind, depth: u32) -> String {
        let kind = if self.chance(2) { Kind::Any } else { kind };
        if self.chance(30)
            && let Some(name) = self.variable(kind)
        {
            return name;
        }
        let constant = matches!(kind, Kind::Version | Kind::Time | Kind::Int | Kind::Place);
        if constant || self.chance(25) {
            return self.constant(kind, depth);
        }
        if let Some(text) = self.special(kind) {
            return text;
        }
        if let Some(dot) = self.dot {
            if dot == kind || kind == Kind::Any && self.chance(50) || self.chance(3) {
                return ".".to_owned();
            }
            if dot == Kind::Map && self.chance(30) {
                return self.one(&[".a", ".s1", ".i1", ".k", ".b"]).to_owned();
            }
        }
        let root = if self.dot.is_some() {
            "$"
        } else {
            self.one(&["", "", "$"])
        };
        let field = match kind {
            Kind::Text => self.one(&["s1", "s2", "s3", "m2.s1"]),
            Kind::Whole => self.one(&["i1", "i2", "m2.i1"]),
            Kind::Number => self.one(&["f1", "i1"]),
            Kind::Truth => self.one(&["b1", "b1", "i1", "ls"]),
            Kind::List => self.one(&["ls", "li", "lx", "lm", "m2.ls"]),
            Kind::Map => self.one(&["m1", "m2", "m3"]),
            _ => self.one(&[
                "any", "nil", "nope", "s1", "s2", "i1", "f1", "b1", "m1", "lx", "ls", "m1.a", "m1.b",
                "m2.m1.c",
            ]),
        };
        format!("{root}.{field}")
    }

    fn variable(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<_> = self
            .variables
            .iter()
            .filter(|(_, own)| kind == Kind::Any || *own == kind || *own == Kind::Any)
            .map(|(name, _)| name.clone())
            .collect();
        self.rng.choice(fitting)
    }

    /// A text of its own kind in quotes, where the kind is one of texts.
    fn special(&mut self, kind: Kind) -> Option<String> {
        let text = match kind {
            Kind::Pattern => texts::pattern(self.rng),
            Kind::Format => texts::format(self.rng),
            Kind::Constraint => texts::constraint(self.rng),
            Kind::VersionText => texts::version(self.rng),
            Kind::Layout => texts::layout(self.rng),
            Kind::Duration => texts::duration(self.rng),
            Kind::Address => texts::address(self.rng),
            Kind::Path => texts::path(self.rng),
            Kind::Json => texts::json(self.rng),
            Kind::NumberText => texts::number(self.rng),
            Kind::Replacement => texts::replacement(self.rng),
            _ => return None,
        };
        Some(self.quoted(&text))
    }

    fn constant(&mut self, kind: Kind, depth: u32) -> String {
        if let Some(text) = self.special(kind) {
            return text;
        }
        if matches!(kind, Kind::Number | Kind::Whole | Kind::Any) && self.chance(7) {
            return texts::literal(self.rng);
        }
        match kind {
            Kind::Text => self.text(),
            Kind::Place => self.one(&["0", "0", "0", "1", "1", "2"]).to_owned(),
            Kind::Int if self.chance(30) => {
                let of = self.operand(Kind::Any, depth + 1);
                if self.sprig {
                    format!("(int {of})")
                } else {
                    "(len \"ab\")".to_owned()
                }
            }
            Kind::Whole | Kind::Int => self
                .one(&[
                    "0", "1", "2", "3", "-1", "10", "0x1F", "'a'", "1_000", "0b11", "4",
                ])
                .to_owned(),
            Kind::Number => self
                .one(&[
                    "1.5", "0.1", "-2.25", "1e3", "1e21", "3", "1e-7", ".5", "2.5", "100.0",
                ])
                .to_owned(),
            Kind::Truth => self.one(&["true", "false"]).to_owned(),
            Kind::List if self.sprig && depth < DEEPEST => {
                let one = self.argument(Kind::Any, depth + 1);
                let two = self.argument(Kind::Any, depth + 1);
                format!("(list {one} {two})")
            }
            Kind::Map if self.sprig && depth < DEEPEST => {
                let value = self.argument(Kind::Any, depth + 1);
                format!("(dict \"a\" {value})")
            }
            Kind::List => self.one(&["$.ls", "$.lx"]).to_owned(),
            Kind::Map => self.one(&["$.m1", "$.m2"]).to_owned(),
            Kind::Version if self.sprig => {
                let version = texts::version(self.rng);
                let version = if self.chance(60) {
                    "1.2.3-rc.1".to_owned()
                } else {
                    version
                };
                format!("(semver {version:?})")
            }
            Kind::Time if self.sprig => "(toDate \"2006-01-02\" \"2024-02-29\")".to_owned(),
            _ => self
                .one(&[
                    "true",
                    "1",
                    "2",
                    "\"a\"",
                    "1.5",
                    "'x'",
                    "\"\"",
                    "0",
                    "1i",
                    "\"a\\xff\"",
                ])
                .to_owned(),
        }
    }

    fn text(&mut self) -> String {
        let text = if self.chance(40) {
            texts::any(self.rng)
        } else {
            self.rng.choice(TEXTS).unwrap_or_default().to_owned()
        };
        self.quoted(&text)
    }

    /// A text as a constant, now and then a raw one.
    fn quoted(&mut self, text: &str) -> String {
        if self.chance(20) && !text.contains('`') && !text.contains('\r') {
            return format!("`{text}`");
        }
        let escaped: String = text
            .chars()
            .map(|c| match c {
                '"' => "\\\"".to_owned(),
                '\\' => "\\\\".to_owned(),
                '\n' => "\\n".to_owned(),
                '\t' => "\\t".to_owned(),
                '\r' => "\\r".to_owned(),
                c => c.to_string(),
            })
            .collect();
        let extra = if self.chance(8) {
            texts::escape(self.rng)
        } else {
            ""
        };
        format!("\"{escaped}{extra}\"")
    }
}
