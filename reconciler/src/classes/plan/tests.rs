use jiff::Timestamp;
use patchbay_api::ConnectorClass;
use patchbay_model::status::Status;

use super::*;
use crate::classes::address;
use crate::sources::{AddressState, NoKind};
use crate::testing::class;

const INTERVAL: Duration = Duration::from_secs(45);

struct Bench {
    entry: ClassEntry,
    memory: Memory,
    address: AddressState,
    now: Instant,
}

impl Bench {
    fn new(spec: &str) -> Self {
        let object = class(&format!(
            "metadata: {{name: git, uid: u, generation: 1}}\nspec: {spec}"
        ));
        Self {
            entry: entry(object),
            memory: Memory::default(),
            address: AddressState::Unknown,
            now: Instant::now(),
        }
    }

    fn run(&mut self, status: Status, reason: Reason) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..4 {
            let mut again = false;
            let wall = Time(Timestamp::UNIX_EPOCH);
            let ops = plan(&Observed {
                entry: &self.entry,
                api: address::api(&self.entry.object, |_| self.address.clone()),
                proxy: address::proxy(&self.entry.object, |_| self.address.clone()),
                memory: &self.memory,
                now: self.now,
                wall,
            });
            for op in ops {
                lines.push(op.to_string());
                match op {
                    Op::Reach(endpoint, url) => {
                        let verdict = Verdict::new(status, reason, "as it was".to_owned());
                        self.memory
                            .record(endpoint, url, verdict, self.now, INTERVAL, 0.5);
                        again = true;
                    }
                    Op::WriteStatus(status) => self.entry.object.status = Some(*status),
                    Op::Event(_) | Op::Requeue(_) => {}
                }
            }
            if !again {
                return lines;
            }
        }
        panic!("never done: {lines:#?}");
    }

    fn well(&mut self) -> Vec<String> {
        self.run(Status::True, Reason::ProbeSucceeded)
    }

    fn status(&self) -> &ConnectorClassStatus {
        self.entry.object.status.as_ref().unwrap()
    }
}

fn entry(object: ConnectorClass) -> ClassEntry {
    let parsed = patchbay_model::class::parse(&object).map(|checked| checked.value);
    ClassEntry { object, parsed }
}

const ADDRESS: &str = "address: {name: address, type: string}";

#[test]
fn a_class_without_services_is_ready_at_once() {
    let mut b = Bench::new(&format!("{{{ADDRESS}}}"));
    assert_eq!(
        b.well(),
        [
            "write APIReady=True/NonAPI ProxyReady=True/NonProxy Supported=True/Ready Ready=True/Ready",
            "event Normal Ready"
        ]
    );
    assert_eq!(b.well(), Vec::<String>::new());
    assert_eq!(b.status().observed_generation, Some(1));
}

#[test]
fn services_are_asked_and_their_addresses_published() {
    let mut b = Bench::new(&format!(
        "{{{ADDRESS}, api: {{ref: {{kind: Service, name: git, namespace: default}}, uri: /api}}, \
         proxy: {{uri: https://proxy.default.svc}}}}"
    ));
    assert_eq!(
        b.well(),
        [
            "write APIReady=Unknown/Checking ProxyReady=Unknown/Checking Supported=False/NotSupported Ready=Unknown/Checking",
            "reach Api https://git.default.svc/api",
            "reach Proxy https://proxy.default.svc",
            "write APIReady=True/ProbeSucceeded ProxyReady=True/ProbeSucceeded Supported=False/NotSupported Ready=True/Ready",
            "event Normal Ready",
            "requeue",
        ]
    );
    let url = |address: &Option<Address>| address.as_ref().and_then(|a| a.url.clone());
    let (api, proxy) = (b.status().api.clone().unwrap(), b.status().proxy.clone().unwrap());
    assert_eq!(url(&api.address).as_deref(), Some("https://git.default.svc/api"));
    assert_eq!(
        url(&proxy.http_address).as_deref(),
        Some("https://proxy.default.svc")
    );
    assert_eq!(b.well(), ["requeue"]);
    b.now += INTERVAL;
    assert_eq!(
        b.well(),
        [
            "reach Api https://git.default.svc/api",
            "reach Proxy https://proxy.default.svc",
            "requeue"
        ]
    );
    b.now += INTERVAL;
    let lines = b.run(Status::False, Reason::ConnectionFailed);
    assert_eq!(
        lines[2..],
        [
            "write APIReady=False/ConnectionFailed ProxyReady=False/ConnectionFailed Supported=False/NotSupported Ready=False/ConnectionFailed",
            "event Warning ConnectionFailed",
            "event Warning ConnectionFailed",
            "requeue",
        ]
    );
    // A new address is asked at once.
    b.entry.object.spec.api.as_mut().unwrap().uri = Some("api/v2".to_owned());
    assert_eq!(b.well()[0], "reach Api https://git.default.svc/api/v2");
}

