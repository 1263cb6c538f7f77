//! Compares our engine with cel-go; see `cel-oracle --help`.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use clap::{Parser, Subcommand};
use patchbay_cel_oracle::{
    client::Oracle,
    fuzz::{Difference, Fuzz},
    golden, goldens, hostile, program,
};
use patchbay_cluster::Env;

/// Compares our engine with cel-go.
#[derive(Debug, Parser)]
#[command(name = "cel-oracle")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Asks cel-go for all cases and writes its answers beside our engine.
    Goldens,
    /// Runs all cases with our engine and shows where it differs from the goldens.
    Compare,
    /// Compares both engines on random cases and shows, made small, those on which they differ.
    Fuzz {
        /// How long.
        #[arg(long, default_value_t = 1.0)]
        minutes: f64,
        /// What the cases come from. The same seed gives the same cases.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Stops after so many different differences.
        #[arg(long, default_value_t = 20)]
        stop_after: u64,
    },
    /// Measures the time and memory of expressions that mean harm.
    Hostile,
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> Result<ExitCode> {
    match Args::parse().task {
        Task::Goldens => {
            let mut oracle = Oracle::new(program::find(&Env::of_process())?);
            let all = goldens::make(&mut oracle)?;
            goldens::write(&all)?;
            for (topic, golden) in &all {
                let cases: usize = golden.groups.iter().map(|group| group.cases.len()).sum();
                println!("{cases:6} {topic}");
            }
        }
        Task::Compare => return compare(),
        Task::Fuzz {
            minutes,
            seed,
            stop_after,
        } => return fuzz(Duration::from_secs_f64(minutes * 60.0), seed, stop_after),
        Task::Hostile => costs()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The dearest hostile cases, by time and by memory.
#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn costs() -> Result<()> {
    const SHOWN: usize = 15;
    let mut costs = hostile::all()?;
    let show = |cost: &hostile::Cost| {
        println!(
            "{:7.2} ms to compile {:7.2} ms to run {:6} KiB  {}\n      {}",
            cost.compiling.as_secs_f64() * 1000.0,
            cost.running.as_secs_f64() * 1000.0,
            cost.memory,
            cost.answer,
            cost.source,
        );
    };
    println!("{} cases. The dearest to run:", costs.len());
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.running));
    costs.iter().take(SHOWN).for_each(show);
    println!("To compile:");
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.compiling));
    costs.iter().take(SHOWN).for_each(show);
    println!("By memory:");
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.memory));
    costs.iter().take(SHOWN).for_each(show);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn compare() -> Result<ExitCode> {
    let accepted = goldens::accepted()?;
    let (mut agree, mut meant, mut differ) = (0, 0, 0);
    for (topic, golden) in golden::read(&goldens::folder()).map_err(anyhow::Error::msg)? {
        for group in &golden.groups {
            for (source, go) in &group.cases {
                let ours = golden::ours(source, &group.data);
                if ours.agrees(go) {
                    agree += 1;
                } else if accepted.iter().any(|one| one.explains(source, go, &ours)) {
                    meant += 1;
                } else {
                    differ += 1;
                    println!(
                        "- {topic}: {source}\n    go   {}\n    ours {}",
                        go.shown(),
                        ours.shown()
                    );
                }
            }
        }
    }
    println!("\n{agree} agree, {meant} differ as is meant, {differ} differ");
    Ok(if differ == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn fuzz(time: Duration, seed: u64, stop_after: u64) -> Result<ExitCode> {
    let mut oracle = Oracle::new(program::find(&Env::of_process())?);
    let data = goldens::data()?;
    let kept = golden::read(&goldens::folder()).map_err(anyhow::Error::msg)?;
    let accepted = goldens::accepted()?;
    let mut fuzz = Fuzz::new(seed, &data, &kept, &accepted);
    let mut kinds = 0;
    fuzz.run(&mut oracle, time, |case| {
        println!("{}", shown(case));
        kinds += 1;
        kinds < stop_after
    })?;
    let tally = fuzz.tally;
    println!(
        "{} cases: {} with the same value, {} with a failure in the same phase, {} left out, {} differ as is meant, \
         {} differ; Go was started {} times",
        tally.cases(),
        tally.same_value,
        tally.same_failure,
        tally.left_out,
        tally.accepted,
        tally.differ,
        oracle.starts()
    );
    Ok(if tally.differ == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn shown(case: &Difference) -> String {
    format!(
        "- {}\n    go   {}\n    ours {}",
        case.source,
        case.go.shown(),
        case.ours.shown()
    )
}
