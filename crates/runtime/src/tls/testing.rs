//! What the tests of TLS and of the servers share: an authority, a bundle file as the kubelet writes it, a client.

use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::authority::{Ca, Params};
use super::leaf;
use super::resolver::Resolver;
use super::roots::ReloadingRoots;
use crate::clock;

/// A new CA, valid now.
pub(crate) fn ca() -> Ca {
    Ca::generate("test", clock::now(), &Params::default()).unwrap()
}

/// Serves with a leaf of this CA for `localhost`.
pub(crate) fn serve_with(resolver: &Resolver, ca: &Ca) {
    let leaf = leaf::issue(ca, &["localhost".to_owned()], clock::now(), &Params::default()).unwrap();
    resolver.set(leaf.key);
}

/// A folder as the kubelet projects a ConfigMap: `ca.crt -> ..data/ca.crt`, `..data -> ..N`.
pub(crate) struct Projected {
    folder: tempfile::TempDir,
    generation: u32,
}

impl Projected {
    pub(crate) fn new(bundle: &str) -> Self {
        let mut projected = Self {
            folder: tempfile::tempdir().unwrap(),
            generation: 0,
        };
        projected.replace(bundle);
        symlink("..data/ca.crt", projected.path()).unwrap();
        projected
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// Writes the files of the next generation beside those of this one, and swaps one link.
    pub(crate) fn replace(&mut self, bundle: &str) {
        let folder = self.folder.path();
        let (old, new) = (
            format!("..{}", self.generation),
            format!("..{}", self.generation + 1),
        );
        self.generation += 1;
        std::fs::create_dir(folder.join(&new)).unwrap();
        std::fs::write(folder.join(&new).join("ca.crt"), bundle).unwrap();
        symlink(&new, folder.join("..data_tmp")).unwrap();
        std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
        drop(std::fs::remove_dir_all(folder.join(old)));
    }
}

/// The bundle of these CAs.
pub(crate) fn bundle(cas: &[&Ca]) -> String {
    cas.iter().map(|ca| ca.certificate_pem()).collect()
}

/// Roots that have been read once.
pub(crate) async fn roots(projected: &Projected) -> Arc<ReloadingRoots> {
    let roots = ReloadingRoots::new(projected.path());
    roots.reload().await.unwrap();
    roots
}

/// A handshake with `localhost` at this address.
pub(crate) async fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(config)
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
}
