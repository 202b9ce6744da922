//! The guard over real sockets: a table of bad messages with what becomes of each, and fifty thousand mutations that nothing may come of.
//!
//! A silence is proved by what comes after it: a good request from the same socket gets the first answer.

mod edit;
mod mutation;
mod way;
mod wire;

use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::time::Duration;

use dauys::config::{Number, Sip};
use dauys::sip::{Dialog, Endpoint, LocalMedia};
use dauys_core::media::Leg;
use tokio::runtime::Runtime;

use edit::{Base, Place, message};
use wire::{Line, Wire};

/// A whole call is made after so many cases, besides the request after each.
const CALL_EVERY: usize = 20;

#[test]
fn every_bad_message_gets_its_status_or_silence_and_calls_go_on() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), config());
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sip/bad.tsv")).unwrap();
    let cases: Vec<_> = table.lines().filter(|line| !line.starts_with('#')).map(Case::read).collect();
    let answered = cases.iter().filter(|case| case.expected.is_some()).count();
    assert!(cases.len() >= 300 && answered * 10 >= cases.len() * 6, "{} cases, {answered} of them answered", cases.len());
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        for wire in [Wire::Udp, Wire::Tcp].into_iter().filter(|wire| case.wires.contains(wire)) {
            let found = case.run(robot.address, wire, number);
            if found != case.expected {
                wrong.push(format!("{} over {wire:?}: expected {:?}, got {found:?}", case.name, case.expected));
            }
            if number % CALL_EVERY == 0 {
                a_call(robot.address, wire);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_call_can_be_made_over_tcp_and_over_ipv6() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let robot = Robot::new(ip, config());
        a_call(robot.address, Wire::Udp);
        a_call(robot.address, Wire::Tcp);
    }
    let everywhere = Robot::new(Ipv6Addr::UNSPECIFIED.into(), config());
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let address = SocketAddr::new(ip, everywhere.address.port());
        a_call(address, Wire::Udp);
        a_call(address, Wire::Tcp);
    }
}

#[test]
fn a_robot_calls_another_over_tcp() {
    let [called, calling] = [(), ()].map(|()| Robot::new(Ipv4Addr::LOCALHOST.into(), config()));
    let target = format!("sip:1414@{};transport=tcp", called.address);
    calling.runtime.block_on(async {
        let media = LocalMedia { leg: Leg::A, rtp_port: 30002 };
        let (mut dialog, _) = calling.endpoint.invite(&target, "1414", media).unwrap().answered().await.unwrap();
        assert_eq!(called.endpoint.calls(), 1);
        dialog.hang_up().await;
    });
}

#[test]
fn a_stream_is_cut_into_messages_however_it_comes() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), config());
    let mut line = Line::new(robot.address, Wire::Tcp);
    let pair: Vec<u8> = ["s1", "s2"].iter().flat_map(|id| message(Base::Options, line.place(id), &[])).collect();
    let (first, second) = pair.split_at(pair.len() / 2 + 30);
    line.send(first);
    assert_eq!(line.status_of("s1"), Some(200), "a message and a half");
    line.send(second);
    assert_eq!(line.status_of("s2"), Some(200), "the other half");
    line.send(b"\r\n");
    line.send(b"\r\n");
    assert_eq!(line.bytes(2), b"\r\n", "a ping of two halves has its pong");
    for byte in message(Base::Options, line.place("s3"), &[]) {
        line.send(&[byte]);
    }
    assert_eq!(line.status_of("s3"), Some(200), "byte by byte");
}

#[test]
fn what_breaks_the_stream_is_answered_and_the_connection_is_closed() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), config());
    let mut line = Line::new(robot.address, Wire::Tcp);
    line.send(&message(Base::Options, line.place("b1"), &["Content-Length: -1"]));
    line.send(&message(Base::Options, line.place("b2"), &[]));
    assert_eq!(line.status_of("b1"), Some(400));
    assert_eq!(line.status_of("b2"), None, "nobody knows where the second message starts");
}

#[test]
fn a_connection_too_many_is_closed_and_the_others_stay() {
    let few = NonZeroU32::new(3).unwrap();
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), Sip { tcp_connections_per_source_max: few, ..config() });
    let mut lines: Vec<_> = (0..3).map(|_| Line::new(robot.address, Wire::Tcp)).collect();
    for line in &mut lines {
        line.send(&message(Base::Options, line.place("c1"), &[]));
        assert_eq!(line.status_of("c1"), Some(200));
    }
    let mut more = Line::new(robot.address, Wire::Tcp);
    more.send(&message(Base::Options, more.place("c2"), &[]));
    assert_eq!(more.status_of("c2"), None);
    let first = &mut lines[0];
    first.send(&message(Base::Options, first.place("c3"), &[]));
    assert_eq!(first.status_of("c3"), Some(200));
    a_call(robot.address, Wire::Udp);
}

