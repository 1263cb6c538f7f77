//! Many Connectors of one tool, each with a credential of its own: how often the tool is asked, and when.

use std::collections::BTreeMap;

use super::*;

const COUNT: u32 = 120;
const CALL: Duration = Duration::from_millis(5);

/// Which call: the liveness of the tool, or somebody's credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Liveness,
    Auth(u32),
}

impl Asked {
    fn phase(self) -> f64 {
        match self {
            Self::Liveness => 0.37,
            Self::Auth(n) => f64::from(n) / f64::from(COUNT),
        }
    }
}

#[derive(Default)]
struct Tool {
    last: BTreeMap<Asked, Found>,
    calls: Vec<(Asked, Instant)>,
}

impl Tool {
    /// One look at a Connector. Says when the next one is due.
    fn look(&mut self, n: u32, b: &mut Bench, at: Instant) -> Instant {
        (b.began, b.now) = (at, at);
        for _ in 0..5 {
            let (mut again, mut next) = (false, None);
            for op in b.plan() {
                match op {
                    Op::Probe(kind, of, wants) => {
                        let asked = match kind {
                            Kind::Liveness => Asked::Liveness,
                            Kind::Auth => Asked::Auth(n),
                        };
                        let found = self.ask(asked, wants, b);
                        let slot = Slot {
                            origin: b.origin,
                            phase: asked.phase(),
                        };
                        let rhythm = Rhythm {
                            period: INTERVAL,
                            thresholds: Thresholds::ONE,
                        };
                        b.memory.record(kind, of, &found, rhythm, (slot, b.now));
                        again = true;
                    }
                    Op::WriteStatus(status) => b.object.status = Some(*status),
                    Op::Requeue(at) => next = Some(at),
                    Op::Announce(..) | Op::Event(_) | Op::Adopt(..) => {}
                }
            }
            if !again {
                return next.expect("there is always a next time");
            }
        }
        panic!("asked again and again");
    }

    fn ask(&mut self, asked: Asked, wants: Wants, b: &mut Bench) -> Found {
        if let Some(found) = self.last.get(&asked).filter(|found| wants.takes(found)) {
            return found.clone();
        }
        self.calls.push((asked, b.now));
        let found = Found {
            verdict: good(),
            started: b.now,
            at: b.wall(),
            refusals: 0,
        };
        b.now += CALL;
        self.last.insert(asked, found.clone());
        found
    }
}

#[test]
fn every_call_is_made_once_a_period_and_at_a_time_of_its_own() {
    let origin = Instant::now();
    let mut tool = Tool::default();
    let mut crowd: Vec<Bench> = (0..COUNT)
        .map(|_| Bench {
            origin,
            ..Bench::new()
        })
        .collect();
    // All are made within three seconds, at some time within the period.
    let mut due: BTreeMap<(Instant, u32), ()> = (0..COUNT)
        .map(|n| ((origin + INTERVAL / 3 + Duration::from_millis(25) * n, n), ()))
        .collect();
    while let Some(((at, n), ())) = due.pop_first() {
        if at > origin + INTERVAL * 5 {
            break;
        }
        let bench = crowd.get_mut(n as usize).unwrap();
        due.insert((tool.look(n, bench, at), n), ());
    }
    let mut times: BTreeMap<Asked, Vec<Instant>> = BTreeMap::new();
    for (asked, at) in &tool.calls {
        times.entry(*asked).or_default().push(*at);
    }
    assert_eq!(times.len(), COUNT as usize + 1);
    for (asked, times) in &times {
        let gap = |pair: &[Instant]| pair[1] - pair[0];
        let longest = times.windows(2).map(gap).max().unwrap();
        assert!(longest <= INTERVAL + INTERVAL / 10, "{asked:?} {longest:?}");
        let settled = times.partition_point(|at| *at < origin + INTERVAL * 2);
        let gaps: Vec<Duration> = times[settled..].windows(2).map(gap).collect();
        let off = |gap: &&Duration| gap.abs_diff(INTERVAL) > Duration::from_millis(100);
        assert!(
            gaps.len() >= 2 && gaps.iter().find(off).is_none(),
            "{asked:?} {gaps:?}"
        );
    }
    // When all have found their places.
    let mut seconds = BTreeMap::<u64, u32>::new();
    for (_, at) in &tool.calls {
        *seconds.entry((*at - origin).as_secs()).or_default() += 1;
    }
    let later = seconds.split_off(&(INTERVAL.as_secs() * 2));
    let most = later.values().max().copied().unwrap_or_default();
    assert!(
        f64::from(most) <= 2.0 * f64::from(COUNT) / INTERVAL.as_secs_f64(),
        "{later:?}"
    );
}
