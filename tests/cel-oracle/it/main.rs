//! Asks cel-go, live. The engine's own tests compare with what it said before.

use patchbay_cel_oracle::{
    client::Oracle,
    fuzz::Fuzz,
    golden::{self, Answer},
    goldens, program,
};
use patchbay_cluster::{Env, capable};

/// How many random cases there are, each time the same.
const RANDOM: u64 = 6000;

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
fn the_goldens_are_what_cel_go_says() {
    let Some(mut oracle) = oracle() else { return };
    let made = goldens::make(&mut oracle).unwrap();
    let kept = golden::read(&goldens::folder()).unwrap();
    let names = |all: &[(String, golden::Golden)]| {
        let mut names: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&made), names(&kept), "run `make oracle`");
    for (topic, golden) in &made {
        let (_, kept) = kept.iter().find(|(name, _)| name == topic).unwrap();
        let cases = |golden: &golden::Golden| -> Vec<(String, Answer)> {
            golden
                .groups
                .iter()
                .flat_map(|group| group.cases.clone())
                .collect()
        };
        let (now, before) = (cases(golden), cases(kept));
        assert_eq!(now.len(), before.len(), "{topic}: run `make oracle`");
        for ((source, go), (kept_source, kept)) in now.iter().zip(&before) {
            assert_eq!(source, kept_source, "{topic}: run `make oracle`");
            assert!(go.agrees(kept), "{topic}: {source}: run `make oracle`");
        }
    }
}

#[test]
fn random_expressions_give_what_cel_go_gives() {
    let Some(mut oracle) = oracle() else { return };
    let data = goldens::data().unwrap();
    let kept = golden::read(&goldens::folder()).unwrap();
    let accepted = goldens::accepted().unwrap();
    let mut fuzz = Fuzz::new(1, &data, &kept, &accepted);
    let mut found = Vec::new();
    while fuzz.tally.cases() < RANDOM {
        let more = fuzz.step(&mut oracle, |case| {
            found.push(format!(
                "{}\n    go   {}\n    ours {}",
                case.source,
                case.go.shown(),
                case.ours.shown()
            ));
            found.len() < 20
        });
        if !more.unwrap() {
            break;
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
