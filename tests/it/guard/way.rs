//! How the robot's own requests reach a caller that speaks TCP: along the connection that it opened, and by a new one when that is gone.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use dauys::config::Sip;
use dauys_core::call::SipEvent;

use super::edit::{Base, Place, message};
use super::wire::{self, Line, Wire};
use super::{Robot, config};

/// For a BYE to come, and for a call to end: more than 64*T1 and the time of a try to connect.
const BOUND: Duration = Duration::from_secs(20);

#[test]
fn the_robot_hangs_up_along_the_connection_that_the_call_came_by() {
    let robot = hanging_up_on_a_key(config());
    let callers: [&[&str]; 7] = [
        &["Contact: <sip:t@127.0.0.1:{port};transport=tcp>"],
        &["Contact: <sip:t@127.0.0.1:9;transport=tcp>"],
        &["Contact: <sip:t@127.0.0.1:11>"],
        &["Contact: <sip:t@192.0.2.1:5060;transport=tcp>", "Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKn{id}INVITE"],
        &["Contact: <sip:t@192.0.2.1>", "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKo{id}INVITE"],
        &["Contact: <sip:t@phone.invalid;transport=tcp>", "Via: SIP/2.0/TCP phone.invalid;branch=z9hG4bKp{id}INVITE"],
        &["Contact: <sip:t@127.0.0.9:9;transport=tcp>"],
    ];
    for caller in callers {
        let mut call = Call::new(&robot, caller);
        call.key();
        let bye = call.line.request("BYE").unwrap_or_else(|| panic!("{caller:?}: expected a BYE on the connection"));
        assert!(wire::header(&bye, "Via").unwrap().starts_with("SIP/2.0/TCP "), "{caller:?}: {bye}");
        let target = caller[0].split(['<', '>']).nth(1).unwrap().replace("{port}", &call.line.place("").port.to_string());
        let aims = bye.to_ascii_lowercase().starts_with(&format!("bye {target} sip/2.0\r\n"));
        assert!(aims, "{caller:?}: {bye}");
        call.line.send(&ok(&bye));
        robot.is_idle();
    }
}

#[test]
fn the_newest_target_has_the_way_back() {
    let robot = hanging_up_on_a_key(config());
    let mut call = Call::new(&robot, &[]);
    let mut newer = Line::new(robot.address, Wire::Tcp);
    let update = ["line=UPDATE sip:1414@127.0.0.1 SIP/2.0", "CSeq: 2 UPDATE", &call.to];
    newer.send(&message(Base::Info, Place { id: call.id(), ..newer.place("") }, &update));
    assert_eq!(newer.status(), Some(200));
    call.send(Base::Options, &["CSeq: 3 OPTIONS"]);
    assert_eq!(call.line.status(), Some(200), "what refreshes no target changes nothing");
    call.key();
    let bye = newer.request("BYE").expect("a BYE on the newer connection");
    newer.send(&ok(&bye));
    robot.is_idle();
}

#[test]
fn a_contact_elsewhere_is_obeyed_unless_it_is_what_the_caller_calls_itself() {
    let robot = hanging_up_on_a_key(config());
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 9), 0)).unwrap();
    let elsewhere = listener.local_addr().unwrap();
    let (contact, via) =
        (format!("Contact: <sip:t@{elsewhere};transport=tcp>"), format!("Via: SIP/2.0/TCP {elsewhere};branch=z9hG4bKe{{id}}INVITE"));
    let mut call = Call::new(&robot, &[&contact]);
    call.key();
    accepted(&listener, "BYE ");
    robot.is_idle();
    let mut call = Call::new(&robot, &[&contact, &via]);
    call.key();
    let bye = call.line.request("BYE").expect("a BYE on the connection");
    call.line.send(&ok(&bye));
    robot.is_idle();
}

#[test]
fn a_caller_whose_connection_is_gone_is_reached_at_its_contact() {
    let robot = hanging_up_on_a_key(config());
    for transport in [";transport=tcp", ""] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut call = Call::new(&robot, &[&format!("Contact: <sip:t@{}{transport}>", listener.local_addr().unwrap())]);
        call.line.close();
        call.key();
        let bye = accepted(&listener, "BYE ");
        assert!(wire::header(&bye, "Via").unwrap().starts_with("SIP/2.0/TCP "), "{bye}");
        robot.is_idle();
    }
}

