//! How kubelet and the broker get to know the driver.

use std::os::unix::fs::PermissionsExt;

use patchbay_proto::csi::identity_client::IdentityClient;
use patchbay_proto::csi::{GetPluginCapabilitiesRequest, GetPluginInfoRequest, ProbeRequest};
use patchbay_proto::registration::registration_client::RegistrationClient;
use patchbay_proto::registration::{InfoRequest, RegistrationStatus};
use tonic::Code;

use crate::broker::Broker;
use crate::namespace::in_namespace;
use crate::node::{Node, channel, eventually};

in_namespace! {
    async fn kubelet_registers_the_driver() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let socket = node.shared.paths.registration_socket();
        assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!node.context.readiness.is_ready());
        let mut kubelet = RegistrationClient::new(channel(socket).await);
        let info = kubelet.get_info(InfoRequest {}).await.unwrap().into_inner();
        assert_eq!((info.r#type.as_str(), info.name.as_str()), ("CSIPlugin", "csi.patchbay.dev"));
        assert_eq!(info.endpoint, node.shared.paths.csi_socket().to_str().unwrap());
        let status = RegistrationStatus { plugin_registered: true, error: String::new() };
        kubelet.notify_registration_status(status).await.unwrap();
        assert!(node.context.readiness.is_ready());

        let mut identity = IdentityClient::new(channel(info.endpoint.into()).await);
        let info = identity.get_plugin_info(GetPluginInfoRequest {}).await.unwrap().into_inner();
        assert_eq!(info.name, "csi.patchbay.dev");
        let capabilities = identity.get_plugin_capabilities(GetPluginCapabilitiesRequest {}).await.unwrap();
        assert!(capabilities.into_inner().capabilities.is_empty());
        assert_eq!(identity.probe(ProbeRequest {}).await.unwrap().into_inner().ready, Some(true));
    }
}

in_namespace! {
    async fn the_brokers_authority_may_be_published_later() {
        let broker = Broker::start().await;
        let node = Node::start_without_ca(&broker, 4 << 20).await;
        let publish = node.publish("csi-1", "t1").await;
        let error = publish.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable);
        assert!(error.message().contains("ca.crt"), "{error}");
        assert!(!node.context.readiness.is_ready());
        node.write_ca(&broker);
        node.is_connected().await;
        node.publish("csi-1", "t1").await.unwrap();
    }
}

in_namespace! {
    async fn another_authority_is_not_trusted() {
        let (broker, impostor) = (Broker::start().await, Broker::start().await);
        let node = Node::start_without_ca(&impostor, 4 << 20).await;
        node.write_ca(&broker);
        let error = node.publish("csi-1", "c4nary").await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable);
        assert!(error.message().contains("certificate"), "{error}");
        assert!(impostor.log().is_empty(), "it must not see a token");
        node.write_ca(&impostor);
        eventually("it is trusted now", || node.shared.registry.is_connected()).await;
    }
}
