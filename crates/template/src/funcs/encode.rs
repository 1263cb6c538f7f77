//! Base64, base32 and digests, over bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use super::{Arguments, Function, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("b64enc", 1, b64enc),
    fixed("b64dec", 1, b64dec),
    fixed("b32enc", 1, b32enc),
    fixed("b32dec", 1, b32dec),
    fixed("sha256sum", 1, sha256sum),
    fixed("sha512sum", 1, sha512sum),
    fixed("adler32sum", 1, adler32sum),
];

fn b64enc(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = STANDARD.encode(arguments.bytes(0)?);
    arguments.give(text)
}

fn without_line_breaks(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect()
}

/// Sprig gives the text of the error as the value; here it is an error.
fn b64dec(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let bytes = STANDARD.decode(without_line_breaks(arguments.bytes(0)?));
    arguments.give(bytes.map_err(|_| Failure::message("the text is not base64"))?)
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn b32enc(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut out = Vec::new();
    for chunk in arguments.bytes(0)?.chunks(5) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0u64, |bits, (at, byte)| bits | u64::from(*byte) << (32 - 8 * at));
        let letters = (chunk.len() * 8).div_ceil(5);
        for position in 0..8 {
            let index = usize::try_from(bits >> (35 - 5 * position) & 31).unwrap_or(0);
            let letter = LETTERS.get(index).copied().unwrap_or(b'=');
            out.push(if position < letters { letter } else { b'=' });
        }
    }
    arguments.give(out)
}

fn b32dec(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = without_line_breaks(arguments.bytes(0)?);
    let bytes = decode_base32(&text).ok_or_else(|| Failure::message("the text is not base32"))?;
    arguments.give(bytes)
}

fn decode_base32(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let chunks = text.chunks(8);
    let last = chunks.len();
    for (number, chunk) in chunks.enumerate() {
        let letters = chunk.iter().position(|byte| *byte == b'=').unwrap_or(chunk.len());
        let (data, padding) = chunk.split_at(letters);
        let whole =
            chunk.len() == 8 && matches!(letters, 2 | 4 | 5 | 7 | 8) && padding.iter().all(|b| *b == b'=');
        if !whole || (letters < 8 && number + 1 != last) {
            return None;
        }
        let mut bits = 0u64;
        for letter in data {
            let value = LETTERS.iter().position(|known| known == letter)?;
            bits = bits << 5 | u64::try_from(value).ok()?;
        }
        bits <<= 5 * (8 - letters);
        out.extend(bits.to_be_bytes().into_iter().skip(3).take(letters * 5 / 8));
    }
    Some(out)
}

fn sha256sum(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let digest = hex::encode(sha2::Sha256::digest(arguments.bytes(0)?));
    arguments.give(digest)
}

fn sha512sum(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let digest = hex::encode(sha2::Sha512::digest(arguments.bytes(0)?));
    arguments.give(digest)
}

fn adler32sum(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (low, high) = arguments
        .bytes(0)?
        .iter()
        .fold((1u32, 0u32), |(low, high), byte| {
            let low = (low + u32::from(*byte)) % 65521;
            (low, (high + low) % 65521)
        });
    arguments.give((u64::from(high) << 16 | u64::from(low)).to_string())
}
