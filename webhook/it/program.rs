//! The webhook's program, run inside the test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser;
use patchbay_runtime::Context;
use patchbay_webhook::program::{Addresses, Args, start};
use tokio::runtime::Runtime;

/// A running webhook.
#[derive(Debug)]
pub(crate) struct Program {
    runtime: Runtime,
    context: Context,
    pub(crate) addresses: Addresses,
}

impl Program {
    /// Starts it; `port` 0 takes any.
    pub(crate) fn start(kubeconfig: &Path, port: u16) -> Self {
        patchbay_runtime::tls::install_provider();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = runtime.expect("an async runtime");
        let context = Context::new();
        let mut args = Args::parse_from(["patchbay-webhook", "--dns-name", "localhost"]);
        args.webhook_addr = SocketAddr::from(([127, 0, 0, 1], port));
        args.admin_addr = SocketAddr::from(([127, 0, 0, 1], 0));
        args.kubeconfig = Some(kubeconfig.to_owned());
        let addresses = runtime
            .block_on(start(args, context.clone()))
            .expect("the program starts");
        Self {
            runtime,
            context,
            addresses,
        }
    }

    /// Stops it as SIGTERM does.
    pub(crate) fn stop(self) {
        self.context.readiness.stop();
        let drained = self
            .runtime
            .block_on(self.context.tasks.drain(Duration::from_secs(20)));
        drained.expect("the program stops cleanly");
    }

    /// Asks the admin server; status and body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.addresses.admin).expect("the admin server listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the answer is read");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_default();
        (status, body.to_owned())
    }

    /// Waits until it is ready.
    pub(crate) fn wait_ready(&self) {
        until("the webhook is ready", || {
            let (status, body) = self.get("/readyz?verbose");
            if status == 200 { Ok(()) } else { Err(body) }
        });
    }
}

/// Polls until it is so, for 30 s at most.
pub(crate) fn until<T>(what: &str, mut check: impl FnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match check() {
            Ok(value) => return value,
            Err(seen) if started.elapsed() > Duration::from_secs(30) => {
                panic!("waited 30 s until {what}; last: {seen}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}
