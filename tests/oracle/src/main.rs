//! Compares our template engine with Go's; see `oracle --help`.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use clap::{Parser, Subcommand};
use patchbay_cluster::Env;
use patchbay_oracle::{client::Oracle, fuzz::Fuzz, goldens, hostile, program, shrink::Difference};

/// Compares our template engine with Go's.
#[derive(Debug, Parser)]
#[command(name = "oracle")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Asks Go for all cases and writes its answers beside our engine.
    Goldens,
    /// Renders all cases with our engine and shows where it differs from the goldens.
    Compare,
    /// Shows where both engines fail alike, but our words for Go's error are not Go's.
    Words,
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
        /// Only Go's own functions.
        #[arg(long)]
        core: bool,
        /// Shows some of the cases that neither agree nor differ: one of the engines was stopped, or Go is not sure.
        #[arg(long)]
        left_out: bool,
    },
    /// Measures the time and memory of templates that mean harm.
    Hostile {
        /// Only this case, in this process.
        #[arg(long, hide = true)]
        one: Option<usize>,
        /// Calls of every function with large and odd arguments instead, for those that take over 100 ms.
        #[arg(long)]
        calls: bool,
        /// The longest source, in bytes.
        #[arg(long, default_value_t = 16 * 1024)]
        source: usize,
    },
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
        Task::Words => words()?,
        Task::Fuzz {
            minutes,
            seed,
            stop_after,
            core,
            left_out,
        } => {
            let time = Duration::from_secs_f64(minutes * 60.0);
            return fuzz(time, seed, stop_after, (core, left_out));
        }
        Task::Hostile {
            one: Some(number),
            source,
            ..
        } => println!("{}", hostile::one(number, source)?),
        Task::Hostile { calls: true, .. } => dear_calls()?,
        Task::Hostile { source, .. } => costs(source)?,
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn dear_calls() -> Result<()> {
    let (count, longest) = hostile::dear_calls(Duration::from_millis(100), |template, time| {
        println!("{:7.1} ms  {template}", time.as_secs_f64() * 1000.0);
    })?;
    println!(
        "{count} calls; the dearest took {:.1} ms",
        longest.as_secs_f64() * 1000.0
    );
    Ok(())
}

/// The dearest hostile cases, by time and by memory.
#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn costs(source: usize) -> Result<()> {
    const SHOWN: usize = 12;
    let mut costs = hostile::all(&std::env::current_exe()?, source)?;
    let show = |cost: &hostile::Cost| {
        println!(
            "{:7.1} ms {:7.1} MiB  {:?}\n                        {}",
            cost.time.as_secs_f64() * 1000.0,
            cost.memory as f64 / 1024.0,
            cost.template,
            cost.answer
        );
    };
    println!("{} cases. The dearest by time:", costs.len());
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.time));
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
    for (topic, golden) in patchbay_oracle::golden::read(&goldens::folder()).map_err(anyhow::Error::msg)? {
        println!("\n## {topic}\n");
        for group in &golden.groups {
            for (template, go) in &group.cases {
                let ours = group.ours(template);
                if ours.agrees(go) {
                    agree += 1;
                    continue;
                }
                if accepted.iter().any(|one| one.explains(template, &ours)) {
                    meant += 1;
                    continue;
                }
                differ += 1;
                println!(
                    "- `{}`\n    go   {}\n    ours {}",
                    template,
                    go.shown(),
                    ours.shown()
                );
            }
        }
    }
    println!("\n{agree} agree, {meant} differ as is meant, {differ} differ");
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn fuzz(time: Duration, seed: u64, stop_after: u64, (core, left_out): (bool, bool)) -> Result<ExitCode> {
    let mut oracle = Oracle::new(program::find(&Env::of_process())?);
    let kept = patchbay_oracle::golden::read(&goldens::folder()).map_err(anyhow::Error::msg)?;
    let accepted = goldens::accepted()?;
    let mut fuzz = Fuzz::new(seed, &kept, &accepted, core);
    let mut kinds = 0;
    fuzz.run(&mut oracle, time, |case, _| {
        println!("{}", shown(case));
        kinds += 1;
        kinds < stop_after
    })?;
    if left_out {
        println!("Left out:\n{}", fuzz.left_out.join("\n"));
    }
    let tally = fuzz.tally;
    println!(
        "{} cases: {} with the same output, {} with a failure in the same phase, {} left out, {} differ as is meant, {} differ; Go was started {} times",
        tally.cases(),
        tally.same_output,
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
        "- {:?}{}{}\n    data {}\n    go   {}\n    ours {}",
        case.template,
        if case.group.sprig { "" } else { " (without sprig)" },
        if case.group.left.is_empty() {
            String::new()
        } else {
            format!(" (delimiters {} {})", case.group.left, case.group.right)
        },
        case.group.data,
        case.go.shown(),
        case.ours.shown()
    )
}

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn words() -> Result<()> {
    for (topic, golden) in patchbay_oracle::golden::read(&goldens::folder()).map_err(anyhow::Error::msg)? {
        for group in &golden.groups {
            for (template, go) in &group.cases {
                let ours = group.ours(template);
                let (go, ours) = (go.shown(), ours.shown());
                // The place in the line is another: Go counts bytes from nought.
                let message = |text: &str| {
                    text.rsplit_once(">: ")
                        .map_or(text.to_owned(), |(_, message)| message.to_owned())
                };
                if !go.starts_with('"') && message(&go) != message(&ours) {
                    println!("{topic}: {template}\n    go   {go}\n    ours {ours}");
                }
            }
        }
    }
    Ok(())
}
