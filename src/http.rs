//! One request to a server that is not ours, and its answer: within a deadline, no longer than it may be, over TLS where the URL says so.
//!
//! Redirections are not followed, cookies not kept, and nothing is asked twice. What went wrong says whether the server may have heard the request.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;

pub use axum::body::Bytes;
pub use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};

/// The longest answer that is read.
pub const ANSWER_MAX: usize = 64 * 1024;
/// How long a connection may take to be there.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Who asks. Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct Client(Pool<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// What it says.
    pub body: Bytes,
}

/// Why there is no answer. It names no URL: one may hold a secret.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The server never heard the request.
    #[error("no connection: {0}")]
    NotAsked(String),
    /// It may have heard it.
    #[error("no answer: {0}")]
    Unknown(String),
}

impl Client {
    /// Trusts the certificate authorities of the system.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new() -> std::io::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_MAX));
        let connector =
            hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().wrap_connector(connector);
        Ok(Self(Pool::builder(TokioExecutor::new()).build(connector)))
    }

    /// Asks once.
    ///
    /// # Errors
    /// When there is no whole answer within `deadline`, or it is longer than [`ANSWER_MAX`].
    pub async fn ask(&self, request: Request<Bytes>, deadline: Duration) -> Result<Answer, HttpError> {
        let asked = self.0.request(request.map(Full::new));
        let whole = async {
            let answer = asked.await.map_err(|error| {
                if error.is_connect() {
                    HttpError::NotAsked("the server is not reached".to_owned())
                } else {
                    HttpError::Unknown(error.to_string())
                }
            })?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_MAX).collect().await.map_err(|error| HttpError::Unknown(error.to_string()))?;
            Ok(Answer { status: head.status, body: body.to_bytes() })
        };
        tokio::time::timeout(deadline, whole).await.unwrap_or_else(|_| Err(HttpError::Unknown("late".to_owned())))
    }
}
