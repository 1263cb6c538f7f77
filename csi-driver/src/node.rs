//! The Node service: a shell around publish, unpublish and stats.

use std::sync::Arc;

use patchbay_proto::csi::node_server::Node;
use patchbay_proto::csi::node_service_capability::rpc::Type as Rpc;
use patchbay_proto::csi::node_service_capability::{self, Type};
use patchbay_proto::csi::{
    NodeExpandVolumeRequest, NodeExpandVolumeResponse, NodeGetCapabilitiesRequest,
    NodeGetCapabilitiesResponse, NodeGetInfoRequest, NodeGetInfoResponse, NodeGetVolumeStatsRequest,
    NodeGetVolumeStatsResponse, NodePublishVolumeRequest, NodePublishVolumeResponse, NodeServiceCapability,
    NodeStageVolumeRequest, NodeStageVolumeResponse, NodeUnpublishVolumeRequest, NodeUnpublishVolumeResponse,
    NodeUnstageVolumeRequest, NodeUnstageVolumeResponse,
};
use patchbay_runtime::text::cut;
use patchbay_runtime::trace::TraceId;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use crate::publish::publish;
use crate::shared::Shared;
use crate::stats::stats;
use crate::unpublish::unpublish;

/// What the driver can do beside publishing.
const CAPABILITIES: [Rpc; 3] = [
    // Kubelet sends the pod's fsGroup: it does nothing itself about the group of a read-only inline volume.
    Rpc::VolumeMountGroup,
    Rpc::GetVolumeStats,
    Rpc::VolumeCondition,
];

/// What is logged of a volume's id, which is not checked yet.
const MAX_ID: usize = 128;

/// The Node service.
#[derive(Clone, Debug)]
pub struct NodeService {
    shared: Arc<Shared>,
}

impl NodeService {
    /// Over the driver's state.
    #[must_use]
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl Node for NodeService {
    async fn node_publish_volume(
        &self,
        request: Request<NodePublishVolumeRequest>,
    ) -> Result<Response<NodePublishVolumeResponse>, Status> {
        let request = request.into_inner();
        let (trace, volume) = (TraceId::random(), cut(&request.volume_id, MAX_ID));
        let span = tracing::info_span!("csi", rpc = "publish", volume_id = volume, trace_id = %trace);
        let work = trace.scope(publish(Arc::clone(&self.shared), request).instrument(span));
        self.shared.detached("publish", work).await?;
        Ok(Response::new(NodePublishVolumeResponse {}))
    }

    async fn node_unpublish_volume(
        &self,
        request: Request<NodeUnpublishVolumeRequest>,
    ) -> Result<Response<NodeUnpublishVolumeResponse>, Status> {
        let request = request.into_inner();
        let (trace, volume) = (TraceId::random(), cut(&request.volume_id, MAX_ID));
        let span = tracing::info_span!("csi", rpc = "unpublish", volume_id = volume, trace_id = %trace);
        let work = unpublish(Arc::clone(&self.shared), request).instrument(span);
        self.shared.detached("unpublish", work).await?;
        Ok(Response::new(NodeUnpublishVolumeResponse {}))
    }

    async fn node_get_volume_stats(
        &self,
        request: Request<NodeGetVolumeStatsRequest>,
    ) -> Result<Response<NodeGetVolumeStatsResponse>, Status> {
        Ok(Response::new(
            stats(Arc::clone(&self.shared), request.into_inner()).await?,
        ))
    }

    async fn node_get_capabilities(
        &self,
        _: Request<NodeGetCapabilitiesRequest>,
    ) -> Result<Response<NodeGetCapabilitiesResponse>, Status> {
        let capabilities = CAPABILITIES
            .map(|rpc| NodeServiceCapability {
                r#type: Some(Type::Rpc(node_service_capability::Rpc { r#type: rpc.into() })),
            })
            .into();
        Ok(Response::new(NodeGetCapabilitiesResponse { capabilities }))
    }

    /// The node's name alone: no limit of volumes, no topology.
    async fn node_get_info(
        &self,
        _: Request<NodeGetInfoRequest>,
    ) -> Result<Response<NodeGetInfoResponse>, Status> {
        Ok(Response::new(NodeGetInfoResponse {
            node_id: self.shared.node_name.clone(),
            ..NodeGetInfoResponse::default()
        }))
    }

    async fn node_stage_volume(
        &self,
        _: Request<NodeStageVolumeRequest>,
    ) -> Result<Response<NodeStageVolumeResponse>, Status> {
        Err(Status::unimplemented("inline volumes are not staged"))
    }

    async fn node_unstage_volume(
        &self,
        _: Request<NodeUnstageVolumeRequest>,
    ) -> Result<Response<NodeUnstageVolumeResponse>, Status> {
        Err(Status::unimplemented("inline volumes are not staged"))
    }

    async fn node_expand_volume(
        &self,
        _: Request<NodeExpandVolumeRequest>,
    ) -> Result<Response<NodeExpandVolumeResponse>, Status> {
        Err(Status::unimplemented("inline volumes have one size"))
    }
}
