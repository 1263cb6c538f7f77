use jiff::Timestamp;

use super::super::bind::{authority, bind, credential};
use super::super::memory::Rhythm;
use super::super::standing::Thresholds;
use super::*;
use crate::calls::share::Found;
use crate::classes::address;
use crate::probes::schedule::Slot;
use crate::sources::{AddressState, ClassEntry, Key, SecretState};
use crate::testing::{GIT, GIT_MAIN, class, connector, secret, verdict};
use patchbay_api::conditions::Reason;
use patchbay_model::status::Status;

mod api_address;

mod crowd;

const INTERVAL: Duration = Duration::from_secs(45);

/// A Connector and all around it, with a clock that moves only when told.
struct Bench {
    object: Connector,
    class: Option<ConnectorClass>,
    secret: SecretState,
    authority: SecretState,
    address: AddressState,
    memory: Memory,
    origin: Instant,
    began: Instant,
    now: Instant,
    /// How long a tool takes to answer.
    takes: Duration,
    refusals: u32,
}

impl Bench {
    fn new() -> Self {
        let origin = Instant::now();
        Self {
            object: connector(GIT_MAIN),
            class: Some(class(GIT)),
            secret: secret("1", &["username", "password"]),
            authority: SecretState::Absent,
            address: AddressState::Unknown,
            memory: Memory::default(),
            origin,
            began: origin,
            now: origin,
            takes: Duration::ZERO,
            refusals: 0,
        }
    }

    fn plan(&self) -> Vec<Op> {
        let entry = self.class.clone().map(|object| {
            let parsed = patchbay_model::class::parse(&object).map(|checked| checked.value);
            ClassEntry { object, parsed }
        });
        let bound = bind(&self.object, entry.as_ref());
        let state = |key: &Key| {
            if key.name == "git-creds" {
                self.secret.clone()
            } else {
                self.authority.clone()
            }
        };
        plan(&Observed {
            object: &self.object,
            class: self.class.as_ref(),
            credential: bound
                .as_ref()
                .map_or(Ok(None), |(c, b)| credential("demo", c, b, state)),
            authority: bound
                .as_ref()
                .map_or(Ok(None), |(_, b)| authority("demo", b, state)),
            bound,
            api: self
                .class
                .as_ref()
                .and_then(|class| address::api(class, |_| self.address.clone())),
            memory: &self.memory,
            noticed: self.origin,
            began: self.began,
            now: self.now,
            wall: Time(self.wall()),
            interval: INTERVAL,
            dice: 0.5,
        })
    }

    /// Carries plans out until there is nothing more to do; tools answer as told. Says what was done.
    fn run(&mut self, liveness: &Verdict, auth: &Verdict) -> Vec<String> {
        let mut lines = Vec::new();
        self.began = self.now;
        for _ in 0..5 {
            let mut again = false;
            for op in self.plan() {
                lines.push(op.to_string());
                match op {
                    Op::Probe(kind, of, _) => {
                        let verdict = if kind == Kind::Liveness { liveness } else { auth };
                        self.record(kind, of, verdict);
                        again = true;
                    }
                    Op::Adopt(kind, of, verdict, at, until) => {
                        self.memory.adopt(kind, of, &verdict, at, until);
                    }
                    Op::WriteStatus(status) => self.object.status = Some(*status),
                    // The tools of this bench answer at once.
                    Op::Announce(..) | Op::Event(_) | Op::Requeue(_) => {}
                }
            }
            if !again {
                return lines;
            }
        }
        panic!("never done: {lines:#?}");
    }

