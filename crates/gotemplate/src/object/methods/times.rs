//! Methods of times.

use std::cmp::Ordering;

use super::spans::duration;
use super::{SEVERAL, receiver};
use crate::object::{Moment, Object, Zone};
use crate::{Call, Elem, Failure, Function, Type, Value};

pub(super) static METHODS: &[Function] = &[
    Function::new("Year", &[], Type::Int, |call| int(call, |t| t.date().year)),
    Function::new("Month", &[], Type::Month, |call| {
        give(call, |t| Object::Month(t.date().month))
    }),
    Function::new("Day", &[], Type::Int, |call| int(call, |t| t.date().day)),
    Function::new("Weekday", &[], Type::Weekday, |call| {
        give(call, |t| Object::Weekday(t.weekday()))
    }),
    Function::new("YearDay", &[], Type::Int, |call| int(call, Moment::year_day)),
    Function::new("Hour", &[], Type::Int, |call| int(call, |t| t.clock().hour)),
    Function::new("Minute", &[], Type::Int, |call| int(call, |t| t.clock().minute)),
    Function::new("Second", &[], Type::Int, |call| int(call, |t| t.clock().second)),
    Function::new("Nanosecond", &[], Type::Int, |call| int(call, |t| t.nanos.into())),
    Function::new("Unix", &[], Type::Int64, |call| int64(call, |t| t.seconds)),
    Function::new("UnixMilli", &[], Type::Int64, |call| {
        int64(call, |t| t.unix_in(1_000))
    }),
    Function::new("UnixMicro", &[], Type::Int64, |call| {
        int64(call, |t| t.unix_in(1_000_000))
    }),
    Function::new("UnixNano", &[], Type::Int64, |call| {
        int64(call, |t| t.unix_in(1_000_000_000))
    }),
    Function::new("IsZero", &[], Type::Bool, |call| {
        Ok(Value::Bool(this(call)?.is_zero()))
    }),
    Function::new("IsDST", &[], Type::Bool, |_| Ok(Value::Bool(false))),
    Function::new("Before", &[Type::Time], Type::Bool, |call| {
        Ok(Value::Bool(order(call)? == Ordering::Less))
    }),
    Function::new("After", &[Type::Time], Type::Bool, |call| {
        Ok(Value::Bool(order(call)? == Ordering::Greater))
    }),
    Function::new("Equal", &[Type::Time], Type::Bool, |call| {
        Ok(Value::Bool(order(call)? == Ordering::Equal))
    }),
    Function::new("Compare", &[Type::Time], Type::Int, |call| {
        Ok(Value::Int(order(call)? as i64))
    }),
    Function::new("Sub", &[Type::Time], Type::Duration, |call| {
        let other = other(call)?;
        give(call, |t| Object::Duration(t.since(other)))
    }),
    Function::new("Add", &[Type::Duration], Type::Time, |call| {
        let by = duration(call, 0)?;
        give(call, |t| Object::Time(t.plus(by)))
    }),
    Function::new("Round", &[Type::Duration], Type::Time, |call| {
        let by = duration(call, 0)?;
        give(call, |t| Object::Time(t.round(by)))
    }),
    Function::new("Truncate", &[Type::Duration], Type::Time, |call| {
        let by = duration(call, 0)?;
        give(call, |t| Object::Time(t.truncate(by)))
    }),
    Function::new(
        "AddDate",
        &[Type::Int, Type::Int, Type::Int],
        Type::Time,
        |call| {
            let (years, months, days) = (call.int(0)?, call.int(1)?, call.int(2)?);
            give(call, |t| Object::Time(t.plus_date(years, months, days)))
        },
    ),
    Function::new("UTC", &[], Type::Time, |call| {
        give(call, |t| Object::Time(t.within(Zone::Utc)))
    }),
    Function::new("Local", &[], Type::Time, |call| {
        give(call, |t| Object::Time(t.within(Zone::Local)))
    }),
    Function::new("In", &[Type::Location], Type::Time, within),
    Function::new("Location", &[], Type::Location, |call| {
        give(call, |t| Object::Location(t.zone.clone()))
    }),
    Function::new("Format", &[Type::String], Type::String, |call| {
        let layout = call.bytes(0)?;
        call.meter().read(layout.len() * 32)?;
        let text = this(call)?.format(layout);
        call.give(text)
    }),
    Function::new("String", &[], Type::String, |call| text(call, Moment::text)),
    Function::new("GoString", &[], Type::String, |call| {
        text(call, Moment::go_syntax)
    }),
    Function::new("MarshalText", &[], Type::Bytes, |call| marshal(call, "")),
    Function::new("MarshalJSON", &[], Type::Bytes, |call| marshal(call, "\"")),
    Function::new("Date", &[], Type::Any, |_| Err(SEVERAL)),
    Function::new("Clock", &[], Type::Any, |_| Err(SEVERAL)),
    Function::new("ISOWeek", &[], Type::Any, |_| Err(SEVERAL)),
    Function::new("Zone", &[], Type::Any, |_| Err(SEVERAL)),
    Function::new("ZoneBounds", &[], Type::Any, |_| Err(SEVERAL)),
];

