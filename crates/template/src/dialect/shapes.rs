//! What there is below each root, by dialect.

use super::Dialect;

/// What stands at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Anything; nothing is checked below it.
    Any,
    /// Text, a number or a boolean.
    Scalar,
    List(&'static Self),
    Fields(&'static [(&'static str, Self)]),
    /// The keys of the Secret.
    Secret,
    /// The params of the configuration.
    Params,
}

/// The roots of a dialect.
pub(super) fn roots(dialect: Dialect) -> &'static [(&'static str, Shape)] {
    match dialect {
        Dialect::Probe => PROBE,
        Dialect::Configuration => CONFIGURATION,
        Dialect::Env => &[("mountPath", Shape::Scalar)],
    }
}

/// Names that people try as roots, and what to write.
pub(super) fn hint(dialect: Dialect, root: &str) -> Option<&'static str> {
    Some(match (dialect, root) {
        (Dialect::Configuration, "Secret") => "configuration files read the credential as .secret.<key>",
        (Dialect::Configuration, "Connector") => {
            "configuration files use JSON's names: .connector.spec.address"
        }
        (Dialect::Configuration, "params") => "the params of the configuration are .configurations.<name>",
        (Dialect::Probe, "connector") => "probes use Go's names: .Connector.Spec.Address",
        (Dialect::Probe, "secret") => "probes read the credential as .Secret.StringData.<key>",
        (Dialect::Env, "connector" | "secret" | "configurations") => "variables know only .mountPath",
        _ => return None,
    })
}

const NAMED: Shape = Shape::Fields(&[("name", Shape::Scalar), ("value", Shape::Any)]);

const METADATA: Shape = Shape::Fields(&[
    ("name", Shape::Scalar),
    ("namespace", Shape::Scalar),
    ("labels", Shape::Any),
    ("annotations", Shape::Any),
]);

const SPEC: Shape = Shape::Fields(&[
    ("connectorClassName", Shape::Scalar),
    ("address", Shape::Scalar),
    ("addressExtensions", Shape::List(&NAMED)),
    (
        "auth",
        Shape::Fields(&[
            ("name", Shape::Scalar),
            ("secretRef", Shape::Any),
            ("params", Shape::List(&NAMED)),
        ]),
    ),
    ("params", Shape::List(&NAMED)),
    ("caCertSecretRef", Shape::Any),
]);

const CONNECTOR: Shape = Shape::Fields(&[("metadata", METADATA), ("spec", SPEC), ("status", Shape::Any)]);

/// Items of `.connectors` have their names at the top too.
const LISTED: Shape = Shape::Fields(&[
    ("name", Shape::Scalar),
    ("namespace", Shape::Scalar),
    ("metadata", METADATA),
    ("spec", SPEC),
    ("status", Shape::Any),
]);

const CLASS: Shape = Shape::Fields(&[
    ("name", Shape::Scalar),
    (
        "metadata",
        Shape::Fields(&[
            ("name", Shape::Scalar),
            ("labels", Shape::Any),
            ("annotations", Shape::Any),
        ]),
    ),
    ("proxyAddress", Shape::Scalar),
]);

const CONFIGURATION: &[(&str, Shape)] = &[
    ("connector", CONNECTOR),
    ("connectors", Shape::List(&LISTED)),
    ("connectorclass", CLASS),
    (
        "context",
        Shape::Fields(&[
            ("token", Shape::Scalar),
            ("proxy", Shape::Fields(&[("caCert", Shape::Scalar)])),
        ]),
    ),
    ("configurations", Shape::Params),
    ("secret", Shape::Secret),
];

const GO_PARAM: Shape = Shape::Fields(&[
    ("Name", Shape::Scalar),
    (
        "Value",
        Shape::Fields(&[
            ("Type", Shape::Scalar),
            ("StringVal", Shape::Scalar),
            ("ArrayVal", Shape::Any),
            ("ObjectVal", Shape::Any),
        ]),
    ),
]);

const GO_META: Shape = Shape::Fields(&[
    ("Name", Shape::Scalar),
    ("Namespace", Shape::Scalar),
    ("Labels", Shape::Any),
    ("Annotations", Shape::Any),
]);

const PROBE: &[(&str, Shape)] = &[
    (
        "Connector",
        Shape::Fields(&[
            ("Name", Shape::Scalar),
            ("Namespace", Shape::Scalar),
            ("Labels", Shape::Any),
            ("Annotations", Shape::Any),
            ("ObjectMeta", GO_META),
            (
                "Spec",
                Shape::Fields(&[
                    ("ConnectorClassName", Shape::Scalar),
                    ("Address", Shape::Scalar),
                    ("AddressExtensions", Shape::List(&GO_PARAM)),
                    (
                        "Auth",
                        Shape::Fields(&[
                            ("Name", Shape::Scalar),
                            ("SecretRef", Shape::Any),
                            ("Params", Shape::List(&GO_PARAM)),
                        ]),
                    ),
                    ("Params", Shape::List(&GO_PARAM)),
                    ("CACertSecretRef", Shape::Any),
                ]),
            ),
            ("Status", Shape::Any),
        ]),
    ),
    ("Secret", Shape::Fields(&[("StringData", Shape::Secret)])),
];
