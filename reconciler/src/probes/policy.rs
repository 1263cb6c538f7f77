//! Which addresses a probe may call. Addresses come from tenants, and the probe runs inside the cluster: without a
//! policy every Connector is a way to reach what only our pod can reach.
//!
//! Names are resolved elsewhere; this file sees addresses only, and every address of a name is checked.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

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

/// What the operator says on top of the built-in list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Allowed although the built-in list denies it.
    pub allow: Vec<IpNet>,
    /// Denied whatever else allows it.
    pub deny: Vec<IpNet>,
}

/// Why an address may not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The address.
    pub address: IpAddr,
    /// What it is, for a person.
    pub what: &'static str,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.address, self.what)
    }
}

impl Policy {
    /// Whether `address` may be called.
    ///
    /// *Guarantees*: an address of version 4 that is written inside one of version 6 (mapped, compatible, NAT64,
    /// 6to4) is judged as itself as well, so another spelling never reaches what the plain one does not.
    ///
    /// # Errors
    /// The address is in the operator's deny-list, or in the built-in one and not in the allow-list.
    pub fn check(&self, address: IpAddr) -> Result<(), Denied> {
        let inner = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        };
        for face in std::iter::once(address).chain(inner) {
            self.check_one(face).map_err(|what| Denied { address, what })?;
        }
        Ok(())
    }

    fn check_one(&self, address: IpAddr) -> Result<(), &'static str> {
        if self.deny.iter().any(|net| net.contains(&address)) {
            return Err("denied by the operator's list");
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
        }
    }

    fn verdict(policy: &Policy, address: &str) -> String {
        match policy.check(address.parse().unwrap()) {
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

    proptest::proptest! {
        #[test]
        fn every_embedding_is_judged_as_the_address_inside(a: u32) {
            let v4 = Ipv4Addr::from(a);
            let [hi, lo] = [(a >> 16) as u16, (a & 0xffff) as u16];
            let p = Policy::default();
            if p.check(IpAddr::V4(v4)).is_err() && a > 1 {
                for v6 in [
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, hi, lo),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, hi, lo),
                    Ipv6Addr::new(0x2002, hi, lo, 0, 0, 0, 0, 1),
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0, hi, lo),
                ] {
                    proptest::prop_assert!(p.check(IpAddr::V6(v6)).is_err(), "{v6}");
                }
            }
        }
    }
}
