//! Measures what templates that mean harm cost: each in a process of its own, so that memory is its own too.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, Result, bail};
use gotemplate::{Data, Limits, Options, Template};

use crate::{
    generate::{Kind, SIGNATURES, Signature},
    hostile_cases::{cases, data},
};

/// What a case cost.
#[derive(Debug, Clone)]
pub struct Cost {
    /// The beginning of its template.
    pub template: String,
    /// Of the processor, for reading and rendering: what others do on the machine does not count.
    pub time: Duration,
    /// Memory on top of what the process had before, in KiB.
    pub memory: u64,
    /// "ok", or the error.
    pub answer: String,
}

/// What all cases cost, by processes of `program`, which must call [`one`].
///
/// # Errors
/// A process cannot be started or does not end well.
pub fn all(program: &std::path::Path, source: usize) -> Result<Vec<Cost>> {
    let one = |(number, (template, _)): (usize, (String, _))| {
        let output = Command::new(program)
            .args([
                "hostile",
                "--one",
                &number.to_string(),
                "--source",
                &source.to_string(),
            ])
            .output()?;
        let start: String = template.chars().take(100).collect();
        if !output.status.success() {
            bail!(
                "{start}: {}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let text = String::from_utf8(output.stdout)?;
        let mut words = text.trim_end().splitn(3, ' ');
        let mut number = || {
            words
                .next()
                .and_then(|word| word.parse::<u64>().ok())
                .context("a number")
        };
        Ok(Cost {
            template: start,
            time: Duration::from_micros(number()?),
            memory: number()?,
            answer: words.next().unwrap_or_default().to_owned(),
        })
    };
    cases().into_iter().enumerate().map(one).collect()
}

/// What one case costs, as `MICROSECONDS KIB ANSWER`, where sources may have so many bytes.
///
/// # Errors
/// There is no such case, or the system does not tell the memory.
pub fn one(number: usize, source: usize) -> Result<String> {
    let (template, _) = cases().into_iter().nth(number).context("no such case")?;
    let data = data();
    let data = Data::from_json(&data)?;
    let options = Options {
        max_source_bytes: source,
        ..Options::sprig()
    };
    // Makes the peak start from what is used now.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS")?;
    let start = busy()?;
    let answer = match Template::parse("t", &template, &options) {
        Err(error) => error.to_string(),
        Ok(parsed) => match parsed.render(&data, &Limits::default()) {
            Err(error) => error.to_string(),
            Ok(_) => "ok".to_owned(),
        },
    };
    let time = busy()?.saturating_sub(start);
    let memory = status("VmHWM")?.saturating_sub(before);
    let answer: String = answer.chars().take(100).collect();
    Ok(format!("{} {memory} {answer}", time.as_micros()))
}

/// Calls of every function with large and odd arguments, each made over and over.
pub fn calls() -> Vec<String> {
    SIGNATURES.iter().flat_map(calls_of).collect()
}

fn calls_of(signature: &Signature) -> Vec<String> {
    let mut calls = vec![signature.name.to_owned()];
    let takes = signature
        .takes
        .iter()
        .chain(signature.takes.last().filter(|_| signature.more));
    for kind in takes {
        let arguments = arguments(*kind);
        calls = calls
            .iter()
            .flat_map(|call| arguments.iter().map(move |argument| format!("{call} {argument}")))
            .collect();
    }
    let over_and_over = |call: &String| format!("{{{{ range 200000 }}}}{{{{ $_ := {call} }}}}{{{{ end }}}}");
    calls.iter().map(over_and_over).collect()
}

fn arguments(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Int | Kind::Whole | Kind::Number => {
            &["1", "1000", "9223372036854775807", "-9223372036854775808"]
        }
        Kind::Place => &["0", "1", "9223372036854775807"],
        Kind::List => &["$.l", "$.w", "$.deep"],
        Kind::Map => &["$.m", "$.k"],
        Kind::Truth => &["true"],
        Kind::Any => &["$.t", "$.l", "$.m", "1e308"],
        Kind::Pattern => &[
            "\"x*\"",
            "\"(x+x+)+y\"",
            "\"[a-w]|y$\"",
            "\"(?i)(.)(.)(.)\"",
            "$.s",
        ],
        Kind::Version => &["(semver \"1.2.3-rc.1\")"],
        Kind::Time => &["(toDate \"2006\" \"2024\")", "$.n"],
        Kind::Format => &[
            "\"%v\"",
            "\"%q\"",
            "\"%x\"",
            "\"%999999v\"",
            "\"%+.999999e\"",
            "$.t",
        ],
        _ => &["$.t", "$.s", "\"x\"", "$.n", "$.b"],
    }
}

/// Shows each of these calls that takes longer than `limit` to be stopped. Returns how many there are, and the longest time.
///
/// # Errors
/// The system does not tell the time.
pub fn dear_calls(limit: Duration, mut show: impl FnMut(&str, Duration)) -> Result<(usize, Duration)> {
    let data = data();
    let data = Data::from_json(&data)?;
    let calls = calls();
    let mut longest = Duration::ZERO;
    for template in &calls {
        let parsed = Template::parse("t", template, &Options::sprig())?;
        let start = busy()?;
        drop(parsed.render(&data, &Limits::default()));
        let time = busy()?.saturating_sub(start);
        longest = longest.max(time);
        if time > limit {
            show(template, time);
        }
    }
    Ok((calls.len(), longest))
}

/// How long the processor was busy with this thread, which is all that this process has.
fn busy() -> Result<Duration> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    let word = text.split_whitespace().next().context("a figure")?;
    Ok(Duration::from_nanos(word.parse()?))
}

/// A figure of this process in KiB.
fn status(name: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find(|line| line.starts_with(name))
        .context("a figure")?;
    line.split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .context("a number")
}
