use std::sync::Arc;

use jiff::Timestamp;

use super::super::evaluate::Files;
use super::*;
use crate::sources::Key;

fn request(volume: &str) -> Request {
    let mut message = super::super::request::tests::message();
    message.volume_id = volume.to_owned();
    super::super::request::parse(message).unwrap_or_else(|error| panic!("{error}"))
}

fn source() -> Source {
    Source::Connector(Key::new("demo", "git-main"))
}

fn files(version: &str) -> Evaluation {
    let files = Files {
        files: Arc::new(vec![]),
        version: version.to_owned(),
        as_of: Timestamp::UNIX_EPOCH,
    };
    Evaluation {
        sources: Some([source()].into()),
        verdict: Verdict::Files(files),
    }
}

fn stale(message: &str, park: bool) -> Evaluation {
    let verdict = Verdict::Stale {
        reason: "SecretNotFound",
        message: message.to_owned(),
        park,
    };
    Evaluation {
        sources: Some([source()].into()),
        verdict,
    }
}

fn revoked() -> Evaluation {
    let verdict = Verdict::Revoked {
        reason: "PermissionDenied",
        message: "no".to_owned(),
    };
    Evaluation {
        sources: Some([source()].into()),
        verdict,
    }
}

fn allowed() -> Evaluation {
    Evaluation {
        sources: None,
        verdict: Verdict::StillAllowed,
    }
}

fn show(message: Option<Message>) -> String {
    match message {
        None => "-".to_owned(),
        Some(Message::Update(files)) => format!("update {}", files.version),
        Some(Message::Current) => "current".to_owned(),
        Some(Message::Stale { message, .. }) => format!("stale {message}"),
        Some(Message::Revoked { .. }) => "revoked".to_owned(),
    }
}

/// One stream with a clock that only moves when it is told to.
struct Bench {
    now: Instant,
    volumes: Subscriptions,
}

impl Bench {
    fn new() -> Self {
        Self {
            now: Instant::now(),
            volumes: Subscriptions::default(),
        }
    }

    fn subscribe(&mut self, volume: &str, have: &str) {
        self.volumes
            .subscribe(request(volume), have.to_owned(), self.now)
            .unwrap();
    }

    fn next(&mut self) -> Option<Work> {
        self.volumes.next(self.now)
    }

    fn finish(&mut self, work: &Work, evaluation: Evaluation) -> String {
        show(self.volumes.finish(work, evaluation, self.now))
    }

    /// Takes the one piece of work there must be, and finishes it.
    fn work(&mut self, task: Task, evaluation: Evaluation) -> String {
        let work = self.next().expect("there is work");
        assert_eq!(work.task, task);
        let told = self.finish(&work, evaluation);
        assert!(self.next().is_none(), "there was more work");
        told
    }

    fn touch(&mut self) {
        self.volumes.touch([&source()], self.now);
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }
}

#[test]
fn a_subscribe_is_answered_and_then_only_news_is_told() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    assert_eq!(b.work(Task::Files, files("1")), "update 1");
    b.touch();
    assert_eq!(b.work(Task::Files, files("1")), "-", "the same files are no news");
    b.touch();
    assert_eq!(b.work(Task::Files, files("2")), "update 2");
    b.subscribe("v", "2");
    assert_eq!(
        b.work(Task::Files, files("2")),
        "current",
        "a renewal is answered"
    );
    b.subscribe("v", "another replica's");
    assert_eq!(b.work(Task::Files, files("2")), "update 2");
}

#[test]
fn a_source_that_failed_is_told_once_and_cleared_once() {
    let mut b = Bench::new();
    b.subscribe("v", "1");
    assert_eq!(b.work(Task::Files, stale("gone", false)), "stale gone");
    b.touch();
    assert_eq!(b.work(Task::Files, stale("gone", false)), "-");
    b.touch();
    assert_eq!(
        b.work(Task::Files, stale("wrong type", false)),
        "stale wrong type"
    );
    b.touch();
    assert_eq!(
        b.work(Task::Files, files("1")),
        "current",
        "what the volume has is right again"
    );
    b.touch();
    assert_eq!(b.work(Task::Files, files("1")), "-");
}

