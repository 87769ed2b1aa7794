//! TLS in the process: a certificate and its key from files, read again when they change, so that
//! whoever renews them need not restart anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;

/// Between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct TlsError {
    path: PathBuf,
    what: String,
}

impl TlsError {
    fn new(path: &Path, what: impl std::fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            what: what.to_string(),
        }
    }
}

/// When each file was last changed.
type Changed = [Option<SystemTime>; 2];

/// What connections are greeted with.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    pub fn open(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self {
            current: Arc::new(RwLock::new(load(files)?)),
            files: files.clone(),
        })
    }

    /// Greets new connections with what was read last.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read()))
    }

    /// Reads the files again whenever they change, until `stop` turns true.
    pub(super) async fn keep(self, stop: watch::Receiver<bool>) {
        self.keep_every(LOOK_EVERY, stop).await;
    }

    async fn keep_every(self, every: Duration, mut stop: watch::Receiver<bool>) {
        let mut seen = self.changed();
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let now = self.changed();
            if now == seen {
                continue;
            }
            // Both are written, one after the other: what does not fit yet may at the next look.
            match load(&self.files) {
                Ok(config) => {
                    *self.current.write() = config;
                    seen = now;
                    tracing::info!("the certificate was read again");
                }
                Err(error) => {
                    tracing::warn!(%error, "the certificate that was there before is used");
                }
            }
        }
    }

    fn changed(&self) -> Changed {
        [&self.files.certificate, &self.files.key].map(|path| {
            std::fs::metadata(path)
                .and_then(|data| data.modified())
                .ok()
        })
    }
}

fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| TlsError::new(path, error));
    let (certificate, key) = (read(&files.certificate)?, read(&files.key)?);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&certificate).collect();
    let chain = chain.map_err(|error| TlsError::new(&files.certificate, error))?;
    if chain.is_empty() {
        let what = "it holds no certificate in PEM form";
        return Err(TlsError::new(&files.certificate, what));
    }
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| {
        TlsError::new(&files.key, format!("no private key in PEM form: {error}"))
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| TlsError::new(&files.key, error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &TlsFiles, name: &str) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    /// The certificate that is shown to who connects and trusts some.
    async fn shown(tls: &Tls, trusted: &[&CertificateDer<'static>]) -> CertificateDer<'static> {
        let (client, server) = tokio::io::duplex(65_536);
        let acceptor = tls.acceptor();
        let served = tokio::spawn(async move { acceptor.accept(server).await.map(|_| ()) });
        let mut roots = rustls::RootCertStore::empty();
        for certificate in trusted {
            roots.add((*certificate).clone()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = "localhost".try_into().unwrap();
        let connected = connector.connect(name, client).await.unwrap();
        served.await.unwrap().unwrap();
        let shown = connected.get_ref().1.peer_certificates().unwrap();
        shown[0].clone().into_owned()
    }

    /// A certificate that is renewed is shown to who connects next; one that is broken is not taken.
    #[tokio::test]
    async fn a_renewed_certificate_is_used_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("certificate.pem"),
            key: folder.path().join("key.pem"),
        };
        let first = write(&files, "localhost");
        let tls = Tls::open(&files).unwrap();
        let (stop, stopped) = watch::channel(false);
        let every = Duration::from_millis(10);
        let kept = tokio::spawn(tls.clone().keep_every(every, stopped));
        assert_eq!(shown(&tls, &[&first]).await, first);
        tokio::time::sleep(every * 3).await;
        std::fs::write(&files.key, "broken").unwrap();
        tokio::time::sleep(every * 10).await;
        assert_eq!(shown(&tls, &[&first]).await, first);
        let second = write(&files, "localhost");
        let mut looks = 0;
        while shown(&tls, &[&first, &second]).await != second {
            looks += 1;
            assert!(looks < 500, "it is not read again");
            tokio::time::sleep(every).await;
        }
        stop.send(true).unwrap();
        kept.await.unwrap();
        for (broken, words) in [
            ("", "no certificate"),
            ("-----BEGIN CERTIFICATE-----\n!", "certificate.pem"),
        ] {
            std::fs::write(&files.certificate, broken).unwrap();
            let error = Tls::open(&files).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
