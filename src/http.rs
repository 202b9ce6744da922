//! One request over HTTP/1.1, with TLS where the URL says so: no redirect is followed, no proxy is asked, and nothing that a server sends is read beyond a limit.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncReadExt;

use crate::config::services as config;
use crate::config::services::{At, Wrong};

/// The longest body that is read, in bytes.
pub(super) const BODY_MAX: usize = 256 * 1024;
/// The longest head that is read, in bytes.
const HEAD_MAX: usize = 32 * 1024;
/// The longest token, in bytes.
const TOKEN_MAX: u64 = 16 * 1024;
/// A connection that nobody uses for so long is closed.
const IDLE: Duration = Duration::from_secs(30);
/// Connections that are kept though nobody uses them.
const IDLE_MAX: usize = 8;

/// Asks one server.
pub(super) struct Client {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    token_file: Option<std::path::PathBuf>,
}

/// What is asked, ready to be sent, as often as need be.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) method: hyper::Method,
    pub(super) uri: hyper::Uri,
    pub(super) headers: hyper::HeaderMap,
    pub(super) body: Bytes,
}

/// A whole answer.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The token cannot be read: nothing was sent.
    Token,
    /// There was no connection: nothing was sent.
    Connect,
    /// The connection broke, or what came is no HTTP.
    Broken,
    /// The body is longer than [`BODY_MAX`].
    Huge,
    /// It took too long.
    Late,
}

impl Lost {
    /// Whether the server may have got the request.
    pub(super) fn was_sent(self) -> bool {
        match self {
            Self::Token | Self::Connect => false,
            Self::Broken | Self::Huge | Self::Late => true,
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "the token cannot be read",
            Self::Connect => "no connection",
            Self::Broken => "the connection broke, or what came is no HTTP",
            Self::Huge => "the answer is too long",
            Self::Late => "no answer in time",
        })
    }
}

impl Client {
    /// Reads certificates and keys.
    ///
    /// # Errors
    /// Which file is not what it should be.
    pub(super) fn new(http: &config::Http) -> Result<Self, Wrong> {
        let is_tls = http.url.value.starts_with("https:");
        let tls = if is_tls { tls(http)? } else { plain(&http.url)?.with_root_certificates(RootCertStore::empty()).with_no_client_auth() };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_millis(http.connect_ms.value.into())));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = if is_tls { builder.https_only() } else { builder.https_or_http() }.enable_http1().wrap_connector(tcp);
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_MAX)
            .http1_max_buf_size(HEAD_MAX)
            .build(connector);
        Ok(Self { inner, token_file: http.token_file.as_ref().map(|file| file.value.clone()) })
    }

    /// Asks once. Takes as long as the server does.
    pub(super) async fn send(&self, message: Message) -> Result<Answered, Lost> {
        let mut request = Request::new(Full::new(message.body));
        *request.method_mut() = message.method;
        *request.uri_mut() = message.uri;
        *request.headers_mut() = message.headers;
        if let Some(file) = &self.token_file {
            request.headers_mut().insert(AUTHORIZATION, bearer(file).await.ok_or(Lost::Token)?);
        }
        let answer = self.inner.request(request).await;
        let answer = answer.map_err(|error| if error.is_connect() { Lost::Connect } else { Lost::Broken })?;
        whole(answer).await
    }
}

async fn whole(answer: Response<hyper::body::Incoming>) -> Result<Answered, Lost> {
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), BODY_MAX).collect().await;
    let body = body.map_err(|error| if error.is::<LengthLimitError>() { Lost::Huge } else { Lost::Broken })?;
    Ok(Answered { status, body: body.to_bytes() })
}

/// The token of this moment: whoever renews it writes the file, and the next request has it.
async fn bearer(file: &Path) -> Option<HeaderValue> {
    let mut token = String::new();
    let read = async { tokio::fs::File::open(file).await?.take(TOKEN_MAX).read_to_string(&mut token).await };
    if let Err(error) = read.await {
        tracing::warn!(file = %file.display(), %error, "the token of a service cannot be read");
        return None;
    }
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim())).ok().filter(|_| !token.trim().is_empty())?;
    value.set_sensitive(true);
    Some(value)
}

/// One provider of cryptography for all: ring.
fn plain<T>(here: &At<T>) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, Wrong> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|why| here.wrong(why.to_string()))
}

fn tls(http: &config::Http) -> Result<ClientConfig, Wrong> {
    let builder = plain(&http.url)?.with_root_certificates(trusted(http)?);
    match (&http.cert_file, &http.key_file) {
        (Some(cert), Some(key)) => {
            let private = PrivateKeyDer::from_pem_file(&key.value).map_err(|why| unread(key, "a private key", &why))?;
            builder.with_client_auth_cert(certificates(cert)?, private).map_err(|why| key.wrong(format!("{}: {why}", key.value.display())))
        }
        (_, _) => Ok(builder.with_no_client_auth()),
    }
}

/// Those of `ca_file`, else the system's.
fn trusted(http: &config::Http) -> Result<RootCertStore, Wrong> {
    let mut roots = RootCertStore::empty();
    let (found, here) = match &http.ca_file {
        Some(file) => (certificates(file)?, file.place),
        None => (rustls_native_certs::load_native_certs().certs, http.url.place),
    };
    let (added, _damaged) = roots.add_parsable_certificates(found);
    if added > 0 {
        return Ok(roots);
    }
    let message = "no certificate to trust: expected some in the system (Debian: ca-certificates) or in ca_file".to_owned();
    Err(Wrong { place: here, message, help: None })
}

fn certificates(file: &At<std::path::PathBuf>) -> Result<Vec<CertificateDer<'static>>, Wrong> {
    let wrong = |why: &rustls::pki_types::pem::Error| unread(file, "certificates", why);
    let found: Vec<_> =
        CertificateDer::pem_file_iter(&file.value).map_err(|why| wrong(&why))?.collect::<Result<_, _>>().map_err(|why| wrong(&why))?;
    if found.is_empty() {
        Err(file.wrong(format!("{}: expected certificates in PEM, found none", file.value.display())))
    } else {
        Ok(found)
    }
}

fn unread(file: &At<std::path::PathBuf>, what: &str, why: &rustls::pki_types::pem::Error) -> Wrong {
    file.wrong(format!("{}: expected {what} in PEM: {why}", file.value.display()))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
