//! Requests that kubelet would not send.

use std::fs;

use patchbay_cluster::in_namespace;
use patchbay_proto::csi::{NodeGetVolumeStatsRequest, NodeStageVolumeRequest, NodeUnpublishVolumeRequest};
use tonic::Code;

use crate::broker::Broker;
use crate::node::Node;

in_namespace! {
    async fn a_hostile_publish_mounts_nothing_anywhere() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let good = node.request("csi-1", "t1");
        let target = good.target_path.clone();
        fs::create_dir_all(node.shared.paths.pods().join("uid-2/volumes")).unwrap();
        for path in [
            String::new(),
            "/".into(),
            "/etc".into(),
            "relative/mount".into(),
            format!("{target}/../../../../../../etc"),
            format!("{target}/"),
            target.replace("uid-1", "uid-2"),
            target.replace("/pods/", "/plugins/"),
            "/a".repeat(5000),
        ] {
            let mut request = good.clone();
            request.target_path = path.clone();
            let error = node.send(request).await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{path:.80}: {error}");
        }
        let mut request = good.clone();
        request.volume_context.insert("connectors".into(), "../../x".into());
        assert_eq!(node.send(request).await.unwrap_err().code(), Code::InvalidArgument);
        let mut request = good.clone();
        request.volume_context.insert("huge".into(), "x".repeat(2 << 20));
        assert!(node.send(request).await.is_err());
        assert!(node.is_gone("csi-1"));
        assert!(broker.log().is_empty(), "the broker is not asked about what is malformed");
        // After all that, a good one.
        node.send(good).await.unwrap();
        // Kubelet's id at another place is not the same volume.
        let mut request = node.request("csi-1", "t1");
        request.target_path = node.request("csi-2", "t1").target_path;
        assert_eq!(node.send(request).await.unwrap_err().code(), Code::AlreadyExists);
        assert_eq!(node.mounts().len(), 1);
    }
}

in_namespace! {
    async fn a_hostile_unpublish_unmounts_nothing() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        node.publish("csi-1", "t1").await.unwrap();
        let target = node.target("csi-1").to_str().unwrap().to_owned();
        for (volume_id, target_path) in [
            ("", target.as_str()),
            ("csi-1", ""),
            ("csi-1", "/proc"),
            ("csi-1", &format!("{target}/../mount")),
            ("a\nb", &target),
        ] {
            let request = NodeUnpublishVolumeRequest { volume_id: volume_id.into(), target_path: target_path.into() };
            let error = node.csi.clone().node_unpublish_volume(request).await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{volume_id:?} {target_path:?}");
        }
        assert_eq!((node.mounts().len(), node.files("csi-1").len()), (1, 1));
    }
}

in_namespace! {
    async fn other_calls() {
        let broker = Broker::start().await;
        let node = Node::start(&broker).await;
        let mut csi = node.csi.clone();
        let stage = csi.node_stage_volume(NodeStageVolumeRequest::default()).await;
        assert_eq!(stage.unwrap_err().code(), Code::Unimplemented);
        let info = csi.node_get_info(patchbay_proto::csi::NodeGetInfoRequest {}).await.unwrap().into_inner();
        assert_eq!((info.node_id.as_str(), info.accessible_topology), ("node-1", None));
        let capabilities = csi.node_get_capabilities(patchbay_proto::csi::NodeGetCapabilitiesRequest {}).await;
        assert_eq!(capabilities.unwrap().into_inner().capabilities.len(), 3);
        for (volume_id, volume_path, code) in [
            ("", "/x", Code::InvalidArgument),
            ("csi-1", "", Code::InvalidArgument),
            ("csi-1", "/some/where", Code::NotFound),
        ] {
            let request = NodeGetVolumeStatsRequest {
                volume_id: volume_id.into(),
                volume_path: volume_path.into(),
                ..Default::default()
            };
            assert_eq!(csi.node_get_volume_stats(request).await.unwrap_err().code(), code);
        }
        node.publish("csi-1", "t1").await.unwrap();
        let stats = node.stats("csi-1").await.unwrap();
        assert_eq!(stats.usage.len(), 2);
        assert_eq!(stats.usage[0].total, 4 << 20);
        assert!(stats.usage[0].used > 0 && stats.usage[1].used > 0);
    }
}
