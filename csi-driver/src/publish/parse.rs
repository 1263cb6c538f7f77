//! What kubelet asks for, checked. Pure.
//!
//! Nothing of a request is believed because a webhook should have seen it first: whoever may create pods may write
//! the volume by hand. The texts of the errors become the pod's `FailedMount` event.

use std::collections::{BTreeMap, HashMap};

use patchbay_api::names::attributes::{
    EPHEMERAL, KUBELET_PREFIX, POD_NAME, POD_NAMESPACE, POD_UID, SERVICE_ACCOUNT, TOKENS,
};
use patchbay_api::names::{BROKER_AUDIENCE, DRIVER};
use patchbay_model::secret::SecretBytes;
use patchbay_model::{Violations, Warning, volume};
use patchbay_proto::csi::volume_capability::AccessType;
use patchbay_proto::csi::{NodePublishVolumeRequest, VolumeCapability};
use serde::Deserialize;
use zeroize::Zeroize;

use crate::volume::files::Access;
use crate::volume::paths::{Paths, TargetError, VolumeId, VolumeIdError};
use crate::volume::state::{Pod, Record};

/// Kubernetes names have at most this many bytes.
const MAX_NAME: usize = 253;
/// A service account token has one to two thousand bytes.
const MAX_TOKEN: usize = 16 * 1024;
/// Tokens for a handful of audiences.
const MAX_TOKENS: usize = 128 * 1024;

/// A request that may be carried out.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "holds a token")]
pub struct PublishRequest {
    /// The volume.
    pub record: Record,
    /// The pod's token for the broker.
    pub token: SecretBytes,
    /// What is accepted but unusual in the attributes.
    pub warnings: Vec<Warning>,
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The volume id.
    #[error(transparent)]
    VolumeId(#[from] VolumeIdError),
    /// The target path.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target path and the pod's UID say different things.
    #[error("target_path lies in the folder of another pod than {POD_UID} names")]
    TargetOfAnotherPod,
    /// No capability at all.
    #[error("volume_capability is missing")]
    CapabilityMissing,
    /// A block device.
    #[error("{DRIVER} has no block volumes: mount the volume by volumeMounts, not by volumeDevices")]
    Block,
    /// A file system was asked for.
    #[error("{DRIVER} chooses the file system: remove fsType from the volume's csi section")]
    FsType,
    /// Mount options were asked for.
    #[error("{DRIVER} chooses the mount options and takes none")]
    MountFlags,
    /// Not an inline volume.
    #[error(
        "{DRIVER} has inline volumes only: write the csi section into the pod's volumes, not into a PersistentVolume"
    )]
    NotEphemeral,
    /// Not read-only.
    #[error("the volume must be read-only: set `readOnly: true` in the volume's csi section")]
    NotReadOnly,
    /// The group is not a number.
    #[error("volume_mount_group must be a group id")]
    MountGroup,
    /// Secrets of the pod's author.
    #[error("{DRIVER} takes no nodePublishSecretRef: credentials come from the Connectors; remove it")]
    PublishSecret,
    /// Kubelet did not say whose volume it is.
    #[error("kubelet sent no {0}: the CSIDriver object {DRIVER} needs `podInfoOnMount: true`")]
    PodFactMissing(&'static str),
    /// Kubelet says something that can not be.
    #[error("{0} is not a Kubernetes name")]
    PodFactMalformed(&'static str),
    /// No token for the broker.
    #[error(
        "kubelet sent no token for the audience {BROKER_AUDIENCE}: the CSIDriver object {DRIVER} needs it in \
         `tokenRequests`"
    )]
    TokenMissing,
    /// The tokens are not what kubelet writes.
    #[error("{TOKENS} is not what kubelet writes there")]
    TokenMalformed,
    /// The volume attributes.
    #[error(transparent)]
    Attributes(#[from] Violations),
}

impl RequestError {
    /// A bounded CamelCase word.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Attributes(_) => "InvalidAttributes",
            Self::TokenMissing | Self::TokenMalformed => "NoToken",
            Self::PodFactMissing(_) | Self::PodFactMalformed(_) => "NoPodInfo",
            Self::VolumeId(_) | Self::Target(_) | Self::TargetOfAnotherPod => "InvalidTarget",
            Self::CapabilityMissing
            | Self::Block
            | Self::FsType
            | Self::MountFlags
            | Self::NotEphemeral
            | Self::NotReadOnly
            | Self::MountGroup
            | Self::PublishSecret => "InvalidVolume",
        }
    }
}

