//! Which addresses a probe may call. Addresses come from tenants, and the probe runs inside the cluster: without a
//! policy every Connector is a way to reach what only our pod can reach.
//!
//! Names are resolved elsewhere. A few names are refused by themselves; for all others every address is checked.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::Host;

use super::host;

/// Addresses that are refused unless the operator allows them, and what they are. Private networks are not among
/// them: the tools that Connectors name live there.
const DENIED_V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "unspecified"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local or cloud metadata"),
    // Metadata services outside of the link-local range: Alibaba, Azure's host agent, Oracle's old one.
    (v4(100, 100, 100, 200, 32), "cloud metadata"),
    (v4(168, 63, 129, 16, 32), "cloud metadata"),
    (v4(192, 0, 0, 192, 32), "cloud metadata"),
    // Protocol assignments (one of them has a tunnel's end), tests of routers, documentation: no tool lives there.
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 0, 24), "reserved for documentation"),
    (v4(192, 88, 99, 0, 24), "a relay between versions of IP"),
    (v4(198, 18, 0, 0, 15), "reserved for benchmarks"),
    (v4(198, 51, 100, 0, 24), "reserved for documentation"),
    (v4(203, 0, 113, 0, 24), "reserved for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved or broadcast"),
];

const DENIED_V6: &[(Ipv6Net, &str)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "unspecified"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "loopback"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "site-local"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
    // Amazon's and Google's metadata services.
    (v6([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0], 32), "cloud metadata"),
    (v6([0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0], 32), "cloud metadata"),
    // Teredo hides an address of version 4 in a form that nothing in a cluster needs.
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "tunnelled"),
    (
        v6([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32),
        "reserved for documentation",
    ),
    (v6([0x0100, 0, 0, 0, 0, 0, 0, 0], 64), "a black hole"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), "reserved for routing"),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(s: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(
        Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]),
        prefix,
    )
}

/// Names that are refused without asking the DNS, and what they are.
const DENIED_NAMES: &[(&str, &str)] = &[
    ("localhost", "loopback"),
    ("localhost.localdomain", "loopback"),
    ("localhost4", "loopback"),
    ("localhost6", "loopback"),
    ("localhost6.localdomain6", "loopback"),
    ("ip6-localhost", "loopback"),
    ("ip6-loopback", "loopback"),
    ("ip6-localnet", "link-local"),
    ("ip6-mcastprefix", "multicast"),
    ("ip6-allnodes", "multicast"),
    ("ip6-allrouters", "multicast"),
    ("metadata.google.internal", "cloud metadata"),
    ("metadata.goog", "cloud metadata"),
    ("instance-data", "cloud metadata"),
    ("instance-data.ec2.internal", "cloud metadata"),
    ("kubernetes", "the API server"),
    ("kubernetes.default", "the API server"),
    ("kubernetes.default.svc", "the API server"),
    ("kubernetes.default.svc.cluster.local", "the API server"),
];

/// What is said of an address of the API server or of our own.
const OWN: &str = "the API server or Patchbay itself";
const OPERATOR: &str = "denied by the operator's list";

/// A host name, or all names below one: `*.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    below: bool,
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host name such as git.example.com or *.example.com")]
pub struct BadPattern;

impl FromStr for HostPattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let rest = text.strip_prefix("*.");
        match host::parse(rest.unwrap_or(text)) {
            Ok(Host::Domain(name)) => Ok(Self {
                name,
                below: rest.is_some(),
            }),
            _ => Err(BadPattern),
        }
    }
}

impl HostPattern {
    /// Whether a name, in lower case and without a dot at its end, is meant. `*.example.com` does not mean
    /// `example.com` itself.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if !self.below {
            return name == self.name;
        }
        name.strip_suffix(&self.name)
            .is_some_and(|front| front.len() > 1 && front.ends_with('.'))
    }
}

/// A network or a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A network.
    Net(IpNet),
    /// A name.
    Host(HostPattern),
}

