//! The endpoint over real sockets: a small user agent sends text, as any peer may, and reads what comes back.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dauys::sip::{Caller, Config, Dialog, Endpoint, Error, Incoming, LocalMedia, Number, Trunk};
use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::media::{Codec, Direction, Leg};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

const BOUND: Duration = Duration::from_secs(5);
const OFFER: &str = "v=0\r\no=t 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
const MEDIA: LocalMedia = LocalMedia { leg: Leg::A, rtp: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 30000) };

#[tokio::test]
async fn a_call_is_answered_and_hung_up_by_the_caller() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    ua.send(&ua.invite("1414", OFFER)).await;
    let mut dialog = robot.answer().await;
    assert_eq!(ua.status().await, 100);
    let ok = ua.response().await;
    assert_eq!(ok.status, 200);
    assert!(ok.text.contains("m=audio 30000 RTP/AVP 8 101"), "{}", ok.text);
    ua.confirm(&ok).await;
    let answered = next(&mut dialog).await;
    assert!(
        matches!(answered, Some(SipEvent::Answered { leg: Leg::A, session }) if session.codec == Codec::Pcma && session.telephone_event == Some(101)),
        "{answered:?}"
    );
    ua.send(&ua.within("BYE", 2, "", "")).await;
    assert_eq!(ua.status().await, 200);
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
    assert_eq!(next(&mut dialog).await, None);
    assert_eq!(robot.endpoint.calls(), 0);
}

#[tokio::test]
async fn the_robot_hangs_up() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    let (bye, ()) = tokio::join!(
        async {
            let bye = ua.receive().await;
            assert!(bye.starts_with("BYE sip:ua@127.0.0.1"), "{bye}");
            ua.reply(&bye, "200 OK").await;
            bye
        },
        dialog.hang_up()
    );
    assert!(bye.contains("CSeq: 1 BYE"), "{bye}");
    assert_eq!(robot.endpoint.calls(), 0);
}

fn config() -> Config {
    Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        numbers: vec![Number::new("1414"), Number::new("+77172906984")],
        ..Config::default()
    }
}

async fn next(dialog: &mut Dialog) -> Option<SipEvent> {
    timeout(BOUND, dialog.next()).await.expect("an event within the bound")
}

/// The endpoint under test.
struct Robot {
    endpoint: Endpoint,
    incoming: mpsc::Receiver<Incoming>,
}

impl Robot {
    async fn new(config: Config) -> Self {
        let (endpoint, incoming) = Endpoint::bind(config).await.unwrap();
        Self { endpoint, incoming }
    }

    async fn incoming(&mut self) -> Incoming {
        timeout(BOUND, self.incoming.recv()).await.expect("a call within the bound").unwrap()
    }

    async fn answer(&mut self) -> Dialog {
        self.incoming().await.answer(MEDIA).await.unwrap().0
    }
}

/// A user agent that knows nothing: it sends text and reads text.
struct Agent {
    socket: UdpSocket,
    robot: SocketAddr,
    port: u16,
    to_tag: String,
    branch: u32,
}

/// A response, taken apart as far as the tests need.
struct Response {
    status: u16,
    text: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        header(&self.text, name)
    }
}

fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.split("\r\n\r\n").next()?.lines();
    lines.find_map(|line| line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()))
}

impl Agent {
    async fn new(robot: &Robot) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { socket, robot: robot.endpoint.local_addr(), port, to_tag: String::new(), branch: 0 }
    }

    /// Calls, is answered, confirms.
    async fn call(&mut self, robot: &mut Robot) -> Dialog {
        self.send(&self.invite("1414", OFFER)).await;
        let mut dialog = robot.answer().await;
        let ok = self.final_response().await;
        assert_eq!(ok.status, 200, "{}", ok.text);
        self.confirm(&ok).await;
        assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
        dialog
    }

    async fn send(&self, text: &str) {
        self.socket.send_to(text.as_bytes(), self.robot).await.unwrap();
    }

    async fn receive(&self) -> String {
        let mut buffer = [0; 4096];
        let (length, _) = timeout(BOUND, self.socket.recv_from(&mut buffer)).await.expect("a datagram within the bound").unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    async fn response(&self) -> Response {
        let text = self.receive().await;
        let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        Response { status: status.unwrap_or_else(|| panic!("not a response: {text}")), text }
    }

    async fn final_response(&self) -> Response {
        loop {
            let response = self.response().await;
            if response.status >= 200 {
                return response;
            }
        }
    }

    async fn status(&self) -> u16 {
        self.response().await.status
    }

    /// Takes the tag of a 2xx and sends its ACK.
    async fn confirm(&mut self, ok: &Response) {
        self.take_tag(ok);
        self.send(&self.within("ACK", 1, "", "")).await;
    }

    fn take_tag(&mut self, ok: &Response) {
        self.to_tag = ok.header("To").unwrap().split_once(";tag=").unwrap().1.to_owned();
    }

    fn invite(&self, number: &str, body: &str) -> String {
        self.request(&format!("INVITE sip:{number}@127.0.0.1"), 1, "", "Content-Type: application/sdp\r\n", body)
    }

    /// A request within the dialog.
    fn within(&self, method: &str, seq: u32, headers: &str, body: &str) -> String {
        self.request(&format!("{method} sip:1414@127.0.0.1"), seq, &format!(";tag={}", self.to_tag), headers, body)
    }

    fn request(&self, start: &str, seq: u32, to_tag: &str, headers: &str, body: &str) -> String {
        let (port, length) = (self.port, body.len());
        let method = start.split(' ').next().unwrap();
        format!(
            "{start} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{method}{seq}x{branch}\r\nMax-Forwards: 70\r\n\
             From: <sip:87012340506@127.0.0.1>;tag=ua\r\nTo: <sip:1414@127.0.0.1>{to_tag}\r\nCall-ID: call-{port}\r\nCSeq: {seq} {method}\r\n\
             Contact: <sip:ua@127.0.0.1:{port}>\r\n{headers}Content-Length: {length}\r\n\r\n{body}",
            branch = self.branch
        )
    }

    /// Answers a request of the robot's.
    async fn reply(&self, request: &str, status: &str) {
        let kept = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(request, name).unwrap()));
        self.send(&format!("SIP/2.0 {status}\r\n{}Content-Length: 0\r\n\r\n", kept.concat())).await;
    }
}
