//! The endpoint under test, and a small user agent that sends text, as any peer may, and reads what comes back.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dauys::config::{Number, Sip};
use dauys::sip::{Dialog, Endpoint, Incoming, LocalMedia};
use dauys_core::call::SipEvent;
use dauys_core::media::Leg;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(super) const BOUND: Duration = Duration::from_secs(5);
pub(super) const OFFER: &str = "v=0\r\no=t 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
pub(super) const SDP: &str = "Content-Type: application/sdp\r\n";
pub(super) const MEDIA: LocalMedia = LocalMedia { leg: Leg::A, rtp_port: 30000 };

pub(super) fn config() -> Sip {
    Sip {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        numbers: vec![Number::new("1414"), Number::new("+77172906984")],
        ..Sip::default()
    }
}

pub(super) async fn next(dialog: &mut Dialog) -> Option<SipEvent> {
    timeout(BOUND, dialog.next()).await.expect("an event within the bound")
}

/// The endpoint under test.
pub(super) struct Robot {
    pub(super) endpoint: Endpoint,
    pub(super) incoming: mpsc::Receiver<Incoming>,
}

impl Robot {
    pub(super) async fn new(config: Sip) -> Self {
        let (endpoint, incoming) = Endpoint::bind(&config).await.unwrap();
        Self { endpoint, incoming }
    }

    pub(super) async fn incoming(&mut self) -> Incoming {
        timeout(BOUND, self.incoming.recv()).await.expect("a call within the bound").unwrap()
    }

    pub(super) async fn answer(&mut self) -> Dialog {
        self.incoming().await.answer(MEDIA).await.unwrap().0
    }
}

/// A user agent that knows nothing: it sends text and reads text.
pub(super) struct Agent {
    pub(super) socket: UdpSocket,
    pub(super) robot: SocketAddr,
    pub(super) port: u16,
    pub(super) to_tag: String,
}

/// A response, taken apart as far as the tests need.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.text, name)
    }
}

pub(super) fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.split("\r\n\r\n").next()?.lines();
    lines.find_map(|line| line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()))
}

impl Agent {
    pub(super) async fn new(robot: &Robot) -> Self {
        Self::at(robot.endpoint.local_addr()).await
    }

    pub(super) async fn at(robot: SocketAddr) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { socket, robot, port, to_tag: String::new() }
    }

    /// Calls, is answered, confirms.
    pub(super) async fn call(&mut self, robot: &mut Robot) -> Dialog {
        self.send(&self.invite("1414", OFFER)).await;
        let mut dialog = robot.answer().await;
        let ok = self.final_response().await;
        assert_eq!(ok.status, 200, "{}", ok.text);
        self.confirm(&ok).await;
        assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
        dialog
    }

    pub(super) async fn send(&self, text: &str) {
        self.socket.send_to(text.as_bytes(), self.robot).await.unwrap();
    }

    pub(super) async fn receive(&self) -> String {
        let mut buffer = [0; 4096];
        let (length, _) = timeout(BOUND, self.socket.recv_from(&mut buffer)).await.expect("a datagram within the bound").unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    pub(super) async fn response(&self) -> Response {
        let text = self.receive().await;
        let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        Response { status: status.unwrap_or_else(|| panic!("not a response: {text}")), text }
    }

    pub(super) async fn final_response(&self) -> Response {
        loop {
            let response = self.response().await;
            if response.status >= 200 {
                return response;
            }
        }
    }

    pub(super) async fn status(&self) -> u16 {
        self.response().await.status
    }

    /// Takes the tag of a 2xx and sends its ACK.
    pub(super) async fn confirm(&mut self, ok: &Response) {
        self.take_tag(ok);
        self.send(&self.within("ACK", 1, "", "")).await;
    }

    pub(super) fn take_tag(&mut self, ok: &Response) {
        self.to_tag = ok.header("To").unwrap().split_once(";tag=").unwrap().1.to_owned();
    }

    pub(super) fn invite(&self, number: &str, body: &str) -> String {
        self.request(&format!("INVITE sip:{number}@127.0.0.1"), 1, "", SDP, body)
    }

    /// A request within the dialog.
    pub(super) fn within(&self, method: &str, seq: u32, headers: &str, body: &str) -> String {
        self.request(&format!("{method} sip:1414@127.0.0.1"), seq, &format!(";tag={}", self.to_tag), headers, body)
    }

    pub(super) fn request(&self, start: &str, seq: u32, to_tag: &str, headers: &str, body: &str) -> String {
        let (port, length) = (self.port, body.len());
        let method = start.split(' ').next().unwrap();
        format!(
            "{start} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{method}{seq}\r\nMax-Forwards: 70\r\n\
             From: <sip:87012340506@127.0.0.1>;tag=ua\r\nTo: <sip:1414@127.0.0.1>{to_tag}\r\nCall-ID: call-{port}\r\nCSeq: {seq} {method}\r\n\
             Contact: <sip:ua@127.0.0.1:{port}>\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
    }

    /// A request within the dialog whose branch is that of another: an ACK to a refusal (RFC 3261, section 17.1.1.3).
    pub(super) fn within_branch(&self, method: &str, seq: u32, branch: &str) -> String {
        self.within(method, seq, "", "").replace(&format!("z9hG4bK{method}{seq}"), &format!("z9hG4bK{branch}"))
    }

    /// The next datagram, however late.
    pub(super) async fn receive_any(&self) -> String {
        let mut buffer = [0; 4096];
        let (length, _) = self.socket.recv_from(&mut buffer).await.unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    /// The next request that is no ACK, however late.
    pub(super) async fn next_request(&self) -> String {
        loop {
            let text = self.receive_any().await;
            if !text.starts_with("SIP/2.0 ") && !text.starts_with("ACK ") {
                return text;
            }
        }
    }

    /// The next ACK.
    pub(super) async fn next_ack(&self) -> String {
        loop {
            let text = self.receive().await;
            if text.starts_with("ACK ") {
                return text;
            }
        }
    }

    /// Answers an INVITE of the robot's.
    pub(super) async fn answer(&self, invite: &str, body: &str) {
        self.answer_with(invite, "", body).await;
    }

    /// Answers an INVITE of the robot's, with more headers.
    pub(super) async fn answer_with(&self, invite: &str, headers: &str, body: &str) {
        let kept = ["Via", "From", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(invite, name).unwrap()));
        let (to, port, length) = (header(invite, "To").unwrap(), self.port, body.len());
        self.send(&format!(
            "SIP/2.0 200 OK\r\n{}To: {to};tag=ua\r\nContact: <sip:ua@127.0.0.1:{port}>\r\n{headers}{SDP}Content-Length: {length}\r\n\r\n{body}",
            kept.concat()
        ))
        .await;
    }

    /// Answers a request of the robot's.
    pub(super) async fn reply(&self, request: &str, status: &str) {
        self.reply_with(request, status, "", "").await;
    }

    /// Answers a request of the robot's, with more headers and a body.
    pub(super) async fn reply_with(&self, request: &str, status: &str, headers: &str, body: &str) {
        let length = body.len();
        let kept = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(request, name).unwrap()));
        self.send(&format!("SIP/2.0 {status}\r\n{}{headers}Content-Length: {length}\r\n\r\n{body}", kept.concat())).await;
    }
}
