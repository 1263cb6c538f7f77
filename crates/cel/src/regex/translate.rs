//! From Go's syntax to that of the parser, which has more words, and Unicode's meaning for some of them.

use crate::regex::{MOST_TIMES, Wrong};

const DIGIT: &str = "0-9";
const SPACE: &str = "\\t\\n\\x0C\\r ";
const WORD: &str = "0-9A-Za-z_";

const BAD_ESCAPE: Wrong = "a backslash stands before a letter or digit that has no meaning";
const BAD_GROUP: Wrong = "what stands behind \"(?\" has no meaning";
const UNCLOSED_CLASS: Wrong = "a \"[\" is not closed";

/// Classes of Unicode that a pattern may have: each has hundreds of ranges.
const MOST_UNICODE: usize = 20;

/// The pattern in the parser's syntax, and what it costs to parse that, in steps. It has no groups that capture, and no
/// repetition is greedy: whether something matches is the same.
pub(super) fn translate(pattern: &str) -> Result<(String, usize), Wrong> {
    let mut translator = Translator {
        rest: pattern,
        out: String::with_capacity(pattern.len() * 2),
        operand: 0,
        classes: 0,
        unicode: 0,
    };
    translator.run()?;
    if translator.unicode > MOST_UNICODE {
        return Err("the pattern has too many classes of characters");
    }
    let cost = translator.classes * 20 + translator.unicode * 200;
    Ok((translator.out, cost))
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    /// The end of what a repetition repeats. In Go, that may stand before flags, which the parser does not know.
    operand: usize,
    classes: usize,
    unicode: usize,
}

impl<'p> Translator<'p> {
    fn run(&mut self) -> Result<(), Wrong> {
        // Whether a repetition was the last thing: there is none of it.
        let mut repeated = false;
        while let Some(next) = self.rest.chars().next() {
            let repetition = match next {
                '*' | '+' | '?' => Some(self.rest.get(..1).unwrap_or_default()),
                '{' => counted(self.rest)?,
                _ => None,
            };
            if let Some(repetition) = repetition {
                if repeated {
                    return Err("a repetition is repeated");
                }
                self.repeat(repetition);
                repeated = true;
                continue;
            }
            repeated = false;
            self.skip(next.len_utf8());
            if next == '(' && self.flags()? {
                continue;
            }
            let before = self.out.len();
            match next {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                ')' | '|' | '^' | '$' | '.' => self.out.push(next),
                _ => self.literal(next),
            }
            // A quotation may be empty.
            if self.out.len() > before {
                self.operand = self.out.len();
            }
        }
        Ok(())
    }

    /// A repetition of what stands before it and before flags. A "?" behind each keeps it apart from one that follows
    /// behind flags: `a+(?i)?` is no `a+?`.
    fn repeat(&mut self, repetition: &str) {
        self.skip(repetition.len());
        if self.rest.starts_with('?') {
            self.skip(1);
        }
        self.out.insert(self.operand, '?');
        self.out.insert_str(self.operand, repetition);
        self.operand += repetition.len() + 1;
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.skip(next.len_utf8());
        Some(next)
    }

    /// A character that stands for itself.
    fn literal(&mut self, character: char) {
        if character.is_ascii_alphanumeric() {
            self.out.push(character);
        } else {
            let code = format!("\\x{{{:x}}}", u32::from(character));
            self.out.push_str(&code);
        }
    }

    /// What stands behind a backslash, outside of a class.
    fn escape(&mut self) -> Result<(), Wrong> {
        if self.rest.starts_with('Q') {
            self.skip(1);
            let (text, behind) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.rest = behind;
            text.chars().for_each(|character| self.literal(character));
            return Ok(());
        }
        let assertion = match self.rest.chars().next() {
            Some('b') => "(?-u:\\b)",
            Some('B') => "(?-u:\\B)",
            Some('A') => "\\A",
            Some('z') => "\\z",
            _ => "",
        };
        if !assertion.is_empty() {
            self.skip(1);
            self.out.push_str(assertion);
            return Ok(());
        }
        match self.set()? {
            Some(set) => {
                self.out.push('[');
                self.out.push_str(&set);
                self.out.push(']');
            }
            None => {
                let character = self.character()?;
                self.literal(character);
            }
        }
        Ok(())
    }