#[test]
fn a_revoked_volume_is_empty_and_gets_everything_when_access_returns() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    assert_eq!(b.work(Task::Files, files("1")), "update 1");
    b.pass(25);
    assert_eq!(b.work(Task::StillAllowed, revoked()), "revoked");
    b.pass(25);
    assert_eq!(b.work(Task::Files, revoked()), "-");
    b.pass(25);
    assert_eq!(
        b.work(Task::Files, files("1")),
        "update 1",
        "the same files are news to an empty volume"
    );
    b.pass(25);
    assert_eq!(b.work(Task::StillAllowed, allowed()), "-");
}

#[test]
fn every_volume_is_checked_in_time_without_any_change() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    b.work(Task::Files, files("1"));
    for _ in 0..10 {
        assert!(b.volumes.next_at().unwrap() <= b.now + RECHECK);
        b.pass(24);
        assert!(b.next().is_none());
        b.pass(1);
        assert_eq!(b.work(Task::StillAllowed, allowed()), "-");
    }
}

#[test]
fn changes_during_the_work_are_one_more_piece_of_work() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    b.work(Task::Files, files("1"));
    b.touch();
    let work = b.next().expect("it changed");
    for _ in 0..1000 {
        b.touch();
        assert!(b.next().is_none(), "it has a worker");
    }
    assert_eq!(b.finish(&work, files("2")), "update 2");
    assert_eq!(b.work(Task::Files, files("3")), "update 3");
}

#[test]
fn the_age_of_a_change_is_that_of_the_first_one() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    b.work(Task::Files, files("1"));
    let first = b.now;
    b.touch();
    b.pass(1);
    b.touch();
    assert_eq!(b.next().unwrap().since, Some(first));
}

#[test]
fn a_renewal_overtakes_the_work_of_the_one_before() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    let work = b.next().unwrap();
    b.subscribe("v", "2");
    assert!(b.next().is_none(), "it has a worker");
    assert_eq!(
        b.finish(&work, files("1")),
        "-",
        "that was the answer to another question"
    );
    assert_eq!(b.work(Task::Files, files("2")), "current");
}

#[test]
fn an_end_and_a_new_begin_do_not_meet_the_old_worker() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    let old = b.next().unwrap();
    b.volumes.unsubscribe("v");
    b.subscribe("v", "");
    let new = b.next().expect("the new one has a worker of its own");
    assert_eq!(b.finish(&old, files("1")), "-");
    assert!(b.next().is_none());
    assert_eq!(b.finish(&new, files("2")), "update 2");
    assert!(b.next().is_none());
}

#[test]
fn a_token_that_is_of_no_use_parks_the_volume_until_the_next_one() {
    let mut b = Bench::new();
    b.subscribe("v", "");
    b.work(Task::Files, files("1"));
    b.touch();
    assert_eq!(b.work(Task::Files, stale("expired", true)), "stale expired");
    b.touch();
    b.pass(60);
    assert!(b.next().is_none(), "nothing can be found out with that token");
    b.subscribe("v", "1");
    assert_eq!(b.work(Task::Files, files("2")), "update 2");
    b.touch();
    assert_eq!(b.work(Task::Files, files("3")), "update 3");
}

#[test]
fn nothing_is_kept_for_one_who_could_not_say_who_it_is() {
    let mut b = Bench::new();
    for i in 0..MAX_UNPROVEN {
        assert!(b.volumes.has_room(), "{i}");
        b.subscribe(&i.to_string(), "");
    }
    assert!(!b.volumes.has_room());
    while let Some(work) = b.next() {
        assert_eq!(b.finish(&work, stale("who are you", true)), "stale who are you");
    }
    assert!(b.volumes.is_empty() && b.volumes.has_room() && b.volumes.next_at().is_none());
    // One that was good before is kept, and so is one that waits for something else than a token.
    b.subscribe("good", "");
    b.work(Task::Files, files("1"));
    b.touch();
    b.work(Task::Files, stale("expired", true));
    b.subscribe("waits", "");
    b.work(Task::Files, stale("gone", false));
    assert_eq!(b.volumes.len(), 2);
}

#[test]
fn only_volumes_of_a_source_are_touched_and_nothing_is_left_after_the_end() {
    let mut b = Bench::new();
    for volume in ["a", "b"] {
        b.subscribe(volume, "");
        b.work(Task::Files, files("1"));
    }
    let other = Source::Connector(Key::new("demo", "other"));
    b.volumes.touch([&other], b.now);
    assert!(b.next().is_none());
    // "a" now depends on something else.
    b.subscribe("a", "1");
    let work = b.next().unwrap();
    let mut moved = files("1");
    moved.sources = Some([other.clone()].into());
    b.finish(&work, moved);
    b.touch();
    assert_eq!(b.next().map(|w| w.volume), Some("b".to_owned()));
    b.volumes.touch([&other], b.now);
    assert_eq!(b.next().map(|w| w.volume), Some("a".to_owned()));
    b.volumes.unsubscribe("a");
    b.volumes.unsubscribe("b");
    b.volumes.unsubscribe("never there");
    b.volumes.touch_all(b.now);
    assert!(b.next().is_none() && b.volumes.is_empty() && b.volumes.next_at().is_none());
    assert!(b.volumes.by_source.is_empty());
}

