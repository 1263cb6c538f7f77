//! `main` of the three programs.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::signals::Stop;
use super::{Supervisor, TaskError};
use crate::error::Chain;
use crate::liveness::Liveness;
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::{admin, files, telemetry, tls};

type BoxError = Box<dyn Error + Send + Sync>;

/// What differs between the programs' `main`.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    name: &'static str,
    version: &'static str,
    worker_threads: usize,
    drain: Duration,
}

impl Program {
    /// `Program::new("patchbay-webhook", env!("CARGO_PKG_VERSION"))`: two worker threads, 20 s to drain (a pod has
    /// 30 s between SIGTERM and SIGKILL).
    #[must_use]
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            worker_threads: 2,
            drain: Duration::from_secs(20),
        }
    }

    /// Other than two worker threads.
    #[must_use]
    pub const fn worker_threads(mut self, count: usize) -> Self {
        self.worker_threads = count;
        self
    }

    /// Other than 20 s between the signal and the end.
    #[must_use]
    pub const fn drain(mut self, deadline: Duration) -> Self {
        self.drain = deadline;
        self
    }
}

/// What a program works with. Clones share everything.
#[derive(Clone, Debug)]
pub struct Context {
    /// Spawns the program's tasks.
    pub tasks: Supervisor,
    /// Is cancelled when the program shall stop.
    pub shutdown: CancellationToken,
    /// What must be in order before the program takes traffic.
    pub readiness: Readiness,
    /// Loops that must turn.
    pub liveness: Liveness,
    /// The registry behind `/metrics`.
    pub metrics: Metrics,
    /// Pages under `/debug/`, for those who are inside the pod.
    pub pages: admin::Pages,
}

impl Context {
    /// A context of its own, for tests as well.
    #[must_use]
    pub fn new() -> Self {
        let tasks = Supervisor::new();
        Self {
            shutdown: tasks.shutdown(),
            tasks,
            readiness: Readiness::new(),
            liveness: Liveness::new(),
            metrics: Metrics::new(),
            pages: admin::Pages::default(),
        }
    }

    /// Serves `/livez`, `/readyz` and `/metrics` in a task named "admin". Returns the address, for port 0.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn serve_admin(&self, address: SocketAddr) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        let state = admin::State {
            readiness: self.readiness.clone(),
            liveness: self.liveness.clone(),
            metrics: self.metrics.clone(),
            pages: self.pages.clone(),
        };
        self.tasks
            .spawn("admin", admin::serve(listener, state, self.shutdown.clone()));
        Ok(bound)
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a program: `fn main() -> ExitCode { runtime::run(PROGRAM, |ctx| app::start(args, ctx)) }`.
///
/// `start` sets the program up, spawns its tasks into `ctx.tasks`, and returns. Then the process runs until SIGTERM
/// or SIGINT (exit code 0), or until a task ends as it should not (exit code 1, the task is named in the log). A
/// second signal while draining ends it at once.
pub fn run<F, Fut, E>(program: Program, start: F) -> ExitCode
where
    F: FnOnce(Context) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    tls::install_provider();
    telemetry::init(program.name);
    if let Err(error) = telemetry::harden_process() {
        tracing::warn!(error = %Chain(&error), "could not forbid core dumps");
    }
    if let Err(error) = files::raise_limit() {
        tracing::warn!(error = %Chain(&error), "could not raise the limit of open files");
    }
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(program.worker_threads)
        .thread_name(program.name)
        .enable_all()
        .build();
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "could not start the async runtime");
            return ExitCode::FAILURE;
        }
    };
    tracing::info!(program = program.name, version = program.version, "starting");
    let ended = runtime.block_on(supervise(program, start));
    // Blocking calls that hang (a name lookup) must not hold the exit.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match ended {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = %Chain(error.as_ref()), "stopped by an error");
            ExitCode::FAILURE
        }
    }
}

async fn supervise<F, Fut, E>(program: Program, start: F) -> Result<(), BoxError>
where
    F: FnOnce(Context) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    let mut stop = Stop::listen()?;
    let context = Context::new();
    context.metrics.build_info(program.name, program.version);
    let failed = tokio::select! {
        signal = stop.received() => {
            tracing::info!(signal, "stopping before the start was complete");
            None
        }
        failure = context.tasks.failed() => Some(failure),
        started = start(context.clone()) => {
            started.map_err(Into::into)?;
            tokio::select! {
                signal = stop.received() => {
                    tracing::info!(signal, "stopping");
                    None
                }
                failure = context.tasks.failed() => Some(failure),
            }
        }
    };
    finish(program, &context, &mut stop, failed).await
}

/// Drains the tasks; the failure that ended the process comes before one while draining.
async fn finish(
    program: Program,
    context: &Context,
    stop: &mut Stop,
    failed: Option<TaskError>,
) -> Result<(), BoxError> {
    context.readiness.stop();
    if failed.is_some() {
        tracing::warn!("a task failed: stopping the others");
    }
    let drained = tokio::select! {
        drained = context.tasks.drain(program.drain) => drained,
        signal = stop.received() => {
            tracing::warn!(signal, "second signal: stopping at once");
            Ok(())
        }
    };
    match failed {
        Some(failure) => Err(failure.into()),
        None => drained.map_err(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use super::*;

    const PROGRAM: Program = Program::new("patchbay-test", "0.0.0").drain(Duration::from_secs(5));

    fn exit_code<Fut: Future<Output = Result<(), BoxError>>>(start: impl FnOnce(Context) -> Fut) -> String {
        format!("{:?}", run(PROGRAM, start))
    }

    /// One test, because signals belong to the whole process.
    #[test]
    fn the_exit_code_tells_how_it_ended() {
        let success = format!("{:?}", ExitCode::SUCCESS);
        let failure = format!("{:?}", ExitCode::FAILURE);

        assert_eq!(
            exit_code(|_| async { Err("no config".into()) }),
            failure,
            "the start failed"
        );
        let failing = |ctx: Context| async move {
            ctx.tasks.spawn("loop", async { Err("broken") });
            Ok(())
        };
        assert_eq!(exit_code(failing), failure, "a task failed");
        let stopped = |ctx: Context| async move {
            let shutdown = ctx.shutdown.clone();
            ctx.tasks.spawn("server", async move {
                kill(Pid::this(), Signal::SIGTERM)?;
                shutdown.cancelled().await;
                Ok::<_, nix::Error>(())
            });
            Ok(())
        };
        assert_eq!(exit_code(stopped), success, "a signal came");
        let starting = |_: Context| async {
            kill(Pid::this(), Signal::SIGINT)?;
            std::future::pending().await
        };
        assert_eq!(exit_code(starting), success, "a signal came while starting");
    }

    #[tokio::test]
    async fn the_admin_server_is_a_task_of_the_context() {
        let context = Context::new();
        let address = context.serve_admin("127.0.0.1:0".parse().unwrap()).await.unwrap();
        tokio::net::TcpStream::connect(address).await.unwrap();
        context.tasks.spawn_job("job", async { Ok::<_, Infallible>(()) });
        context.tasks.drain(Duration::from_secs(5)).await.unwrap();
    }
}
