//! The times of the authority, and how a person writes them.

use std::time::Duration;

/// The times of the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// How long a CA is valid. The next one is made when a third of it is left.
    pub ca_life: Duration,
    /// How long the union with the next CA must have been published before the next CA signs: how long the slowest
    /// client takes to read it. The kubelet takes up to two minutes for a projected ConfigMap.
    pub settle: Duration,
    /// How long a leaf is valid. It is renewed when a third of it is left.
    pub leaf_life: Duration,
    /// Certificates are valid from this long before they are made, and the previous CA is trusted for this long
    /// after its last leaf: for replicas and clients whose clocks differ.
    pub skew: Duration,
}

impl Default for Params {
    /// A year, 10 minutes, 24 hours, an hour.
    fn default() -> Self {
        Self {
            ca_life: Duration::from_secs(365 * 24 * 3600),
            settle: Duration::from_secs(10 * 60),
            leaf_life: Duration::from_secs(24 * 3600),
            skew: Duration::from_secs(3600),
        }
    }
}

/// Why times do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// A rotation would not be over before the next one is due.
    #[error("a CA must live three times as long as the settling time, a leaf and an hour together")]
    CaTooShort,
    /// A leaf could expire before clients trust the CA of its successor.
    #[error("a leaf must live at least three times as long as the settling time")]
    LeafTooShort,
}

impl Params {
    /// Times that a person chose.
    ///
    /// # Errors
    /// [`ParamsError`] when they do not go together.
    pub fn new(ca_life: Duration, leaf_life: Duration, settle: Duration) -> Result<Self, ParamsError> {
        let params = Self {
            ca_life,
            settle,
            leaf_life,
            ..Self::default()
        };
        if leaf_life < settle * 3 {
            return Err(ParamsError::LeafTooShort);
        }
        // A third of it is left for a rotation: settling, and the life of the last leaf of the old one.
        if ca_life < (settle + leaf_life + params.skew) * 3 {
            return Err(ParamsError::CaTooShort);
        }
        Ok(params)
    }
}

/// Reads a time such as `8760h` or `10m`: from a second up to ten years.
///
/// # Errors
/// What is wrong with the text, for a person.
pub fn lifetime(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>();
    let parsed = parsed.map_err(|_| "not a duration such as 8760h or 10m".to_owned())?;
    let most = Duration::from_secs(10 * 365 * 24 * 3600);
    match Duration::try_from(parsed) {
        Ok(duration) if duration >= Duration::from_secs(1) && duration <= most => Ok(duration),
        _ => Err("must be between 1s and 87600h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_go_together() {
        let Params {
            ca_life,
            settle,
            leaf_life,
            ..
        } = Params::default();
        assert_eq!(Params::new(ca_life, leaf_life, settle), Ok(Params::default()));
    }

    #[test]
    fn times_that_do_not_go_together() {
        let hour = Duration::from_secs(3600);
        assert_eq!(Params::new(hour * 24, hour, hour), Err(ParamsError::LeafTooShort));
        assert_eq!(
            Params::new(hour * 24, hour * 24, hour / 6),
            Err(ParamsError::CaTooShort)
        );
        assert!(Params::new(hour * 24, hour, hour / 6).is_ok());
    }

    #[test]
    fn times_as_text() {
        for (text, want) in [
            ("8760h", Some(365 * 24 * 3600)),
            ("10m", Some(600)),
            ("1h 30m", Some(5400)),
            ("1s", Some(1)),
            ("0s", None),
            ("-5m", None),
            ("10", None),
            ("99999999h", None),
            ("", None),
        ] {
            assert_eq!(lifetime(text).ok().map(|time| time.as_secs()), want, "{text}");
        }
    }
}
