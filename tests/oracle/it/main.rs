//! Asks Go, live. The engine's own tests compare with what it said before.

use std::time::Duration;

use fastrand::Rng;
use patchbay_cluster::{Env, capable};
use patchbay_oracle::{
    client::Oracle,
    fuzz::Fuzz,
    golden::{self, Answer, Group},
    goldens, program,
};

/// How many random cases there are, each time the same.
const RANDOM: u64 = 15_000;

/// The oracle; nothing where there is no Go, which is a failure where `CI=true`.
fn oracle() -> Option<Oracle> {
    match program::find(&Env::of_process()) {
        Ok(program) => Some(Oracle::new(program)),
        Err(error) => {
            capable(Err(error));
            None
        }
    }
}

#[test]
fn the_goldens_are_what_go_says() {
    let Some(mut oracle) = oracle() else { return };
    let made = goldens::make(&mut oracle).unwrap();
    let kept = golden::read(&goldens::folder()).unwrap();
    let names =
        |all: &[(String, golden::Golden)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let mut sorted = names(&made);
    sorted.sort();
    assert_eq!(sorted, names(&kept), "run `make oracle`");
    for (topic, golden) in &made {
        let (_, kept) = kept.iter().find(|(name, _)| name == topic).unwrap();
        for (now, before) in golden.groups.iter().zip(&kept.groups) {
            for ((template, go), (kept_template, kept)) in now.cases.iter().zip(&before.cases) {
                assert_eq!(template, kept_template, "{topic}: run `make oracle`");
                assert_eq!(go.phase(), kept.phase(), "{topic}: {template}: run `make oracle`");
                if let Answer::Ok(_) = go {
                    assert_eq!(go, kept, "{topic}: {template}: run `make oracle`");
                }
            }
            assert_eq!(now.cases.len(), before.cases.len(), "{topic}: run `make oracle`");
        }
    }
}

#[test]
fn random_templates_give_what_go_gives() {
    let Some(mut oracle) = oracle() else { return };
    let kept = golden::read(&goldens::folder()).unwrap();
    let accepted = goldens::accepted().unwrap();
    let mut fuzz = Fuzz::new(1, &kept, &accepted, false);
    let mut found = Vec::new();
    while fuzz.tally.cases() < RANDOM {
        fuzz.step(&mut oracle, |case, _| {
            found.push(format!(
                "{:?} over {}\n    go   {}\n    ours {}",
                case.template,
                case.group.data,
                case.go.shown(),
                case.ours.shown()
            ));
            found.len() < 20
        })
        .unwrap();
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The oracle itself: what runs away with it is said, and the cases after it are answered.
#[test]
fn a_case_that_runs_away_is_said_to() {
    let Some(mut oracle) = oracle() else { return };
    let group = Group {
        sprig: true,
        data: serde_json::json!({ "n": 7, "f": 7.0, "big": 1e30 }),
        ..Group::default()
    };
    let cases = [
        (
            "{{ .n }} {{ printf \"%T %T %T\" .n .f .big }}",
            "\"7 int64 float64 float64\"",
        ),
        ("{{ range 100000000000 }}{{ end }}", "stopped error: deadline"),
        (
            "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ $x }}",
            "stopped error: Go's runtime ended the program",
        ),
        ("{{ if }}", "parse error: template: main:1: missing value for if"),
        (
            "{{ fail \"x\" }}",
            "exec error: template: main:1:3: executing \"main\" at <fail \"x\">: error calling fail: x",
        ),
    ];
    let mut shown = Vec::new();
    for (template, _) in cases {
        // What only waits is given little time, what works its way to a crash as much as a busy machine takes.
        oracle.milliseconds = if template.contains("range") { 300 } else { 60_000 };
        let said = oracle.ask(&group, &[template], 1).unwrap();
        shown.extend(said.iter().map(|said| said.answer.shown()));
    }
    let wants: Vec<&str> = cases.iter().map(|(_, wants)| *wants).collect();
    assert_eq!(shown, wants);
    // A batch goes on after each of them.
    oracle.milliseconds = 300;
    let batch = oracle
        .ask(&group, &[cases[1].0, cases[0].0, cases[1].0, cases[0].0], 1)
        .unwrap();
    let phases: Vec<&str> = batch.iter().map(|said| said.answer.phase()).collect();
    assert_eq!(phases, ["stopped", "ok", "stopped", "ok"]);
    oracle.milliseconds = 60_000;
    let unstable = oracle
        .ask(&group, &["{{ keys (dict \"a\" 1 \"b\" 2 \"c\" 3) }}"], 30)
        .unwrap();
    assert!(unstable.iter().all(|said| said.unstable));
    assert!(oracle.starts() >= 3);
}

/// Random cases come out the same from the same seed, on every machine.
#[test]
fn a_seed_gives_the_same_cases() {
    let make = || goldens::to_text(&goldens::generated(&mut Rng::with_seed(3), 2, 10));
    assert_eq!(make(), make());
}

/// A run ends when its time is over.
#[test]
fn a_run_ends() {
    let Some(mut oracle) = oracle() else { return };
    let mut fuzz = Fuzz::new(2, &[], &[], true);
    fuzz.run(&mut oracle, Duration::ZERO, |_, _| false).unwrap();
    assert_eq!(fuzz.tally.cases(), 0);
}
