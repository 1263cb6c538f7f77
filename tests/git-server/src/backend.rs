//! Runs `git http-backend` for one request and passes bodies in both directions while it runs.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::cgi::{self, HeadError};

/// How much of an answer is read at once.
const CHUNK: usize = 32 * 1024;

/// Why Git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The program is missing or cannot be run.
    #[error("cannot run git http-backend")]
    Start(#[source] io::Error),
    /// Its output could not be read.
    #[error("cannot read what Git answers")]
    Read(#[source] io::Error),
    /// It answered nonsense.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// It took longer than the request may take.
    #[error("Git took longer than {} s", .0.as_secs())]
    TooSlow(Duration),
}

type Head = (StatusCode, HeaderMap);

/// Runs Git for one request. Answers when the head of its answer is there; the body follows while Git writes it.
///
/// # Guarantees
/// The process ends with the request: when the client goes away, when `deadline` passes, and when the body is longer
/// than `max_body`.
///
/// # Errors
/// See [`BackendError`].
pub async fn call(
    tasks: &TaskTracker,
    variables: Vec<(&'static str, OsString)>,
    root: &Path,
    body: Limited<Incoming>,
    deadline: Duration,
) -> Result<Response<Channel<Bytes, io::Error>>, BackendError> {
    let mut child = start(variables, root).map_err(BackendError::Start)?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(BackendError::Start(io::Error::other("its pipes are missing")));
    };
    let (answer, body_of_answer) = Channel::new(4);
    let (send_head, head) = oneshot::channel();
    tasks.spawn(async move {
        let pumps = pump(body, input, output, send_head, answer);
        // Dropping the child kills it, should the deadline pass first.
        if tokio::time::timeout(deadline, pumps).await.is_ok() {
            tokio::time::timeout(Duration::from_secs(5), child.wait())
                .await
                .ok();
        }
    });
    let (status, headers) = head.await.map_err(|_| BackendError::TooSlow(deadline))??;
    let mut response = Response::new(body_of_answer);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn start(variables: Vec<(&'static str, OsString)>, root: &Path) -> io::Result<Child> {
    Command::new("git")
        .arg("http-backend")
        .env_clear()
        .envs(variables)
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
}

/// Both directions at once; ends with Git's output. What a client still sends after that is of no use to anybody.
async fn pump(
    body: Limited<Incoming>,
    input: ChildStdin,
    output: ChildStdout,
    head: oneshot::Sender<Result<Head, BackendError>>,
    answer: Sender<Bytes, io::Error>,
) {
    let feed = async {
        if feed(body, input).await.is_ok() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = drain(output, head, answer) => {}
        () = feed => tracing::info!("the body of the request ended early or was too long"),
    }
}

/// Passes the request's body to Git. `Err` when it cannot be had whole.
async fn feed(mut body: Limited<Incoming>, mut input: ChildStdin) -> Result<(), ()> {
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ())?.into_data() else {
            continue;
        };
        if input.write_all(&data).await.is_err() {
            // Git has read what it wants; its answer says the rest.
            return Ok(());
        }
    }
    input.shutdown().await.ok();
    Ok(())
}

/// Passes Git's answer to the client: first the head, then the body.
async fn drain(
    mut output: ChildStdout,
    head: oneshot::Sender<Result<Head, BackendError>>,
    mut answer: Sender<Bytes, io::Error>,
) {
    let mut seen = Vec::with_capacity(1024);
    let read = read_head(&mut output, &mut seen).await;
    let begun = read.is_ok();
    if head.send(read).is_err() || !begun {
        return;
    }
    let mut chunk = seen;
    loop {
        if !chunk.is_empty()
            && answer
                .send_data(Bytes::from(std::mem::take(&mut chunk)))
                .await
                .is_err()
        {
            return;
        }
        chunk.reserve(CHUNK);
        match output.read_buf(&mut chunk).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return answer.abort(error),
        }
    }
}

/// Reads until the head is complete; leaves what follows it in `seen`.
async fn read_head(output: &mut ChildStdout, seen: &mut Vec<u8>) -> Result<Head, BackendError> {
    loop {
        if let Some(start) = cgi::body_start(seen) {
            let rest = seen.split_off(start);
            let head = cgi::head(seen)?;
            *seen = rest;
            return Ok(head);
        }
        if seen.len() > cgi::MAX_HEAD {
            return Err(HeadError::TooLong.into());
        }
        if output.read_buf(seen).await.map_err(BackendError::Read)? == 0 {
            return Err(HeadError::Truncated.into());
        }
    }
}
