//! What keeps certificates in the place of cert-manager: Secrets as it writes them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams};
use patchbay_runtime::tls::Params;
use patchbay_runtime::tls::authority::Ca;
use rcgen::{CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::json;

use crate::chart::SYSTEM;
use crate::replica::Kind;
use crate::world::World;

/// An authority that is not ours.
pub(crate) struct Keeper {
    certificate: rcgen::Certificate,
    key: KeyPair,
    params: CertificateParams,
}

impl Keeper {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate,
            key,
            params,
        }
    }

    /// Which CA it is, as the programs name it.
    pub(crate) fn id(&self) -> patchbay_runtime::tls::bundle::Fingerprint {
        Ca::given(&self.certificate.pem()).unwrap().facts().id
    }

    /// Writes the Secrets of both programs, with new certificates.
    pub(crate) async fn give(&self, world: &World) {
        for kind in [Kind::Webhook, Kind::Broker] {
            let key = KeyPair::generate().unwrap();
            let mut leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
            leaf.use_authority_key_identifier_extension = true;
            let issuer = Issuer::from_params(&self.params, &self.key);
            let signed = leaf.signed_by(&key, &issuer).unwrap();
            let name = format!("patchbay-{}-tls", kind.word());
            let secret = json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": SYSTEM},
                "type": "kubernetes.io/tls",
                "stringData": {
                    "tls.crt": signed.pem(),
                    "tls.key": key.serialize_pem(),
                    "ca.crt": self.certificate.pem(),
                },
            });
            let secrets: Api<Secret> = Api::namespaced(world.admin.clone(), SYSTEM);
            let params = PatchParams::apply("cert-manager").force();
            secrets
                .patch(&name, &params, &Patch::Apply(&secret))
                .await
                .unwrap();
        }
    }
}

/// Times of a hand-over that fits a test.
pub(crate) const PARAMS: Params = Params {
    ca_life: Duration::from_secs(3600),
    settle: Duration::from_secs(2),
    leaf_life: Duration::from_secs(8),
    skew: Duration::from_secs(3),
};
