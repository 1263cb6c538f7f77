//! Files of logins: `.netrc` and `.pgpass`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use patchbay_template::escape;

use crate::readers::{Program, agree, run};
use crate::values::escaped;

/// A server on this machine that handles each connection by `serve`, until the process ends.
fn server<S: Send + 'static>(
    state: &Arc<Mutex<S>>,
    serve: fn(TcpStream, &Mutex<S>) -> std::io::Result<()>,
) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let state = Arc::clone(&state);
            // A client that goes away is its own business: what it did not send is missing in the end.
            std::thread::spawn(move || serve(connection, &state).ok());
        }
    });
    port
}

/// What curl sends to each host as the credentials of basic authentication. `entry` gives the lines of its
/// configuration for one value.
pub(crate) fn curl(
    folder: &Path,
    cases: &[(String, String)],
    entry: impl Fn(usize, &str) -> String,
) -> BTreeMap<String, String> {
    let sent = Arc::new(Mutex::new(BTreeMap::new()));
    let port = server(&sent, note_authorization);
    let mut config = format!("proxy = \"http://127.0.0.1:{port}\"\nsilent\nshow-error\n");
    for (index, (_, escaped)) in cases.iter().enumerate() {
        config.push_str(&entry(index, escaped));
        config.push_str("output = \"/dev/null\"\n");
    }
    let file = folder.join("curl");
    std::fs::write(&file, config).expect("a file");
    // No configuration of the user's.
    let mut curl = Command::new("curl");
    run(curl.arg("-q").arg("--config").arg(&file).env_clear(), b"");
    std::mem::take(&mut *sent.lock().expect("no panic"))
}

/// A proxy that answers everything with nothing, and notes host and authorization.
fn note_authorization(stream: TcpStream, sent: &Mutex<BTreeMap<String, String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut stream = stream;
    let mut host = String::new();
    while let Some(line) = lines.next().transpose()? {
        if let Some(name) = line.strip_prefix("Host: ") {
            name.clone_into(&mut host);
        } else if let Some(credentials) = line.strip_prefix("Authorization: Basic ") {
            sent.lock()
                .expect("no panic")
                .insert(host.clone(), credentials.to_owned());
        } else if line.is_empty() {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
    }
    Ok(())
}

fn no_netrc(value: &str) -> bool {
    value.is_empty()
        || value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
        || value.starts_with(['"', '#'])
        || value.len() > 4000
}

#[test]
fn netrc_token_reads_back_from_a_netrc_file() {
    let cases = escaped(escape::netrc_token, no_netrc);
    agree(&[(Program::Python, "netrc_file")], &cases, |token| {
        format!(
            "machine git.example.com\nlogin {token}\npassword {token}\nmachine after.example.com login x password after\n"
        )
    });
    let mut file = String::new();
    for (index, (_, token)) in cases.iter().enumerate() {
        file.push_str(&format!(
            "machine h{index}.example.com\n  login {token}\n  password {token}\n"
        ));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let netrc = folder.path().join("netrc");
    std::fs::write(&netrc, file).expect("a file");
    let sent = curl(folder.path(), &cases, |index, _| {
        format!(
            "netrc-file = \"{}\"\nurl = \"http://h{index}.example.com/\"\n",
            netrc.display()
        )
    });
    for (index, (value, _)) in cases.iter().enumerate() {
        let wants = BASE64_STANDARD.encode(format!("{value}:{value}"));
        assert_eq!(
            sent.get(&format!("h{index}.example.com")),
            Some(&wants),
            "{value:?}"
        );
    }
    println!("curl: {} values", cases.len());
}

/// What a client of PostgreSQL said of itself.
#[derive(Clone, Debug, PartialEq)]
struct Login {
    user: String,
    database: String,
    password: String,
}

fn no_pgpass(value: &str) -> bool {
    value.is_empty() || value == "*" || value.contains(['\n', '\r', '\0']) || value.trim_end() != value
}

#[test]
fn pgpass_field_reads_back_from_psql() {
    let cases = escaped(escape::pgpass_field, no_pgpass);
    agree(&[(Program::Go, "pgpass")], &cases, |field| {
        format!("db.example.com:5432:{field}:{field}:{field}\nother.example.com:*:*:*:after\n")
    });
    let logins = Arc::new(Mutex::new(Vec::new()));
    let port = server(&logins, note_login);
    // A user or a database longer than this does not fit into what a client says first.
    let long = |value: &str| value.len() > 2000;
    let mut file = String::new();
    let mut script = String::new();
    let mut wants = Vec::new();
    for (index, (value, field)) in cases.iter().enumerate() {
        let (name, escaped) = if long(value) {
            (index.to_string(), index.to_string())
        } else {
            (value.clone(), field.clone())
        };
        // The number keeps the lines apart where values are alike.
        file.push_str(&format!("127.0.0.1:{port}:{index}{escaped}:{escaped}:{field}\n"));
        let conninfo = format!(
            "host=127.0.0.1 port={port} sslmode=disable gssencmode=disable dbname='{}' user='{}'",
            conninfo(&format!("{index}{name}")),
            conninfo(&name)
        );
        script.push_str(&format!(
            "\\connect -reuse-previous=off {}\n",
            psql_argument(&conninfo)
        ));
        wants.push(Login {
            user: name.clone(),
            database: format!("{index}{name}"),
            password: value.clone(),
        });
    }
    let folder = tempfile::tempdir().expect("a folder");
    let passfile = folder.path().join("pgpass");
    std::fs::write(&passfile, file).expect("a file");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&passfile, mode).expect("permissions");
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1"])
        .arg(format!("host=127.0.0.1 port={port} dbname=first user=first password=first sslmode=disable gssencmode=disable"))
        .env("PGPASSFILE", &passfile)
        .env("PGCLIENTENCODING", "UTF8");
    run(&mut psql, script.as_bytes());
    let got = logins.lock().expect("no panic").clone();
    assert_eq!(got.len(), wants.len() + 1);
    for (got, wants) in got.iter().skip(1).zip(&wants) {
        assert_eq!(got, wants);
    }
    println!("psql: {} values", cases.len());
}

/// Between the single quotes of a connection string.
fn conninfo(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\'', "\\'")
}