/// Reads a request.
///
/// # Errors
/// [`RequestError`]: the first thing that is wrong, but all that is wrong with the attributes.
pub fn parse(request: &NodePublishVolumeRequest, paths: &Paths) -> Result<PublishRequest, RequestError> {
    let id = VolumeId::parse(&request.volume_id)?;
    let target = paths.target(&request.target_path)?;
    let access = capability(request.volume_capability.as_ref())?;
    let context = &request.volume_context;
    if context.get(EPHEMERAL).map(String::as_str) != Some("true") {
        return Err(RequestError::NotEphemeral);
    }
    if !request.readonly {
        return Err(RequestError::NotReadOnly);
    }
    let pod = Pod {
        namespace: fact(context, POD_NAMESPACE)?,
        name: fact(context, POD_NAME)?,
        uid: fact(context, POD_UID)?,
        service_account: fact(context, SERVICE_ACCOUNT)?,
    };
    if target.pod_uid() != pod.uid {
        return Err(RequestError::TargetOfAnotherPod);
    }
    if request.secrets.keys().any(|key| !key.starts_with(KUBELET_PREFIX)) {
        return Err(RequestError::PublishSecret);
    }
    let attributes: BTreeMap<String, String> = context
        .iter()
        .filter(|(key, _)| !key.starts_with(KUBELET_PREFIX))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let source = volume::parse_attributes(&attributes)?;
    let token = token(request.secrets.get(TOKENS).or_else(|| context.get(TOKENS)))?;
    let record = Record {
        id,
        target,
        pod,
        source: source.value,
        access,
    };
    Ok(PublishRequest {
        record,
        token,
        warnings: source.warnings,
    })
}

/// Wipes the tokens out of a request that has been read.
pub fn wipe(request: &mut NodePublishVolumeRequest) {
    request.secrets.values_mut().for_each(Zeroize::zeroize);
    if let Some(value) = request.volume_context.get_mut(TOKENS) {
        value.zeroize();
    }
}

fn capability(capability: Option<&VolumeCapability>) -> Result<Access, RequestError> {
    let mount = match capability.and_then(|capability| capability.access_type.as_ref()) {
        Some(AccessType::Mount(mount)) => mount,
        Some(AccessType::Block(_)) => return Err(RequestError::Block),
        None => return Err(RequestError::CapabilityMissing),
    };
    if !mount.fs_type.is_empty() {
        return Err(RequestError::FsType);
    }
    if !mount.mount_flags.is_empty() {
        return Err(RequestError::MountFlags);
    }
    let group = match mount.volume_mount_group.as_str() {
        "" => None,
        text => Some(group(text).ok_or(RequestError::MountGroup)?),
    };
    Ok(Access { group })
}

/// Digits alone: `parse` would take a sign too. The last number is what chown(2) takes for "leave it".
fn group(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|group| *group != u32::MAX)
}

fn fact(context: &HashMap<String, String>, key: &'static str) -> Result<String, RequestError> {
    let value = context
        .get(key)
        .filter(|value| !value.is_empty())
        .ok_or(RequestError::PodFactMissing(key))?;
    let plain = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if plain && value.len() <= MAX_NAME {
        Ok(value.clone())
    } else {
        Err(RequestError::PodFactMalformed(key))
    }
}

/// One of the tokens that kubelet sends, by audience.
#[derive(Deserialize)]
struct Token {
    token: String,
}

/// The text of an error of serde may repeat the value: it is dropped.
fn token(tokens: Option<&String>) -> Result<SecretBytes, RequestError> {
    let tokens = tokens
        .filter(|text| !text.is_empty())
        .ok_or(RequestError::TokenMissing)?;
    if tokens.len() > MAX_TOKENS {
        return Err(RequestError::TokenMalformed);
    }
    let mut tokens: BTreeMap<String, Token> =
        serde_json::from_str(tokens).map_err(|_| RequestError::TokenMalformed)?;
    let ours = tokens
        .remove(BROKER_AUDIENCE)
        .map(|token| SecretBytes::new(token.token.into_bytes()));
    for other in tokens.values_mut() {
        other.token.zeroize();
    }
    let ours = ours
        .filter(|token| !token.is_empty())
        .ok_or(RequestError::TokenMissing)?;
    let plain = ours.expose().iter().all(u8::is_ascii_graphic);
    if plain && ours.len() <= MAX_TOKEN {
        Ok(ours)
    } else {
        Err(RequestError::TokenMalformed)
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
pub(crate) mod tests;