impl FromStr for Place {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        if let Ok(net) = text.parse() {
            return Ok(Self::Net(net));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Net(address.into()));
        }
        text.parse().map(Self::Host)
    }
}

/// What the operator says on top of the built-in lists, and what the program knows of where it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Allowed although the built-in list denies it.
    pub allow: Vec<IpNet>,
    /// Allowed whatever address they have, unless that is in `deny`.
    pub allow_hosts: Vec<HostPattern>,
    /// Denied whatever else allows it.
    pub deny: Vec<IpNet>,
    /// Names that are denied whatever else allows them.
    pub deny_hosts: Vec<HostPattern>,
    /// The API server's addresses and those of our own pods and Services. Denied, unless `allow` has the very address:
    /// a network that is allowed for the tools in it does not mean these.
    pub own: Vec<IpNet>,
    /// Where a certificate need not be good.
    pub insecure: Vec<Place>,
}

/// Why an address may not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The address.
    pub address: IpAddr,
    /// What it is, for a person.
    pub what: &'static str,
}

/// Why a name may not be called, whatever its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeniedName {
    /// What it is, for a person.
    pub what: &'static str,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.address, self.what)
    }
}

impl Policy {
    /// Whether `address` may be called. `by_name`: its name is in the operator's list ([`Self::check_name`]).
    ///
    /// *Guarantees*: an address of version 4 that is written inside one of version 6 (mapped, compatible, NAT64,
    /// 6to4, ISATAP) is judged as itself as well, so another spelling never reaches what the plain one does not.
    ///
    /// # Errors
    /// The address is in the operator's deny-list, or in the built-in one and not in the allow-list.
    pub fn check(&self, address: IpAddr, by_name: bool) -> Result<(), Denied> {
        let inner = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        };
        for face in std::iter::once(address).chain(inner) {
            self.check_one(face, by_name)
                .map_err(|what| Denied { address, what })?;
        }
        Ok(())
    }

    /// Whether a name may be looked up, and whether whatever it resolves to may be called. The name is in lower case and
    /// has no dot at its end.
    ///
    /// # Errors
    /// It stands for something that is denied.
    pub fn check_name(&self, name: &str) -> Result<bool, DeniedName> {
        let in_list = |list: &[HostPattern]| list.iter().any(|pattern| pattern.matches(name));
        if in_list(&self.deny_hosts) {
            return Err(DeniedName { what: OPERATOR });
        }
        if in_list(&self.allow_hosts) {
            return Ok(true);
        }
        if name.ends_with(".localhost") {
            return Err(DeniedName { what: "loopback" });
        }
        match DENIED_NAMES.iter().find(|(denied, _)| *denied == name) {
            Some((_, what)) => Err(DeniedName { what }),
            None => Ok(false),
        }
    }

    /// Whether the certificate of a host need not be good.
    #[must_use]
    pub fn is_insecure(&self, host: &Host<String>, address: IpAddr) -> bool {
        self.insecure.iter().any(|place| match (place, host) {
            (Place::Net(net), _) => net.contains(&address),
            (Place::Host(pattern), Host::Domain(name)) => pattern.matches(name),
            (Place::Host(_), Host::Ipv4(_) | Host::Ipv6(_)) => false,
        })
    }

    fn check_one(&self, address: IpAddr, by_name: bool) -> Result<(), &'static str> {
        if self.deny.iter().any(|net| net.contains(&address)) {
            return Err(OPERATOR);
        }
        if by_name {
            return Ok(());
        }
        if self.own.iter().any(|net| net.contains(&address)) {
            let itself = IpNet::from(address);
            return if self.allow.contains(&itself) {
                Ok(())
            } else {
                Err(OWN)
            };
        }
        if self.allow.iter().any(|net| net.contains(&address)) {
            return Ok(());
        }
        let found = match address {
            IpAddr::V4(a) => DENIED_V4
                .iter()
                .find(|(net, _)| net.contains(&a))
                .map(|(_, what)| *what),
            IpAddr::V6(a) => DENIED_V6
                .iter()
                .find(|(net, _)| net.contains(&a))
                .map(|(_, what)| *what),
        };
        found.map_or(Ok(()), Err)
    }
}