    fn record(&mut self, kind: Kind, of: Fingerprint, verdict: &Verdict) {
        let refusals = if verdict.is_refusal() {
            self.refusals + 1
        } else {
            0
        };
        if kind == Kind::Auth {
            self.refusals = refusals;
        }
        let (started, at) = (self.now, self.wall());
        self.now += self.takes;
        let found = Found {
            verdict: verdict.clone(),
            started,
            at,
            refusals,
        };
        let rhythm = Rhythm {
            period: INTERVAL,
            thresholds: Thresholds::ONE,
        };
        let slot = Slot {
            origin: self.origin,
            phase: 0.0,
        };
        self.memory.record(kind, of, &found, rhythm, (slot, self.now));
    }

    fn wall(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::try_from(self.now - self.origin).unwrap()
    }

    fn well(&mut self) -> Vec<String> {
        self.run(&good(), &good())
    }

    fn message(&self, type_: &str) -> String {
        let status = self.object.status.as_ref().unwrap();
        let c = status.conditions.iter().find(|c| c.type_ == type_).unwrap();
        format!("{} {}: {}", c.status, c.reason, c.message)
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Connector)) {
        edit(&mut self.object);
        self.object.metadata.generation = self.object.metadata.generation.map(|g| g + 1);
    }
}

fn good() -> Verdict {
    verdict(Status::True, Reason::ProbeSucceeded)
}

fn down() -> Verdict {
    verdict(Status::False, Reason::ConnectionFailed)
}

fn refused() -> Verdict {
    verdict(Status::False, Reason::AuthenticationFailed)
}

const READY: &str = "write ConnectorClassReady=True/Ready SecretReady=True/Ready LivenessReady=True/ProbeSucceeded \
                     AuthReady=True/ProbeSucceeded ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert Ready=True/Ready";

#[test]
fn a_new_connector_is_noticed_then_probed_then_ready() {
    let mut b = Bench::new();
    assert_eq!(
        b.well(),
        [
            "announce ConnectorClassReady=True/Ready SecretReady=True/Ready LivenessReady=Unknown/Checking \
             AuthReady=Unknown/Checking ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert Ready=Unknown/Checking",
            "probe liveness",
            "announce ConnectorClassReady=True/Ready SecretReady=True/Ready LivenessReady=True/ProbeSucceeded \
             AuthReady=Unknown/Checking ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert Ready=Unknown/Checking",
            "probe auth",
            READY,
            "event Normal Ready",
            "requeue",
        ]
    );
    assert_eq!(b.well(), ["requeue"], "nothing changed");
    assert_eq!(b.object.status.as_ref().unwrap().observed_generation, Some(1));
}

#[test]
fn a_probe_that_finds_the_same_again_writes_nothing() {
    let mut b = Bench::new();
    b.well();
    b.now += INTERVAL;
    assert_eq!(b.well(), ["probe liveness", "probe auth", "requeue"]);
    b.now += INTERVAL;
    let mut other = good();
    other.message = "with another message".to_owned();
    assert_eq!(b.run(&good(), &other).len(), 4, "a message is part of the status");
}

#[test]
fn a_tool_that_takes_longer_than_the_period_is_shown_as_it_is() {
    for takes in [INTERVAL / 2, INTERVAL, INTERVAL * 3] {
        let mut b = Bench::new();
        b.takes = takes;
        for (liveness, auth, reason) in [
            (good(), good(), "True Ready"),
            (good(), refused(), "False AuthenticationFailed"),
            (down(), good(), "False ConnectionFailed"),
            (good(), good(), "True Ready"),
        ] {
            // Both are due in the end, and each was asked once.
            let lines = b.run(&liveness, &auth);
            let asked = lines
                .iter()
                .filter(|line| line.starts_with("probe liveness"))
                .count();
            assert_eq!(asked, 1, "{takes:?} {lines:#?}");
            assert!(b.message("Ready").starts_with(reason), "{takes:?} {lines:#?}");
            b.now += INTERVAL * 2;
        }
    }
}

