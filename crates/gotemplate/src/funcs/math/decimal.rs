//! Decimal numbers of any length, as shopspring/decimal reckons with them: what is exact stays exact, and a quotient
//! has 16 digits after the point.

use std::cmp::Ordering;

use super::number::shortest_digits;
use crate::{Failure, Meter};

/// `digits * 10^exponent`.
#[derive(Clone)]
pub(super) struct Decimal {
    negative: bool,
    digits: Whole,
    exponent: i64,
}

/// The digits after the point that a quotient has.
const PRECISION: i64 = 16;
const BY_ZERO: Failure = Failure::Message("divides by zero");

impl Decimal {
    /// The shortest decimal that is this number.
    ///
    /// # Errors
    /// It is not finite.
    pub(super) fn of(value: f64) -> Result<Self, Failure> {
        if !value.is_finite() {
            return Err(Failure::Message("cannot reckon with a number that is not finite"));
        }
        let (digits, exponent) = shortest_digits(value);
        let digits = Whole::of(digits.parse().unwrap_or(0));
        Ok(Self {
            negative: value < 0.0,
            exponent: if digits.is_zero() { 0 } else { exponent },
            digits,
        })
    }

    /// The nearest `float64`.
    pub(super) fn to_float(&self, meter: &mut Meter) -> Result<f64, Failure> {
        if self.digits.is_zero() {
            return Ok(0.0);
        }
        let digits = self.digits.text();
        meter.read(digits.len() * 8)?;
        let value: f64 = format!("{digits}e{}", self.exponent).parse().unwrap_or_default();
        Ok(if self.negative { -value } else { value })
    }

    fn scaled(&self, exponent: i64, meter: &mut Meter) -> Result<Whole, Failure> {
        let places = usize::try_from(self.exponent - exponent).unwrap_or_default();
        self.digits.shifted(places, meter)
    }

    pub(super) fn add(&self, other: &Self, meter: &mut Meter) -> Result<Self, Failure> {
        let exponent = self.exponent.min(other.exponent);
        let (a, b) = (self.scaled(exponent, meter)?, other.scaled(exponent, meter)?);
        meter.step(1 + (a.0.len() + b.0.len()) as u64 / 16)?;
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, a.plus(&b))
        } else {
            match a.order(&b) {
                Ordering::Less => (other.negative, b.minus(&a)),
                _ => (self.negative, a.minus(&b)),
            }
        };
        Ok(Self {
            negative,
            digits,
            exponent,
        })
    }

    pub(super) fn subtract(&self, other: &Self, meter: &mut Meter) -> Result<Self, Failure> {
        let mut negated = other.clone();
        negated.negative = !other.negative;
        self.add(&negated, meter)
    }

    pub(super) fn multiply(&self, other: &Self, meter: &mut Meter) -> Result<Self, Failure> {
        Ok(Self {
            negative: self.negative != other.negative,
            digits: self.digits.times(&other.digits, meter)?,
            exponent: self.exponent + other.exponent,
        })
    }

    /// Half a unit of the last digit is rounded away from zero.
    pub(super) fn divide(&self, other: &Self, meter: &mut Meter) -> Result<Self, Failure> {
        if other.digits.is_zero() {
            return Err(BY_ZERO);
        }
        let places = self.exponent - other.exponent + PRECISION;
        let distance = usize::try_from(places.unsigned_abs()).unwrap_or(usize::MAX);
        let (above, below) = if places < 0 {
            (self.digits.clone(), other.digits.shifted(distance, meter)?)
        } else {
            (self.digits.shifted(distance, meter)?, other.digits.clone())
        };
        let (mut digits, rest) = above.divided(&below, meter)?;
        if rest.plus(&rest).order(&below) != Ordering::Less {
            digits = digits.plus(&Whole::of(1));
        }
        Ok(Self {
            negative: self.negative != other.negative,
            digits,
            exponent: -PRECISION,
        })
    }
}

/// A whole number: nine decimal digits a limb, the lowest first, no zeros at the end.
#[derive(Clone)]
struct Whole(Vec<u32>);

const LIMB: u64 = 1_000_000_000;

/// The lower nine digits, and the rest.
fn split(value: u64) -> (u32, u64) {
    ((value % LIMB) as u32, value / LIMB)
}

