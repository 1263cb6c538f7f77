//! Percent escapes, which differ by the part of the URL.

/// A part of a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    /// The zone of an IPv6 address.
    Zone,
    Userinfo,
    Fragment,
}

/// Why a text cannot be unescaped.
const BAD_ESCAPE: &str = "is not a URL: it has an invalid percent escape";
const BAD_HOST: &str = "is not a URL: the host name has an invalid character";

/// Whether a byte stands for itself there.
fn is_plain(byte: u8, part: Part) -> bool {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => true,
        b'!' | b'(' | b')' | b'*' => matches!(part, Part::Host | Part::Zone | Part::Fragment),
        b'"' | b'\'' | b'<' | b'>' | b'[' | b']' => matches!(part, Part::Host | Part::Zone),
        b'$' | b'&' | b'+' | b'=' | b',' | b';' => true,
        b':' => part != Part::Userinfo,
        b'/' => matches!(part, Part::Path | Part::Fragment),
        b'@' => matches!(part, Part::Path | Part::Fragment),
        b'?' => part == Part::Fragment,
        _ => false,
    }
}

pub(super) fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if is_plain(*byte, part) {
            out.push(*byte);
        } else {
            out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

/// # Errors
/// An escape is broken, or stands for something that must not be in this part.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            let in_host = matches!(part, Part::Host | Part::Zone);
            if in_host && first.is_ascii() && !is_plain(*first, part) {
                return Err(BAD_HOST);
            }
            out.push(*first);
            continue;
        }
        let [high, low, after @ ..] = after else {
            return Err(BAD_ESCAPE);
        };
        let byte = hex(*high)
            .zip(hex(*low))
            .map(|(high, low)| high << 4 | low)
            .ok_or(BAD_ESCAPE)?;
        let fits = match part {
            // Of escapes in a host only those of bytes beyond ASCII are fine, and the percent sign before a zone.
            Part::Host => byte >= 0x80 || byte == b'%',
            Part::Zone => matches!(byte, b'%' | b' ') || is_plain(byte, Part::Host),
            _ => true,
        };
        if !fits {
            return Err(BAD_ESCAPE);
        }
        out.push(byte);
        rest = after;
    }
    Ok(out)
}

fn digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'A' + value - 10
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
