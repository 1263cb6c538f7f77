//! The formats of JSON Schema that are checked, and how they look.

use crate::show;

/// Format and an example of it.
const CHECKED: [(&str, &str); 17] = [
    ("date", "a date such as 2024-01-31"),
    ("date-time", "a point in time such as 2024-01-31T12:00:00Z"),
    ("duration", "a duration such as PT1H30M"),
    ("email", "an address such as ann@example.com"),
    ("hostname", "a host name such as git.example.com"),
    ("ipv4", "an IPv4 address such as 192.0.2.1"),
    ("ipv6", "an IPv6 address such as 2001:db8::1"),
    ("iri", "an IRI such as https://example.com/path"),
    ("iri-reference", "an IRI or a relative one such as /path"),
    ("json-pointer", "a JSON pointer such as /spec/params/0"),
    ("regex", "a regular expression"),
    ("relative-json-pointer", "a relative JSON pointer such as 1/name"),
    ("time", "a time of day such as 12:00:00Z"),
    ("uri", "a URI such as https://example.com/path"),
    ("uri-reference", "a URI or a relative one such as /path"),
    ("uri-template", "a URI template such as https://example.com/{id}"),
    ("uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000"),
];

/// What OpenAPI and Kubernetes write beside a type, which says nothing that could be checked here.
const HINTS: [&str; 11] = [
    "binary",
    "byte",
    "double",
    "float",
    "idn-email",
    "idn-hostname",
    "int-or-string",
    "int32",
    "int64",
    "password",
    "unknown",
];

/// The end of a sentence that begins with "wants".
pub(super) fn shown(format: &str) -> String {
    let found = CHECKED.iter().find(|(name, _)| *name == format);
    found.map_or_else(
        || format!("the format {}", show::text(format)),
        |(_, example)| (*example).to_owned(),
    )
}

/// Why a format of a schema is not checked, if a person should know.
pub(super) fn unchecked(format: &str) -> Option<String> {
    let known = |name: &str| CHECKED.iter().any(|(checked, _)| *checked == name) || HINTS.contains(&name);
    if known(format) {
        return None;
    }
    let near = show::did_you_mean(format, CHECKED.iter().map(|(name, _)| *name));
    Some(format!(
        "the format {} is not known, so it is not checked{near}",
        show::text(format)
    ))
}
