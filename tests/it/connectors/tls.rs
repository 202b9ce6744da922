//! The same over TLS: whom we believe, and who believes us.

use std::path::Path;
use std::sync::{Arc, Mutex};

use dauys::services::http::Http;
use dauys_core::interpreter::Answer;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Deed, READY, answer, ask, config, documents, of_iin, program, ready, serve, service};

/// An authority that nobody else knows.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn signs(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// `ca.pem`, and `cert.pem` and `key.pem` of a client that it knows.
    fn writes(&self, folder: &Path) {
        let (cert, key) = self.signs("robot");
        std::fs::write(folder.join("ca.pem"), self.certificate.pem()).unwrap();
        std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    }

    /// A server called `name` that talks only to its clients.
    async fn serves(&self, name: &str, deed: Deed) -> u16 {
        let (cert, key) = self.signs(name);
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let tls = tls.with_client_cert_verifier(clients).with_single_cert(vec![cert.der().clone()], key).unwrap();
        let (acceptor, deeds) = (TlsAcceptor::from(Arc::new(tls)), Arc::new(Mutex::new(vec![deed])));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    tokio::spawn(serve(stream, Arc::clone(&deeds), Arc::default()));
                }
            }
        });
        port
    }
}

/// Document status over https, with these files of a folder.
fn secure(port: u16, folder: &Path, files: &[&str]) -> String {
    let files: String = files.iter().map(|file| format!("      {file}_file: {}\n", folder.join(format!("{file}.pem")).display())).collect();
    documents(port, &files).replace("http://", "https://").replace("attempt_ms: 300", "attempt_ms: 1000")
}

fn folder_of(authority: &Authority) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    authority.writes(folder.path());
    folder
}

#[tokio::test]
async fn both_sides_show_who_they_are() {
    let (ours, others) = (Authority::new(), Authority::new());
    let (right, wrong) = (folder_of(&ours), folder_of(&others));
    let port = ours.serves("127.0.0.1", answer(200, READY)).await;
    let elsewhere = ours.serves("gateway.example.kz", answer(200, READY)).await;
    let all = ["ca", "cert", "key"];
    let cases = [
        ("both", port, right.path(), &all[..], ready()),
        ("we show nothing", port, right.path(), &all[..1], Answer::Unavailable),
        ("an authority of others", port, wrong.path(), &all[..], Answer::Unavailable),
        ("the system's authorities", port, right.path(), &all[1..], Answer::Unavailable),
        ("another name", elsewhere, right.path(), &all[..], Answer::Unavailable),
    ];
    for (name, port, folder, files, expected) in cases {
        let asked = match Http::all(&config(&secure(port, folder, files)).services, &program(), 0) {
            Ok(mut found) => ask(&found.remove(0).1, None, &of_iin()).await,
            Err(faults) => panic!("{name}: {faults:?}"),
        };
        assert_eq!(asked.answer, expected, "{name}: {:?}", asked.attempts);
    }
}

#[tokio::test]
async fn whoever_speaks_no_tls_hears_nothing() {
    let stub = super::Stub::new([answer(200, READY)]).await;
    let folder = folder_of(&Authority::new());
    let asked = ask(&service(&secure(stub.port, folder.path(), &["ca"])), None, &of_iin()).await;
    assert_eq!((asked.answer, stub.seen().len()), (Answer::Unavailable, 0));
}

#[test]
fn a_file_that_is_no_certificate_is_named_with_its_place() {
    let folder = folder_of(&Authority::new());
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    let text = secure(1, folder.path(), &["ca", "cert", "key"]);
    let cases = [
        ("ca.pem", "gone.pem", "10:16: ", "expected certificates in PEM"),
        ("cert.pem", "empty.pem", "11:18: ", "expected certificates in PEM"),
        ("key.pem", "cert.pem", "12:17: ", "expected a private key in PEM"),
    ];
    for (from, to, place, message) in cases {
        let faults = Http::all(&config(&text.replace(&format!("/{from}"), &format!("/{to}"))).services, &program(), 0).unwrap_err();
        let found = faults[0].to_string();
        assert!(found.starts_with(&format!("dauys.yaml:{place}")) && found.contains(message), "{found}");
    }
}
