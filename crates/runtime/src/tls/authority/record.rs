//! The Secret's keys: reading what is there, whatever state it is in, and writing it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::ca::{Ca, CaError};
use super::facts::PreviousFacts;

/// The keys of the Secret's data.
pub mod keys {
    /// The current CA's certificate.
    pub const CURRENT: &str = "ca.crt";
    /// The current CA's key.
    pub const CURRENT_KEY: &str = "ca.key";
    /// `given` when somebody else has the current CA's key: there is only the certificate, or certificates.
    pub const CURRENT_FROM: &str = "ca.from";
    /// The next CA's certificate.
    pub const NEXT: &str = "next.crt";
    /// The next CA's key.
    pub const NEXT_KEY: &str = "next.key";
    /// As [`CURRENT_FROM`], of the next CA.
    pub const NEXT_FROM: &str = "next.from";
    /// The previous CA's certificate. Its key is gone.
    pub const PREVIOUS: &str = "previous.crt";
    /// When the previous CA's last leaf is dead (RFC 3339).
    pub const PREVIOUS_UNTIL: &str = "previous.until";
    /// All of them.
    pub const ALL: [&str; 8] = [
        CURRENT,
        CURRENT_KEY,
        CURRENT_FROM,
        NEXT,
        NEXT_KEY,
        NEXT_FROM,
        PREVIOUS,
        PREVIOUS_UNTIL,
    ];
}

/// The value of [`keys::CURRENT_FROM`] and [`keys::NEXT_FROM`].
const GIVEN: &str = "given";

/// The Secret's data: values that are wiped from memory.
pub type Data = BTreeMap<&'static str, Zeroizing<Vec<u8>>>;

/// What the Secret holds.
#[derive(Clone, Debug, Default)]
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
        let mut ca = |certificate: &'static str, key: &'static str, from: &str| {
            let (certificate_pem, key_pem) = (text(certificate), text(key));
            if certificate_pem.is_none() && key_pem.is_none() {
                return None;
            }
            let certificate_pem = certificate_pem.unwrap_or_default();
            let parsed = match key_pem {
                None if text(from) == Some(GIVEN) => Ca::given(certificate_pem),
                key_pem => Ca::from_pem(certificate_pem, key_pem.unwrap_or_default()),
            };
            parsed.map_err(|error| damaged.push((certificate, error))).ok()
        };
        let (current, next) = (
            ca(keys::CURRENT, keys::CURRENT_KEY, keys::CURRENT_FROM),
            ca(keys::NEXT, keys::NEXT_KEY, keys::NEXT_FROM),
        );
        let previous = text(keys::PREVIOUS).and_then(|pem| {
            let facts = Ca::given(pem)
                .map_err(|error| damaged.push((keys::PREVIOUS, error)))
                .ok()?
                .facts();
            let until = text(keys::PREVIOUS_UNTIL).and_then(|text| text.parse::<Timestamp>().ok());
            // Without a date it stays until it expires by itself: too long does no harm, too short does.
            Some((
                pem.to_owned(),
                PreviousFacts {
                    until: until.unwrap_or(facts.not_after),
                    ca: facts,
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
        let mut ca = |certificate, key, from, ca: &Option<Ca>| {
            if let Some(ca) = ca {
                data.insert(
                    certificate,
                    Zeroizing::new(ca.certificate_pem().as_bytes().to_vec()),
                );
                match ca.key_pem() {
                    Some(pem) => data.insert(key, Zeroizing::new(pem.as_bytes().to_vec())),
                    None => data.insert(from, Zeroizing::new(GIVEN.as_bytes().to_vec())),
                };
            }
        };
        ca(
            keys::CURRENT,
            keys::CURRENT_KEY,
            keys::CURRENT_FROM,
            &self.current,
        );
        ca(keys::NEXT, keys::NEXT_KEY, keys::NEXT_FROM, &self.next);
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
        let previous = self.current.as_ref().map(|ca| previous(ca, previous_until));
        Self {
            current: self.next,
            next: None,
            previous: previous.or(self.previous),
            damaged: Vec::new(),
        }
    }

    /// Without a next CA, and with its certificate as the previous one.
    #[must_use]
    pub fn retired(self, previous_until: Timestamp) -> Self {
        let previous = self.next.as_ref().map(|ca| previous(ca, previous_until));
        Self {
            current: self.current,
            next: None,
            previous: previous.or(self.previous),
            damaged: Vec::new(),
        }
    }
}

fn previous(ca: &Ca, until: Timestamp) -> (String, PreviousFacts) {
    (
        ca.certificate_pem().to_owned(),
        PreviousFacts {
            ca: ca.facts(),
            until,
        },
    )
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
    fn a_given_ca_has_no_key_and_says_so() {
        let (own, given) = (ca(), ca());
        let both = format!("{}{}", given.certificate_pem(), own.certificate_pem());
        let given = Ca::given(&both).unwrap();
        assert_eq!((given.facts().certificates.len(), given.facts().own), (2, false));
        let record = Record {
            current: Some(own.clone()),
            next: Some(given.clone()),
            ..Record::default()
        };
        let read_back = read(&record.write());
        assert_eq!(read_back.next.unwrap().facts(), given.facts());
        let switched = read(&record.clone().switched(at(60)).write());
        assert_eq!(switched.current.unwrap().facts(), given.facts());
        assert_eq!(switched.previous.unwrap().1.ca.id, own.facts().id);
        let retired = read(&record.retired(at(60)).write());
        assert_eq!(retired.current.unwrap().facts(), own.facts());
        assert!(retired.next.is_none());
        assert_eq!(
            retired.previous.unwrap().1.ca.certificates,
            given.facts().certificates
        );
    }

    #[test]
    fn a_key_that_is_missing_is_damage_and_not_a_given_ca() {
        let mut data = Record {
            current: Some(ca()),
            ..Record::default()
        }
        .write();
        data.remove(keys::CURRENT_KEY);
        assert_eq!(read(&data).damaged, [(keys::CURRENT, CaError::Key)]);
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
