//! The Secret's keys: reading what is there, whatever state it is in, and writing it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::ca::{Ca, CaError, facts_of_pem};
use super::plan::PreviousFacts;

/// The keys of the Secret's data.
pub mod keys {
    /// The current CA's certificate.
    pub const CURRENT: &str = "ca.crt";
    /// The current CA's key.
    pub const CURRENT_KEY: &str = "ca.key";
    /// The next CA's certificate.
    pub const NEXT: &str = "next.crt";
    /// The next CA's key.
    pub const NEXT_KEY: &str = "next.key";
    /// The previous CA's certificate. Its key is gone.
    pub const PREVIOUS: &str = "previous.crt";
    /// When the previous CA's last leaf is dead (RFC 3339).
    pub const PREVIOUS_UNTIL: &str = "previous.until";
}

/// The Secret's data: values that are wiped from memory.
pub type Data = BTreeMap<&'static str, Zeroizing<Vec<u8>>>;

/// What the Secret holds.
#[derive(Debug, Default)]
pub struct Record {
    /// The CA that signs.
    pub current: Option<Ca>,
    /// The CA that will sign.
    pub next: Option<Ca>,
    /// The CA that signed before: its certificate and how long it stays.
    pub previous: Option<(String, PreviousFacts)>,
    /// What is there but cannot be used. It is replaced; a person should know.
    pub damaged: Vec<(&'static str, CaError)>,
}

impl Record {
    /// Reads the data. Never fails: what cannot be used is as good as absent, and listed as damaged.
    #[must_use]
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a [u8]>) -> Self {
        let text = |key: &str| {
            get(key)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .filter(|text| !text.is_empty())
        };
        let mut damaged = Vec::new();
        let mut ca = |certificate: &'static str, key: &'static str| {
            let (certificate_pem, key_pem) = (text(certificate), text(key));
            if certificate_pem.is_none() && key_pem.is_none() {
                return None;
            }
            let parsed = Ca::from_pem(certificate_pem.unwrap_or_default(), key_pem.unwrap_or_default());
            parsed.map_err(|error| damaged.push((certificate, error))).ok()
        };
        let (current, next) = (
            ca(keys::CURRENT, keys::CURRENT_KEY),
            ca(keys::NEXT, keys::NEXT_KEY),
        );
        let previous = text(keys::PREVIOUS).and_then(|pem| {
            let facts = facts_of_pem(pem)
                .map_err(|error| damaged.push((keys::PREVIOUS, error)))
                .ok()?;
            let until = text(keys::PREVIOUS_UNTIL).and_then(|text| text.parse::<Timestamp>().ok());
            // Without a date it stays until it expires by itself: too long does no harm, too short does.
            Some((
                pem.to_owned(),
                PreviousFacts {
                    ca: facts,
                    until: until.unwrap_or(facts.not_after),
                },
            ))
        });
        Self {
            current,
            next,
            previous,
            damaged,
        }
    }

    /// The data to write: exactly these keys; the others of [`keys`] are to be removed.
    #[must_use]
    pub fn write(&self) -> Data {
        let mut data = Data::new();
        let mut ca = |certificate, key, ca: &Option<Ca>| {
            if let Some(ca) = ca {
                data.insert(
                    certificate,
                    Zeroizing::new(ca.certificate_pem().as_bytes().to_vec()),
                );
                data.insert(key, Zeroizing::new(ca.key_pem().as_bytes().to_vec()));
            }
        };
        ca(keys::CURRENT, keys::CURRENT_KEY, &self.current);
        ca(keys::NEXT, keys::NEXT_KEY, &self.next);
        if let Some((pem, facts)) = &self.previous {
            data.insert(keys::PREVIOUS, Zeroizing::new(pem.as_bytes().to_vec()));
            data.insert(
                keys::PREVIOUS_UNTIL,
                Zeroizing::new(facts.until.to_string().into_bytes()),
            );
        }
        data
    }

