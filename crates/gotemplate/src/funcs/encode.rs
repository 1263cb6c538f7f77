//! Base64 and base32. What cannot be decoded gives the decoder's words, as sprig has it.

use crate::{Call, Failure, Function, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("b64enc", &[Type::String], Type::String, |call| {
        let bytes = call.bytes(0)?;
        call.meter().make(bytes.len() / 3 * 4 + 4)?;
        let text = base64(bytes);
        Ok(Value::Str(call.arena().bytes(text)))
    }),
    Function::new("b64dec", &[Type::String], Type::String, |call| {
        decode(call, "base64", decode64)
    }),
    Function::new("b32enc", &[Type::String], Type::String, |call| {
        let bytes = call.bytes(0)?;
        call.meter().make(bytes.len() / 5 * 8 + 8)?;
        let text = encode(bytes, ALPHABET32, 5);
        Ok(Value::Str(call.arena().bytes(text)))
    }),
    Function::new("b32dec", &[Type::String], Type::String, |call| {
        decode(call, "base32", decode32)
    }),
];

const ALPHABET64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ALPHABET32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Standard base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    encode(bytes, ALPHABET64, 6)
}

/// Digits of so many bits each, padded to whole groups.
fn encode(bytes: &[u8], alphabet: &[u8], bits: u32) -> Vec<u8> {
    let (group, digits) = if bits == 6 { (3, 4) } else { (5, 8) };
    let mut out = Vec::with_capacity(bytes.len().div_ceil(group) * digits);
    for chunk in bytes.chunks(group) {
        let full = chunk
            .iter()
            .fold(0_u64, |full, byte| full << 8 | u64::from(*byte));
        let full = full << (8 * (group - chunk.len()));
        let used = (chunk.len() * 8).div_ceil(bits as usize);
        for at in 0..digits {
            let shift = bits as usize * (digits - 1 - at);
            let digit = usize::try_from(full >> shift & ((1 << bits) - 1)).unwrap_or_default();
            let digit = alphabet.get(digit).copied().unwrap_or(b'=');
            out.push(if at < used { digit } else { b'=' });
        }
    }
    out
}

/// What was decoded, or the place of what is wrong.
type Decoded = Result<Vec<u8>, usize>;

fn decode<'a>(
    call: &mut Call<'_, 'a>,
    name: &str,
    decode: impl FnOnce(&[u8]) -> Decoded,
) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    call.meter().make(text.len())?;
    let bytes =
        decode(text).unwrap_or_else(|at| format!("illegal {name} data at input byte {at}").into_bytes());
    Ok(Value::Str(call.arena().bytes(bytes)))
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn digit64(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Line ends are left out anywhere; after the padding nothing else may come.
fn decode64(text: &[u8]) -> Decoded {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0_usize);
    let mut bytes = text.iter().copied().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if let Some(digit) = digit64(byte) {
            bits = bits << 6 | digit;
            count += 1;
            if count == 4 {
                out.extend(bits.to_be_bytes().get(1..).unwrap_or_default());
                (bits, count) = (0, 0);
            }
            continue;
        }
        if is_newline(byte) {
            continue;
        }
        if byte != b'=' || count < 2 {
            return Err(at);
        }
        if count == 2 {
            let (before, second) = next_of(&mut bytes, at).ok_or(text.len())?;
            if second != b'=' {
                return Err(before);
            }
        }
        if let Some((at, _)) = bytes.find(|(_, byte)| !is_newline(*byte)) {
            return Err(at);
        }
        let full = bits << (6 * (4 - count));
        out.extend(full.to_be_bytes().get(1..count).unwrap_or_default());
        return Ok(out);
    }
    // Go counts back from the end by the digits of the group, as if no line ends were among them.
    if count == 0 {
        Ok(out)
    } else {
        Err(text.len() - count)
    }
}

/// The next byte that ends no line, and the place before it.
fn next_of(bytes: &mut impl Iterator<Item = (usize, u8)>, mut before: usize) -> Option<(usize, u8)> {
    for (at, byte) in bytes {
        if !is_newline(byte) {
            return Some((before, byte));
        }
        before = at;
    }
    None
}

fn digit32(byte: u8) -> Option<u64> {
    Some(match byte {
        b'A'..=b'Z' => u64::from(byte - b'A'),
        b'2'..=b'7' => u64::from(byte - b'2') + 26,
        _ => return None,
    })
}

/// Places are counted without line ends.
fn decode32(text: &[u8]) -> Decoded {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !is_newline(*byte)).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5 + 5);
    let (mut bits, mut count) = (0_u64, 0_usize);
    for (at, byte) in text.iter().copied().enumerate() {
        let left = text.len() - at - 1;
        if byte == b'=' && count >= 2 && left < 8 {
            padding32(&text, at, count)?;
            let full = bits << (5 * (8 - count));
            let bytes = count * 5 / 8;
            out.extend(full.to_be_bytes().get(3..3 + bytes).unwrap_or_default());
            return Ok(out);
        }
        bits = bits << 5 | digit32(byte).ok_or(at)?;
        count += 1;
        if count == 8 {
            out.extend(bits.to_be_bytes().get(3..).unwrap_or_default());
            (bits, count) = (0, 0);
        }
    }
    if count == 0 {
        Ok(out)
    } else {
        Err(text.len() - count)
    }
}

/// Checks the padding that begins at a place, after so many digits of its group.
fn padding32(text: &[u8], at: usize, count: usize) -> Result<(), usize> {
    let rest = text.get(at + 1..).unwrap_or_default();
    let wanted = 7 - count;
    if rest.len() < wanted {
        return Err(text.len());
    }
    if let Some(wrong) = rest.iter().take(wanted).position(|byte| *byte != b'=') {
        return Err(at + wrong);
    }
    if matches!(count, 1 | 3 | 6) {
        return Err(at);
    }
    Ok(())
}
