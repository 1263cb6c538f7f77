use std::convert::Infallible;
use std::future::pending;

use super::*;

const DRAIN: Duration = Duration::from_secs(20);

/// A service that ends when it is asked to.
fn good(supervisor: &Supervisor) {
    let shutdown = supervisor.shutdown();
    supervisor.spawn("good", async move {
        shutdown.cancelled().await;
        Ok::<_, Infallible>(())
    });
}

#[tokio::test(start_paused = true)]
async fn tasks_that_end_when_asked_drain_without_an_error() {
    let supervisor = Supervisor::new();
    good(&supervisor);
    supervisor.spawn_job("job", async { Ok::<_, Infallible>(()) });
    assert_eq!(supervisor.running(), 2);
    supervisor.drain(DRAIN).await.unwrap();
    assert_eq!(supervisor.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_unexpected_end_names_its_task() {
    let supervisor = Supervisor::new();
    supervisor.spawn("quitter", async { Ok::<_, Infallible>(()) });
    assert_eq!(
        supervisor.failed().await.to_string(),
        "task \"quitter\" ended although nobody asked it to"
    );

    supervisor.spawn("failing", async { Err("no disk") });
    let failure = supervisor.failed().await;
    assert_eq!(
        crate::error::Chain(&failure).to_string(),
        "task \"failing\" failed: no disk"
    );

    supervisor.spawn_job("panicking", async {
        assert_eq!(1 + 1, 3, "arithmetic");
        Ok::<_, Infallible>(())
    });
    assert_eq!(
        supervisor.failed().await.to_string(),
        "task \"panicking\" panicked"
    );
    assert_eq!(supervisor.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_anyone_listens_is_not_lost() {
    let supervisor = Supervisor::new();
    supervisor.spawn("early", async { Err("at once") });
    tokio::task::yield_now().await;
    assert!(matches!(supervisor.failed().await, TaskError::Failed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_hangs_is_named_and_aborted() {
    let supervisor = Supervisor::new();
    good(&supervisor);
    supervisor.spawn("stubborn", pending::<Result<(), Infallible>>());
    let error = supervisor.drain(DRAIN).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "still running 20 s after the shutdown began: stubborn"
    );
    tokio::task::yield_now().await;
    assert_eq!(supervisor.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failure_while_draining_is_the_result() {
    let supervisor = Supervisor::new();
    let shutdown = supervisor.shutdown();
    supervisor.spawn("flush", async move {
        shutdown.cancelled().await;
        Err("disk full")
    });
    assert!(matches!(
        supervisor.drain(DRAIN).await.unwrap_err(),
        TaskError::Failed { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_supervisor_aborts_its_tasks() {
    let (alive, mut dropped) = tokio::sync::mpsc::channel::<()>(1);
    let supervisor = Supervisor::new();
    supervisor.spawn("held", async move {
        let _alive = alive;
        pending::<Result<(), Infallible>>().await
    });
    tokio::task::yield_now().await;
    drop(supervisor);
    assert!(dropped.recv().await.is_none());
}