    /// A set of characters behind a backslash, as it stands in a class.
    fn set(&mut self) -> Result<Option<String>, Wrong> {
        let set = match self.rest.chars().next() {
            Some('d') => DIGIT.to_owned(),
            Some('D') => format!("[^{DIGIT}]"),
            Some('s') => SPACE.to_owned(),
            Some('S') => format!("[^{SPACE}]"),
            Some('w') => WORD.to_owned(),
            Some('W') => format!("[^{WORD}]"),
            Some(letter @ ('p' | 'P')) => {
                self.skip(1);
                self.unicode += 1;
                return self.unicode(letter).map(Some);
            }
            _ => return Ok(None),
        };
        self.skip(1);
        Ok(Some(set))
    }

    fn unicode(&mut self, letter: char) -> Result<String, Wrong> {
        const UNKNOWN: Wrong = "a class of characters in the pattern is not known";
        let name = match self.next() {
            Some('{') => {
                let (name, behind) = self.rest.split_once('}').ok_or(UNKNOWN)?;
                self.rest = behind;
                name.to_owned()
            }
            Some(one) => one.to_string(),
            None => return Err(UNKNOWN),
        };
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (letter == 'p', name.to_owned()),
            None => (letter == 'P', name),
        };
        if name == "Any" {
            return Ok(if negated {
                "[^\\x{0}-\\x{10FFFF}]"
            } else {
                "\\x{0}-\\x{10FFFF}"
            }
            .to_owned());
        }
        // The parser knows ages and properties besides.
        if name.is_empty()
            || !name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b" _-".contains(&b))
        {
            return Err(UNKNOWN);
        }
        let letter = if negated { 'P' } else { 'p' };
        Ok(format!("\\{letter}{{{name}}}"))
    }

    /// One character behind a backslash.
    fn character(&mut self) -> Result<char, Wrong> {
        let next = self.next().ok_or("the pattern ends with a backslash")?;
        let octal = |c: char| ('0'..='7').contains(&c);
        match next {
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\u{b}'),
            'x' => self.hexadecimal(),
            '1'..='7' if !self.rest.starts_with(octal) => {
                Err("a backslash and a digit refer to a group, which patterns of linear time cannot")
            }
            '0'..='7' => {
                let mut code = next.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    code = code * 8 + digit;
                    self.skip(1);
                }
                char::from_u32(code).ok_or(BAD_ESCAPE)
            }
            _ if next.is_ascii() && !next.is_ascii_alphanumeric() => Ok(next),
            _ => Err(BAD_ESCAPE),
        }
    }

    fn hexadecimal(&mut self) -> Result<char, Wrong> {
        let digits = match self.rest.strip_prefix('{') {
            Some(behind) => {
                let (digits, behind) = behind.split_once('}').ok_or(BAD_ESCAPE)?;
                self.rest = behind;
                digits
            }
            None => {
                let digits = self.rest.get(..2).ok_or(BAD_ESCAPE)?;
                self.skip(2);
                digits
            }
        };
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| valid);
        code.and_then(char::from_u32).ok_or(BAD_ESCAPE)
    }

    /// `[…]`
    fn class(&mut self) -> Result<(), Wrong> {
        self.classes += 1;
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.skip(1);
            self.out.push('^');
        }
        let mut first = true;
        loop {
            if self.rest.starts_with(']') && !first {
                self.skip(1);
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if let Some(posix) = self.posix()? {
                self.out.push_str(posix);
                continue;
            }
            if let Some(behind) = self.rest.strip_prefix('\\') {
                let backslash = std::mem::replace(&mut self.rest, behind);
                if let Some(set) = self.set()? {
                    self.out.push_str(&set);
                    continue;
                }
                self.rest = backslash;
            }
            self.range()?;
        }
    }

    /// `[:alpha:]`
    fn posix(&mut self) -> Result<Option<&'p str>, Wrong> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "word", "xdigit",
        ];
        let Some((name, behind)) = self
            .rest
            .strip_prefix("[:")
            .and_then(|rest| rest.split_once(":]"))
        else {
            return Ok(None);
        };
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err("a class of characters in the pattern is not known");
        }
        let text = self.rest.get(..name.len() + 4).unwrap_or_default();
        self.rest = behind;
        Ok(Some(text))
    }

    /// One character of a class, or a range.
    fn range(&mut self) -> Result<(), Wrong> {
        let from = self.of_class()?;
        let range = self
            .rest
            .strip_prefix('-')
            .filter(|behind| !behind.starts_with(']'));
        let to = match range {
            Some("") => return Err(UNCLOSED_CLASS),
            Some(behind) => {
                self.rest = behind;
                self.of_class()?
            }
            None => from,
        };
        if to < from {
            return Err("a range of characters ends before it starts");
        }
        let range = format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(from), u32::from(to));
        self.out.push_str(&range);
        Ok(())
    }

    fn of_class(&mut self) -> Result<char, Wrong> {
        match self.next() {
            None => Err(UNCLOSED_CLASS),
            Some('\\') => self.character(),
            Some(character) => Ok(character),
        }
    }

    /// `(?i)`, of which the bracket is read already. Says whether it was that.
    fn flags(&mut self) -> Result<bool, Wrong> {
        let Some((flags, behind)) = self
            .rest
            .strip_prefix('?')
            .and_then(|rest| rest.split_once(')'))
            .filter(|(flags, _)| flags.chars().all(is_flag))
        else {
            return Ok(false);
        };
        // Go takes none for nothing.
        if !flags.is_empty() {
            let flags = format!("(?{})", unique(flags)?);
            self.out.push_str(&flags);
        }
        self.rest = behind;
        Ok(true)
    }

    /// What stands behind a `(`.
    fn group(&mut self) -> Result<(), Wrong> {
        let Some(behind) = self.rest.strip_prefix('?') else {
            self.out.push_str("(?:");
            return Ok(());
        };
        if let Some(name) = behind.strip_prefix("P<").or_else(|| behind.strip_prefix('<')) {
            let (name, behind) = name.split_once('>').ok_or(BAD_GROUP)?;
            let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !valid {
                return Err("the name of a group is not a word");
            }
            self.rest = behind;
            self.out.push_str("(?:");
            return Ok(());
        }
        let (flags, behind) = behind.split_once(':').ok_or(BAD_GROUP)?;
        if !flags.chars().all(is_flag) {
            return Err(BAD_GROUP);
        }
        let group = format!("(?{}:", unique(flags)?);
        self.out.push_str(&group);
        self.rest = behind;
        Ok(())
    }
}

