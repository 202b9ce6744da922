//! `/health` and `/metrics`, on the console's address and nowhere else.
//!
//! It reads and never changes anything. Nothing personal is shown.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::net::TcpListener;

/// How the robot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Takes calls.
    Ok,
    /// Takes calls, and somebody should look: `reason` says why.
    Degraded,
    /// Ends its calls and takes no more.
    Draining,
    /// The media threads are late: takes no more calls until they are not.
    Late,
    /// A media thread has died: takes no more calls until the robot is started again.
    MediaDead,
}

/// What `/health` says, as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// How it is. Where it takes no calls the answer is 503, so that a load balancer looks elsewhere.
    pub status: Status,
    /// Calls now.
    pub calls: u32,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// Of the program.
    pub version: &'static str,
    /// The hash of the bundle that new calls run on.
    pub bundle: String,
    /// What is degraded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where the console reads.
pub trait Readings: Send + Sync + 'static {
    /// Now. Never waits.
    fn health(&self) -> Health;
}

/// Serves until `stop` is ready, then ends the open requests.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    readings: Arc<dyn Readings>,
    metrics: PrometheusHandle,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(readings, metrics)).with_graceful_shutdown(stop).await
}

fn router(readings: Arc<dyn Readings>, metrics: PrometheusHandle) -> Router {
    let also = Arc::clone(&readings);
    Router::new()
        .route("/health", get(move || std::future::ready(health(&readings.health()))))
        .route("/metrics", get(move || std::future::ready(render(&metrics, &also.health().bundle))))
}

fn health(health: &Health) -> impl IntoResponse + use<> {
    let code = match health.status {
        Status::Ok | Status::Degraded => StatusCode::OK,
        Status::Draining | Status::Late | Status::MediaDead => StatusCode::SERVICE_UNAVAILABLE,
    };
    match serde_json::to_string(health) {
        Ok(json) => (code, [(header::CONTENT_TYPE, "application/json")], json),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], error.to_string()),
    }
}

/// The bundle is told here, since the recorder would go on telling those that serve no more.
fn render(metrics: &PrometheusHandle, bundle: &str) -> impl IntoResponse + use<> {
    metrics.run_upkeep();
    let bundle = format!("# TYPE dauys_bundle_info gauge\ndauys_bundle_info{{bundle=\"{bundle}\"}} 1\n");
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render() + &bundle)
}
