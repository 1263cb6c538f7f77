//! Inputs that nobody means well with: an answer, soon, and no panic.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::cases::run;

const SOON: Duration = Duration::from_secs(20);

fn laughs() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        let _fits = writeln!(text, "a{i}: &a{i} [{aliases}]");
    }
    text
}

fn validate(stdin: &[u8]) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let started = Instant::now();
    let (code, stdout, stderr) = run(folder.path(), &["validate", "-"], stdin);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    (code, String::from_utf8(stdout).expect("UTF-8"))
}

#[test]
fn what_cannot_be_read_is_said() {
    let huge = vec![b'#'; 11 * 1024 * 1024];
    let many_values = "- a\n".repeat(1_100_000);
    for (name, stdin, said) in [
        ("aliases", laughs().into_bytes(), "more than 500000 values"),
        ("brackets", "[".repeat(1_000_000).into_bytes(), "standard input"),
        ("braces", "{\"a\":".repeat(100_000).into_bytes(), "standard input"),
        ("dashes", "- ".repeat(500_000).into_bytes(), "standard input"),
        ("questions", "? ".repeat(100_000).into_bytes(), "standard input"),
        (
            "no text",
            vec![b'a', 0xff, b'b'],
            "is not text in UTF-8: see line 1",
        ),
        (
            "UTF-16",
            "kind: A".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "",
        ),
        ("size", huge, "is larger than 10 MiB"),
        ("values", many_values.into_bytes(), "more than 500000 values"),
        (
            "quotes",
            format!("a: \"{}", "x\\".repeat(1_000_000)).into_bytes(),
            "standard input",
        ),
    ] {
        let (code, text) = validate(&stdin);
        assert_eq!(code, 2, "{name}: {text}");
        assert!(text.contains(said), "{name}: {text}");
        assert!(text.len() < 2000, "{name}: {text}");
    }
}

#[test]
fn large_objects_are_judged() {
    let connector = |extra: &str| {
        format!(
            "apiVersion: patchbay.dev/v1alpha1\nkind: Connector\nmetadata: {{name: a}}\nspec:\n  connectorClassName: \
             git\n  address: https://git.example.com\n{extra}"
        )
    };
    let params: String = (0..50_000)
        .map(|i| format!("  - {{name: p{i}, vlaue: 1}}\n"))
        .collect();
    let (code, text) = validate(connector(&format!("  params:\n{params}")).as_bytes());
    assert_eq!(code, 1, "{}", &text[..500]);
    let fields: String = (0..50_000).map(|i| format!("  f{i}: 1\n")).collect();
    let (code, _) = validate(connector(&fields).as_bytes());
    assert_eq!(code, 1);
    let deep = format!(
        "  params: [{{name: a, value: {}1{}}}]\n",
        "[".repeat(90),
        "]".repeat(90)
    );
    let (code, _) = validate(connector(&deep).as_bytes());
    assert_ne!(code, 2);
    let many: String = (0..5_000).map(|_| format!("---\n{}", connector(""))).collect();
    let (code, text) = validate(many.as_bytes());
    assert_eq!(code, 0);
    assert!(
        text.ends_with("9999 warnings in 5000 objects of 1 file\n"),
        "{}",
        &text[text.len() - 100..]
    );
}

#[test]
fn templates_that_would_run_away_are_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    for template in [
        "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}".to_owned(),
        "{{ range 1000000000 }}{{ range 1000000000 }}{{ end }}{{ end }}".to_owned(),
        "{{ $x := \"aaaaaaaaaa\" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}".to_owned(),
        "{{ if 1 }}".repeat(50_000),
        format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
        "x".repeat(2 * 1024 * 1024),
    ] {
        let started = Instant::now();
        let (code, stdout, stderr) = run(folder.path(), &["template", "-"], template.as_bytes());
        let text = String::from_utf8(stderr).expect("UTF-8");
        assert!(code == 1 || code == 2, "{code} {text}");
        assert!(
            stdout.is_empty() && text.starts_with("error: ") && text.len() < 2000,
            "{text}"
        );
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
}

#[test]
fn a_reader_that_leaves_is_no_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = folder.path().join("t");
    std::fs::write(&template, "{{ range 100000 }}line\n{{ end }}").expect("written");
    let line = format!(
        "'{}' template t | head -n 1; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_kubectl-patchbay")
    );
    let output = std::process::Command::new("bash")
        .current_dir(folder.path())
        .args(["-c", &line])
        .output()
        .expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "line\n0\n");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn folders_that_lead_around_end() {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).expect("a link");
    std::fs::write(folder.path().join("a.yaml"), "a: 1").expect("written");
    std::fs::create_dir(folder.path().join(".hidden")).expect("a folder");
    std::fs::write(folder.path().join(".hidden/b.yaml"), "}").expect("written");
    let (code, stdout, _) = run(folder.path(), &["validate", "."], b"");
    assert_eq!(
        (code, String::from_utf8_lossy(&stdout).as_ref()),
        (
            0,
            "nothing is wrong in 0 objects of 1 file; 1 other passed over\n"
        )
    );
}

#[test]
fn output_is_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, stdout, _) = run(folder.path(), &["template", "-"], b"{{ \"\\xff\\x00\" }}\r\n");
    assert_eq!((code, stdout.as_slice()), (0, b"\xff\x00\r\n".as_slice()));
}

/// Pieces of a good set of files, cut, doubled and moved.
#[test]
fn anything_is_judged_or_refused() {
    use patchbay_cli::input::Inputs;
    use patchbay_cli::source::Source;
    use patchbay_cli::validate::validate;
    use proptest::prelude::*;

    const GOOD: &str = include_str!("hostile/good.yaml");
    let lines: Vec<&str> = GOOD.lines().collect();
    let line = prop::sample::select(lines.clone());
    let change = (0..lines.len(), 0..6_u8, line, 0..40_usize);
    let changes = prop::collection::vec(change, 1..6);
    proptest!(ProptestConfig::with_cases(300), |(changes in changes)| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        for (at, what, line, column) in changes {
            let at = at.min(lines.len() - 1);
            match what {
                0 => { lines.remove(at); }
                1 => lines.insert(at, line.to_owned()),
                2 => line.clone_into(&mut lines[at]),
                3 => lines[at] = format!("  {}", lines[at]),
                4 => lines[at] = lines[at].chars().take(column).collect(),
                _ => lines[at] = lines[at].replace(": ", ": [") ,
            }
            if lines.is_empty() {
                return Ok(());
            }
        }
        let text = lines.join("\n");
        let inputs = Inputs { sources: vec![Source::new("f", text.clone())], missing: vec![] };
        let report = validate(&inputs, "default");
        for finding in &report.findings {
            let place = finding.place.expect("a place");
            prop_assert!(place.line <= text.lines().count() + 1, "{finding:?}");
            prop_assert!(!finding.message.is_empty());
        }
    });
}