impl Moment {
    fn year_day(&self) -> i64 {
        crate::object::calendar::day_of_year(self.date())
    }

    /// Units of so many a second since 1970, wrapping as Go's arithmetic does.
    fn unix_in(&self, per_second: u32) -> i64 {
        let below = i64::from(self.nanos / (1_000_000_000 / per_second));
        self.seconds
            .wrapping_mul(i64::from(per_second))
            .wrapping_add(below)
    }
}

fn this<'a>(call: &Call<'_, 'a>) -> Result<&'a Moment, Failure> {
    match receiver(call)? {
        Object::Time(moment) => Ok(moment),
        _ => Err(Failure::Message("is called on something that is no time")),
    }
}

fn other<'a>(call: &Call<'_, 'a>) -> Result<&'a Moment, Failure> {
    match call.value(0) {
        Value::Object(Object::Time(moment)) => Ok(moment),
        _ => Err(Failure::Argument(0, "is not a time")),
    }
}

fn order(call: &Call<'_, '_>) -> Result<Ordering, Failure> {
    Ok(this(call)?.order(other(call)?))
}

fn int<'a>(call: &mut Call<'_, 'a>, of: impl Fn(&Moment) -> i64) -> Result<Value<'a>, Failure> {
    Ok(Value::Int(of(this(call)?)))
}

fn int64<'a>(call: &mut Call<'_, 'a>, of: impl Fn(&Moment) -> i64) -> Result<Value<'a>, Failure> {
    Ok(Value::Int64(of(this(call)?)))
}

fn text<'a>(call: &mut Call<'_, 'a>, of: impl Fn(&Moment) -> String) -> Result<Value<'a>, Failure> {
    let text = of(this(call)?);
    call.give(text)
}

fn give<'a>(call: &mut Call<'_, 'a>, of: impl FnOnce(&Moment) -> Object) -> Result<Value<'a>, Failure> {
    let object = of(this(call)?);
    call.meter().make(std::mem::size_of::<Object>())?;
    Ok(call.arena().object(object))
}

fn within<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let Value::Object(Object::Location(zone)) = call.value(0) else {
        return Err(Failure::Argument(0, "is nil, not a zone"));
    };
    give(call, |t| Object::Time(t.within(zone.clone())))
}

fn marshal<'a>(call: &mut Call<'_, 'a>, quote: &str) -> Result<Value<'a>, Failure> {
    let text = this(call)?
        .rfc3339_strict()
        .ok_or(Failure::Message("the time has no form in RFC 3339"))?;
    let bytes = format!("{quote}{text}{quote}");
    call.give_list(Elem::Byte, bytes.bytes().map(Value::Uint8).collect())
}
