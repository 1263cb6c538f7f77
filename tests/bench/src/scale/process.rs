//! The reconciler as a process, and what the kernel says of it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use patchbay_cluster::ControlPlane;

use super::requests::USER;

pub(crate) struct Reconciler {
    child: Child,
    admin: SocketAddr,
}

/// In MiB.
pub(crate) struct Memory {
    pub(crate) resident: f64,
    pub(crate) own: f64,
    pub(crate) peak: f64,
}

impl Reconciler {
    pub(crate) fn start(program: &Path, cluster: &ControlPlane) -> Result<Self> {
        let kubeconfig = cluster.user_kubeconfig(USER, &[])?;
        // Free a moment ago: nobody else takes ports on this machine in between.
        let admin = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let child = Command::new(program)
            .args([
                "--namespace",
                "patchbay-system",
                "--pod-name",
                "bench",
                "--broker-addr",
                "127.0.0.1:0",
            ])
            .args(["--probe-interval", "1m", "--probe-allow-cidr", "127.0.0.1/32"])
            .args(["--admin-addr", &admin.to_string(), "--kubeconfig"])
            .arg(kubeconfig)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { child, admin })
    }

    /// Waits until it holds the Lease.
    pub(crate) async fn until_leading(&self, limit: Duration) -> Result<()> {
        let begun = Instant::now();
        while !self
            .metrics()
            .is_ok_and(|text| text.contains("patchbay_lease_held 1"))
        {
            if begun.elapsed() > limit {
                bail!("the reconciler does not lead after {limit:?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    fn metrics(&self) -> Result<String> {
        let mut stream = TcpStream::connect(self.admin)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name may hold spaces; the fields after it do not.
        let (_, rest) = stat.rsplit_once(')').context("a name")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |n: usize| -> Result<u64> { Ok(fields.get(n).context("a field")?.parse()?) };
        // The kernel counts in hundredths of a second on every platform that we build for.
        Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()));
        let (status, rollup) = (read("status")?, read("smaps_rollup")?);
        let field = |text: &str, name: &str| -> Result<f64> {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .context("a line")?;
            let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
            Ok(kib / 1024.0)
        };
        Ok(Memory {
            resident: field(&status, "VmRSS:")?,
            own: field(&rollup, "Pss:")?,
            peak: field(&status, "VmHWM:")?,
        })
    }
}

impl Drop for Reconciler {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).unwrap_or_default();
        let process = nix::unistd::Pid::from_raw(pid);
        // Gone already is as good.
        let _gone = nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM);
        drop(self.child.wait());
    }
}