#[test]
fn a_stream_has_a_bounded_number_of_volumes() {
    let mut b = Bench::new();
    for i in 0..MAX_VOLUMES {
        b.subscribe(&i.to_string(), "");
        b.work(Task::Files, files("1"));
    }
    assert_eq!(
        b.volumes.subscribe(request("one more"), String::new(), b.now),
        Err(TooMany)
    );
    b.subscribe("0", "");
    b.volumes.unsubscribe("0");
    b.subscribe("one more", "");
}

mod random {
    //! Whatever happens in whatever order: each volume has at most one worker, and when all work is done the driver has
    //! been told the truth.

    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Subscribe(u8),
        Unsubscribe(u8),
        Change(u8),
        Start,
        Finish(u8),
        Pass,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..3_u8).prop_map(Step::Subscribe),
            (0..3_u8).prop_map(Step::Unsubscribe),
            (0..4_u8).prop_map(Step::Change),
            Just(Step::Start),
            any::<u8>().prop_map(Step::Finish),
            Just(Step::Pass),
        ]
    }

    /// What a worker would find: the version of the world, except that world 3 revokes.
    fn evaluation(world: u8, task: Task) -> Evaluation {
        match (world, task) {
            (3, _) => revoked(),
            (_, Task::Files) => files(&world.to_string()),
            (_, Task::StillAllowed) => allowed(),
        }
    }

    fn hear(driver: &mut BTreeMap<String, String>, volume: &str, message: Option<Message>) {
        match message {
            Some(Message::Update(files)) => drop(driver.insert(volume.to_owned(), files.version)),
            Some(Message::Revoked { .. }) => drop(driver.insert(volume.to_owned(), String::new())),
            Some(Message::Current | Message::Stale { .. }) | None => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn the_driver_ends_up_with_the_truth(steps in proptest::collection::vec(step(), 1..60)) {
            let mut b = Bench::new();
            let mut world = 0_u8;
            let mut driver: BTreeMap<String, String> = BTreeMap::new();
            let mut subscribed: BTreeSet<String> = BTreeSet::new();
            let mut running: Vec<(Work, u8)> = Vec::new();
            for step in steps {
                match step {
                    Step::Subscribe(v) => {
                        let have = driver.get(&v.to_string()).cloned().unwrap_or_default();
                        b.subscribe(&v.to_string(), &have);
                        subscribed.insert(v.to_string());
                    }
                    Step::Unsubscribe(v) => {
                        b.volumes.unsubscribe(&v.to_string());
                        subscribed.remove(&v.to_string());
                        driver.remove(&v.to_string());
                    }
                    Step::Change(to) => { world = to; b.touch(); }
                    Step::Start => if let Some(work) = b.next() {
                        prop_assert!(!running.iter().any(|(w, _)| w.volume == work.volume && w.round == work.round));
                        running.push((work, world));
                    },
                    Step::Finish(i) => if !running.is_empty() {
                        let (work, seen) = running.remove(usize::from(i) % running.len());
                        let message = b.volumes.finish(&work, evaluation(seen, work.task), b.now);
                        if subscribed.contains(&work.volume) { hear(&mut driver, &work.volume, message); }
                    },
                    Step::Pass => b.pass(9),
                }
            }
            // Let everything finish, and one recheck after that.
            for round in 0..3 {
                for (work, seen) in std::mem::take(&mut running) {
                    let message = b.volumes.finish(&work, evaluation(seen, work.task), b.now);
                    hear(&mut driver, &work.volume, message);
                }
                while let Some(work) = b.next() {
                    let message = b.volumes.finish(&work, evaluation(world, work.task), b.now);
                    hear(&mut driver, &work.volume, message);
                }
                if round == 1 { b.pass(30); }
            }
            for volume in &subscribed {
                let want = if world == 3 { String::new() } else { world.to_string() };
                prop_assert_eq!(driver.get(volume).cloned().unwrap_or_default(), want);
            }
        }
    }
}
