//! A DNS server on loopback, and the little client that asks it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::probes::net::resolve::{DnsProblem, Resolve};

/// What a name is.
#[derive(Clone, Debug)]
pub(super) enum Record {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(&'static str),
}

impl Record {
    pub(super) fn of(text: &str) -> Self {
        match text.parse() {
            Ok(IpAddr::V4(a)) => Self::A(a),
            Ok(IpAddr::V6(a)) => Self::Aaaa(a),
            Err(_) => panic!("{text} is no address"),
        }
    }
}

/// What is known of names. Of several lists for one name, each question takes the next one, and the last stays.
type Zone = Arc<Mutex<BTreeMap<&'static str, Vec<Vec<Record>>>>>;

/// The server.
pub(super) struct Dns {
    pub(super) at: SocketAddr,
    pub(super) zone: Zone,
    _tasks: JoinSet<()>,
}

impl Dns {
    pub(super) async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = socket.local_addr().unwrap();
        let zone = Zone::default();
        let mut tasks = JoinSet::new();
        let known = zone.clone();
        tasks.spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                let answer = answer(&question[..length], &known);
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        Self {
            at,
            zone,
            _tasks: tasks,
        }
    }

    pub(super) fn says(&self, name: &'static str, records: &[Record]) {
        self.zone.lock().entry(name).or_default().push(records.to_vec());
    }

    pub(super) fn resolver(&self) -> Arc<Stub> {
        Arc::new(Stub(self.at))
    }
}

fn answer(question: &[u8], zone: &Zone) -> Vec<u8> {
    let (name, end) = name(question, 12);
    let kind = u16::from_be_bytes([question[end], question[end + 1]]);
    let mut records = Vec::new();
    chase(&name, kind, zone, &mut records, 8);
    let code = if zone.lock().contains_key(name.as_str()) {
        0
    } else {
        3
    };
    let mut out = question[..2].to_vec();
    out.extend_from_slice(&[0x81, 0x80 | code, 0, 1]);
    out.extend_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&[0, 0, 0, 0]);
    out.extend_from_slice(&question[12..end + 4]);
    for record in records {
        let (kind, data) = match record {
            Record::A(a) => (1_u16, a.octets().to_vec()),
            Record::Aaaa(a) => (28, a.octets().to_vec()),
            Record::Cname(to) => (5, written(to)),
        };
        out.extend_from_slice(&[0xc0, 12]);
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
        out.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&data);
    }
    out
}

fn chase(name: &str, kind: u16, zone: &Zone, found: &mut Vec<Record>, more: usize) {
    let mut zone_now = zone.lock();
    let Some(lists) = zone_now.get_mut(name) else {
        return;
    };
    let records = lists[0].clone();
    // The second of the two questions of one lookup moves on.
    if kind == 28 && lists.len() > 1 {
        lists.remove(0);
    }
    drop(zone_now);
    for record in records {
        match (&record, kind) {
            (Record::A(_), 1) | (Record::Aaaa(_), 28) => found.push(record),
            (Record::Cname(to), _) if more > 0 => {
                let to = *to;
                found.push(record);
                chase(to, kind, zone, found, more - 1);
            }
            _ => {}
        }
    }
}

fn name(message: &[u8], at: usize) -> (String, usize) {
    let (mut at, mut labels) = (at, Vec::new());
    while message[at] != 0 {
        let length = usize::from(message[at]);
        labels.push(String::from_utf8(message[at + 1..at + 1 + length].to_vec()).unwrap());
        at += 1 + length;
    }
    (labels.join("."), at + 1)
}

fn written(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).unwrap());
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out
}

/// The client.
pub(super) struct Stub(SocketAddr);

impl Resolve for Stub {
    fn resolve(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, DnsProblem>> {
        let at = self.0;
        Box::pin(async move {
            let mut found = ask(at, &name, 1).await?;
            found.extend(ask(at, &name, 28).await?);
            Ok(found)
        })
    }
}

async fn ask(at: SocketAddr, name: &str, kind: u16) -> Result<Vec<IpAddr>, DnsProblem> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut question = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    question.extend_from_slice(&written(name));
    question.extend_from_slice(&kind.to_be_bytes());
    question.extend_from_slice(&[0, 1]);
    socket.send_to(&question, at).await.unwrap();
    let mut message = [0; 1500];
    let length = socket.recv(&mut message).await.unwrap();
    let message = &message[..length];
    if message[3] & 0xf == 3 {
        return Err(DnsProblem::NoSuchHost);
    }
    let count = u16::from_be_bytes([message[6], message[7]]);
    let mut at = question.len();
    let mut found = Vec::new();
    for _ in 0..count {
        let kind = u16::from_be_bytes([message[at + 2], message[at + 3]]);
        let length = usize::from(u16::from_be_bytes([message[at + 10], message[at + 11]]));
        let data = &message[at + 12..at + 12 + length];
        match kind {
            1 => found.push(IpAddr::from(<[u8; 4]>::try_from(data).unwrap())),
            28 => found.push(IpAddr::from(<[u8; 16]>::try_from(data).unwrap())),
            _ => {}
        }
        at += 12 + length;
    }
    Ok(found)
}
