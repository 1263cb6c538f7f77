//! The node's network: a namespace of its own, joined to the host by one cable.
//!
//! In a namespace every port is free, kube-proxy's tables are not the host's, and all of it goes away at once.
//! The host reaches the node, the pods and the Services through the cable.

use std::{fs, path::Path};

use serde::Deserialize;

use super::plan::{Addresses, Plan};
use crate::{
    error::{Doing as _, Error, Result},
    process::{self, run_quick},
};

/// Held while a slot is chosen and taken; slots are shared by all nodes of the machine.
const LOCK: &str = "/run/lock/patchbay-cluster.lock";

/// A network of the host, as an address and the length of its prefix.
type Network = (u32, u8);

/// Chooses the addresses of a new node and calls `take`, which has to make them visible as routes, before
/// another node may choose.
///
/// # Errors
/// [`Error::Capability`] when every range is in use.
pub(super) fn with_free_addresses<T>(ip: &Path, take: impl FnOnce(Addresses) -> Result<T>) -> Result<T> {
    let _lock = lock()?;
    let routes = run_quick(ip, ["-j", "-4", "route", "show", "table", "all"])?;
    let Some(addresses) = free_slot(&networks(&routes)) else {
        return Err(Error::capability(
            "no address range is free for the node's pods: this host has routes into all of 10.96.0.0/16, 10.243.0.0/16 and 10.244.0.0/16; remove one of them.",
        ));
    };
    take(addresses)
}

/// Does something while no node is being made.
pub(super) fn exclusively(what: impl FnOnce()) -> Result<()> {
    let _lock = lock()?;
    what();
    Ok(())
}

fn lock() -> Result<fs::File> {
    let path = Path::new(LOCK);
    let lock = super::create_lock(path)?;
    lock.lock().at("lock", path)?;
    Ok(lock)
}

