//! Words of a shell and parts of a URL.

use std::process::Command;

use base64::Engine as _;
use patchbay_template::escape;

use crate::readers::{Program, agree, run};
use crate::values::escaped;

fn has_nul(value: &str) -> bool {
    value.contains('\0')
}

#[test]
fn shell_quote_reads_back_from_a_script() {
    let cases = escaped(escape::shell_quote, has_nul);
    let mut script = String::new();
    let mut wants = Vec::new();
    for (value, word) in &cases {
        script.push_str(&format!("export PASSWORD={word} NEXT=after # of the robot\n"));
        script.push_str(&format!("printf '%s\\0' \"$PASSWORD\" \"$NEXT\" {word}\n"));
        wants.extend([value.as_str(), "after", value.as_str()]);
    }
    let wants = wants.iter().map(|word| format!("{word}\0")).collect::<String>();
    for shell in ["bash", "dash"] {
        for locale in ["C", "C.UTF-8"] {
            let output = run(
                Command::new(shell).arg("-s").env("LC_ALL", locale),
                script.as_bytes(),
            );
            let place = output
                .iter()
                .zip(wants.as_bytes())
                .position(|(got, wants)| got != wants);
            let near =
                place.map(|at| String::from_utf8_lossy(&output[at.saturating_sub(20)..at + 1]).into_owned());
            assert!(
                output == wants.as_bytes(),
                "{shell}, {locale}: reads another word near {near:?}"
            );
        }
        println!("{shell}: {} values", cases.len());
    }
}

fn has_control(value: &str) -> bool {
    value.contains(|c: char| c.is_ascii_control())
}

fn url(password: &str) -> String {
    format!("https://{password}:{password}@git.example.com:8443/after")
}

#[test]
fn url_userinfo_reads_back_from_a_url() {
    let cases = escaped(escape::url_userinfo, has_control);
    // Without a name there is no password either for some.
    let cases: Vec<_> = cases.into_iter().filter(|(value, _)| !value.is_empty()).collect();
    agree(
        &[
            (Program::Python, "url"),
            (Program::Node, "url"),
            (Program::Go, "url"),
        ],
        &cases,
        url,
    );
    for (value, escaped) in &cases {
        let read = url::Url::parse(&url(escaped)).expect("a URL");
        assert_eq!(read.host_str(), Some("git.example.com"));
        assert_eq!(read.username(), escaped);
        let decoded = percent_encoding::percent_decode_str(read.password().unwrap_or_default());
        assert_eq!(decoded.decode_utf8().expect("UTF-8"), *value);
    }
}

#[test]
fn git_and_curl_take_the_user_of_a_url() {
    let cases = escaped(escape::url_userinfo, has_control);
    let short = |(value, _): &(String, String)| !value.is_empty() && value.len() < 2000;
    let cases: Vec<_> = cases.into_iter().filter(short).collect();
    // git takes it apart for its credential helpers: one process each, so only the first ones.
    let folder = tempfile::tempdir().expect("a folder");
    for (value, escaped) in cases.iter().take(60) {
        let input = format!("url=https://{escaped}:{escaped}@git.example.com/x\n\n");
        let mut git = Command::new("git");
        git.args(["credential", "fill"])
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .current_dir(folder.path());
        let output = String::from_utf8(run(&mut git, input.as_bytes())).expect("UTF-8");
        assert!(
            output.contains(&format!("\nusername={value}\n")),
            "{value:?}: {output}"
        );
        assert!(
            output.contains(&format!("\npassword={value}\n")),
            "{value:?}: {output}"
        );
    }
    // curl makes a header of it.
    let sent = crate::logins::curl(folder.path(), &cases, |index, escaped| {
        format!("url = \"http://{escaped}:{escaped}@h{index}.example.com/\"\n")
    });
    for (index, (value, _)) in cases.iter().enumerate() {
        let wants = base64::prelude::BASE64_STANDARD.encode(format!("{value}:{value}"));
        assert_eq!(
            sent.get(&format!("h{index}.example.com")),
            Some(&wants),
            "{value:?}"
        );
    }
    println!("curl: {} values", cases.len());
}
