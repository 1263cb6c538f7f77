//! What sprig has and templates here do not, with the reason. The same template and data must give the same bytes, and
//! learn nothing of the host.

const ENVIRONMENT: &str = "templates cannot see the environment of the process that renders them";
const NETWORK: &str = "templates cannot use the network";
const CLOCK: &str = "templates cannot see the clock; the same data must give the same output";
const RANDOM: &str = "templates have no randomness; the same data must give the same output";
const KEYS: &str = "keys and certificates must come from a secret, not from a template";
const PASSWORDS: &str =
    "passwords must be hashed before they come to a template; its output would differ each time";
const CIPHER: &str = "encryption needs randomness, and its keys do not belong into templates";

pub(super) static TABLE: &[(&str, &str)] = &[
    ("env", ENVIRONMENT),
    ("expandenv", ENVIRONMENT),
    ("getHostByName", NETWORK),
    ("now", CLOCK),
    ("ago", CLOCK),
    ("randAlphaNum", RANDOM),
    ("randAlpha", RANDOM),
    ("randAscii", RANDOM),
    ("randNumeric", RANDOM),
    ("randInt", RANDOM),
    ("randBytes", RANDOM),
    ("shuffle", RANDOM),
    ("uuidv4", RANDOM),
    ("genPrivateKey", KEYS),
    ("genCA", KEYS),
    ("genCAWithKey", KEYS),
    ("genSelfSignedCert", KEYS),
    ("genSelfSignedCertWithKey", KEYS),
    ("genSignedCert", KEYS),
    ("genSignedCertWithKey", KEYS),
    ("buildCustomCert", KEYS),
    ("derivePassword", PASSWORDS),
    ("bcrypt", PASSWORDS),
    ("htpasswd", PASSWORDS),
    ("encryptAES", CIPHER),
    ("decryptAES", CIPHER),
];

#[cfg(test)]
mod tests {
    use crate::{Functions, Lookup};

    /// All names of sprig 3.3.0's `TxtFuncMap`.
    const SPRIG: &str = include_str!("testdata/sprig-names.txt");

    #[test]
    fn every_name_of_sprig_is_known_or_refused() {
        let functions = Functions::sprig();
        let mut counts = (0, 0);
        for name in SPRIG.lines() {
            match functions.lookup(name) {
                Lookup::Known(_) => counts.0 += 1,
                Lookup::Refused(why) => {
                    assert!(!why.is_empty());
                    counts.1 += 1;
                }
                Lookup::Unknown => panic!("{name} is not known"),
            }
        }
        assert_eq!(counts, (185, super::TABLE.len()));
    }
}
