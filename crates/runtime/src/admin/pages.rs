//! Pages for a person who looks into a running process, such as `/debug/queues`.
//!
//! They name objects of all namespaces and say what is wrong with them, and the admin port is open to the whole cluster
//! network. So a page is shown only to a connection from the pod itself to the pod itself: `kubectl port-forward` makes
//! one, for those who may do that in this namespace. A switch would be worse: it takes a restart, and that ends what one
//! wants to see.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::text::cut;

/// A page is for a person.
const MAX_PAGE: usize = 256 * 1024;

type Page = Arc<dyn Fn() -> String + Send + Sync>;

/// The pages of a process by path. Clones share them.
#[derive(Clone, Default)]
pub struct Pages {
    pages: Arc<RwLock<BTreeMap<&'static str, Page>>>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pages.read().keys()).finish()
    }
}

impl Pages {
    /// Serves what `page` returns at `path`, as plain text. Bounded; never a value of a Secret.
    pub fn add(&self, path: &'static str, page: impl Fn() -> String + Send + Sync + 'static) {
        self.pages.write().insert(path, Arc::new(page));
    }

    /// The text at a path, if there is a page.
    pub(super) fn get(&self, path: &str) -> Option<String> {
        let page = self.pages.read().get(path).map(Arc::clone)?;
        let text = page();
        if text.len() <= MAX_PAGE {
            return Some(text);
        }
        Some(format!("{}\n(cut)\n", cut(&text, MAX_PAGE)))
    }
}

/// Whether a connection is from this machine (in a pod: from the pod) to itself. The own side is looked at as well: a
/// proxy of a service mesh connects from a loopback address on behalf of anybody, to the pod's own address.
#[must_use]
pub(super) fn is_inside(peer: SocketAddr, local: SocketAddr) -> bool {
    let loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
    loopback(peer) && loopback(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_from_inside() {
        for (peer, local, want) in [
            ("127.0.0.1:40000", "127.0.0.1:8080", true),
            ("[::1]:40000", "[::1]:8080", true),
            ("[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:8080", true),
            ("10.1.2.3:40000", "10.1.2.4:8080", false),
            ("127.0.0.6:40000", "10.1.2.4:8080", false),
            ("10.1.2.4:40000", "10.1.2.4:8080", false),
        ] {
            assert_eq!(
                is_inside(peer.parse().unwrap(), local.parse().unwrap()),
                want,
                "{peer} {local}"
            );
        }
    }

    #[test]
    fn pages_are_bounded() {
        let pages = Pages::default();
        pages.add("/debug/long", || "ä".repeat(MAX_PAGE));
        assert!(pages.get("/debug/long").unwrap().len() < MAX_PAGE + 10);
        assert_eq!(pages.get("/debug/other"), None);
    }
}
