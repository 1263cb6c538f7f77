//! Each of the hostile cases gets an answer within the bounds, on a small stack.

use std::time::{Duration, Instant};

use patchbay_cel::{EvalErrorKind, Limits, Type, compile};

use crate::{
    golden::{env, show, variables},
    hostile_cases::{cases, data, honest},
};

/// A quarter of what a thread has by default; frames of a build without optimisation are several times as large.
const STACK: usize = 512 * 1024;

fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap();
    thread.join().unwrap()
}

/// What an expression comes to, in words. The tree is dropped, and shown, on the same stack.
fn answer(source: &str, env: &patchbay_cel::Env, variables: &[(&str, patchbay_cel::Value)]) -> String {
    match compile(source, env, &Type::Dyn) {
        Err(problems) => {
            assert!((1..=20).contains(&problems.len()), "{source}");
            problems[0].to_string()
        }
        Ok(program) => {
            assert!(format!("{program:?}").len() < 20_000);
            match program.run(variables, &Limits::default()) {
                Ok(value) => format!("ok {}", show(&value).len()),
                Err(error) => format!("{:?}", error.kind),
            }
        }
    }
}

/// Counting is what bounds the time; the clock here only notices where the counting forgot something. It is generous:
/// this build is not optimised, and other tests run beside it.
#[test]
fn hostile_expressions_are_stopped() {
    let slow = on_a_small_stack(|| {
        let (env, data) = (env(), data());
        let variables = variables(&data).unwrap();
        let mut slow = Vec::new();
        let mut answered = 0;
        for source in cases() {
            let start = Instant::now();
            let answer = answer(&source, &env, &variables);
            let took = start.elapsed();
            answered += 1;
            if took > Duration::from_secs(2) {
                let start: String = source.chars().take(100).collect();
                slow.push(format!("{took:?} {start}: {answer}"));
            }
        }
        assert!(answered > 400, "only {answered}");
        slow
    });
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Also where the tree itself is as deep as it may be.
#[test]
fn the_deepest_expressions_that_are_taken_run_on_a_small_stack() {
    let taken = on_a_small_stack(|| {
        let env = env();
        let data = data();
        let variables = variables(&data).unwrap();
        let mut taken = 0;
        for source in cases() {
            taken += usize::from(!answer(&source, &env, &variables).contains(": "));
        }
        taken
    });
    assert!(taken > 150, "only {taken}");
}

/// What people write over data of the largest size is far from the limits.
#[test]
fn honest_expressions_over_large_data_are_done() {
    let (env, data) = (env(), data());
    let variables = variables(&data).unwrap();
    for source in honest() {
        let program = compile(&source, &env, &Type::Dyn).unwrap();
        if let Err(error) = program.run(&variables, &Limits::default()) {
            assert_ne!(error.kind, EvalErrorKind::Limit, "{source}: {error}");
        }
    }
}

/// A source is as long as it may be, or shorter.
#[test]
fn long_sources_are_refused() {
    let env = patchbay_cel::Env::new();
    let source = format!("'{}' == ''", "a".repeat(2000));
    let problems = compile(&source, &env, &Type::Bool).unwrap_err();
    assert_eq!(
        problems[0].message,
        "the expression has 2008 bytes; at most 1024 are allowed"
    );
    assert!(compile(&source, &env.source_bytes(3000), &Type::Bool).is_ok());
}