/// What may stand between `(?` and what ends flags.
fn is_flag(character: char) -> bool {
    "imsU-".contains(character)
}

/// Flags as the parser takes them: each once.
fn unique(flags: &str) -> Result<String, Wrong> {
    let (on, off) = match flags.split_once('-') {
        Some((_, off)) if off.is_empty() || off.contains('-') => return Err(BAD_GROUP),
        Some((on, off)) => (on, Some(off)),
        None => (flags, None),
    };
    let once = |flags: &str, out: &mut String| {
        for flag in flags.chars() {
            let turned_off = off.is_some_and(|off| off.contains(flag));
            if !out.contains(flag) && (out.contains('-') || !turned_off) {
                out.push(flag);
            }
        }
    };
    let mut out = String::new();
    once(on, &mut out);
    if let Some(off) = off {
        out.push('-');
        once(off, &mut out);
    }
    Ok(out)
}

/// `{2}`, `{2,}`, `{2,3}`; anything else stands for itself.
fn counted(rest: &str) -> Result<Option<&str>, Wrong> {
    let Some((inside, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return Ok(None);
    };
    let number = |digits: &str| {
        let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        valid && (digits.len() == 1 || !digits.starts_with('0'))
    };
    let (least, most) = match inside.split_once(',') {
        None => (inside, inside),
        Some((least, "")) => (least, least),
        Some((least, most)) => (least, most),
    };
    if !number(least) || !number(most) {
        return Ok(None);
    }
    let value = |digits: &str| digits.parse::<u32>().ok().filter(|times| *times <= MOST_TIMES);
    match (value(least), value(most)) {
        (Some(least), Some(most)) if least <= most => Ok(rest.get(..inside.len() + 2)),
        _ => Err("a repetition is more than 1000, or its end is before its start"),
    }
}
