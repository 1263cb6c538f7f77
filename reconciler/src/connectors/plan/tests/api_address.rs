use super::*;

#[test]
fn a_probe_of_the_api_service_follows_its_address() {
    let mut b = Bench::new();
    let api = "  api: {ref: {apiVersion: a.example.com/v1, kind: Route, name: git, namespace: demo}}\n  livenessProbe: {api: {path: /}}";
    b.class = Some(class(&GIT.replace("  livenessProbe: {http: {path: /}}", api)));
    let good = verdict(Status::True, Reason::ProbeSucceeded);
    let said = |url: &str| AddressState::Said(url.to_owned());
    b.address = said("http://one");
    b.run(&good, &good);
    assert_eq!(b.run(&good, &good), ["requeue"]);
    // Another address is another tool for the probe that asks it, and none of the other's business.
    b.address = said("http://two");
    assert_eq!(b.run(&good, &good), ["probe liveness", "requeue"]);
    b.address = AddressState::Missing;
    assert_eq!(b.run(&good, &good)[0], "probe liveness");
    // A restart: nothing is written while the address is being read, nor afterwards.
    b.address = said("http://two");
    b.run(&good, &good);
    b.memory = Memory::default();
    b.address = AddressState::Unknown;
    assert_eq!(b.run(&good, &good), Vec::<String>::new());
    b.address = said("http://two");
    assert_eq!(
        b.run(&good, &good),
        [
            "adopt liveness ProbeSucceeded",
            "adopt auth ProbeSucceeded",
            "requeue"
        ]
    );
}
