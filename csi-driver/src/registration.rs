//! The Registration service: kubelet finds its socket, asks who is there, and says what came of it. No sidecar.

use patchbay_api::names::DRIVER;
use patchbay_proto::registration::registration_server::Registration;
use patchbay_proto::registration::{InfoRequest, PluginInfo, RegistrationStatus, RegistrationStatusResponse};
use patchbay_runtime::readiness::Gate;
use tonic::{Request, Response, Status};

use crate::broker::wire::message;

/// The kind of plugin that kubelet's CSI part takes care of.
const KIND: &str = "CSIPlugin";
/// What kubelet compares is the major version.
const CSI_VERSION: &str = "1.0.0";

/// The Registration service.
#[derive(Debug)]
pub struct RegistrationService {
    endpoint: String,
    gate: Gate,
}

impl RegistrationService {
    /// `endpoint` is the socket on which CSI is served; the gate opens when kubelet took the driver.
    #[must_use]
    pub fn new(endpoint: String, gate: Gate) -> Self {
        gate.close("kubelet has not registered the driver yet");
        Self { endpoint, gate }
    }
}

#[tonic::async_trait]
impl Registration for RegistrationService {
    async fn get_info(&self, _: Request<InfoRequest>) -> Result<Response<PluginInfo>, Status> {
        Ok(Response::new(PluginInfo {
            r#type: KIND.to_owned(),
            name: DRIVER.to_owned(),
            endpoint: self.endpoint.clone(),
            supported_versions: vec![CSI_VERSION.to_owned()],
        }))
    }

    async fn notify_registration_status(
        &self,
        request: Request<RegistrationStatus>,
    ) -> Result<Response<RegistrationStatusResponse>, Status> {
        let status = request.into_inner();
        if status.plugin_registered {
            tracing::info!(driver = DRIVER, "kubelet registered the driver");
            self.gate.open();
        } else {
            // Kubelet tries again by itself.
            let error = message(&status.error);
            tracing::error!(driver = DRIVER, %error, "kubelet did not register the driver");
            self.gate
                .close(format!("kubelet did not register the driver: {error}"));
        }
        Ok(Response::new(RegistrationStatusResponse {}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_gate_says_what_kubelet_said() {
        let gate = Gate::detached("registered");
        let service = RegistrationService::new("/k/csi.sock".into(), gate.clone());
        let info = service
            .get_info(Request::new(InfoRequest {}))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (info.r#type.as_str(), info.name.as_str(), info.endpoint.as_str()),
            (KIND, DRIVER, "/k/csi.sock")
        );
        for registered in [true, false, true] {
            let status = RegistrationStatus {
                plugin_registered: registered,
                error: "no".into(),
            };
            service
                .notify_registration_status(Request::new(status))
                .await
                .unwrap();
            assert_eq!(gate.is_open(), registered);
        }
    }
}
