//! PostgreSQL itself, where it is installed.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use patchbay_cluster::{Authority, capable};
use patchbay_model::call::{Encryption, Protocol};
use patchbay_model::secret::SecretData;

use super::support::{built_in, client, secret, server_call, verdict};
use crate::probes::verdict::Kind::{Auth, Liveness};

/// A server with its data in a folder of its own, which go when this goes.
struct Postgres {
    port: u16,
    folder: tempfile::TempDir,
    child: Child,
    ca: SecretData,
}

const NOBODY: u32 = 65534;

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The folder with the server's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}

/// It does not run as root: then it runs as nobody.
fn program(folder: &Path, name: &str) -> Command {
    let path = folder.join(name);
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(path);
    command
}

impl Postgres {
    fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().ok()?;
        let data = folder.path().join("data");
        fs::create_dir(&data).ok()?;
        if is_root() {
            for path in [folder.path(), &data] {
                chown(path, Some(NOBODY), Some(NOBODY)).ok()?;
            }
        }
        let made = program(&programs, "initdb")
            .args(["--auth=trust", "--username=postgres", "--no-sync", "--pgdata"])
            .arg(&data)
            .output()
            .ok()?;
        assert!(made.status.success(), "{made:?}");
        let authority = Authority::new("ours").unwrap();
        let pair = authority.server("tool", &["git.demo"]).unwrap();
        for (name, text) in [("server.crt", &pair.certificate), ("server.key", &pair.key)] {
            let path = data.join(name);
            fs::write(&path, text).ok()?;
            if is_root() {
                chown(&path, Some(NOBODY), None).ok()?;
            }
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).ok()?;
        }
        fs::write(
            data.join("pg_hba.conf"),
            "local all all trust\nhost all md5er all md5\nhost all plain all password\n\
             hostssl all secured all scram-sha-256\nhost all alice all scram-sha-256\nhost all norole all scram-sha-256\n",
        )
        .ok()?;
        let free = std::net::TcpListener::bind("127.0.0.1:0").ok()?;
        let port = free.local_addr().ok()?.port();
        drop(free);
        let log = fs::File::create(folder.path().join("log")).ok()?;
        let child = program(&programs, "postgres")
            .arg("-D")
            .arg(&data)
            .args([
                "-p",
                &port.to_string(),
                "-c",
                "ssl=on",
                "-c",
                "listen_addresses=127.0.0.1",
                "-k",
            ])
            .arg(folder.path())
            .args([
                "-c",
                "fsync=off",
                "-c",
                "log_min_messages=info",
                "-c",
                "lc_messages=C",
            ])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .ok()?;
        let server = Self {
            port,
            folder,
            child,
            ca: secret(authority.certificate()),
        };
        server.prepare();
        Some(server)
    }

    fn prepare(&self) {
        let script = "CREATE USER alice PASSWORD 'open-sesame'; CREATE USER secured PASSWORD 'open-sesame'; \
                      CREATE USER plain PASSWORD 'open-sesame'; SET password_encryption = 'md5'; \
                      CREATE USER md5er PASSWORD 'open-sesame'; CREATE DATABASE closed; \
                      REVOKE CONNECT ON DATABASE closed FROM PUBLIC";
        let socket = self.folder.path().to_string_lossy().into_owned();
        let start = Instant::now();
        // One statement each: a database is not made in a transaction.
        for statement in
            std::iter::once("SELECT 1").chain(script.split("; ").filter(|s| !s.starts_with("SET")))
        {
            let statement = if statement.contains("md5er") {
                format!("SET password_encryption = 'md5'; {statement}")
            } else {
                statement.to_owned()
            };
            loop {
                let done = Command::new("psql")
                    .args([
                        "-h",
                        &socket,
                        "-p",
                        &self.port.to_string(),
                        "-U",
                        "postgres",
                        "-qc",
                        &statement,
                    ])
                    .output()
                    .unwrap();
                if done.status.success() {
                    break;
                }
                assert!(start.elapsed() < Duration::from_secs(60), "{done:?}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Politely, so that it takes its children and its memory with it.
        let _told = Command::new("kill")
            .args(["-QUIT", &self.child.id().to_string()])
            .status();
        let _gone = self.child.wait();
    }
}

#[tokio::test]
async fn postgres_itself() {
    let installed = programs().ok_or_else(|| {
        patchbay_cluster::Error::Capability("PostgreSQL's server is not here: install postgresql".to_owned())
    });
    if !capable(installed.map(|_| ())) {
        return;
    }
    let server = Postgres::start().unwrap();
    let before = server.log().len();
    let client = client(built_in());
    let taken = "True ProbeSucceeded git.demo:PORT takes the login";
    let answers = "True ProbeSucceeded git.demo:PORT answers";
    for (kind, encryption, login, want) in [
        (Liveness, Encryption::Plain, None, answers),
        (Liveness, Encryption::StartTls, None, answers),
        (Auth, Encryption::Plain, Some(("alice", "open-sesame")), taken),
        (Auth, Encryption::StartTls, Some(("alice", "open-sesame")), taken),
        (
            Auth,
            Encryption::StartTls,
            Some(("secured", "open-sesame")),
            taken,
        ),
        (Auth, Encryption::Plain, Some(("plain", "open-sesame")), taken),
        (Auth, Encryption::Plain, Some(("md5er", "open-sesame")), taken),
    ] {
        let call = server_call(
            Protocol::Postgres,
            encryption,
            login,
            Some("postgres"),
            server.port,
        );
        assert_eq!(
            verdict(&client, kind, &call, Some(&server.ca)).await,
            want,
            "{login:?} {encryption:?}"
        );
    }
    // A good call leaves nothing in the server's log.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let log = server.log();
    assert_eq!(log[before..].lines().collect::<Vec<_>>(), Vec::<&str>::new());

    let refused =
        "False AuthenticationFailed git.demo:PORT refused the login; check user and password in the Secret";
    let forbidden = "False Forbidden git.demo:PORT does not let this user in; check that the user exists, may come from \
                     here, and may use the database";
    for (encryption, login, database, want) in [
        (Encryption::Plain, ("alice", "wrong"), "postgres", refused),
        (Encryption::Plain, ("md5er", "wrong"), "postgres", refused),
        (Encryption::Plain, ("plain", "wrong"), "postgres", refused),
        (
            Encryption::Plain,
            ("secured", "open-sesame"),
            "postgres",
            forbidden,
        ),
        (Encryption::Plain, ("alice", "open-sesame"), "closed", forbidden),
        (
            Encryption::Plain,
            ("alice", "open-sesame"),
            "missing",
            "False UnexpectedAnswer 127.0.0.1:PORT (git.demo) takes the login, and has no such database; correct its \
             name",
        ),
    ] {
        let call = server_call(
            Protocol::Postgres,
            encryption,
            Some(login),
            Some(database),
            server.port,
        );
        assert_eq!(
            verdict(&client, Auth, &call, Some(&server.ca)).await,
            want,
            "{login:?} {database}"
        );
    }
    let call = server_call(Protocol::Postgres, Encryption::StartTls, None, None, server.port);
    let untrusted = verdict(&client, Liveness, &call, None).await;
    assert!(untrusted.starts_with("False CertificateInvalid"), "{untrusted}");
}
