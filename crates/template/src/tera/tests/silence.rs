//! No error carries a value of the data.

use serde_json::json;

use super::super::{Failure, Job, Worker, engine, fault};
use super::*;

const CANARY: &str = "c4n4ry-v4lue";

/// Templates that fail on the canary in every way there is.
const FAILING: [&str; 47] = [
    "{{ secret.c.x.y }}",
    "{{ secret.nope }}",
    "{{ c.x }}",
    "{{ m[c ~ c] }}",
    "{{ m[c].x.y }}",
    "{{ l[c] }}",
    "{{ c[m] }}",
    "{{ c[0].x }}",
    "{{ l[c:] }}",
    "{{ c + 1 }}",
    "{{ 1 - secret.c }}",
    "{{ -c }}",
    "{{ c < 1 }}",
    "{{ c < l }}",
    "{{ 1 in c }}{{ c in 1 }}",
    "{{ c ** 2 }}{{ 2 ** c }}",
    "{{ c // 0 }}",
    "{{ n ** 9999 }}",
    "{{ n * 170141183460469231731687303715884105727 }}",
    "{{ -n ** 200 }}",
    "{{ [...c] }}",
    "{{ {...c} }}",
    "{% for k, v in c %}{% endfor %}{% for k, v in l %}{% endfor %}",
    "{% for k in n %}{% endfor %}",
    "{{ throw(message=c) }}",
    "{{ throw(message=secret.c ~ c) }}",
    "{{ range(end=c) }}",
    "{{ range(end=n, start=c) }}",
    "{{ c | int }}",
    "{{ c | int(base=99) }}",
    "{{ c | float }}",
    "{{ c | abs }}",
    "{{ c | round }}{{ c | round(method=c) }}",
    "{{ n | round(method=c) }}",
    "{{ c | first }}{{ c | sort }}",
    "{{ [c, 1] | sort }}{{ l | sort(attribute=c) }}",
    "{{ m | get(key=c ~ c) }}",
    "{{ l | group_by(attribute=c) }}",
    "{{ c | nth(n=c) }}{{ l | nth(n=c) }}",
    "{{ c | truncate(length=c) }}",
    "{{ c | indent(indentation=c) }}",
    "{{ c | pluralize }}",
    "{% if c is odd %}{% endif %}{% if f is divisible_by(divisor=c) %}{% endif %}",
    "{% if n is containing(pat=c) %}{% endif %}",
    "{{ (c ~ \"\\n x\") | netrcToken }}{{ m | iniValue }}",
    "{{ c | b64dec }}{{ m | b64enc }}",
    "{% component a(x: integer) %}{{ x }}{% endcomponent %}{{ <a x={c} /> }}",
];

fn data() -> Json {
    json!({"c": CANARY, "n": 77_123_456_i64, "f": 77_123.5, "l": [CANARY, {CANARY: CANARY}], "m": {"k": CANARY, CANARY: "x"}})
}

fn secrets() -> SecretScope {
    SecretScope::for_configuration([("c", CANARY.as_bytes()), (CANARY, CANARY.as_bytes())])
}

#[test]
fn failures_never_carry_a_value() {
    let rendered = FAILING.map(|text| (text, render(text, &data(), &secrets())));
    let fine: Vec<_> = rendered.iter().filter(|(_, said)| said.is_ok()).collect();
    assert!(fine.is_empty(), "{fine:?}");
    for (text, said) in rendered {
        let said = said.unwrap_err();
        for value in [CANARY, "77123", "c4n4ry"] {
            assert!(!said.contains(value), "{text}: {said}");
        }
    }
}

/// What a worker answers is not trusted: it might have been turned by a template.
#[test]
fn answers_that_make_no_sense_carry_nothing_either() {
    struct Says(Vec<u8>);
    impl Worker for Says {
        fn run(&self, _: &Job) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
            Ok(zeroize::Zeroizing::new(self.0.clone()))
        }
    }
    let template = compile("a\n{{ secret.c }} \u{e4}").unwrap();
    let say = |bytes: Vec<u8>| {
        let limits = Limits {
            output_bytes: 20,
            ..Limits::default()
        };
        let rendered = template.render_with(&data(), &secrets(), &limits, &Says(bytes));
        rendered
            .map(|rendered| rendered.as_bytes().to_vec())
            .map_err(|error| error.public())
    };
    assert_eq!(say(b"\0hello".to_vec()), Ok(b"hello".to_vec()));
    for bytes in [
        vec![],
        vec![0; 22],
        vec![9],
        [&[engine::FAILED][..], CANARY.as_bytes()].concat(),
        [&[engine::FAILED][..], &[255; fault::LENGTH]].concat(),
    ] {
        assert_eq!(
            say(bytes.clone()),
            Err("line 1, column 1: the template cannot be rendered".to_owned()),
            "{bytes:?}"
        );
    }
    for code in 0..=20 {
        for (start, end) in [
            (0_u32, 0_u32),
            (5, 2),
            (0, u32::MAX),
            (u32::MAX, u32::MAX),
            (17, 18),
            (18, 18),
        ] {
            let places = [start.to_be_bytes(), end.to_be_bytes()].concat();
            for got in [0, 1, 11, 12, 255] {
                let bytes = [&[engine::FAILED, code][..], &places, &[got]].concat();
                assert!(!say(bytes).unwrap_err().contains(CANARY));
            }
        }
    }
}

/// Jobs that no parent of ours would send.
#[test]
fn jobs_that_make_no_sense_are_answered() {
    let template = compile("{{ secret.c }}").unwrap();
    let mut jobs: Vec<Vec<u8>> = vec![
        vec![],
        b"PBT1".to_vec(),
        vec![255; 100],
        [b"PBT1".to_vec(), vec![0; 8]].concat(),
    ];
    struct Keeps(std::sync::Mutex<Vec<Vec<u8>>>);
    impl Worker for Keeps {
        fn run(&self, job: &Job) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
            self.0.lock().unwrap().push(job.as_bytes().to_vec());
            Err(Failure::Time)
        }
    }
    let keeps = Keeps(std::sync::Mutex::default());
    assert!(
        template
            .render_with(&data(), &secrets(), &Limits::default(), &keeps)
            .is_err()
    );
    let good = keeps.0.into_inner().unwrap().pop().unwrap();
    for at in 0..good.len() {
        for change in [0, 8, 127, 255] {
            let mut job = good.clone();
            job[at] = change;
            jobs.push(job);
        }
        jobs.push(good[..at].to_vec());
    }
    for job in jobs {
        assert!(!super::super::answer(&job).is_empty());
    }
    let answer = super::super::answer(&good);
    assert_eq!(
        answer.as_slice(),
        [&[engine::RENDERED][..], CANARY.as_bytes()].concat()
    );
}

/// Only what the template may look at leaves the process.
#[test]
fn a_job_holds_nothing_that_the_template_cannot_reach() {
    struct Looks;
    impl Worker for Looks {
        fn run(&self, job: &Job) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
            let found = job
                .as_bytes()
                .windows(CANARY.len())
                .any(|part| part == CANARY.as_bytes());
            assert!(!found);
            Err(Failure::Time)
        }
    }
    let template = compile("{{ n }}{{ f }}").unwrap();
    assert!(
        template
            .render_with(&data(), &secrets(), &Limits::default(), &Looks)
            .is_err()
    );
}
