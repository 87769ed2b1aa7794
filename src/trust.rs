//! Whose certificates are trusted.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::client::{Certificate as MailRoot, CertificateStore, TlsParameters};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// The authorities whose certificates are trusted.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// These alone; else those that browsers trust.
    own: Option<Arc<Vec<CertificateDer<'static>>>>,
}

impl Trust {
    /// Trusts the authorities of a PEM file alone.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let problem = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let pem = std::fs::read(path).map_err(|error| problem(&error))?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let read = read.map_err(|error| problem(&error))?;
        if read.is_empty() {
            return Err(problem(&"it holds no certificate in PEM form"));
        }
        Ok(Self {
            own: Some(Arc::new(read)),
        })
    }

    fn for_http(&self) -> TlsConfig {
        let roots = match &self.own {
            None => RootCerts::WebPki,
            Some(own) => {
                let own = own.iter().map(|one| Certificate::from_der(one).to_owned());
                RootCerts::Specific(Arc::new(own.collect()))
            }
        };
        TlsConfig::builder().root_certs(roots).build()
    }

    /// A client that follows nothing and asks no proxy, for addresses that somebody configured; an
    /// answer of any status is one.
    #[must_use]
    pub fn http_client(&self, timeout: Duration) -> ConfigBuilder<AgentScope> {
        Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("nightlatch/", env!("CARGO_PKG_VERSION")))
            .tls_config(self.for_http())
    }

    pub fn for_mail(&self, host: &str) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let builder = TlsParameters::builder(host.to_owned());
        let builder = match &self.own {
            None => builder.certificate_store(CertificateStore::WebpkiRoots),
            Some(own) => {
                let mut builder = builder.certificate_store(CertificateStore::None);
                for one in own.iter() {
                    builder = builder.add_root_certificate(MailRoot::from_der(one.to_vec())?);
                }
                builder
            }
        };
        builder.build()
    }

    pub fn for_stream(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let mut roots = RootCertStore::empty();
        match &self.own {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(own) => {
                for one in own.iter() {
                    roots.add(one.clone())?;
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}
