//! Templates: ours beside Go's `text/template` with sprig, both parsed before, over the same data.

use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use gotemplate::{Data, Limits, Options, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::peer;
use crate::table::{Sample, say};

/// How often both sides are measured.
const TURNS: usize = 5;
/// How long one measurement of ours takes.
const LONG_ENOUGH: Duration = Duration::from_millis(500);

/// Templates with their data: files in `render/`.
const JOBS: [(&str, &str, &str); 3] = [
    (
        "gitconfig",
        include_str!("../render/gitconfig.tpl"),
        include_str!("../render/gitconfig.json"),
    ),
    (
        "settings.xml",
        include_str!("../render/settings.xml.tpl"),
        include_str!("../render/settings.xml.json"),
    ),
    (
        "docker-config",
        include_str!("../render/docker-config.tpl"),
        include_str!("../render/docker-config.json"),
    ),
];

#[derive(Serialize)]
struct Job {
    name: &'static str,
    template: &'static str,
    data: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    name: String,
    output: String,
    render_ns: u64,
    render_allocs: u64,
    parse_ns: u64,
    parse_allocs: u64,
}

#[derive(clap::Args)]
pub(crate) struct LoopArgs {
    name: String,
    times: u32,
    #[arg(long)]
    parse: bool,
}

fn jobs() -> Result<Vec<Job>> {
    JOBS.iter()
        .map(|(name, template, data)| {
            Ok(Job {
                name,
                template,
                data: serde_json::from_str(data)?,
            })
        })
        .collect()
}

/// Measures, and prints a table.
pub(crate) fn run() -> Result<()> {
    let program = peer::build()?;
    let jobs = jobs()?;
    say("");
    say("Templates, parsed before; ratio: Go's median / ours, so that 3.0 is three times as fast");
    let mut theirs = Vec::new();
    let mut ours: Vec<(Vec<Duration>, Vec<Duration>)> = jobs.iter().map(|_| Default::default()).collect();
    for _ in 0..TURNS {
        theirs.push(go(&program, &jobs)?);
        for (job, (render, parse)) in jobs.iter().zip(&mut ours) {
            render.push(time_render(job)?);
            parse.push(time_parse(job)?);
        }
    }
    for (index, (job, (render, parse))) in jobs.iter().zip(ours).enumerate() {
        let measured: Vec<&Measured> = theirs.iter().filter_map(|turn| turn.get(index)).collect();
        let first = measured.first().context("Go measured nothing")?;
        ensure!(
            first.name == job.name && first.output == output(job)?,
            "{}: the outputs differ",
            job.name
        );
        let median = |of: fn(&Measured) -> u64| {
            Sample::new(measured.iter().map(|m| Duration::from_nanos(of(m))).collect()).quantile(0.5)
        };
        row(
            job.name,
            "render",
            &Sample::new(render),
            median(|m| m.render_ns),
            first.render_allocs,
        );
        row(
            job.name,
            "parse",
            &Sample::new(parse),
            median(|m| m.parse_ns),
            first.parse_allocs,
        );
        counted(job)?;
    }
    Ok(())
}

fn row(name: &str, what: &str, ours: &Sample, theirs: Duration, allocs: u64) {
    let own = ours.quantile(0.5);
    say(&format!(
        "  {name:<14} {what:<6} ours {:>7} ns (max {} ns)   Go {:>7} ns, {allocs} allocations   ratio {:.2}",
        own.as_nanos(),
        ours.quantile(1.0).as_nanos(),
        theirs.as_nanos(),
        theirs.as_secs_f64() / own.as_secs_f64()
    ));
}

fn options() -> Options {
    Options::of(patchbay_template::functions())
}

fn parsed(job: &Job) -> Result<Template> {
    Ok(Template::parse(job.name, job.template, &options())?)
}

fn output(job: &Job) -> Result<String> {
    let data = Data::from_json(&job.data)?;
    let output = parsed(job)?.render(&data, &Limits::default())?;
    Ok(String::from_utf8(output.as_bytes().to_vec())?)
}

fn time_render(job: &Job) -> Result<Duration> {
    let template = parsed(job)?;
    let data = Data::from_json(&job.data)?;
    let limits = Limits::default();
    time(|| {
        black_box(template.render(black_box(&data), &limits)?);
        Ok(())
    })
}

fn time_parse(job: &Job) -> Result<Duration> {
    let options = options();
    time(|| {
        black_box(Template::parse(job.name, black_box(job.template), &options)?);
        Ok(())
    })
}

/// The time of one run of many.
fn time(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    for _ in 0..1_000 {
        run()?;
    }
    let start = Instant::now();
    let mut runs = 0_u32;
    while start.elapsed() < LONG_ENOUGH {
        for _ in 0..100 {
            run()?;
        }
        runs += 100;
    }
    Ok(start.elapsed() / runs)
}

fn go(program: &std::path::Path, jobs: &[Job]) -> Result<Vec<Measured>> {
    let mut child = Command::new(program)
        .arg("render")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("its input")?;
    for job in jobs {
        serde_json::to_writer(&mut input, job)?;
        input.write_all(b"\n")?;
    }
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the peer failed");
    String::from_utf8(output.stdout)?
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// Instructions and allocations of one rendering and one parse, by valgrind: they do not depend on what else runs.
fn counted(job: &Job) -> Result<()> {
    for (what, flag) in [("render", None), ("parse", Some("--parse"))] {
        let instructions = per_run(job, flag, "callgrind", "Collected : ")?;
        let allocations = per_run(job, flag, "memcheck", "total heap usage: ")?;
        say(&match (instructions, allocations) {
            (Some(instructions), Some(allocations)) => {
                format!(
                    "  {:<14} {what:<6} ours {instructions} instructions, {allocations} allocations",
                    job.name
                )
            }
            _ => "  valgrind is not there: instructions and allocations are not counted".to_owned(),
        });
    }
    Ok(())
}

fn per_run(job: &Job, flag: Option<&str>, tool: &str, label: &str) -> Result<Option<u64>> {
    const FEW: u32 = 100;
    const MANY: u32 = 300;
    let count = |times: u32| -> Result<Option<u64>> {
        let mut command = Command::new("valgrind");
        command.arg(format!("--tool={tool}"));
        if tool == "callgrind" {
            command.arg("--callgrind-out-file=/dev/null");
        }
        command
            .arg(std::env::current_exe()?)
            .args(["loop", job.name, &times.to_string()])
            .args(flag)
            .stdin(Stdio::null());
        let Ok(output) = command.output() else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let figure = text
            .split(label)
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next());
        Ok(figure.and_then(|figure| figure.replace(',', "").parse().ok()))
    };
    let (few, many) = (count(FEW)?, count(MANY)?);
    Ok(few
        .zip(many)
        .map(|(few, many)| many.saturating_sub(few) / u64::from(MANY - FEW)))
}

/// What valgrind counts.
pub(crate) fn run_loop(args: &LoopArgs) -> Result<()> {
    let jobs = jobs()?;
    let job = jobs
        .iter()
        .find(|job| job.name == args.name)
        .context("no such template")?;
    let template = parsed(job)?;
    let data = Data::from_json(&job.data)?;
    let (limits, options) = (Limits::default(), options());
    for _ in 0..args.times {
        if args.parse {
            black_box(Template::parse(job.name, black_box(job.template), &options)?);
        } else {
            black_box(template.render(black_box(&data), &limits)?);
        }
    }
    Ok(())
}
