//! Workers come and go.

use std::os::unix::fs::PermissionsExt;

use patchbay_template::RenderErrorKind;
use serde_json::json;

use super::*;

/// The processes of a name, which the kernel cuts at 15 letters.
fn processes(name: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let named = entries.filter(|entry| {
        let own = std::fs::read_to_string(entry.path().join("comm"));
        own.is_ok_and(|own| own.trim_end() == name)
    });
    named.map(|entry| entry.path()).collect()
}

#[test]
fn nothing_is_started_before_there_is_a_job_and_nothing_is_left() {
    let pool = Pool::new(Options {
        idle: Duration::from_millis(50),
        ..options()
    });
    assert_eq!(pool.count(), (0, 0));
    render(&pool, "x", &json!({})).unwrap();
    assert_eq!(pool.count(), (1, 0));
    eventually("an idle worker is ended", || pool.count() == (0, 0));
    render(&pool, "x", &json!({})).unwrap();
    assert_eq!(pool.count(), (1, 0));
}

#[test]
fn a_worker_does_a_bounded_number_of_jobs() {
    let pool = Pool::new(Options { jobs: 2, ..options() });
    for (round, idle) in [(1, 1), (2, 0), (3, 1), (4, 0)] {
        render(&pool, "x", &json!({})).unwrap();
        assert_eq!(pool.count(), (idle, 0), "job {round}");
    }
}

#[test]
fn a_worker_gives_up_what_it_does_not_need() {
    let folder = tempfile::tempdir().unwrap();
    // By its name it is told apart from the workers of other tests.
    let program = folder.path().join("limited");
    std::fs::copy(options().program, &program).unwrap();
    let pool = Pool::new(Options { program, ..options() });
    render(&pool, "x", &json!({})).unwrap();
    let found = processes("limited");
    assert_eq!(found.len(), 1);
    let read = |name: &str| std::fs::read_to_string(found[0].join(name)).unwrap();
    let limits = read("limits");
    let soft_and_hard = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        let mut fields = line.unwrap_or_default().split_whitespace();
        (
            fields.next().unwrap_or_default(),
            fields.next().unwrap_or_default(),
        )
    };
    for (name, wants) in [
        ("Max core file size", ("0", "0")),
        ("Max file size", ("0", "0")),
        ("Max processes", ("0", "0")),
        ("Max open files", ("3", "3")),
        ("Max cpu time", ("2", "unlimited")),
    ] {
        assert_eq!(soft_and_hard(name), wants, "{name}\n{limits}");
    }
    let (soft, hard) = soft_and_hard("Max address space");
    assert_eq!(soft, hard);
    assert!(soft.parse::<u64>().unwrap() < 128 << 20, "{soft}");
    assert!(read("status").contains("NoNewPrivs:\t1"));
    assert_eq!(read("environ"), "");
    assert_eq!(read("cmdline"), "patchbay-tera-worker\0tera-worker\0");
    drop(pool);
    assert_eq!(processes("limited").len(), 0);
}

#[test]
fn a_program_that_is_no_worker_is_found_out() {
    for program in ["/bin/echo", "/bin/cat", "/does/not/exist"] {
        let pool = Pool::new(Options {
            program: program.into(),
            start: Duration::from_millis(200),
            ..options()
        });
        let error = render(&pool, "x", &json!({})).unwrap_err();
        assert!(
            matches!(error.kind, RenderErrorKind::Unavailable(_)),
            "{program}: {error}"
        );
        assert_eq!(error.reason(), "TemplateUnavailable");
        assert_eq!(pool.count(), (0, 0));
    }
}

#[test]
fn a_worker_that_is_ended_from_outside_says_nothing_about_the_template() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    // Greets, takes a job and ends.
    let script = "#!/bin/sh\nprintf 'PBTERA1\\n'\nhead -c 1 > /dev/null\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let pool = Pool::new(Options { program, ..options() });
    let error = render(&pool, "x", &json!({})).unwrap_err();
    assert_eq!(
        error.public(),
        "line 1, column 1: the template cannot be rendered now: the worker was ended from outside"
    );
}

#[test]
fn a_busy_pool_says_so_after_a_while() {
    let pool = Pool::new(Options {
        workers: 1,
        queue: Duration::from_millis(1),
        time: Duration::from_secs(2),
        patience: Duration::from_secs(2),
        ..options()
    });
    let bad = "{% for a in range(end=100000) %}{% for b in range(end=100000) %}{% endfor %}{% endfor %}";
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| render(&pool, bad, &json!({})));
        eventually("the worker is busy", || pool.count().1 == 1);
        let error = render(&pool, "x", &json!({})).unwrap_err();
        assert!(error.public().ends_with("all workers are busy"), "{error}");
        assert!(busy.join().unwrap().is_err());
    });
}

#[test]
fn the_templates_of_a_volume_share_their_time() {
    let pool = Pool::new(options());
    let volume = pool.volume(Duration::from_millis(20));
    let bad = "{% for a in range(end=100000) %}{% for b in range(end=100000) %}{% endfor %}{% endfor %}";
    let say = |text: &str| {
        let none = SecretScope::none();
        let rendered = template(text).render_with(&json!({}), &none, &Limits::default(), &volume);
        rendered.err().map(|error| error.public())
    };
    assert_eq!(say("x"), None);
    assert_eq!(
        say(bad).as_deref(),
        Some("line 1, column 1: the template took more than 100 ms")
    );
    assert_eq!(
        say("x").as_deref(),
        Some("line 1, column 1: the templates of the volume took too long together")
    );
}

#[test]
fn what_is_just_allowed_is_rendered() {
    let pool = Pool::new(options());
    let repeat = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let filters = format!("a{}", "|str".repeat(120));
    let deep = format!("{{{{ {} }}}}", repeat("(", &filters, ")", 38));
    let text = repeat("{% for a in [1] %}", &deep, "{% endfor %}", 38);
    assert_eq!(render(&pool, &text, &json!({})).unwrap(), "1");
    let component = "{% component f(n) %}{% if n > 0 %}{{ <f n={n - 1} /> }}{% endif %}x{% endcomponent %}{{ <f n={18} /> }}";
    assert_eq!(render(&pool, component, &json!({})).unwrap(), "x".repeat(19));
}

#[test]
fn large_data_and_large_output_go_through() {
    let pool = Pool::new(options());
    let text = "x".repeat(900_000);
    assert_eq!(
        render(&pool, "{{ a }}", &json!({"a": text})).unwrap().len(),
        900_000
    );
    let list: Vec<u32> = (0..100_000).collect();
    assert_eq!(
        render(&pool, "{{ a | length }}", &json!({"a": list})).unwrap(),
        "100000"
    );
    let huge = "x".repeat(20_000_000);
    let error = render(&pool, "{{ a }}", &json!({"a": huge})).unwrap_err();
    assert_eq!(error.public(), "line 1, column 1: the data is too large");
}
