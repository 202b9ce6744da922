//! One request over HTTP/1.1 to a server that is not ours, with TLS where the URL says so: no redirect is followed, no proxy is asked, nothing is asked twice, and nothing that a
//! server sends is read beyond a limit. What went wrong says whether the server may have got the request, and names no URL: one may hold a secret.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::AUTHORIZATION;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::client::WantsClientCert;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

pub use hyper::body::Bytes;
pub use hyper::header::{HeaderMap, HeaderName, HeaderValue};
pub use hyper::{Method, Uri};

/// The longest head that is read, in bytes.
const HEAD_MAX: usize = 32 * 1024;
/// The longest token, in bytes.
const TOKEN_MAX: u64 = 16 * 1024;
/// A connection that nobody uses for so long is closed.
const IDLE: Duration = Duration::from_secs(30);
/// Connections that are kept though nobody uses them.
const IDLE_MAX: usize = 8;

/// Asks.
pub struct Client {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    token_file: Option<PathBuf>,
    body_max: usize,
}

/// How a client asks.
pub struct How {
    /// Whom it trusts, and as whom it asks.
    pub tls: ClientConfig,
    /// Whether it asks over nothing else.
    pub tls_only: bool,
    /// How long a connection may take to be there.
    pub connect: Duration,
    /// A file that holds a bearer token.
    pub token_file: Option<PathBuf>,
    /// The longest body that is read, in bytes.
    pub body_max: usize,
}

/// What is asked, ready to be sent, as often as need be.
#[derive(Clone)]
pub struct Message {
    /// How.
    pub method: Method,
    /// Where.
    pub uri: Uri,
    /// What stands above the body.
    pub headers: HeaderMap,
    /// What.
    pub body: Bytes,
}

/// A whole answer.
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// What it says.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The token cannot be read: nothing was sent.
    Token,
    /// There was no connection: nothing was sent.
    Connect,
    /// The connection broke, or what came is no HTTP.
    Broken,
    /// The body is longer than [`How::body_max`].
    Huge,
    /// It took too long.
    Late,
}

impl Lost {
    /// Whether the server may have got the request.
    pub const fn was_sent(self) -> bool {
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
    /// One that asks so.
    pub fn new(how: How) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(how.connect));
        let builder = HttpsConnectorBuilder::new().with_tls_config(how.tls);
        let connector = if how.tls_only { builder.https_only() } else { builder.https_or_http() }.enable_http1().wrap_connector(tcp);
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_MAX)
            .http1_max_buf_size(HEAD_MAX)
            .build(connector);
        Self { inner, token_file: how.token_file, body_max: how.body_max }
    }

    /// Asks once, and takes no longer than this.
    ///
    /// # Errors
    /// When there is no whole answer within that time.
    pub async fn send(&self, message: Message, within: Duration) -> Result<Answered, Lost> {
        timeout(within, self.ask(message)).await.unwrap_or(Err(Lost::Late))
    }

    async fn ask(&self, message: Message) -> Result<Answered, Lost> {
        let mut request = Request::new(Full::new(message.body));
        *request.method_mut() = message.method;
        *request.uri_mut() = message.uri;
        *request.headers_mut() = message.headers;
        if let Some(file) = &self.token_file {
            request.headers_mut().insert(AUTHORIZATION, bearer(file).await.ok_or(Lost::Token)?);
        }
        let answer = self.inner.request(request).await;
        let answer = answer.map_err(|error| if error.is_connect() { Lost::Connect } else { Lost::Broken })?;
        whole(answer, self.body_max).await
    }
}

async fn whole(answer: Response<hyper::body::Incoming>, body_max: usize) -> Result<Answered, Lost> {
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), body_max).collect().await;
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

/// TLS that trusts these authorities. One provider of cryptography for all: ring.
///
/// # Errors
/// When it speaks no version of TLS.
pub fn tls(trusted: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?.with_root_certificates(trusted))
}

/// The authorities that the system trusts; there may be none.
pub fn authorities() -> RootCertStore {
    roots(rustls_native_certs::load_native_certs().certs)
}

/// These authorities; damaged ones are passed over.
pub fn roots(certificates: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let (_added, _damaged) = roots.add_parsable_certificates(certificates);
    roots
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