#[test]
fn a_tool_that_goes_and_comes_back() {
    let mut b = Bench::new();
    b.well();
    b.now += INTERVAL;
    assert_eq!(
        b.run(&down(), &good()),
        [
            "probe liveness",
            "write ConnectorClassReady=True/Ready SecretReady=True/Ready LivenessReady=False/ConnectionFailed \
             AuthReady=Unknown/ConnectionFailed ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert Ready=False/ConnectionFailed",
            "event Warning ConnectionFailed",
            "requeue",
        ]
    );
    b.now += INTERVAL;
    assert_eq!(
        b.well(),
        [
            "probe liveness",
            "probe auth",
            READY,
            "event Normal Ready",
            "requeue"
        ]
    );
}

#[test]
fn refused_credentials_are_tried_less_and_less_often_until_something_changes() {
    let mut b = Bench::new();
    b.run(&good(), &refused());
    assert_eq!(
        b.message("AuthReady"),
        "False AuthenticationFailed: as the tool said; probed once since 1970-01-01T00:00:00Z"
    );
    let mut auth_probes = 0;
    for _ in 0..20 {
        b.now += INTERVAL;
        auth_probes += b
            .run(&good(), &refused())
            .iter()
            .filter(|line| *line == "probe auth")
            .count();
    }
    assert_eq!(auth_probes, 4, "after 1, 2, 4 and 8 intervals");
    // A new Secret is tried at once, and only that: the tool itself is known to be there.
    b.secret = secret("2", &["username", "password"]);
    assert_eq!(b.well(), ["probe auth", READY, "event Normal Ready", "requeue"]);
}

