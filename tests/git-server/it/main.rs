//! A real `git` against the real program, over loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

const PASSWORD: &str = "p@ss:w/rd \"1\"";

/// The server's process, its folder, and what it has logged.
struct Server {
    child: Child,
    folder: TempDir,
    address: SocketAddr,
    log: mpsc::Receiver<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        std::fs::create_dir(folder.path().join("secret")).expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_patchbay-git-server"))
            .args(["--listen", "127.0.0.1:0", "--init", "demo.git", "--root"])
            .arg(folder.path().join("repos"))
            .arg("--credentials")
            .arg(folder.path().join("secret"))
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let (send, log) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).all(|line| send.send(line).is_ok()));
        let mut server = Self {
            child,
            folder,
            address: ([127, 0, 0, 1], 0).into(),
            log,
        };
        server.address = server.wait_for("address=").parse().expect("an address");
        server.password(PASSWORD);
        server
    }

    /// The word after `key` in the first line of the log that has it.
    fn wait_for(&self, key: &str) -> String {
        loop {
            let line = self
                .log
                .recv_timeout(Duration::from_secs(30))
                .expect("the server says where it listens");
            if let Some((_, rest)) = line.split_once(key) {
                return rest.split(' ').next().unwrap_or_default().to_owned();
            }
        }
    }

    fn password(&self, password: &str) {
        let secret = self.folder.path().join("secret");
        std::fs::write(secret.join("username"), "ada").expect("written");
        std::fs::write(secret.join("password"), password).expect("written");
    }

    /// Runs `git` with a credential the way the shipped class gives one: a header in a config file.
    fn git(&self, password: Option<&str>, arguments: &[&str]) -> Output {
        let config = self.folder.path().join("gitconfig");
        let header = password.map(|password| {
            use base64::Engine as _;
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("ada:{password}"));
            format!("[http]\n\textraHeader = Authorization: Basic {pair}\n")
        });
        std::fs::write(&config, header.unwrap_or_default()).expect("written");
        Command::new("git")
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", &config)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .expect("git is installed")
    }

    fn url(&self) -> String {
        format!("http://{}/demo.git", self.address)
    }

    /// One request by hand; the whole answer.
    fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a deadline");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assert_ok(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn clone_fetch_and_push_work_with_the_password_and_only_with_it() {
    let server = Server::start();
    let work = server.folder.path().join("work");
    let url = server.url();

    for wrong in [None, Some("wrong")] {
        let refused = server.git(wrong, &["clone", "--quiet", &url, path(&work)]);
        assert!(!refused.status.success());
        assert!(!work.exists());
    }

    assert_ok(&server.git(Some(PASSWORD), &["clone", "--quiet", &url, path(&work)]));
    let readme = std::fs::read_to_string(work.join("README.md")).expect("cloned");
    assert!(readme.contains("Whoever reads this had the password."));

    // A body above git's post buffer goes out chunked, and what it announces is compressed.
    let noise: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    std::fs::write(work.join("noise"), noise).expect("written");
    let commit = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "commit",
        "--quiet",
        "-m",
        "Add noise",
    ];
    assert_ok(&server.git(None, &[&["-C", path(&work), "add", "noise"][..]].concat()));
    assert_ok(&server.git(None, &[&["-C", path(&work)][..], &commit[..]].concat()));
    assert_ok(&server.git(
        Some(PASSWORD),
        &["-C", path(&work), "push", "--quiet", "origin", "HEAD:main"],
    ));
    let again = server.folder.path().join("again");
    assert_ok(&server.git(Some(PASSWORD), &["clone", "--quiet", &url, path(&again)]));
    assert!(again.join("noise").exists());
}

#[test]
fn a_changed_password_takes_effect_at_once() {
    let server = Server::start();
    let url = server.url();
    assert_ok(&server.git(Some(PASSWORD), &["ls-remote", &url]));
    server.password("another\n");
    assert!(!server.git(Some(PASSWORD), &["ls-remote", &url]).status.success());
    assert_ok(&server.git(Some("another"), &["ls-remote", &url]));
}

#[test]
fn health_needs_no_password_and_everything_else_does() {
    let server = Server::start();
    let get = |path: &str| {
        server.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ))
    };
    assert!(get("/").starts_with("HTTP/1.1 200 "));
    assert!(get("/healthz").starts_with("HTTP/1.1 200 "));
    for path in [
        "/demo.git/info/refs?service=git-upload-pack",
        "/demo.git/HEAD",
        "/none.git/info/refs",
    ] {
        let answer = get(path);
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(
            answer.to_lowercase().contains("www-authenticate: basic realm="),
            "{answer}"
        );
    }
    assert!(get("/../secret/password").starts_with("HTTP/1.1 404 "));
    let long = "POST /demo.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnonsense!";
    assert!(server.raw(long).starts_with("HTTP/1.1 401 "));
}

#[test]
fn sigterm_ends_it_and_the_log_holds_no_credential() {
    let mut server = Server::start();
    assert_ok(&server.git(Some(PASSWORD), &["ls-remote", &server.url()]));
    let kill = Command::new("kill")
        .args(["-TERM", &server.child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(kill.success());
    let status = server.child.wait().expect("it ends");
    assert!(status.success(), "{status}");
    let log: Vec<String> = server.log.iter().collect();
    assert!(
        log.iter().any(|line| line.contains("/demo.git/info/refs")),
        "{log:?}"
    );
    for secret in [PASSWORD, "YWRhOn"] {
        assert!(!log.iter().any(|line| line.contains(secret)), "{log:?}");
    }
}
