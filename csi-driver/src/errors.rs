//! Why a call of kubelet fails, and the one table from that to gRPC codes.
//!
//! Kubelet takes `UNAVAILABLE`, `ABORTED`, `DEADLINE_EXCEEDED`, `CANCELLED` and `RESOURCE_EXHAUSTED` for "may still
//! be going on": it keeps the target folder and sends an unpublish one day. Every other code means "did not happen",
//! and kubelet clears the folder away. Both are right here, because a failed publish frees everything.

use tonic::{Code, Status};

use crate::broker::client::RenderError;
use crate::broker::wire::AnswerError;
use crate::publish::apply::ApplyError;
use crate::publish::parse::RequestError;
use crate::publish::plan::PlanError;
use crate::volume::mount::MountError;
use crate::volume::paths::{TargetError, VolumeIdError};

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Another call for this volume is being worked on.
    #[error("another call for this volume is still being worked on")]
    InFlight,
    /// The volume exists, elsewhere.
    #[error("this volume is already published at another target_path")]
    ElsewherePublished,
    /// Kubelet asks about a volume that is not there.
    #[error("no volume of this id is mounted at this path")]
    NotPublished,
    /// Something is in the way.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The broker refused, or could not be reached.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The broker sent files that can not be mounted.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The node.
    #[error("{}", .0.public())]
    Apply(#[from] ApplyError),
    /// The driver is being stopped.
    #[error("the driver is stopping; kubelet tries again with the next one")]
    Stopping,
}

impl From<VolumeIdError> for Error {
    fn from(error: VolumeIdError) -> Self {
        Self::Request(error.into())
    }
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        Self::Request(error.into())
    }
}

impl From<MountError> for Error {
    fn from(error: MountError) -> Self {
        Self::Apply(error.into())
    }
}

impl Error {
    /// A bounded CamelCase word, for logs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Request(error) => error.reason(),
            Self::InFlight => "InFlight",
            Self::ElsewherePublished => "ElsewherePublished",
            Self::NotPublished => "NotPublished",
            Self::Plan(_) => "TargetOccupied",
            Self::Render(error) => error.reason(),
            Self::Answer(_) => "InvalidAnswer",
            Self::Apply(error) => error.reason(),
            Self::Stopping => "Stopping",
        }
    }

    /// The code that kubelet gets.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Request(_) => Code::InvalidArgument,
            Self::InFlight => Code::Aborted,
            Self::ElsewherePublished => Code::AlreadyExists,
            Self::NotPublished => Code::NotFound,
            Self::Plan(_) => Code::FailedPrecondition,
            Self::Render(error) => error.code(),
            Self::Answer(_) => Code::Internal,
            Self::Apply(error) if error.reason() == "VolumeFull" => Code::FailedPrecondition,
            Self::Apply(_) => Code::Internal,
            Self::Stopping => Code::Unavailable,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// The name of a code, for metrics.
#[must_use]
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Cancelled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let broker = |code| Error::Render(RenderError::new(code, "m"));
        for (error, want) in [
            (Error::Request(RequestError::NotReadOnly), Code::InvalidArgument),
            (Error::InFlight, Code::Aborted),
            (Error::ElsewherePublished, Code::AlreadyExists),
            (Error::NotPublished, Code::NotFound),
            (Error::Plan(PlanError::NotEmpty), Code::FailedPrecondition),
            (Error::Answer(AnswerError::NoFiles), Code::Internal),
            (Error::Stopping, Code::Unavailable),
            // What the broker says becomes what kubelet can act on.
            (broker(Code::InvalidArgument), Code::InvalidArgument),
            (broker(Code::Unauthenticated), Code::Unauthenticated),
            (broker(Code::PermissionDenied), Code::PermissionDenied),
            (broker(Code::NotFound), Code::FailedPrecondition),
            (broker(Code::FailedPrecondition), Code::FailedPrecondition),
            (broker(Code::Unavailable), Code::Unavailable),
            (broker(Code::Aborted), Code::Unavailable),
            (broker(Code::Cancelled), Code::Unavailable),
            (broker(Code::ResourceExhausted), Code::ResourceExhausted),
            (broker(Code::DeadlineExceeded), Code::DeadlineExceeded),
            (broker(Code::Unknown), Code::Internal),
            (broker(Code::Unimplemented), Code::Internal),
            (broker(Code::Internal), Code::Internal),
        ] {
            assert_eq!(error.code(), want, "{error}");
            assert_eq!(Status::from(error).code(), want);
        }
    }
}