#[test]
fn a_silent_connection_is_closed() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), Sip { tcp_idle_s: NonZeroU32::MIN, ..config() });
    let mut line = Line::new(robot.address, Wire::Tcp);
    assert_eq!(line.status_of("nothing was asked"), None);
}

#[test]
fn a_flood_is_refused_then_ignored_and_another_source_is_served() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), Sip { source_requests_per_s: NonZeroU32::new(5).unwrap(), ..config() });
    let flood = Line::from(Ipv4Addr::new(127, 0, 1, 1).into(), robot.address);
    let statuses: Vec<_> = (0..40).map(|n| flood.asked(&message(Base::Options, flood.place(&format!("f{n}")), &[]))).collect();
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert!(count(Some(200)) >= 10, "a burst is served: {statuses:?}");
    assert!(count(Some(503)) >= 5, "then told to come back: {statuses:?}");
    let mut other = Line::from(Ipv4Addr::new(127, 0, 2, 1).into(), robot.address);
    other.send(&message(Base::Options, other.place("o"), &[]));
    assert_eq!(other.status_of("o"), Some(200), "the trunk does not notice");
}

#[test]
fn a_tag_alone_is_no_dialog_and_a_dialog_has_its_rights_in_a_flood() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), Sip { source_requests_per_s: NonZeroU32::new(5).unwrap(), ..config() });
    let mut line = Line::new(robot.address, Wire::Udp);
    line.send(&message(Base::Invite, line.place("call"), &[]));
    let to = format!("To: {}", wire::header(&line.response_of("call").unwrap(), "To").unwrap());
    line.send(&message(Base::Ack, line.place("call"), &[&to]));
    let flood = Line::new(robot.address, Wire::Udp);
    let invented = "To: <sip:1414@127.0.0.1>;tag=nobody";
    let statuses: Vec<_> = (0..60).map(|n| flood.asked(&message(Base::Info, flood.place(&format!("f{n}")), &[invented]))).collect();
    assert!(statuses.iter().filter(|status| **status == Some(503)).count() >= 5, "{statuses:?}");
    line.send(&message(Base::Info, line.place("call"), &[&to, "CSeq: 2 INFO"]));
    assert_eq!(line.status_of("call"), Some(200), "of the same source, in a call");
}

#[test]
fn a_connection_that_nobody_reads_holds_up_nobody_else() {
    let robot = Robot::new(Ipv4Addr::LOCALHOST.into(), config());
    let mut deaf = TcpStream::connect(robot.address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let local = deaf.local_addr().unwrap();
    let request = |id: String, from: &str| {
        let place = Place { wire: Wire::Tcp, sent_by: local.to_string(), port: local.port(), id };
        message(Base::Options, place, &[from])
    };
    // Answers as long as these fill what the kernel holds; then many short ones come at once for the last places of the queue.
    let round = |number| {
        let long = request(format!("long{number}"), "From: {x*20000} <sip:t@127.0.0.1>;tag=t");
        let short = (0..8).flat_map(|n| request(format!("short{number}-{n}"), "From: <sip:t@127.0.0.1>;tag=t"));
        long.into_iter().chain(short).collect::<Vec<_>>()
    };
    let is_read_on = (0..1500).all(|number| deaf.write_all(&round(number)).is_ok());
    assert!(!is_read_on, "who reads no answers is not read from");
    a_call(robot.address, Wire::Udp);
    a_call(robot.address, Wire::Tcp);
    let still_up = deaf.write(b"\r\n").map_err(|error| error.kind());
    assert!(matches!(still_up, Ok(_) | Err(ErrorKind::WouldBlock)), "the calls had to wait for its end: {still_up:?}");
}

#[test]
fn fifty_thousand_mutations_leave_the_robot_as_it_was() {
    mutation::run();
}

/// INVITE, 200, ACK, BYE, 200.
fn a_call(robot: SocketAddr, wire: Wire) {
    let mut line = Line::new(robot, wire);
    let invite = String::from_utf8(message(Base::Invite, line.place("call"), &[])).unwrap();
    // An address as long as the other, so that Content-Length stays true.
    let invite = if robot.is_ipv6() { invite.replace("IN IP4 127.0.0.1", "IN IP6 00::0:0:1") } else { invite };
    line.send(invite.as_bytes());
    let ok = line.response_of("call").expect("an answer");
    assert!(ok.starts_with("SIP/2.0 200 "), "{ok}");
    let contact = wire::header(&ok, "Contact").unwrap();
    assert_eq!(contact.contains(";transport=tcp"), wire == Wire::Tcp, "{contact}");
    let to = format!("To: {}", wire::header(&ok, "To").unwrap());
    line.send(&message(Base::Ack, line.place("call"), &[&to]));
    line.send(&message(Base::Bye, line.place("call"), &[&to, "CSeq: 2 BYE"]));
    let status = std::iter::from_fn(|| line.response_of("call")).find(|response| wire::header(response, "CSeq") == Some("2 BYE"));
    assert!(status.is_some_and(|response| response.starts_with("SIP/2.0 200 ")), "the BYE over {wire:?}");
}

/// A row of the table.
struct Case<'t> {
    name: &'t str,
    wires: Vec<Wire>,
    base: Base,
    edits: Vec<&'t str>,
    /// The status; `None` for silence.
    expected: Option<u16>,
}

