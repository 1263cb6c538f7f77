//! The gRPC interfaces, compiled from the `.proto` files beside this crate: CSI, kubelet's plugin registration, and
//! the broker. Nothing here decides anything.

/// The Container Storage Interface 1.x.
pub mod csi {
    #![allow(
        missing_docs,
        missing_debug_implementations,
        clippy::all,
        clippy::allow_attributes_without_reason,
        clippy::str_to_string,
        reason = "generated"
    )]
    tonic::include_proto!("csi.v1");
}

/// Kubelet's `pluginregistration.v1`.
pub mod registration {
    #![allow(
        missing_docs,
        missing_debug_implementations,
        clippy::all,
        clippy::allow_attributes_without_reason,
        clippy::str_to_string,
        reason = "generated"
    )]
    tonic::include_proto!("pluginregistration");
}

/// Between the node plugin and the broker.
pub mod broker {
    #![allow(
        missing_docs,
        missing_debug_implementations,
        clippy::all,
        clippy::allow_attributes_without_reason,
        clippy::str_to_string,
        reason = "generated"
    )]
    tonic::include_proto!("patchbay.broker.v1");
}