/// The networks that routes lead to; the default route and single addresses of the host itself do not count.
fn networks(routes: &str) -> Vec<Network> {
    #[derive(Deserialize)]
    struct Route {
        dst: String,
        r#type: Option<String>,
    }
    let routes: Vec<Route> = serde_json::from_str(routes).unwrap_or_default();
    let usual =
        |route: &&Route| !matches!(route.r#type.as_deref(), Some("local" | "broadcast" | "multicast"));
    routes
        .iter()
        .filter(usual)
        .filter_map(|route| parse_network(&route.dst))
        .collect()
}

fn parse_network(text: &str) -> Option<Network> {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    Some((
        address.parse::<std::net::Ipv4Addr>().ok()?.into(),
        length.parse().ok()?,
    ))
}

/// The first slot none of whose ranges overlaps a network in use.
fn free_slot(used: &[Network]) -> Option<Addresses> {
    (0..=u8::MAX).map(|slot| Addresses { slot }).find(|addresses| {
        let own = [addresses.link_net(), addresses.pod_net(), addresses.service_net()];
        own.iter()
            .filter_map(|net| parse_network(net))
            .all(|net| used.iter().all(|&other| !overlap(net, other)))
    })
}

fn overlap((a, a_length): Network, (b, b_length): Network) -> bool {
    let length = u32::from(a_length.min(b_length));
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    a & mask == b & mask
}

/// Makes the namespace, the cable, addresses and routes.
pub(super) fn create(plan: &Plan) -> Result<()> {
    let (ip, names, addresses) = (plan.system("ip"), &plan.names, plan.addresses);
    let (netns, link) = (names.netns(), names.link());
    let (host, node) = (addresses.host(), addresses.node());
    let on_host = |args: &str| run_quick(&ip, args.split(' ')).map(drop);
    let in_netns = |args: &str| run_quick(&ip, format!("-n {netns} {args}").split(' ')).map(drop);
    on_host(&format!("netns add {netns}")).map_err(|error| {
        Error::capability(format!("this machine does not let us make a network namespace: use a machine where root may, not an unprivileged container. {error}"))
    })?;
    on_host(&format!("link add {link} type veth peer name eth0 netns {netns}"))?;
    on_host(&format!("address add {host}/30 dev {link}"))?;
    on_host(&format!("link set {link} up"))?;
    in_netns("link set lo up")?;
    in_netns(&format!("address add {node}/30 dev eth0"))?;
    in_netns("link set eth0 up")?;
    in_netns(&format!("route add default via {host}"))?;
    on_host(&format!("route add {} via {node}", addresses.pod_net()))?;
    on_host(&format!("route add {} via {node}", addresses.service_net()))
}

/// Lets packets through: forwarding in the namespace, and translated addresses on the way to other machines.
pub(super) fn open(plan: &Plan) -> Result<()> {
    let script = "for f in ip_forward=1 conf/all/rp_filter=0 conf/default/rp_filter=0; do echo \"${f#*=}\" > \"/proc/sys/net/ipv4/${f%=*}\" || exit 1; done";
    enter(plan, "sh", &["-c", script], None)?;
    enter(plan, "nft", &["-f", "-"], Some(&inner_table(plan)))?;
    process::run(
        std::process::Command::new(plan.system("nft")).args(["-f", "-"]),
        Some(&outer_table(plan)),
        std::time::Duration::from_secs(30),
    )
    .map(drop)
}

fn enter(plan: &Plan, program: &str, args: &[&str], input: Option<&str>) -> Result<String> {
    let mut command = std::process::Command::new(plan.system("nsenter"));
    command
        .arg(format!("--net={}", plan.names.netns_file().display()))
        .arg("--")
        .arg(plan.system(program))
        .args(args);
    process::run(&mut command, input, std::time::Duration::from_secs(30))
}

/// In the namespace: pods appear as the node to everyone but each other, the Services and the host.
fn inner_table(plan: &Plan) -> String {
    let a = plan.addresses;
    format!(
        "table ip patchbay {{\n chain postrouting {{\n  type nat hook postrouting priority 100;\n  ip saddr {pods} ip daddr != {{ {pods}, {services}, {link} }} masquerade\n }}\n}}\n",
        pods = a.pod_net(),
        services = a.service_net(),
        link = a.link_net(),
    )
}

/// On the host: the node appears as the host to other machines.
fn outer_table(plan: &Plan) -> String {
    format!(
        "table ip {table} {{\n chain postrouting {{\n  type nat hook postrouting priority 100;\n  ip saddr {net} oifname != \"{link}\" masquerade\n }}\n}}\n",
        table = plan.names.table(),
        net = plan.addresses.link_net(),
        link = plan.names.link(),
    )
}

/// The name servers that the node can ask: those of the host that do not listen on loopback, which is another
/// one in the namespace. `files` are the texts of `resolv.conf` files, the best first.
pub(super) fn nameservers(files: &[String]) -> Vec<String> {
    let servers = |text: &String| -> Vec<String> {
        let named = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("nameserver "));
        let usable = named.filter_map(|server| server.trim().parse::<std::net::Ipv4Addr>().ok());
        usable
            .filter(|address| !address.is_loopback())
            .map(|address| address.to_string())
            .collect()
    };
    files
        .iter()
        .map(servers)
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::plan::example, *};

    #[test]
    fn a_slot_is_free_when_no_route_touches_it() {
        for (routes, want) in [
            (vec![], Some(0)),
            (vec!["192.168.1.0/24"], Some(0)),
            (vec!["10.243.0.0/30", "10.244.1.0/24"], Some(2)),
            (vec!["10.96.0.10"], Some(1)),
            (vec!["10.244.0.0/17"], Some(128)),
            (vec!["10.0.0.0/8"], None),
        ] {
            let used: Vec<_> = routes.iter().filter_map(|route| parse_network(route)).collect();
            assert_eq!(free_slot(&used).map(|a| a.slot), want, "{routes:?}");
        }
    }

    #[test]
    fn routes_as_iproute_prints_them() {
        let text = r#"[{"dst":"default","gateway":"192.0.2.1"},{"dst":"192.0.2.0/24","dev":"eth0"},
            {"type":"local","dst":"10.244.0.1","dev":"lo"},{"dst":"10.96.0.1","dev":"x"}]"#;
        assert_eq!(
            networks(text),
            [
                parse_network("192.0.2.0/24").unwrap(),
                parse_network("10.96.0.1/32").unwrap()
            ]
        );
        assert_eq!(networks("garbage"), []);
    }

    #[test]
    fn name_servers_on_loopback_are_of_no_use() {
        let files = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        for (texts, want) in [
            (
                vec![
                    "nameserver 127.0.0.53\n",
                    "# x\nnameserver 192.0.2.1\nnameserver ::1\n",
                ],
                vec!["192.0.2.1"],
            ),
            (
                vec!["nameserver 192.0.2.9", "nameserver 192.0.2.1"],
                vec!["192.0.2.9"],
            ),
            (vec!["", "search example.org"], vec![]),
        ] {
            assert_eq!(nameservers(&files(&texts)), want, "{texts:?}");
        }
    }

    #[test]
    fn tables_name_the_nodes_networks() {
        let plan = example();
        assert!(
            inner_table(&plan).contains(
                "ip saddr 10.244.3.0/24 ip daddr != { 10.244.3.0/24, 10.96.3.0/24, 10.243.3.0/30 }"
            )
        );
        assert!(outer_table(&plan).starts_with("table ip patchbay-patchbay {"));
    }
}