#[test]
fn a_call_ends_though_its_caller_cannot_be_reached() {
    let robot = hanging_up_on_a_key(config());
    for contact in ["<sip:t@127.0.0.1:9;transport=tcp>", "<sip:t@127.0.0.1:9;transport=udp>", "<sip:t@phone.invalid;transport=tcp>"] {
        let mut call = Call::new(&robot, &[&format!("Contact: {contact}")]);
        call.line.close();
        call.key();
        robot.is_idle();
    }
}

#[test]
fn a_connection_is_not_closed_for_being_silent_while_its_call_lasts() {
    let robot = hanging_up_on_a_key(Sip { tcp_idle_s: NonZeroU32::MIN, ..config() });
    let mut call = Call::new(&robot, &[]);
    std::thread::sleep(Duration::from_millis(2500));
    call.key();
    let bye = call.line.request("BYE").expect("a BYE on the connection");
    call.line.send(&ok(&bye));
    robot.is_idle();
    assert_eq!(call.line.response(), None, "closed, now that it is silent and nobody's");
}

/// A call over TCP that the robot has answered.
struct Call {
    line: Line,
    /// Of another wire, by which nobody becomes reachable.
    aside: Line,
    /// The To with the robot's tag.
    to: String,
}

impl Call {
    fn new(robot: &Robot, invite: &[&str]) -> Self {
        let mut line = Line::new(robot.address, Wire::Tcp);
        line.send(&message(Base::Invite, line.place("call"), invite));
        let answer = line.response_of("call").expect("an answer");
        let to = format!("To: {}", wire::header(&answer, "To").unwrap());
        let mut call = Self { line, aside: Line::new(robot.address, Wire::Udp), to };
        call.send(Base::Ack, &[]);
        call
    }

    fn id(&self) -> String {
        self.line.place("call").id
    }

    fn send(&mut self, base: Base, edits: &[&str]) {
        let edits: Vec<_> = edits.iter().copied().chain([self.to.as_str()]).collect();
        self.line.send(&message(base, self.line.place("call"), &edits));
    }

    /// Tells the robot to hang up.
    fn key(&mut self) {
        let place = Place { id: self.id(), ..self.aside.place("") };
        self.aside.send(&message(Base::Info, place, &["CSeq: 9 INFO", "Content-Type: application/dtmf-relay", "body=Signal=1", &self.to]));
        assert_eq!(self.aside.status(), Some(200));
    }
}

/// A robot that hangs up on a call that presses a key.
fn hanging_up_on_a_key(config: Sip) -> Robot {
    Robot::with(Ipv4Addr::LOCALHOST.into(), config, |mut dialog| async move {
        while let Some(event) = dialog.next().await {
            if matches!(event, SipEvent::Info { .. }) {
                break;
            }
        }
        dialog.hang_up().await;
    })
}

impl Robot {
    /// Waits until no call is up.
    fn is_idle(&self) {
        let start = Instant::now();
        while self.endpoint.calls() > 0 {
            assert!(start.elapsed() < BOUND, "the call never ends");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The request that comes by a new connection; it gets its 200.
fn accepted(listener: &TcpListener, method: &str) -> String {
    listener.set_nonblocking(true).unwrap();
    let start = Instant::now();
    let (mut stream, _) = loop {
        match listener.accept() {
            Ok(accepted) => break accepted,
            Err(_) => assert!(start.elapsed() < BOUND, "expected a connection to the Contact"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).unwrap();
        assert!(length > 0, "expected a whole request, got {read:?}");
        read.extend_from_slice(&chunk[..length]);
    }
    let request = String::from_utf8(read).unwrap();
    assert!(request.starts_with(method), "{request}");
    stream.write_all(&ok(&request)).unwrap();
    request
}

/// The 200 to a request.
fn ok(request: &str) -> Vec<u8> {
    let copied = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", wire::header(request, name).unwrap()));
    format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", copied.concat()).into_bytes()
}