impl<'t> Case<'t> {
    fn read(line: &'t str) -> Self {
        let columns: Vec<_> = line.split('\t').collect();
        let &[name, wire, base, edits, expected, _why] = columns.as_slice() else { panic!("expected six columns: {line}") };
        let wires = match wire {
            "udp" => vec![Wire::Udp],
            "tcp" => vec![Wire::Tcp],
            "both" => vec![Wire::Udp, Wire::Tcp],
            _ => panic!("expected udp, tcp or both: {line}"),
        };
        let expected = (expected != "drop").then(|| expected.parse().unwrap());
        Self { name, wires, base: Base::named(base), edits: edits.split(" ;; ").filter(|edit| !edit.is_empty()).collect(), expected }
    }

    /// Sends it, then a good request, which must be answered; gives what came before, or what was waited for.
    fn run(&self, robot: SocketAddr, wire: Wire, number: usize) -> Option<u16> {
        let mut line = Line::new(robot, wire);
        line.send(&message(self.base, line.place(&format!("bad{number}")), &self.edits));
        let mut found = self.expected.and_then(|_| line.status());
        line.send(&message(Base::Options, line.place("probe"), &[]));
        let mut probe = line.response();
        while let Some(response) = &probe
            && wire::header(response, "Call-ID") != Some(&line.call_id("probe"))
        {
            // What is not the answer to the request sent last came of the bad one.
            found = found.or_else(|| wire::status(response));
            probe = line.response();
        }
        match probe {
            Some(probe) => assert!(probe.starts_with("SIP/2.0 200 "), "{} over {wire:?}: {probe}", self.name),
            // A stream that was lost is closed; the next one is served.
            None => {
                assert_eq!(wire, Wire::Tcp, "{}: the robot is silent", self.name);
                let mut next = Line::new(robot, wire);
                next.send(&message(Base::Options, next.place("next"), &[]));
                assert_eq!(next.status_of("next"), Some(200), "{}", self.name);
            }
        }
        found
    }
}

/// An endpoint that answers every call.
struct Robot {
    address: SocketAddr,
    endpoint: Endpoint,
    runtime: Runtime,
}

impl Robot {
    fn new(ip: IpAddr, config: Sip) -> Self {
        Self::with(ip, config, |mut dialog| async move { while dialog.next().await.is_some() {} })
    }

    /// One that does this with every call that it has answered.
    fn with<F: Future<Output = ()> + Send + 'static>(ip: IpAddr, config: Sip, then: fn(Dialog) -> F) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (endpoint, mut incoming) = runtime.block_on(Endpoint::bind(&Sip { listen: SocketAddr::new(ip, 0), ..config })).unwrap();
        runtime.spawn(async move {
            while let Some(call) = incoming.recv().await {
                tokio::spawn(async move {
                    if let Ok((dialog, _)) = call.answer(LocalMedia { leg: Leg::A, rtp_port: 30000 }).await {
                        then(dialog).await;
                    }
                });
            }
        });
        Self { address: endpoint.local_addr(), endpoint, runtime }
    }
}

fn config() -> Sip {
    Sip { numbers: vec![Number::new("1414")], t1_ms: 50, source_requests_per_s: NonZeroU32::MAX, ..Sip::default() }
}