    /// The union as PEM text: current, next, previous.
    #[must_use]
    pub fn bundle_pem(&self) -> String {
        let previous = self.previous.as_ref().map(|(pem, _)| pem.as_str());
        let certificates = [&self.current, &self.next]
            .into_iter()
            .flatten()
            .map(Ca::certificate_pem)
            .chain(previous);
        certificates.map(|pem| format!("{}\n", pem.trim_end())).collect()
    }

    /// With the next CA as the current one, and the current one's certificate as the previous one.
    #[must_use]
    pub fn switched(self, previous_until: Timestamp) -> Self {
        let previous = self.current.as_ref().map(|ca| {
            (
                ca.certificate_pem().to_owned(),
                PreviousFacts {
                    ca: ca.facts(),
                    until: previous_until,
                },
            )
        });
        Self {
            current: self.next,
            next: None,
            previous: previous.or(self.previous),
            damaged: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::authority::Params;
    use crate::tls::bundle::fingerprints;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn ca() -> Ca {
        Ca::generate("test", at(0), &Params::default()).unwrap()
    }

    fn read(data: &Data) -> Record {
        Record::read(|key| data.get(key).map(|value| value.as_slice()))
    }

    #[test]
    fn an_empty_secret_is_an_empty_record() {
        let record = read(&Data::new());
        assert!(record.current.is_none() && record.next.is_none() && record.previous.is_none());
        assert!(record.damaged.is_empty());
        assert_eq!(record.bundle_pem(), "");
    }

    #[test]
    fn reads_what_it_wrote_through_a_whole_rotation() {
        let (first, second) = (ca(), ca());
        let ids = (first.facts().id, second.facts().id);
        let record = Record {
            current: Some(first),
            next: Some(second),
            ..Record::default()
        };
        let record = read(&record.write());
        assert_eq!(
            (
                record.current.as_ref().unwrap().facts().id,
                record.next.as_ref().unwrap().facts().id
            ),
            ids
        );
        assert_eq!(fingerprints(&record.bundle_pem()), [ids.0, ids.1].into());

        let record = read(&record.switched(at(60)).write());
        assert_eq!(record.current.as_ref().unwrap().facts().id, ids.1);
        assert!(record.next.is_none());
        let (_, previous) = record.previous.as_ref().unwrap();
        assert_eq!((previous.ca.id, previous.until), (ids.0, at(60)));
        assert_eq!(fingerprints(&record.bundle_pem()), [ids.0, ids.1].into());
        assert_eq!(record.write().len(), 4, "the previous key is gone");
    }

    #[test]
    fn damage_is_named_and_as_good_as_absent() {
        let mut data = Record {
            current: Some(ca()),
            next: Some(ca()),
            ..Record::default()
        }
        .write();
        data.insert(keys::CURRENT_KEY, Zeroizing::new(b"garbage".to_vec()));
        data.insert(keys::NEXT, Zeroizing::new(vec![0xff]));
        data.insert(keys::PREVIOUS, Zeroizing::new(b"nothing".to_vec()));
        let record = read(&data);
        assert!(record.current.is_none() && record.next.is_none() && record.previous.is_none());
        assert_eq!(
            record.damaged,
            [
                (keys::CURRENT, CaError::Key),
                (keys::NEXT, CaError::Certificate),
                (keys::PREVIOUS, CaError::Certificate)
            ]
        );
    }

    #[test]
    fn a_previous_ca_without_a_date_stays_until_it_expires() {
        let old = ca();
        let mut data = Data::new();
        data.insert(
            keys::PREVIOUS,
            Zeroizing::new(old.certificate_pem().as_bytes().to_vec()),
        );
        data.insert(keys::PREVIOUS_UNTIL, Zeroizing::new(b"soon".to_vec()));
        assert_eq!(read(&data).previous.unwrap().1.until, old.facts().not_after);
    }
}
