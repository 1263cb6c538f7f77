//! The Kubernetes client with deadlines.
//!
//! kube's client has no read timeout and tries again up to 15 times by itself, so an answer may take minutes. Every
//! call here goes through [`call`] with a deadline of its own.

use std::path::PathBuf;
use std::time::Duration;

use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::Status;

use crate::controller::{Class, Failure};

/// How to reach the API server.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A kubeconfig file; without one the pod's own service account, else `KUBECONFIG` or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// Names the program in the API server's audit log.
    pub user_agent: &'static str,
    /// Lets kube try again by itself on 429, 503 and 504. Off for whatever has a deadline of its own, as a lease.
    pub retry: bool,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The kubeconfig file is of no use.
    #[error("could not read the kubeconfig {path}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: kube::config::KubeconfigError,
    },
    /// Neither a pod's service account nor a kubeconfig was found.
    #[error("found no Kubernetes: not in a pod, and no kubeconfig; set KUBECONFIG")]
    Infer(#[source] kube::config::InferConfigError),
    /// The client could not be made from its configuration.
    #[error("could not make the Kubernetes client")]
    Build(#[source] kube::Error),
}

/// Makes a client: 5 s to connect, and the retries as `options` say.
///
/// # Errors
/// See [`ClientError`].
pub async fn client(options: &Options) -> Result<Client, ClientError> {
    let mut config = match &options.kubeconfig {
        Some(path) => {
            let failed = |source| ClientError::Kubeconfig {
                path: path.clone(),
                source,
            };
            let file = Kubeconfig::read_from(path).map_err(failed)?;
            kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
                .await
                .map_err(failed)?
        }
        None => kube::Config::infer().await.map_err(ClientError::Infer)?,
    };
    config.connect_timeout = Some(Duration::from_secs(5));
    // A watch is silent for as long as nothing happens; it has its own idle timeout (see `crate::watch`).
    config.read_timeout = None;
    config.default_retry = options.retry;
    if !options.user_agent.is_empty() {
        let agent = http::HeaderValue::from_static(options.user_agent);
        config.headers.push((http::header::USER_AGENT, agent));
    }
    Client::try_from(config).map_err(ClientError::Build)
}

/// What a failed call means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallClass {
    /// The object does not exist (404).
    NotFound,
    /// Somebody else was faster (409): read again, decide again.
    Conflict,
    /// Our identity may not do that (401, 403): a person must act.
    Forbidden,
    /// The API server refuses what we sent (other 4xx): trying again does not help.
    Invalid,
    /// No answer, or the server's own trouble: try again later.
    Transient,
}

/// A call to the API that failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No answer in time. Whether the call had an effect is not known.
    #[error("{what}: no answer from the API server within {} s", .after.as_secs_f64())]
    Timeout {
        /// What was being done, such as "read the Lease".
        what: &'static str,
        /// The deadline.
        after: Duration,
    },
    /// The API server answered with an error.
    #[error("{what}: {} ({} {})", .status.message, .status.code, .status.reason)]
    Api {
        /// What was being done.
        what: &'static str,
        /// The answer.
        status: Box<Status>,
    },
    /// The answer is not what the API promises. Its text is kept out of here: it may be a Secret.
    #[error("{what}: the answer could not be read (line {line}, column {column})")]
    Unreadable {
        /// What was being done.
        what: &'static str,
        /// Where in the answer.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// The Lease was lost, or about to be: the call was not made, or was given up at the end of the claim.
    #[error("{what}: not done, because this replica is not the leader any more")]
    NotLeading {
        /// What was to be done.
        what: &'static str,
    },
    /// The server was not reached, or the connection broke. Whether the call had an effect is not known.
    #[error("{what}")]
    Transport {
        /// What was being done.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
}

impl CallError {
    /// Sorts an error of kube's client.
    #[must_use]
    pub fn new(what: &'static str, error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Api { what, status },
            kube::Error::SerdeError(error) => Self::Unreadable {
                what,
                line: error.line(),
                column: error.column(),
            },
            source => Self::Transport {
                what,
                source: Box::new(source),
            },
        }
    }

    /// What the failure means.
    #[must_use]
    pub fn class(&self) -> CallClass {
        let Self::Api { status, .. } = self else {
            return CallClass::Transient;
        };
        match status.code {
            404 => CallClass::NotFound,
            409 => CallClass::Conflict,
            401 | 403 => CallClass::Forbidden,
            408 | 410 | 429 => CallClass::Transient,
            400..=499 => CallClass::Invalid,
            _ => CallClass::Transient,
        }
    }

    /// A bounded CamelCase word for conditions, events and metrics.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Timeout { .. } => "Timeout",
            Self::NotLeading { .. } => "NotLeading",
            Self::Unreadable { .. } => "Unreadable",
            Self::Transport { .. } => "Unavailable",
            Self::Api { .. } => match self.class() {
                CallClass::NotFound => "NotFound",
                CallClass::Conflict => "Conflict",
                CallClass::Forbidden => "Forbidden",
                CallClass::Invalid => "Invalid",
                CallClass::Transient => "Unavailable",
            },
        }
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } => Some(status.code),
            Self::Timeout { .. }
            | Self::NotLeading { .. }
            | Self::Unreadable { .. }
            | Self::Transport { .. } => None,
        }
    }

    /// What was being done.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Timeout { what, .. }
            | Self::NotLeading { what }
            | Self::Api { what, .. }
            | Self::Unreadable { what, .. }
            | Self::Transport { what, .. } => what,
        }
    }
}