impl Whole {
    fn of(mut value: u64) -> Self {
        let mut limbs = Vec::new();
        while value > 0 {
            let (low, high) = split(value);
            limbs.push(low);
            value = high;
        }
        Self(limbs)
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn trimmed(mut limbs: Vec<u32>) -> Self {
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        Self(limbs)
    }

    fn text(&self) -> String {
        let mut limbs = self.0.iter().rev();
        let mut text = limbs.next().map_or_else(|| "0".to_owned(), u32::to_string);
        for limb in limbs {
            text.push_str(&format!("{limb:09}"));
        }
        text
    }

    fn order(&self, other: &Self) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn plus(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() < other.0.len() {
            (other, self)
        } else {
            (self, other)
        };
        let mut carry = 0;
        let mut limbs = Vec::with_capacity(long.0.len() + 1);
        for (at, limb) in long.0.iter().enumerate() {
            let other = short.0.get(at).copied().unwrap_or_default();
            let (low, high) = split(u64::from(*limb) + u64::from(other) + carry);
            limbs.push(low);
            carry = high;
        }
        limbs.push(split(carry).0);
        Self::trimmed(limbs)
    }

    /// The other number must not be the larger one.
    fn minus(&self, other: &Self) -> Self {
        let mut borrow = 0;
        let mut limbs = Vec::with_capacity(self.0.len());
        for (at, limb) in self.0.iter().enumerate() {
            let other = other.0.get(at).copied().unwrap_or_default();
            let (low, high) = split(LIMB + u64::from(*limb) - u64::from(other) - borrow);
            limbs.push(low);
            borrow = 1 - high;
        }
        Self::trimmed(limbs)
    }

    fn times_small(&self, factor: u64) -> Self {
        let mut carry = 0;
        let mut limbs = Vec::with_capacity(self.0.len() + 1);
        for limb in &self.0 {
            let (low, high) = split(u64::from(*limb) * factor + carry);
            limbs.push(low);
            carry = high;
        }
        limbs.push(split(carry).0);
        Self::trimmed(limbs)
    }

    fn times(&self, other: &Self, meter: &mut Meter) -> Result<Self, Failure> {
        let count = self.0.len() + other.0.len();
        meter.make(count * 4)?;
        meter.step((self.0.len() * other.0.len()) as u64 / 16 + 1)?;
        let mut limbs = vec![0_u32; count];
        for (at, limb) in self.0.iter().enumerate() {
            let mut carry = 0;
            let places = limbs.iter_mut().skip(at);
            let others = other.0.iter().copied().chain(std::iter::once(0));
            for (place, other) in places.zip(others) {
                let (low, high) = split(u64::from(*limb) * u64::from(other) + u64::from(*place) + carry);
                *place = low;
                carry = high;
            }
        }
        Ok(Self::trimmed(limbs))
    }

    /// Times a power of ten.
    fn shifted(&self, places: usize, meter: &mut Meter) -> Result<Self, Failure> {
        if self.is_zero() {
            return Ok(self.clone());
        }
        meter.make((self.0.len() + places / 9 + 1) * 4)?;
        let small = 10_u64.pow(u32::try_from(places % 9).unwrap_or_default());
        let mut limbs = vec![0; places / 9];
        limbs.extend(self.times_small(small).0);
        Ok(Self::trimmed(limbs))
    }

    /// The quotient and the rest, digit by digit of the base: each is found by halving.
    fn divided(&self, by: &Self, meter: &mut Meter) -> Result<(Self, Self), Failure> {
        meter.make(self.0.len() * 8)?;
        meter.step(self.0.len() as u64 * (by.0.len() as u64 / 4 + 2))?;
        let mut quotient = vec![0_u32; self.0.len()];
        let mut rest = Self(Vec::new());
        for (place, limb) in quotient.iter_mut().zip(&self.0).rev() {
            rest.0.insert(0, *limb);
            rest = Self::trimmed(rest.0);
            let (mut low, mut high) = (0, LIMB - 1);
            while low < high {
                let middle = (low + high).div_ceil(2);
                if by.times_small(middle).order(&rest) == Ordering::Greater {
                    high = middle - 1;
                } else {
                    low = middle;
                }
            }
            *place = split(low).0;
            rest = rest.minus(&by.times_small(low));
        }
        Ok((Self::trimmed(quotient), rest))
    }
}
