//! Certificates and keys of a service: whom we trust there, and as whom we ask.

use std::path::PathBuf;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::services as config;
use crate::config::services::{At, Wrong};
use crate::http;

/// Reads certificates and keys, where the URL wants TLS.
///
/// # Errors
/// Which file is not what it should be.
pub(super) fn read(http: &config::Http) -> Result<ClientConfig, Wrong> {
    let is_tls = http.url.value.starts_with("https:");
    let trusted = if is_tls { trusted(http)? } else { RootCertStore::empty() };
    let builder = http::tls(trusted).map_err(|why| http.url.wrong(why.to_string()))?;
    match (&http.cert_file, &http.key_file) {
        (Some(cert), Some(key)) if is_tls => {
            let private = PrivateKeyDer::from_pem_file(&key.value).map_err(|why| unread(key, "a private key", &why))?;
            builder.with_client_auth_cert(certificates(cert)?, private).map_err(|why| key.wrong(format!("{}: {why}", key.value.display())))
        }
        (_, _) => Ok(builder.with_no_client_auth()),
    }
}

/// Those of `ca_file`, else the system's.
fn trusted(http: &config::Http) -> Result<RootCertStore, Wrong> {
    let (roots, here) = match &http.ca_file {
        Some(file) => (http::roots(certificates(file)?), file.place),
        None => (http::authorities(), http.url.place),
    };
    if !roots.is_empty() {
        return Ok(roots);
    }
    let message = "no certificate to trust: expected some in the system (Debian: ca-certificates) or in ca_file".to_owned();
    Err(Wrong { place: here, message, help: None })
}

fn certificates(file: &At<PathBuf>) -> Result<Vec<CertificateDer<'static>>, Wrong> {
    let wrong = |why: &rustls::pki_types::pem::Error| unread(file, "certificates", why);
    let found: Vec<_> =
        CertificateDer::pem_file_iter(&file.value).map_err(|why| wrong(&why))?.collect::<Result<_, _>>().map_err(|why| wrong(&why))?;
    if found.is_empty() {
        Err(file.wrong(format!("{}: expected certificates in PEM, found none", file.value.display())))
    } else {
        Ok(found)
    }
}

fn unread(file: &At<PathBuf>, what: &str, why: &rustls::pki_types::pem::Error) -> Wrong {
    file.wrong(format!("{}: expected {what} in PEM: {why}", file.value.display()))
}
