//! Checksums, in hexadecimal or decimal digits.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::{Call, Failure, Function, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("sha1sum", &[Type::String], Type::String, sum::<Sha1>),
    Function::new("sha256sum", &[Type::String], Type::String, sum::<Sha256>),
    Function::new("sha512sum", &[Type::String], Type::String, sum::<Sha512>),
    Function::new("adler32sum", &[Type::String], Type::String, adler32),
];

fn sum<'a, D: Digest>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let bytes = call.bytes(0)?;
    call.meter().read(bytes.len())?;
    let mut text = String::with_capacity(128);
    for byte in D::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    call.give(text)
}

fn adler32<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in call.bytes(0)? {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    call.give((high << 16 | low).to_string())
}