#[test]
fn what_is_not_supported_is_said_and_does_not_count() {
    let mut b = Bench::new(
        "{address: {name: address, type: string}, auth: {types: [{name: t, secretType: kubernetes.io/basic-auth, \
         generator: {rego: 'package proxy'}}]}}",
    );
    assert_eq!(
        b.well(),
        [
            "write APIReady=True/NonAPI ProxyReady=True/NonProxy Supported=False/NotSupported Ready=True/Ready",
            "event Normal Ready"
        ]
    );
    let message = &b.status().conditions[2].message;
    assert!(message.contains("spec.auth.types[0].generator"), "{message}");
}

#[test]
fn an_address_that_cannot_be_resolved_is_explained() {
    let mut b = Bench::new(&format!("{{{ADDRESS}, api: {{uri: /api}}}}"));
    b.well();
    let api = &b.status().conditions[0];
    assert_eq!((api.status.as_str(), api.reason.as_str()), ("False", "Invalid"));
    assert!(
        api.message
            .starts_with("spec.api.uri: got \"/api\", wants a whole URL"),
        "{}",
        api.message
    );
    assert!(b.status().api.is_none());
}

#[test]
fn a_class_that_slipped_past_admission_is_not_ready() {
    let mut b = Bench::new(&format!(
        "{{{ADDRESS}, configurations: [{{name: c, data: {{f: '{{{{ nosuch .x }}}}'}}}}]}}"
    ));
    assert_eq!(
        b.well(),
        [
            "write APIReady=True/NonAPI ProxyReady=True/NonProxy Supported=True/Ready Ready=False/ConnectorClassInvalid",
            "event Warning ConnectorClassInvalid",
        ]
    );
    assert!(
        b.status().conditions[3]
            .message
            .contains("spec.configurations[0].data[f]")
    );
}

const ROUTE: &str = "ref: {kind: Route, apiVersion: a.example.com/v1, namespace: demo, name: git}";

#[test]
fn an_address_in_the_status_of_an_object_comes_changes_and_goes() {
    let said = |url: &str| AddressState::Said(url.to_owned());
    let mut b = Bench::new(&format!("{{{ADDRESS}, api: {{{ROUTE}, uri: v1}}}}"));
    let line = |status: &str| {
        format!("write APIReady={status} ProxyReady=True/NonProxy Supported=True/Ready Ready={status}")
    };
    assert_eq!(b.well(), [line("Unknown/Checking")]);
    assert_eq!(b.well(), Vec::<String>::new(), "it is still being read");
    for (state, want, event) in [
        (AddressState::NotReadable, "Unknown/Unavailable", None),
        (
            AddressState::NoKind(NoKind::Unknown),
            "False/EndpointKindNotFound",
            Some("event Warning EndpointKindNotFound"),
        ),
        (
            AddressState::Forbidden("routes.a.example.com".to_owned()),
            "Unknown/EndpointNotReadable",
            None,
        ),
        (
            AddressState::Absent,
            "False/EndpointNotFound",
            Some("event Warning EndpointNotFound"),
        ),
        (
            AddressState::Missing,
            "False/EndpointWithoutAddress",
            Some("event Warning EndpointWithoutAddress"),
        ),
        (
            said("javascript:alert(1)"),
            "False/EndpointAddressInvalid",
            Some("event Warning EndpointAddressInvalid"),
        ),
    ] {
        b.address = state;
        let lines = b.well();
        assert_eq!(lines.first(), Some(&line(want)));
        if let Some(event) = event {
            assert!(lines.iter().any(|line| line == event), "{lines:?}");
        }
        assert!(b.status().api.is_none());
        assert_eq!(b.well(), Vec::<String>::new());
    }
    b.address = said("http://one/");
    let ready = line("True/ProbeSucceeded").replace(" Ready=True/ProbeSucceeded", " Ready=True/Ready");
    assert_eq!(b.well()[..2], ["reach Api http://one/v1".to_owned(), ready]);
    b.address = said("http://two/");
    assert_eq!(b.well()[0], "reach Api http://two/v1");
    let url = b.status().api.clone().and_then(|api| api.address?.url);
    assert_eq!(url.as_deref(), Some("http://two/v1"));
    // A restart: nothing is written while it is read, nor when it says the same as before.
    b.memory = Memory::default();
    b.address = AddressState::Unknown;
    assert_eq!(b.well(), Vec::<String>::new());
    b.address = said("http://two/");
    assert_eq!(b.well(), ["reach Api http://two/v1", "requeue"]);
    // It vanishes: no address, and nothing that is asked again and again.
    b.address = AddressState::Missing;
    assert_eq!(b.well()[0], line("False/EndpointWithoutAddress"));
    assert!(b.status().api.is_none());
    b.now += INTERVAL * 10;
    assert_eq!(b.well(), Vec::<String>::new());
}