/// The address of version 4 that `address` stands for, if any.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let low = |hi: u16, lo: u16| {
        let [a, b] = hi.to_be_bytes();
        let [c, d] = lo.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        // ::/128 and ::1/128 are themselves, not compatible addresses.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // ::a.b.c.d (compatible), ::ffff:a.b.c.d (mapped), ::ffff:0:a.b.c.d (translated).
        [0, 0, 0, 0, 0, 0, hi, lo] | [0, 0, 0, 0, 0, 0xffff, hi, lo] | [0, 0, 0, 0, 0xffff, 0, hi, lo] => {
            Some(low(hi, lo))
        }
        // 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64; the longer prefixes of the latter end in the address as well).
        [0x64, 0xff9b, 0 | 1, _, _, _, hi, lo] => Some(low(hi, lo)),
        // 2002:a.b.c.d::/48 (6to4).
        [0x2002, hi, lo, ..] => Some(low(hi, lo)),
        // ...:0:5efe:a.b.c.d and ...:200:5efe:a.b.c.d (ISATAP).
        [.., 0 | 0x200, 0x5efe, hi, lo] => Some(low(hi, lo)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow: &[&str], deny: &[&str]) -> Policy {
        let nets = |list: &[&str]| list.iter().map(|s| s.parse().unwrap()).collect();
        Policy {
            allow: nets(allow),
            deny: nets(deny),
            ..Policy::default()
        }
    }

    fn verdict(policy: &Policy, address: &str) -> String {
        match policy.check(address.parse().unwrap(), false) {
            Ok(()) => "ok".to_owned(),
            Err(denied) => denied.what.to_owned(),
        }
    }

    #[test]
    fn the_built_in_list() {
        for (address, want) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("169.254.169.254", "link-local or cloud metadata"),
            ("169.254.170.2", "link-local or cloud metadata"),
            ("100.100.100.200", "cloud metadata"),
            ("168.63.129.16", "cloud metadata"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "reserved or broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("fd00:ec2::254", "cloud metadata"),
            ("fd20:ce::254", "cloud metadata"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "tunnelled"),
            // Private networks and the world are where tools live.
            ("10.96.0.10", "ok"),
            ("172.16.0.1", "ok"),
            ("192.168.1.1", "ok"),
            ("100.64.0.1", "ok"),
            ("8.8.8.8", "ok"),
            ("fd12:3456::1", "ok"),
            ("2606:4700::1111", "ok"),
        ] {
            assert_eq!(verdict(&Policy::default(), address), want, "{address}");
        }
    }

    #[test]
    fn another_spelling_of_a_denied_address_is_denied() {
        for (address, want) in [
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:0:127.0.0.1", "loopback"),
            ("::127.0.0.1", "loopback"),
            ("::ffff:169.254.169.254", "link-local or cloud metadata"),
            ("64:ff9b::169.254.169.254", "link-local or cloud metadata"),
            ("64:ff9b:1::7f00:1", "loopback"),
            ("2002:7f00:1::", "loopback"),
            ("2002:a9fe:a9fe::1", "link-local or cloud metadata"),
            ("::ffff:0.0.0.0", "unspecified"),
            ("::ffff:10.0.0.1", "ok"),
            ("64:ff9b::10.0.0.1", "ok"),
        ] {
            assert_eq!(verdict(&Policy::default(), address), want, "{address}");
        }
    }

    #[test]
    fn the_operators_lists() {
        let p = policy(&["127.0.0.0/8", "fe80::/10"], &["10.0.0.0/8", "127.0.0.2/32"]);
        for (address, want) in [
            ("127.0.0.1", "ok"),
            ("::ffff:127.0.0.1", "ok"),
            ("127.0.0.2", "denied by the operator's list"),
            ("fe80::1", "ok"),
            ("10.1.2.3", "denied by the operator's list"),
            ("::ffff:10.1.2.3", "denied by the operator's list"),
            ("192.168.0.1", "ok"),
        ] {
            assert_eq!(verdict(&p, address), want, "{address}");
        }
    }

    #[test]
    fn what_is_our_own_is_not_meant_by_an_allowed_network() {
        let mut p = policy(&["10.0.0.0/8"], &[]);
        p.own = vec!["10.96.0.1/32".parse().unwrap(), "10.0.0.7/32".parse().unwrap()];
        for (address, want) in [
            ("10.96.0.1", OWN),
            ("::ffff:10.96.0.1", OWN),
            ("10.0.0.7", OWN),
            ("10.96.0.2", "ok"),
        ] {
            assert_eq!(verdict(&p, address), want, "{address}");
        }
        p.allow.push("10.96.0.1/32".parse().unwrap());
        assert_eq!(verdict(&p, "10.96.0.1"), "ok");
    }

    #[test]
    fn names() {
        let patterns = |list: &[&str]| list.iter().map(|s| s.parse().unwrap()).collect();
        let p = Policy {
            allow_hosts: patterns(&["*.dev.localhost", "Tool.demo.", "localhost4"]),
            deny_hosts: patterns(&["*.corp.example"]),
            ..Policy::default()
        };
        for (name, want) in [
            ("localhost", Err("loopback")),
            ("a.b.localhost", Err("loopback")),
            ("dev.localhost", Err("loopback")),
            ("x.dev.localhost", Ok(true)),
            ("localhost4", Ok(true)),
            ("tool.demo", Ok(true)),
            ("evil-tool.demo", Ok(false)),
            ("corp.example", Ok(false)),
            ("vault.corp.example", Err(OPERATOR)),
            ("kubernetes.default.svc", Err("the API server")),
            ("metadata.google.internal", Err("cloud metadata")),
            ("notlocalhost", Ok(false)),
            ("git.demo", Ok(false)),
        ] {
            assert_eq!(p.check_name(name).map_err(|denied| denied.what), want, "{name}");
        }
        for bad in ["", "*", "*.", "10.0.0.1", "a*b.c", "*.*.c", "a b"] {
            assert_eq!(bad.parse::<HostPattern>(), Err(BadPattern), "{bad}");
        }
        // The owner may mean an address as well as a name.
        let p = Policy {
            insecure: ["10.0.0.0/8", "192.168.1.1", "*.lab.example"]
                .iter()
                .map(|s| s.parse().unwrap())
                .collect(),
            ..Policy::default()
        };
        for (host, address, want) in [
            ("git.demo", "10.1.2.3", true),
            ("git.demo", "192.168.1.1", true),
            ("git.demo", "192.168.1.2", false),
            ("git.lab.example", "192.168.1.2", true),
            ("lab.example", "192.168.1.2", false),
        ] {
            let host = host::parse(host).unwrap();
            assert_eq!(
                p.is_insecure(&host, address.parse().unwrap()),
                want,
                "{host} {address}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn every_embedding_is_judged_as_the_address_inside(a: u32) {
            let v4 = Ipv4Addr::from(a);
            let [hi, lo] = [(a >> 16) as u16, (a & 0xffff) as u16];
            let p = Policy::default();
            if p.check(IpAddr::V4(v4), false).is_err() && a > 1 {
                for v6 in [
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, hi, lo),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, hi, lo),
                    Ipv6Addr::new(0x2002, hi, lo, 0, 0, 0, 0, 1),
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0, hi, lo),
                ] {
                    proptest::prop_assert!(p.check(IpAddr::V6(v6), false).is_err(), "{v6}");
                }
            }
        }
    }
}