impl Failure for CallError {
    fn class(&self) -> Class {
        match Self::class(self) {
            // What is known of the object is old: the watch brings what is new.
            CallClass::NotFound | CallClass::Conflict => Class::Conflict,
            // Rights and the CRDs are not watched: a person mends them, and no change of the object tells.
            CallClass::Forbidden | CallClass::Invalid => Class::Waiting,
            CallClass::Transient => Class::Transient,
        }
    }

    fn public(&self) -> String {
        format!("{}: {}", self.what(), self.reason())
    }

    fn is_outage(&self) -> bool {
        match self {
            Self::NotLeading { .. } => false,
            Self::Timeout { .. } | Self::Transport { .. } => true,
            Self::Api { status, .. } => status.code == 429 || status.code >= 500,
            Self::Unreadable { .. } => false,
        }
    }
}

/// Runs a call with a deadline: `call(SECONDS_5, "read the Lease", api.get(name)).await`.
///
/// # Errors
/// See [`CallError`].
pub async fn call<T>(
    deadline: Duration,
    what: &'static str,
    future: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, CallError> {
    match tokio::time::timeout(deadline, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(CallError::new(what, error)),
        Err(_) => Err(CallError::Timeout {
            what,
            after: deadline,
        }),
    }
}

/// As [`call`], with nothing for an object that does not exist.
///
/// # Errors
/// See [`CallError`].
pub async fn call_opt<T>(
    deadline: Duration,
    what: &'static str,
    future: impl Future<Output = Result<T, kube::Error>>,
) -> Result<Option<T>, CallError> {
    match call(deadline, what, future).await {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class() == CallClass::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Chain;

    fn api(code: u16) -> CallError {
        let status = Status::failure("no such thing", "NotFound").with_code(code);
        CallError::new("read the Lease", kube::Error::Api(Box::new(status)))
    }

    #[test]
    fn sorts_answers_by_what_they_mean() {
        for (code, class, reason) in [
            (400, CallClass::Invalid, "Invalid"),
            (401, CallClass::Forbidden, "Forbidden"),
            (403, CallClass::Forbidden, "Forbidden"),
            (404, CallClass::NotFound, "NotFound"),
            (409, CallClass::Conflict, "Conflict"),
            (410, CallClass::Transient, "Unavailable"),
            (422, CallClass::Invalid, "Invalid"),
            (429, CallClass::Transient, "Unavailable"),
            (500, CallClass::Transient, "Unavailable"),
            (503, CallClass::Transient, "Unavailable"),
        ] {
            let error = api(code);
            assert_eq!(
                (error.class(), error.reason(), error.code()),
                (class, reason, Some(code))
            );
        }
        assert_eq!(
            Chain(&api(404)).to_string(),
            "read the Lease: no such thing (404 NotFound)"
        );
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_not_repeated() {
        let error = serde_json::from_str::<u8>("\"hunter2\"").unwrap_err();
        assert!(error.to_string().contains("hunter2"), "the library repeats it");
        let error = CallError::new("read the Secret", kube::Error::SerdeError(error));
        assert!(!format!("{} {error:?}", Chain(&error)).contains("hunter2"));
        assert_eq!(error.class(), CallClass::Transient);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_an_answer_ends_at_its_deadline() {
        let call = call::<()>(Duration::from_secs(5), "read the Lease", std::future::pending());
        let error = call.await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "read the Lease: no answer from the API server within 5 s"
        );
        assert_eq!((error.class(), error.reason()), (CallClass::Transient, "Timeout"));
    }
}
