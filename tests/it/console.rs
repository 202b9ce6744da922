//! `/health` and `/metrics` over a real socket.

use std::net::SocketAddr;
use std::sync::Arc;

use dauys::console::{Health, Readings, Status, serve};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Fixed(Status);

impl Readings for Fixed {
    fn health(&self) -> Health {
        Health { status: self.0, calls: 3, uptime_s: 61, version: "0.1.0", bundle: "abc".to_owned(), reason: None }
    }
}

/// The first line and the body of the answer to `GET path`.
async fn get(status: Status, path: &str) -> (String, String) {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || metrics::counter!("calls_total").increment(7));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, Arc::new(Fixed(status)), recorder.handle(), async { drop(stopped.await) }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[tokio::test]
async fn health_says_how_it_is() {
    let cases = [
        (Status::Ok, "ok", "200 OK"),
        (Status::Degraded, "degraded", "200 OK"),
        (Status::Draining, "draining", "503 Service Unavailable"),
        (Status::Late, "late", "503 Service Unavailable"),
    ];
    for (status, word, code) in cases {
        let (line, body) = get(status, "/health").await;
        assert_eq!(line, format!("HTTP/1.1 {code}"));
        assert_eq!(body, format!(r#"{{"status":"{word}","calls":3,"uptime_s":61,"version":"0.1.0","bundle":"abc"}}"#));
    }
}

#[tokio::test]
async fn metrics_are_prometheus_text_and_nothing_else_is_served() {
    let (line, body) = get(Status::Ok, "/metrics").await;
    assert_eq!(line, "HTTP/1.1 200 OK");
    for expected in ["calls_total 7", "dauys_bundle_info{bundle=\"abc\"} 1"] {
        assert!(body.lines().any(|line| line == expected), "{expected}: {body}");
    }
    assert_eq!(get(Status::Ok, "/").await.0, "HTTP/1.1 404 Not Found");
}
