//! Redis and MariaDB themselves, where they are installed.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use patchbay_cluster::{Error, capable};
use patchbay_model::call::{Encryption, Protocol};

use super::support::{built_in, client, server_call, verdict};
use crate::probes::verdict::Kind::{Auth, Liveness};

/// A server with its data in a folder of its own, which go when this goes.
struct Running {
    port: u16,
    folder: tempfile::TempDir,
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _told = Command::new("kill").arg(self.child.id().to_string()).status();
        let _gone = self.child.wait();
    }
}

/// A program in the path, or where Debian has its servers.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|path| path.exists())
}

fn installed(name: &str, package: &str) -> Option<PathBuf> {
    let found = find(name);
    let missing = || Error::Capability(format!("{name} is not here: install {package}"));
    capable(found.as_ref().map(|_| ()).ok_or_else(missing)).then_some(found)?
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

const TAKEN: &str = "True ProbeSucceeded git.demo:PORT takes the login";
const REFUSED: &str =
    "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret";

#[tokio::test]
async fn redis_itself() {
    let Some(program) = installed("redis-server", "redis-server") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let child = Command::new(program)
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--requirepass",
            "open-sesame",
        ])
        .args(["--user", "alice", "on", ">open-sesame", "~*", "+@all", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let server = Running { port, folder, child };
    until("Redis listens", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let client = client(built_in());
    for (kind, login, database, want) in [
        (Liveness, None, None, "True ProbeSucceeded git.demo:PORT answers"),
        (Auth, Some(("", "open-sesame")), None, TAKEN),
        (Auth, Some(("alice", "open-sesame")), Some("3"), TAKEN),
        (Auth, Some(("alice", "wrong")), None, REFUSED),
        (Auth, Some(("", "wrong")), None, REFUSED),
        (
            Auth,
            Some(("alice", "open-sesame")),
            Some("999"),
            "False UnexpectedAnswer 127.0.0.1:PORT (git.demo) takes the login, and has no such database; correct its \
             name",
        ),
    ] {
        let call = server_call(Protocol::Redis, Encryption::Plain, login, database, server.port);
        assert_eq!(
            verdict(&client, kind, &call, None).await,
            want,
            "{login:?} {database:?}"
        );
    }
}

#[tokio::test]
async fn mariadb_itself() {
    let Some(program) = installed("mariadbd", "mariadb-server") else {
        return;
    };
    let Some(maker) = installed("mariadb-install-db", "mariadb-server") else {
        return;
    };
    let Some(shell) = installed("mariadb", "mariadb-client") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let base = program
        .parent()
        .and_then(|sbin| sbin.parent())
        .unwrap()
        .to_owned();
    let made = Command::new(maker)
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--basedir={}", base.display()))
        .args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--user=root",
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let port = free_port();
    let socket = folder.path().join("socket");
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let child = Command::new(program)
        .args([
            "--no-defaults",
            "--user=root",
            "--bind-address=127.0.0.1",
            "--max-connect-errors=5",
        ])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--basedir={}", base.display()))
        .arg(format!("--socket={}", socket.display()))
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let server = Running { port, folder, child };
    let script = "CREATE USER alice IDENTIFIED BY 'open-sesame'; CREATE DATABASE orders; \
                  GRANT ALL ON orders.* TO alice; CREATE DATABASE closed";
    until("MariaDB takes statements", || {
        let mut shell = Command::new(&shell);
        shell
            .args(["--no-defaults", "--user=root", "-e", script, "--socket"])
            .arg(&socket);
        shell.output().is_ok_and(|out| out.status.success())
    });
    let client = client(built_in());
    let good = Some(("alice", "open-sesame"));
    for (kind, login, database, want) in [
        (Liveness, None, None, "True ProbeSucceeded git.demo:PORT answers"),
        (Auth, good, None, TAKEN),
        (Auth, good, Some("orders"), TAKEN),
        (Auth, Some(("alice", "wrong")), None, REFUSED),
        (
            Auth,
            good,
            Some("closed"),
            "False Forbidden git.demo:PORT does not let this user in; check that the user exists, may come from here, \
             and may use the database",
        ),
    ] {
        let call = server_call(Protocol::Mysql, Encryption::Plain, login, database, server.port);
        assert_eq!(
            verdict(&client, kind, &call, None).await,
            want,
            "{login:?} {database:?}"
        );
    }
    // A server shuts the door after so many broken handshakes. These are none.
    let call = server_call(Protocol::Mysql, Encryption::Plain, None, None, server.port);
    for _ in 0..30 {
        let got = verdict(&client, Liveness, &call, None).await;
        assert_eq!(got, "True ProbeSucceeded git.demo:PORT answers");
    }
    assert!(server.folder.path().exists());
}
