//! What a controller is doing, seen by its loop, by the metrics and by `/debug/queues`.

use std::fmt::{self, Display, Write as _};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::queue::{Queue, Urgency};
use super::retry::{Breaker, Failures};

/// Rows of a list on the page: a page is for a person.
const ROWS: usize = 20;

/// The state of one controller.
#[derive(Debug)]
pub(super) struct State<K> {
    pub(super) leading: bool,
    pub(super) queue: Queue<K>,
    pub(super) failures: Failures<K>,
    pub(super) breaker: Breaker,
}

impl<K: Ord + Clone> State<K> {
    pub(super) const fn new() -> Self {
        Self {
            leading: false,
            queue: Queue::new(),
            failures: Failures::new(),
            breaker: Breaker::new(),
        }
    }
}

/// Shares a [`State`]. The lock is held for moments and never across an `await`.
pub(super) type Shared<K> = Arc<Mutex<State<K>>>;

/// What metrics ask for when they are scraped.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Numbers {
    pub(super) due: [usize; 2],
    pub(super) delayed: usize,
    pub(super) running: usize,
    pub(super) failing: usize,
    pub(super) unfinished: Duration,
    pub(super) longest: Duration,
}

/// Any controller, whatever its keys are.
pub(super) trait Board: Send + Sync {
    fn numbers(&self, now: Instant) -> Numbers;
    fn page(&self, name: &str, now: Instant) -> String;
}

impl<K: Ord + Clone + Display + Send> Board for Mutex<State<K>> {
    fn numbers(&self, now: Instant) -> Numbers {
        let state = self.lock();
        let due = [Urgency::Change, Urgency::Periodic].map(|urgency| state.queue.due(urgency, now));
        let ages = || {
            state
                .queue
                .running()
                .map(|(_, running)| now.saturating_duration_since(running.since))
        };
        Numbers {
            due,
            delayed: state.queue.len() - due.iter().sum::<usize>(),
            running: ages().count(),
            failing: state.failures.len(),
            unfinished: ages().sum(),
            longest: ages().max().unwrap_or_default(),
        }
    }

    fn page(&self, name: &str, now: Instant) -> String {
        let numbers = self.numbers(now);
        let mut page = String::new();
        let written = write_page(&mut page, name, &numbers, &self.lock(), now);
        debug_assert!(written.is_ok(), "writing into a String cannot fail");
        page
    }
}

fn write_page<K: Ord + Clone + Display>(
    page: &mut String,
    name: &str,
    numbers: &Numbers,
    state: &State<K>,
    now: Instant,
) -> fmt::Result {
    let role = if state.leading { "leading" } else { "not leading" };
    writeln!(page, "{name}: {role}")?;
    let [changes, periodic] = numbers.due;
    writeln!(page, "  due: {changes} changed, {periodic} periodic")?;
    if let Some(until) = state.breaker.until() {
        let next = until.saturating_duration_since(now).as_secs_f32();
        writeln!(
            page,
            "  the API server does not answer: one object tries in {next:.1} s, the others wait"
        )?;
    }
    writeln!(page, "  running: {}", numbers.running)?;
    let mut running: Vec<_> = state.queue.running().collect();
    running.sort_by_key(|(_, running)| running.since);
    for (key, running) in running.iter().take(ROWS) {
        let age = now.saturating_duration_since(running.since).as_secs_f32();
        writeln!(page, "    {key}  for {age:.1} s  {}", running.urgency.as_str())?;
    }
    rest(page, running.len())?;
    writeln!(page, "  delayed: {}", numbers.delayed)?;
    for (at, key) in state.queue.delayed(now).take(ROWS) {
        writeln!(
            page,
            "    {key}  in {:.1} s",
            at.saturating_duration_since(now).as_secs_f32()
        )?;
    }
    rest(page, numbers.delayed)?;
    writeln!(page, "  failing: {}", numbers.failing)?;
    let mut failing: Vec<_> = state.failures.iter().collect();
    failing.sort_by_key(|(_, failing)| std::cmp::Reverse(failing.at));
    for (key, failing) in failing.iter().take(ROWS) {
        let age = now.saturating_duration_since(failing.at).as_secs_f32();
        writeln!(
            page,
            "    {key}  {} in a row  {}  {age:.1} s ago: {}",
            failing.count,
            failing.class.as_str(),
            one_line(&failing.text)
        )?;
    }
    rest(page, failing.len())
}

fn rest(page: &mut String, all: usize) -> fmt::Result {
    match all.checked_sub(ROWS) {
        Some(more) if more > 0 => writeln!(page, "    and {more} more"),
        _ => Ok(()),
    }
}

/// Whoever wrote the text does not write lines of the page.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::queue::Limits;
    use super::super::retry::Class;
    use super::*;

    #[test]
    fn the_page_says_what_is_going_on_and_is_bounded() {
        let now = Instant::now();
        let later = |s| now + Duration::from_secs(s);
        let mut state = State::<String>::new();
        state.leading = true;
        state.queue.add("n/runs".to_owned(), now, Urgency::Change);
        assert!(state.queue.pop(now, Limits::new(4, 0), 0).is_some());
        for i in 0..1000_u64 {
            state
                .queue
                .add(format!("n/{i:04}"), later(100 + i), Urgency::Periodic);
        }
        state.queue.add("n/due".to_owned(), now, Urgency::Change);
        let text = "read the Lease: Timeout\nn/forged  9 in a row";
        state
            .failures
            .fail(&"n/bad".to_owned(), Class::Transient, false, text, now, 0.5);
        let page = Mutex::new(state).page("connectors", later(10));
        for line in [
            "connectors: leading",
            "  due: 1 changed, 0 periodic",
            "  running: 1",
            "    n/runs  for 10.0 s  change",
            "  delayed: 1000",
            "    n/0000  in 90.0 s",
            "    and 980 more",
            "    n/bad  1 in a row  Transient  10.0 s ago: read the Lease: Timeout n/forged  9 in a row",
        ] {
            assert!(page.lines().any(|l| l == line), "{line:?} in\n{page}");
        }
        assert!(page.lines().count() < 30);
    }
}
