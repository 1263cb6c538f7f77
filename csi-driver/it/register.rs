//! How kubelet and the broker get to know the driver.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use patchbay_cluster::in_namespace;
use patchbay_proto::csi::identity_client::IdentityClient;
use patchbay_proto::csi::{GetPluginCapabilitiesRequest, GetPluginInfoRequest, ProbeRequest};
use patchbay_proto::registration::registration_client::RegistrationClient;
use patchbay_proto::registration::{InfoRequest, RegistrationStatus};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tonic::Code;

use crate::broker::Broker;
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
    async fn kubelets_plugin_manager_is_understood() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let socket = node.shared.paths.registration_socket();
        // Byte for byte what kubelet's gRPC library sends, its authority being the socket's path.
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        let mut block = b"\x83\x86\x44\x28/pluginregistration.Registration/GetInfo\x41".to_vec();
        let authority = "%2Fvar%2Flib%2Fkubelet%2Fplugins_registry%2Fcsi.patchbay.dev-reg.sock";
        block.push(u8::try_from(authority.len()).unwrap());
        block.extend(authority.bytes());
        block.extend(b"\x5f\x10application/grpc\x40\x02te\x08trailers");
        bytes.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 4, 0, 0, 0, 1]);
        bytes.extend(block);
        bytes.extend(b"\0\0\x05\0\x01\0\0\0\x01\0\0\0\0\0");
        let mut stream = UnixStream::connect(socket).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        let want = b"csi.patchbay.dev";
        while !answer.windows(want.len()).any(|part| part == want) {
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read_buf(&mut answer)).await;
            assert_ne!(read.expect("an answer").unwrap(), 0, "closed after {answer:?}");
        }
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