/// An argument of psql's own commands: double quotes are taken away even between single ones.
fn psql_argument(value: &str) -> String {
    let value = value
        .replace('"', "\"\"")
        .replace('\\', "\\\\")
        .replace('\'', "\\'");
    format!("'\"{value}\"'")
}

/// Plays PostgreSQL up to the password in clear, and takes any.
fn note_login(mut stream: TcpStream, logins: &Mutex<Vec<Login>>) -> std::io::Result<()> {
    let startup = message(&mut stream)?;
    // After the version: names and values, each ended by a zero.
    let fields: Vec<&[u8]> = startup
        .get(4..)
        .unwrap_or_default()
        .split(|byte| *byte == 0)
        .collect();
    let field = |name: &str| {
        let pair = fields
            .chunks(2)
            .find(|pair| pair.first() == Some(&name.as_bytes()));
        let value = pair.and_then(|pair| pair.get(1)).copied().unwrap_or_default();
        String::from_utf8_lossy(value).into_owned()
    };
    stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    assert_eq!(kind, *b"p", "the client sends a password");
    let password = message(&mut stream)?;
    let password = password.strip_suffix(&[0]).unwrap_or_default();
    logins.lock().expect("no panic").push(Login {
        user: field("user"),
        database: field("database"),
        password: String::from_utf8_lossy(password).into_owned(),
    });
    let mut answer = vec![b'R', 0, 0, 0, 8, 0, 0, 0, 0];
    for (name, value) in [
        ("server_version", "15.0"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
    ] {
        let length = u32::try_from(4 + name.len() + 1 + value.len() + 1).expect("short");
        answer.push(b'S');
        answer.extend(length.to_be_bytes());
        answer.extend(format!("{name}\0{value}\0").bytes());
    }
    answer.extend([b'Z', 0, 0, 0, 5, b'I']);
    stream.write_all(&answer)?;
    // Until the client goes.
    stream.read_to_end(&mut Vec::new()).map(drop)
}

/// What follows a length that counts itself.
fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or_default();
    let mut body = vec![0; length.saturating_sub(4).min(1 << 20)];
    stream.read_exact(&mut body)?;
    Ok(body)
}
