//! Names that other programs see: group, annotations, labels, attributes of a volume.

/// The API group of every kind.
pub const GROUP: &str = "patchbay.dev";
/// The version of every kind.
pub const VERSION: &str = "v1alpha1";

/// The CSI driver's name.
pub const DRIVER: &str = "csi.patchbay.dev";
/// The audience of the pod tokens that the driver hands to the broker.
pub const BROKER_AUDIENCE: &str = "broker.patchbay.dev";
/// The verb that a pod's service account needs on a Connector to mount it.
pub const VERB_USE: &str = "use";

/// On a pod: which connections to mount, and how.
pub const ANNOTATION_MOUNTS: &str = "patchbay.dev/mounts";
/// On a pod, written by the webhook: that it was injected, and a digest of what was injected.
pub const ANNOTATION_INJECTED: &str = "patchbay.dev/injected";
/// On a ConnectorClass: any value lets an update pass that its dependants do not survive.
pub const ANNOTATION_ALLOW_BREAKING: &str = "patchbay.dev/allow-breaking";

/// On a ClusterRole, with the value `true`: what it grants, the reconciler may read, to learn the addresses of objects
/// that classes name.
pub const LABEL_ADDRESSABLE: &str = "patchbay.dev/addressable";
/// The label that every object made by Patchbay carries, with [`MANAGED_BY_VALUE`].
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`LABEL_MANAGED_BY`].
pub const MANAGED_BY_VALUE: &str = "patchbay";

/// Injected volumes are named with this prefix and 8 hex digits; it is reserved.
pub const VOLUME_PREFIX: &str = "patchbay-";
/// The variable that tells service binding clients where to look (servicebinding.io).
pub const ENV_SERVICE_BINDING_ROOT: &str = "SERVICE_BINDING_ROOT";
/// Its value where a container does not set one.
pub const DEFAULT_BINDING_ROOT: &str = "/bindings";

/// Attributes of an inline volume.
pub mod attributes {
    /// Comma list of `namespace/name` or `name`.
    pub const CONNECTORS: &str = "connectors";
    /// The single form's name.
    pub const CONNECTOR_NAME: &str = "connector.name";
    /// The single form's namespace; the pod's own when absent.
    pub const CONNECTOR_NAMESPACE: &str = "connector.namespace";
    /// Comma list of configurations; `!file` leaves a file out.
    pub const CONFIGURATION_NAMES: &str = "configuration.names";
    /// JSON: `{"<configuration>": {"<param>": value}}`.
    pub const CONFIGURATION_PARAMS: &str = "configuration.params";
    /// A Go duration: how long a token for a proxy lives.
    pub const TOKEN_EXPIRATION: &str = "token.expiration";

    /// Set by kubelet.
    pub const EPHEMERAL: &str = "csi.storage.k8s.io/ephemeral";
    /// Set by kubelet.
    pub const POD_NAME: &str = "csi.storage.k8s.io/pod.name";
    /// Set by kubelet.
    pub const POD_NAMESPACE: &str = "csi.storage.k8s.io/pod.namespace";
    /// Set by kubelet.
    pub const POD_UID: &str = "csi.storage.k8s.io/pod.uid";
    /// Set by kubelet.
    pub const SERVICE_ACCOUNT: &str = "csi.storage.k8s.io/serviceAccount.name";
    /// Set by kubelet: in `secrets` since 1.35, in the volume context before. JSON: audience to `{token, expirationTimestamp}`.
    pub const TOKENS: &str = "csi.storage.k8s.io/serviceAccount.tokens";
    /// The prefix of all that kubelet sets.
    pub const KUBELET_PREFIX: &str = "csi.storage.k8s.io/";
}

/// The field manager of every write by the reconciler.
pub const FIELD_MANAGER_RECONCILER: &str = "patchbay-reconciler";
/// The field manager of every write by the webhook.
pub const FIELD_MANAGER_WEBHOOK: &str = "patchbay-webhook";
