//! Values of types of their own that functions give: times, durations, versions. They print, compare and have methods
//! as Go's types of the same names.

mod calendar;
mod duration;
mod format;
mod methods;
mod moment;
mod parse;
mod version;

pub use moment::{FixedZone, Moment, Zone};
pub use version::Version;

pub(crate) use duration::{parse_duration, show_duration};
pub(crate) use version::order_prerelease;

use crate::{Function, Value};

/// A value of a type of its own, with methods.
#[derive(Clone)]
#[non_exhaustive]
pub enum Object {
    /// `time.Time`
    Time(Moment),
    /// `time.Duration`, in nanoseconds.
    Duration(i64),
    /// `time.Month`, from 1.
    Month(i64),
    /// `time.Weekday`, from Sunday = 0.
    Weekday(i64),
    /// `*time.Location`
    Location(Zone),
    /// `*semver.Version`
    Version(Version),
    /// `semver.Version`: what a method of a version gives. It has fewer methods than a pointer to one.
    BareVersion(Version),
}

/// Never shows a value.
impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Object(..)")
    }
}

impl Object {
    /// What `%T` prints.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Time(_) => "time.Time",
            Self::Duration(_) => "time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
            Self::Location(_) => "*time.Location",
            Self::Version(_) => "*semver.Version",
            Self::BareVersion(_) => "semver.Version",
        }
    }

    /// The name of Go's `reflect.Kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Time(_) | Self::BareVersion(_) => "struct",
            Self::Duration(_) => "int64",
            Self::Month(_) | Self::Weekday(_) => "int",
            Self::Location(_) | Self::Version(_) => "ptr",
        }
    }

    /// The number of those whose kind is an integer: what `%d` prints, what `eq` and `lt` compare, what is true.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Duration(value) | Self::Month(value) | Self::Weekday(value) => Some(*value),
            _ => None,
        }
    }

    /// What its `String` method gives: what printing it prints, and `%v`, `%s`, `%q` and `%x`.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Time(moment) => moment.text(),
            Self::Duration(nanos) => show_duration(*nanos),
            Self::Month(month) => calendar::month_name(*month),
            Self::Weekday(day) => calendar::weekday_name(*day),
            Self::Location(zone) => zone.name().to_owned(),
            Self::Version(version) | Self::BareVersion(version) => version.text(),
        }
    }

    /// What `%#v` prints, where that does not depend on where the value lies in memory.
    #[must_use]
    pub fn go_syntax(&self) -> Option<String> {
        match self {
            Self::Time(moment) => Some(moment.go_syntax()),
            Self::Duration(value) | Self::Month(value) | Self::Weekday(value) => Some(value.to_string()),
            Self::BareVersion(version) => Some(version.go_syntax()),
            Self::Location(_) | Self::Version(_) => None,
        }
    }

    /// What `encoding/json` gives, or nothing where it fails.
    #[must_use]
    pub fn json(&self) -> Option<String> {
        match self {
            Self::Time(moment) => moment.rfc3339_strict().map(|text| format!("\"{text}\"")),
            Self::Duration(value) | Self::Month(value) | Self::Weekday(value) => Some(value.to_string()),
            Self::Version(version) | Self::BareVersion(version) => Some(format!("\"{}\"", version.text())),
            // A struct without exported fields.
            Self::Location(_) => Some("{}".to_owned()),
        }
    }

    /// Go's `==` of two values of the same type. Pointers are the same where they point to the same value.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Time(a), Self::Time(b)) => a.equal(b, Zone::same),
            (Self::Duration(a), Self::Duration(b))
            | (Self::Month(a), Self::Month(b))
            | (Self::Weekday(a), Self::Weekday(b)) => a == b,
            (Self::BareVersion(a), Self::BareVersion(b)) => a == b,
            (Self::Location(a), Self::Location(b)) => a.same(b),
            (Self::Version(_), Self::Version(_)) => std::ptr::eq(self, other),
            _ => false,
        }
    }

    /// Go's `reflect.DeepEqual` of two values.
    #[must_use]
    pub fn deep_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Version(a), Self::Version(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a.equal(b, Zone::deep_equal),
            (Self::Location(a), Self::Location(b)) => a.deep_equal(b),
            _ => self.same(other),
        }
    }

    /// A method. Its arguments are checked as those of a function; its receiver is given as the **last** argument, which
    /// [`Function::params`] does not name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&'static Function> {
        methods::table(self).iter().find(|method| method.name == name)
    }

    /// The names of the methods, for who made a mistake in one.
    #[must_use]
    pub fn methods(&self) -> Vec<&'static str> {
        methods::table(self).iter().map(|method| method.name).collect()
    }
}

impl<'a> Value<'a> {
    /// The object, where this is one.
    pub(crate) fn object(self) -> Option<&'a Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