#[test]
fn every_change_is_probed_at_once() {
    type Edit = fn(&mut Bench);
    let both: &[&str] = &["probe liveness", "probe auth"];
    let cases: &[(&str, Edit, &[&str])] = &[
        (
            "the Secret",
            |b| b.secret = secret("2", &["username", "password"]),
            &["probe auth"],
        ),
        (
            "the address",
            |b| b.edit(|o| o.spec.address = Some("http://other.demo".to_owned())),
            both,
        ),
        (
            "the class",
            |b| b.class.as_mut().unwrap().metadata.generation = Some(2),
            both,
        ),
        (
            "another class of the same name",
            |b| b.class.as_mut().unwrap().metadata.uid = Some("x".to_owned()),
            both,
        ),
    ];
    for (name, edit, want) in cases {
        let mut b = Bench::new();
        b.well();
        edit(&mut b);
        let probes: Vec<String> = b
            .well()
            .into_iter()
            .filter(|line| line.starts_with("probe"))
            .collect();
        assert_eq!(probes, *want, "{name}");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    type Edit = fn(&mut Bench);
    let secret_ref = |b: &mut Bench, namespace: &str| {
        let auth = b.object.spec.auth.as_mut().unwrap();
        auth.secret_ref.as_mut().unwrap().namespace = Some(namespace.to_owned());
    };
    let cases: &[(Edit, &str, &str)] = &[
        (
            |b| b.class = None,
            "ConnectorClassReady",
            "False ConnectorClassNotFound: ConnectorClass \"git\" does not exist: create it, or correct \
             spec.connectorClassName",
        ),
        (
            |b| b.class = None,
            "SecretReady",
            "Unknown DependencyNotReady: waits for ConnectorClassReady",
        ),
        (
            |b| b.class = None,
            "LivenessReady",
            "Unknown DependencyNotReady: waits for ConnectorClassReady",
        ),
        (
            |b| b.class = None,
            "ProxyServiceReady",
            "Unknown DependencyNotReady: waits for ConnectorClassReady",
        ),
        (
            |b| b.secret = SecretState::Absent,
            "SecretReady",
            "False SecretNotFound: Secret \"demo/git-creds\" does not exist: create it, or correct the reference",
        ),
        (
            |b| b.secret = SecretState::Absent,
            "AuthReady",
            "Unknown DependencyNotReady: waits for SecretReady",
        ),
        (
            |b| b.secret = SecretState::Absent,
            "LivenessReady",
            "True ProbeSucceeded: as the tool said",
        ),
        (
            |b| b.secret = SecretState::NotReadable,
            "SecretReady",
            "Unknown SecretNotReadable: Secret \"demo/git-creds\" cannot be read: the API server does not answer, or \
             does not let Patchbay read it",
        ),
        (
            |b| b.object.spec.auth = None,
            "SecretReady",
            "True SecretOptional: no Secret is given, and the class does not ask for one",
        ),
        (
            |b| b.class.as_mut().unwrap().spec.liveness_probe = None,
            "LivenessReady",
            "True NonLivenessProbe: the class has no liveness probe",
        ),
        (
            |b| b.class.as_mut().unwrap().spec.auth_probes.clear(),
            "AuthReady",
            "True NonAuthProbe: the class has no auth probe for this kind of credential",
        ),
        (
            |b| {
                b.object.spec.ca_cert_secret_ref = Some(patchbay_api::connector::LocalSecretRef {
                    name: "git-ca".to_owned(),
                });
            },
            "CACertReady",
            "False SecretNotFound: Secret \"demo/git-ca\" does not exist: create it, or correct the reference",
        ),
    ];
    for (edit, type_, want) in cases {
        let mut b = Bench::new();
        edit(&mut b);
        b.well();
        assert_eq!(b.message(type_), *want);
    }
    // A Secret of another namespace reads the same whether it is there or not.
    let mut messages = Vec::new();
    for state in [secret("1", &["username", "password"]), SecretState::Absent] {
        let mut b = Bench::new();
        secret_ref(&mut b, "other");
        b.secret = state;
        b.well();
        messages.push(b.message("SecretReady"));
    }
    assert_eq!(messages[0], messages[1]);
    assert!(messages[0].starts_with("False SecretNotFound: Secret \"other/git-creds\" does not exist, or "));
}

#[test]
fn authorities_only_inform() {
    for (state, probed, want) in [
        (SecretState::Absent, true, "False SecretNotFound"),
        (SecretState::NotReadable, false, "Unknown SecretNotReadable"),
        (secret("1", &["ca.crt"]), true, "False InvalidPEM"),
    ] {
        let mut b = Bench::new();
        b.object.spec.ca_cert_secret_ref = Some(patchbay_api::connector::LocalSecretRef {
            name: "git-ca".to_owned(),
        });
        b.authority = state;
        b.well();
        let message = b.message("CACertReady");
        assert!(message.starts_with(want), "{message}");
        let ready = b.message("Ready");
        assert_eq!(ready.starts_with("True"), probed, "{ready}");
    }
}

#[test]
fn a_call_that_could_not_be_made_leaves_what_was_known() {
    let mut b = Bench::new();
    b.well();
    b.now += INTERVAL;
    let ours = verdict(Status::Unknown, Reason::Unavailable);
    assert_eq!(b.run(&ours, &ours), ["probe liveness", "probe auth", "requeue"]);
    assert_eq!(
        b.message("LivenessReady"),
        "True ProbeSucceeded: as the tool said"
    );
}

#[test]
fn a_secret_that_does_not_fit_is_named_without_its_values() {
    let mut b = Bench::new();
    b.secret = secret("1", &["username"]);
    b.well();
    let message = b.message("SecretReady");
    assert!(
        message.starts_with("False SecretKeyMissing: Secret \"demo/git-creds\""),
        "{message}"
    );
    assert!(
        message.contains("password") && !message.contains("canary"),
        "{message}"
    );
}

#[test]
fn a_broken_connector_is_one_condition_and_one_event() {
    let mut b = Bench::new();
    b.well();
    b.edit(|o| {
        o.spec.params =
            vec![serde_json::from_value(serde_json::json!({"name": "depth", "value": "5"})).unwrap()]
    });
    let lines = b.well();
    assert_eq!(
        lines,
        [
            "write ConnectorClassReady=False/SchemaViolation SecretReady=Unknown/DependencyNotReady \
             LivenessReady=Unknown/DependencyNotReady AuthReady=Unknown/DependencyNotReady \
             ProxyServiceReady=True/NonProxy CACertReady=Unknown/DependencyNotReady Ready=False/SchemaViolation",
            "event Warning SchemaViolation",
        ]
    );
    assert!(
        b.message("ConnectorClassReady").contains("spec.params[0].value"),
        "{}",
        b.message("ConnectorClassReady")
    );
}

#[test]
fn nothing_is_written_while_a_secret_is_being_read() {
    let mut b = Bench::new();
    b.well();
    b.memory = Memory::default();
    b.secret = SecretState::Unknown;
    assert_eq!(b.well(), Vec::<String>::new(), "a restart changes no status");
    let mut new = Bench::new();
    new.secret = SecretState::Unknown;
    assert_eq!(new.well(), ["requeue"], "the Secret will be here in a moment");
    new.now += PATIENCE;
    assert_eq!(
        new.well(),
        [
            "announce ConnectorClassReady=True/Ready SecretReady=Unknown/Checking LivenessReady=Unknown/Checking \
             AuthReady=Unknown/DependencyNotReady ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert \
             Ready=Unknown/Checking",
            "probe liveness",
            "write ConnectorClassReady=True/Ready SecretReady=Unknown/Checking LivenessReady=True/ProbeSucceeded \
             AuthReady=Unknown/DependencyNotReady ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert \
             Ready=Unknown/Checking",
            "requeue",
        ],
        "but a new Connector is noticed"
    );
}

#[test]
fn a_new_leader_takes_over_and_spreads_its_probes() {
    let mut b = Bench::new();
    b.well();
    b.memory = Memory::default();
    assert_eq!(
        b.well(),
        [
            "adopt liveness ProbeSucceeded",
            "adopt auth ProbeSucceeded",
            "requeue"
        ]
    );
    assert_eq!(
        b.memory.liveness.as_ref().unwrap().next,
        b.now + INTERVAL / 2,
        "the dice said 0.5"
    );
    b.now += INTERVAL;
    assert_eq!(b.well(), ["probe liveness", "probe auth", "requeue"]);
    // A change after the takeover is probed at once, and so is one before it that the status does not know.
    b.memory = Memory::default();
    b.well();
    b.edit(|o| o.spec.address = Some("http://other.demo".to_owned()));
    assert_eq!(b.well()[..2], ["probe liveness", "probe auth"]);
    b.memory = Memory::default();
    b.edit(|o| o.spec.address = Some("http://third.demo".to_owned()));
    assert_eq!(b.well()[..2], ["probe liveness", "probe auth"]);
}

#[test]
fn the_proxy_is_what_the_class_says() {
    let status = |ready: &str| {
        serde_json::from_value(serde_json::json!({
            "conditions": [{"type": "ProxyReady", "status": ready, "reason": "x", "message": "as found",
                            "lastTransitionTime": "2020-01-01T00:00:00Z"}],
            "proxy": {"httpAddress": {"url": "https://proxy.default.svc"}},
        }))
        .unwrap()
    };
    for (ready, want) in [
        (None, "Unknown Checking: the class's proxy was not looked at yet"),
        (Some("True"), "True Ready: as found"),
        (
            Some("False"),
            "False ProxyServiceNotFound: the class's proxy is not there: as found",
        ),
    ] {
        let mut b = Bench::new();
        let class = b.class.as_mut().unwrap();
        class.spec.proxy =
            Some(serde_json::from_value(serde_json::json!({"uri": "https://proxy.default.svc"})).unwrap());
        class.status = ready.map(status);
        b.well();
        assert_eq!(b.message("ProxyServiceReady"), want);
        let proxy = b.object.status.unwrap().proxy.and_then(|p| p.http_address?.url);
        assert_eq!(proxy.as_deref(), ready.map(|_| "https://proxy.default.svc"));
    }
}
