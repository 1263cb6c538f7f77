//! Words within a name: `snakecase`, `kebabcase`, `camelcase`.

use crate::funcs::text::{NO_CHAR, Runes, Text};
use crate::unicode::{is_letter, is_number, is_punct, is_space, is_upper, to_lower, to_upper};
use crate::{Call, Failure, Value};

/// What a run of characters is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// There is no more, or only bytes that are no characters.
    End,
    Number,
    /// Capitals, perhaps with the small letters behind them.
    Capitals,
    /// Small letters, and letters without case.
    Letters,
    /// Spaces, hyphens and underscores.
    Gap,
    Punctuation,
    Other,
}

fn is_gap(char: char) -> bool {
    char == '-' || char == '_' || is_space(char)
}

/// A letter of a script that makes words of letters: no Chinese character.
fn is_word_letter(char: char) -> bool {
    is_letter(char) && !matches!(u32::from(char), 0x3400..=0x4d85 | 0x4e00..=0x9fcc | 0x20000..=0x2b81d)
}

fn is_small(char: char) -> bool {
    is_word_letter(char) && !is_upper(char)
}

/// Reads runs of characters. Bytes that are none belong to what they stand before.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    /// The next character and where it ends. Where none is left, `before` again, and the end.
    fn peek(&self, before: char) -> (char, usize) {
        let mut end = self.at;
        for (char, width) in Runes(self.text.get(self.at..).unwrap_or_default()) {
            end += width;
            if char != NO_CHAR {
                return (char, end);
            }
        }
        (before, end)
    }

    fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Goes on while characters are of a sort. Gives the first that is not, or else the last.
    fn run(&mut self, mut last: char, of: impl Fn(char) -> bool) -> char {
        while !self.is_done() {
            let (char, end) = self.peek(last);
            last = char;
            if !of(char) {
                break;
            }
            self.at = end;
        }
        last
    }

    /// The next run.
    fn next(&mut self) -> (Kind, &'t [u8]) {
        let start = self.at;
        let (first, end) = self.peek(NO_CHAR);
        self.at = end;
        let kind = match first {
            NO_CHAR => Kind::End,
            _ if is_gap(first) => {
                self.run(first, is_gap);
                Kind::Gap
            }
            _ if is_punct(first) => {
                self.run(first, is_punct);
                Kind::Punctuation
            }
            _ if is_upper(first) => {
                self.capitals(first);
                Kind::Capitals
            }
            _ if is_word_letter(first) => {
                self.run(first, is_small);
                Kind::Letters
            }
            _ if is_number(first) => {
                self.run(first, is_number);
                Kind::Number
            }
            _ => {
                let part = |char| is_gap(char) || is_word_letter(char) || is_number(char) || is_punct(char);
                self.run(first, |char| !part(char));
                Kind::Other
            }
        };
        (kind, self.text.get(start..self.at).unwrap_or_default())
    }

    /// Behind a capital: a word such as `Server`, or capitals up to the one that begins the next word.
    fn capitals(&mut self, first: char) {
        if self.is_done() {
            return;
        }
        let (second, _) = self.peek(first);
        if !is_upper(second) {
            if is_word_letter(second) {
                self.run(first, is_small);
            }
            return;
        }
        let mut before_last = self.at;
        let mut last = first;
        while !self.is_done() {
            let (char, end) = self.peek(last);
            last = char;
            if !is_upper(char) {
                break;
            }
            before_last = self.at;
            self.at = end;
        }
        if !self.is_done() && is_word_letter(last) {
            self.at = before_last;
        }
    }
}

pub(super) fn snakecase<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    joined(call, '_')
}

pub(super) fn kebabcase<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    joined(call, '-')
}

/// A run of characters.
type Word<'t> = (Kind, &'t [u8]);

/// Small words with something between them.
struct Joiner<'t> {
    words: Reader<'t>,
    out: Text,
    between: char,
}

fn joined<'a>(call: &mut Call<'_, 'a>, between: char) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    // Every character is looked up in several tables.
    call.meter().step(text.len() as u64 / 16)?;
    let out = Text::new(call, text.len());
    let words = Reader { text, at: 0 };
    let mut joiner = Joiner { words, out, between };
    let mut word = joiner.words.next();
    while !joiner.words.is_done() {
        word = joiner.step(word)?;
    }
    joiner.push(word)?;
    joiner.out.give(call)
}

impl<'t> Joiner<'t> {
    /// Writes a word and what belongs to it. Gives the next one.
    fn step(&mut self, word: Word<'t>) -> Result<Word<'t>, Failure> {
        self.push(word)?;
        let next = self.words.next();
        match (word.0, next.0) {
            (Kind::Gap | Kind::Punctuation, _) => Ok(next),
            (Kind::Number, _) => self.tail(next),
            (_, Kind::Number) => self.number(next),
            _ => {
                self.part(next.0)?;
                Ok(next)
            }
        }
    }

    /// A number behind a word: it belongs to the word unless small letters follow.
    fn number(&mut self, number: Word<'t>) -> Result<Word<'t>, Failure> {
        if self.words.is_done() {
            return Ok(number);
        }
        let next = self.words.next();
        if next.0 == Kind::Letters {
            self.out.push_char(self.between)?;
            self.push(number)?;
            return self.tail(next);
        }
        self.push(number)?;
        self.part(next.0)?;
        Ok(next)
    }

    /// Small letters and numbers behind a number belong to it.
    fn tail(&mut self, mut next: Word<'t>) -> Result<Word<'t>, Failure> {
        while matches!(next.0, Kind::Letters | Kind::Number) {
            self.push(next)?;
            next = self.words.next();
        }
        if next.0 != Kind::End {
            self.part(next.0)?;
        }
        Ok(next)
    }

    /// Parts what was written from a word that follows, unless that parts them itself.
    fn part(&mut self, next: Kind) -> Result<(), Failure> {
        match next {
            Kind::Gap | Kind::Punctuation => Ok(()),
            _ => self.out.push_char(self.between),
        }
    }

    fn push(&mut self, (kind, word): Word<'_>) -> Result<(), Failure> {
        if !matches!(kind, Kind::Capitals | Kind::Gap) {
            return self.out.push(word);
        }
        for (char, _) in Runes(word) {
            let char = match char {
                _ if is_gap(char) => self.between,
                _ if is_upper(char) => to_lower(char),
                _ => char,
            };
            self.out.push_char(char)?;
        }
        Ok(())
    }
}

/// Words without gaps, each with a capital.
pub(super) fn camelcase<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    let mut out = Text::new(call, text.len());
    let mut chars = Runes(text).map(|(char, _)| char);
    let mut held = None;
    // Of the word that is read, all was in capitals so far.
    let mut shouts = false;
    for char in chars.by_ref() {
        if !is_gap(char) {
            shouts = is_upper(char);
            held = Some(to_upper(char));
            break;
        }
        out.push_char(char)?;
        held = Some(char);
    }
    // Where there are only gaps, the last one comes twice.
    let Some(mut held) = held else {
        return out.give(call);
    };
    for mut char in chars {
        if is_gap(held) {
            if is_gap(char) {
                out.push_char(held)?;
            } else {
                shouts = is_upper(char);
                char = to_upper(char);
            }
        } else {
            out.push_char(held)?;
            shouts = shouts && is_upper(char);
            if shouts {
                char = to_lower(char);
            }
        }
        held = char;
    }
    out.push_char(held)?;
    out.give(call)
}
