//! The endpoint over real sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use dauys::config::{Sip, Trunk};
use dauys::sip::{Caller, Endpoint, Error, LocalMedia};
use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::media::{Codec, Direction, Leg};
use tokio::time::timeout;

use super::agent::{Agent, BOUND, MEDIA, OFFER, Robot, SDP, config, header, next};

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

#[tokio::test]
async fn requests_get_the_answers_of_the_table() {
    let Robot { endpoint, mut incoming } = Robot::new(config()).await;
    let address = endpoint.local_addr();
    let answering = tokio::spawn(async move {
        let mut dialogs = Vec::new();
        while let Some(call) = incoming.recv().await {
            dialogs.push(call.answer(MEDIA).await.unwrap());
        }
    });
    for case in include_str!("../sip/cases.tsv").lines().filter(|line| !line.starts_with('#')) {
        check(address, case).await;
    }
    answering.abort();
}

/// One line of the table.
async fn check(robot: SocketAddr, case: &str) {
    let columns: Vec<_> = case.split('\t').collect();
    let &[name, start, headers, body, status, expected] = columns.as_slice() else { panic!("six columns: {case}") };
    let ua = Agent::at(robot).await;
    let body = match body {
        "none" => String::new(),
        "offer" => OFFER.to_owned(),
        text => text.replace("\\r\\n", "\r\n"),
    };
    let headers: String = headers.split('|').filter(|header| !header.is_empty()).map(|header| format!("{header}\r\n")).collect();
    let request = ua.request(start, 1, "", &headers, &body);
    ua.send(&request.replace(&format!("X-No-Length: 1\r\nContent-Length: {}\r\n", body.len()), "")).await;
    let response = ua.final_response().await;
    assert_eq!(response.status.to_string(), status, "{name}: {}", response.text);
    for header in expected.split('|').filter(|header| !header.is_empty()) {
        let (field, value) = header.split_once(": ").map_or((header, None), |(field, value)| (field, Some(value)));
        let found = response.header(field);
        assert!(found.is_some() && value.is_none_or(|value| found == Some(value)), "{name}: wanted {header}, got {found:?}");
    }
}

/// RFC 3262, section 3: who sends no provisional response but 100 has nothing to send reliably.
#[tokio::test]
async fn required_reliable_provisionals_are_none_and_are_not_promised() {
    let mut robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    ua.send(&ua.request("INVITE sip:1414@127.0.0.1", 1, "", &format!("{SDP}Require: 100rel\r\n"), OFFER)).await;
    let _dialog = robot.answer().await;
    let (first, second) = (ua.response().await, ua.response().await);
    assert_eq!((first.status, second.status), (100, 200));
    for response in [first, second] {
        assert!(response.header("RSeq").is_none() && !response.text.contains("100rel"), "{}", response.text);
    }
}

#[tokio::test]
async fn a_peer_is_told_the_address_that_it_reaches_us_at() {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    for (advertised, told) in [(None, "127.0.0.1"), (Some([192, 0, 2, 7].into()), "192.0.2.7")] {
        let mut robot = Robot::new(Sip { listen: everywhere, advertised, ..config() }).await;
        let port = robot.endpoint.local_addr().port();
        let mut ua = Agent::at(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
        ua.send(&ua.invite("1414", OFFER)).await;
        let dialog = robot.answer().await;
        let ok = ua.final_response().await;
        assert_eq!(ok.header("Contact"), Some(format!("<sip:1414@{told}:{port}>").as_str()));
        assert!(ok.text.contains(&format!("\r\nc=IN IP4 {told}\r\n")), "{}", ok.text);
        ua.confirm(&ok).await;
        drop(dialog);
        told_in_request(&ua.receive().await, told, port);

        let _outgoing = robot.endpoint.invite(&format!("sip:ua@127.0.0.1:{}", ua.port), "1414", MEDIA).unwrap();
        let invite = ua.receive().await;
        told_in_request(&invite, told, port);
        assert_eq!(header(&invite, "Contact"), Some(format!("<sip:1414@{told}:{port}>").as_str()));
        assert!(invite.contains(&format!("\r\nc=IN IP4 {told}\r\nt=0 0\r\nm=audio 30000 ")), "{invite}");
    }
}

fn told_in_request(request: &str, told: &str, port: u16) {
    let via = header(request, "Via").unwrap();
    assert!(via.starts_with(&format!("SIP/2.0/UDP {told}:{port};")), "{via}");
}

#[tokio::test]
async fn a_stranger_hears_nothing() {
    let trunk = Trunk { address: "10.1.0.0/16".parse().unwrap(), trusted: true };
    let robot = Robot::new(Sip { trunks: vec![trunk], ..config() }).await;
    let ua = Agent::new(&robot).await;
    for start in ["OPTIONS sip:127.0.0.1", "INVITE sip:1414@127.0.0.1", "DANCE sip:1414@127.0.0.1"] {
        ua.send(&ua.request(start, 1, "", "", "")).await;
    }
    assert!(timeout(Duration::from_millis(200), ua.receive()).await.is_err());
    assert_eq!(robot.endpoint.calls(), 0);
}

#[tokio::test]
async fn the_caller_is_known_by_its_trunk_only() {
    let phone = |digits| dauys_core::citizen::Phone::parse(digits).unwrap();
    for trusted in [true, false] {
        let trunk = Trunk { address: "127.0.0.1".parse().unwrap(), trusted };
        let mut robot = Robot::new(Sip { trunks: vec![trunk], ..config() }).await;
        let ua = Agent::new(&robot).await;
        let headers = "Content-Type: application/sdp\r\nP-Asserted-Identity: <tel:+77770001122>\r\n";
        ua.send(&ua.request("INVITE sip:+77172906984@127.0.0.1", 1, "", headers, OFFER)).await;
        let call = robot.incoming().await;
        let expected =
            if trusted { Caller::Trusted { phone: phone("+77770001122") } } else { Caller::Claimed { phone: phone("+77012340506") } };
        assert_eq!(call.caller(), &expected);
        assert_eq!((call.called(), call.call_id()), ("+77172906984", format!("call-{}", ua.port).as_str()));
    }
}

#[tokio::test]
async fn an_invite_without_an_offer_gets_ours_and_the_ack_settles_it() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    ua.send(&ua.request("INVITE sip:1414@127.0.0.1", 1, "", "", "")).await;
    let (mut dialog, session) = robot.incoming().await.answer(MEDIA).await.unwrap();
    assert_eq!(session, None);
    let ok = ua.final_response().await;
    assert!(ok.text.contains("m=audio 30000 RTP/AVP 8 0 9 96 101 102"), "{}", ok.text);
    ua.take_tag(&ok);
    ua.send(&ua.within("ACK", 1, SDP, &OFFER.replace("0 8 101", "0"))).await;
    let answered = next(&mut dialog).await;
    assert!(matches!(answered, Some(SipEvent::Answered { session, .. }) if session.codec == Codec::Pcmu), "{answered:?}");
}

#[tokio::test]
async fn an_ack_without_the_answer_that_we_wait_for_ends_the_call() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    ua.send(&ua.request("INVITE sip:1414@127.0.0.1", 1, "", "", "")).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    ua.confirm(&ok).await;
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Lost }));
    assert!(ua.receive().await.starts_with("BYE "));
}

#[tokio::test]
async fn an_answer_without_ack_is_repeated_then_given_up_with_a_bye() {
    let mut robot = Robot::new(Sip { t1_ms: 10, ..config() }).await;
    let ua = Agent::new(&robot).await;
    ua.send(&ua.invite("1414", OFFER)).await;
    let mut dialog = robot.answer().await;
    let mut repeated = 0;
    let bye = loop {
        let text = ua.receive().await;
        if text.starts_with("BYE ") {
            break text;
        }
        repeated += usize::from(text.starts_with("SIP/2.0 200 "));
    };
    assert!(repeated > 4, "{repeated} answers");
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Lost }));
    ua.reply(&bye, "200 OK").await;
    assert_eq!(next(&mut dialog).await, None);
    assert_eq!(robot.endpoint.calls(), 0);
}

#[tokio::test]
async fn a_bye_instead_of_the_ack_stops_the_repeated_answer() {
    let mut robot = Robot::new(Sip { t1_ms: 20, ..config() }).await;
    let mut ua = Agent::new(&robot).await;
    ua.send(&ua.invite("1414", OFFER)).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    ua.take_tag(&ok);
    ua.send(&ua.within("BYE", 2, "", "")).await;
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
    assert_eq!(next(&mut dialog).await, None);
    while ua.response().await.header("CSeq") != Some("2 BYE") {}
    assert!(timeout(Duration::from_millis(200), ua.receive()).await.is_err());
}

#[tokio::test]
async fn an_invite_that_comes_twice_is_one_call() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let invite = ua.invite("1414", OFFER);
    ua.send(&invite).await;
    ua.send(&invite).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    ua.confirm(&ok).await;
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    ua.send(&invite).await;
    assert_eq!(ua.final_response().await.status, 200, "the same answer again");
    assert_eq!(robot.endpoint.calls(), 1);
    assert!(robot.incoming.try_recv().is_err());
}

#[tokio::test]
async fn a_cancel_before_the_answer_ends_the_call_with_487() {
    let mut robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    let invite = ua.invite("1414", OFFER);
    ua.send(&invite).await;
    let call = robot.incoming().await;
    assert_eq!(ua.status().await, 100);
    let branch = "branch=z9hG4bKINVITE1";
    ua.send(&ua.request("CANCEL sip:1414@127.0.0.1", 1, "", "", "").replace("branch=z9hG4bKCANCEL1", branch)).await;
    // The endpoint has read the CANCEL once it has answered what came after it.
    ua.send(&ua.request("OPTIONS sip:127.0.0.1", 9, "", "", "")).await;
    assert_eq!(ua.response().await.header("CSeq"), Some("9 OPTIONS"));
    assert!(matches!(call.answer(MEDIA).await, Err(Error::Cancelled)));
    let (first, second) = (ua.response().await, ua.response().await);
    assert_eq!((first.status, first.header("CSeq")), (200, Some("1 CANCEL")));
    assert_eq!((second.status, second.header("CSeq")), (487, Some("1 INVITE")));
    ua.send(&ua.request("ACK sip:1414@127.0.0.1", 1, "", "", "").replace("branch=z9hG4bKACK1", branch)).await;
    assert_eq!(robot.endpoint.calls(), 0);
}

#[tokio::test]
async fn a_call_that_nobody_answers_or_that_is_rejected_is_over() {
    let mut robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    ua.send(&ua.invite("1414", OFFER)).await;
    drop(robot.incoming().await);
    assert_eq!(ua.final_response().await.status, 480);
    let ua = Agent::new(&robot).await;
    ua.send(&ua.invite("1414", OFFER)).await;
    robot.incoming().await.reject(486, Some(7));
    let busy = ua.final_response().await;
    assert_eq!((busy.status, busy.header("Retry-After")), (486, Some("7")));
    assert_eq!(robot.endpoint.calls(), 0);
}

#[tokio::test]
async fn keys_come_in_info() {
    let cases = [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200, Some('5')),
        ("application/dtmf-relay", "signal= *\r\n", 200, Some('*')),
        ("Application/DTMF-Relay", "Signal=11\r\nDuration=250", 200, Some('#')),
        ("application/dtmf", "0", 200, Some('0')),
        ("application/dtmf", "d\r\n", 200, Some('D')),
        ("application/dtmf", "16", 400, None),
        ("application/dtmf-relay", "Duration=160", 400, None),
        ("text/plain", "5", 415, None),
        ("", "", 200, None),
    ];
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    for (seq, (kind, body, status, _)) in (2..).zip(cases) {
        ua.send(&ua.within("INFO", seq, &format!("Content-Type: {kind}\r\n"), body)).await;
        assert_eq!(ua.status().await, status, "{kind} {body}");
    }
    for (.., key) in cases {
        let Some(expected) = key else { continue };
        let Some(SipEvent::Info { key, .. }) = next(&mut dialog).await else { panic!("a key") };
        assert_eq!(key.char(), expected);
    }
}

#[tokio::test]
async fn hold_resume_and_another_codec_are_answered_and_told() {
    let cases = [
        ("INVITE", OFFER.replace("127.0.0.1\r\nt=", "0.0.0.0\r\nt="), Some((Codec::Pcma, Direction::RecvOnly, None)), "IN IP4"),
        ("INVITE", OFFER.to_owned(), Some((Codec::Pcma, Direction::SendRecv, Some(40000))), "a=sendrecv"),
        ("UPDATE", format!("{OFFER}a=sendonly\r\n"), Some((Codec::Pcma, Direction::RecvOnly, Some(40000))), "a=recvonly"),
        (
            "UPDATE",
            OFFER.replace("40000 RTP/AVP 0 8", "41000 RTP/AVP 0"),
            Some((Codec::Pcmu, Direction::SendRecv, Some(41000))),
            "RTP/AVP 0 101",
        ),
        ("UPDATE", String::new(), None, "Contact"),
    ];
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    let mut versions = Vec::new();
    for (seq, (method, body, expected, said)) in (2..).zip(&cases) {
        ua.send(&ua.within(method, seq, SDP, body)).await;
        let ok = ua.final_response().await;
        assert!(ok.status == 200 && ok.text.contains(said), "{method} {body}: {}", ok.text);
        versions.extend(ok.text.lines().filter(|line| line.starts_with("o=")).map(|line| line.split(' ').nth(2).unwrap().to_owned()));
        if *method == "INVITE" {
            ua.send(&ua.within("ACK", seq, "", "")).await;
        }
        let Some(expected) = *expected else { continue };
        let Some(SipEvent::Session { session, .. }) = next(&mut dialog).await else { panic!("a session: {method} {body}") };
        assert_eq!((session.codec, session.direction, session.rtp.map(|rtp| rtp.port())), expected, "{method} {body}");
    }
    assert_eq!(versions, ["2", "3", "4", "5"]);
}

#[tokio::test]
async fn offers_that_cannot_be_taken_leave_the_session_as_it_was() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    for (seq, (body, status)) in
        (2..).zip([("nonsense", 400), (&OFFER.replace("0 8 101", "18"), 488), (&OFFER.replace("audio 40000", "image 0"), 488)])
    {
        ua.send(&ua.within("UPDATE", seq, SDP, body)).await;
        assert_eq!(ua.status().await, status, "{body}");
    }
    ua.send(&ua.within("INFO", 3, "", "")).await;
    assert_eq!(ua.status().await, 500, "an old CSeq");
    ua.send(&ua.within("REFER", 8, "Refer-To: <sip:x@127.0.0.1>\r\n", "")).await;
    assert_eq!(ua.status().await, 405);
    ua.send(&ua.within("UPDATE", 9, "Require: x-new\r\n", "")).await;
    assert_eq!(ua.status().await, 420);
    ua.send(&ua.within("BYE", 10, "", "")).await;
    assert_eq!(ua.status().await, 200);
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::HungUp { .. })));
}

#[tokio::test]
async fn an_offer_against_ours_is_glare() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    ua.send(&ua.within("INVITE", 2, "", "")).await;
    assert!(ua.final_response().await.text.contains("m=audio 30000 RTP/AVP 8 0 9 96 101 102"));
    ua.send(&ua.within("UPDATE", 3, SDP, OFFER)).await;
    assert_eq!(ua.status().await, 491);
    ua.send(&ua.within("ACK", 2, SDP, &OFFER.replace("0 8", "0"))).await;
    let told = next(&mut dialog).await;
    assert!(matches!(told, Some(SipEvent::Session { session, .. }) if session.codec == Codec::Pcmu), "{told:?}");
    ua.send(&ua.within("UPDATE", 4, SDP, OFFER)).await;
    assert_eq!(ua.status().await, 200);
}

#[tokio::test]
async fn a_bye_of_ours_waits_for_the_ack_and_takes_the_recorded_route() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let proxy = Agent::new(&robot).await;
    let headers = format!("{SDP}Record-Route: <sip:127.0.0.1:{};lr>, <sip:192.0.2.77;lr>\r\n", proxy.port);
    ua.send(&ua.request("INVITE sip:1414@127.0.0.1", 1, "", &headers, OFFER)).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    let hanging_up = tokio::spawn(async move { dialog.hang_up().await });
    assert!(timeout(Duration::from_millis(100), proxy.receive()).await.is_err(), "no BYE yet");
    ua.confirm(&ok).await;
    let bye = proxy.receive().await;
    assert!(bye.starts_with(&format!("BYE sip:ua@127.0.0.1:{} SIP/2.0", ua.port)), "{bye}");
    assert!(bye.contains(&format!("Route: <sip:127.0.0.1:{};lr>\r\nRoute: <sip:192.0.2.77;lr>\r\n", proxy.port)), "{bye}");
    proxy.reply(&bye, "200 OK").await;
    timeout(BOUND, hanging_up).await.expect("an end within the bound").unwrap();
    for (seq, method) in (2..).zip(["BYE", "INFO", "UPDATE", "OPTIONS", "INVITE"]) {
        ua.send(&ua.within(method, seq, "", "")).await;
        assert_eq!(ua.final_response().await.status, 481, "the dialog is gone: {method}");
    }
}

#[tokio::test]
async fn a_dialog_let_go_is_hung_up() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    drop(ua.call(&mut robot).await);
    let bye = ua.receive().await;
    assert!(bye.starts_with("BYE "), "{bye}");
    ua.send(&ua.within("BYE", 2, "", "")).await;
    assert_eq!(ua.status().await, 200, "both hang up at once");
}

#[tokio::test]
async fn too_many_calls_and_a_drain_get_503_and_a_time_to_come_back() {
    let mut robot = Robot::new(Sip { calls_max: NonZeroU32::MIN, retry_after_s: 9, ..config() }).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    refused(&Agent::new(&robot).await, "INVITE sip:1414@127.0.0.1").await;
    robot.endpoint.stop_accepting();
    ua.send(&ua.within("BYE", 2, "", "")).await;
    assert_eq!(ua.status().await, 200);
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::HungUp { .. })));
    assert_eq!(next(&mut dialog).await, None);
    assert_eq!(robot.endpoint.calls(), 0);
    for start in ["INVITE sip:1414@127.0.0.1", "OPTIONS sip:127.0.0.1"] {
        refused(&Agent::new(&robot).await, start).await;
    }
}

async fn refused(ua: &Agent, start: &str) {
    ua.send(&ua.request(start, 1, "", SDP, OFFER)).await;
    let response = ua.final_response().await;
    assert_eq!((response.status, response.header("Retry-After")), (503, Some("9")), "{start}");
}

#[tokio::test]
async fn one_robot_calls_another() {
    let mut robot = Robot::new(config()).await;
    let caller = Robot::new(config()).await;
    let target = format!("sip:1414@{}", robot.endpoint.local_addr());
    let mut outgoing = caller.endpoint.invite(&target, "+77012340506", LocalMedia { rtp_port: 31000, ..MEDIA }).unwrap();
    let mut inside = robot.answer().await;
    let (mut outside, session) = timeout(BOUND, outgoing.answered()).await.expect("an answer within the bound").unwrap();
    assert_eq!(
        (session.rtp, session.codec, session.telephone_event),
        (Some(SocketAddr::from(([127, 0, 0, 1], 30000))), Codec::Pcma, Some(101))
    );
    assert_eq!(next(&mut outside).await, Some(SipEvent::Answered { leg: Leg::A, session }));
    let Some(SipEvent::Answered { session, .. }) = next(&mut inside).await else { panic!("answered") };
    assert_eq!(session.rtp, Some(SocketAddr::from(([127, 0, 0, 1], 31000))));
    outside.hang_up().await;
    assert_eq!(next(&mut inside).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
    assert_eq!(next(&mut inside).await, None);
    assert_eq!((robot.endpoint.calls(), caller.endpoint.calls()), (0, 0));
}

#[tokio::test]
async fn a_call_of_ours_is_refused_or_cancelled() {
    let robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    let target = format!("sip:ua@127.0.0.1:{}", ua.port);
    let mut outgoing = robot.endpoint.invite(&target, "1414", MEDIA).unwrap();
    let invite = ua.receive().await;
    ua.reply(&invite, "486 Busy Here").await;
    assert!(matches!(outgoing.answered().await, Err(Error::Refused { status: 486 })));
    assert!(ua.receive().await.starts_with("ACK "));

    let mut outgoing = robot.endpoint.invite(&target, "1414", MEDIA).unwrap();
    let invite = ua.receive().await;
    outgoing.cancel();
    ua.reply(&invite, "180 Ringing").await;
    let cancel = ua.receive().await;
    assert!(cancel.starts_with("CANCEL ") && header(&cancel, "Via") == header(&invite, "Via"), "{cancel}");
    ua.reply(&cancel, "200 OK").await;
    ua.reply(&invite, "487 Request Terminated").await;
    assert!(matches!(outgoing.answered().await, Err(Error::Cancelled)));
    for (target, from) in
        [("1414", "1414"), ("tel:1414", "1414"), (target.as_str(), "a@b"), (target.as_str(), "a\r\nX: y"), (target.as_str(), "")]
    {
        assert!(matches!(robot.endpoint.invite(target, from, MEDIA), Err(Error::Target)), "{target} {from}");
    }
}

#[tokio::test]
async fn an_answer_repeated_is_acknowledged_again() {
    let robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    let mut outgoing = robot.endpoint.invite(&format!("sip:ua@127.0.0.1:{}", ua.port), "1414", MEDIA).unwrap();
    let invite = ua.receive().await;
    assert!(invite.contains("m=audio 30000 RTP/AVP 8 0 9 96 101 102"), "{invite}");
    ua.answer(&invite, OFFER).await;
    let (_dialog, session) = outgoing.answered().await.unwrap();
    assert_eq!(session.telephone_event, Some(101));
    assert!(ua.receive().await.starts_with("ACK "));
    ua.answer(&invite, OFFER).await;
    assert!(ua.receive().await.starts_with("ACK "));
}

#[tokio::test]
async fn an_answer_that_we_cannot_use_is_hung_up_on() {
    let robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    let mut outgoing = robot.endpoint.invite(&format!("sip:ua@127.0.0.1:{}", ua.port), "1414", MEDIA).unwrap();
    let invite = ua.receive().await;
    ua.answer(&invite, &OFFER.replace("0 8 101", "18")).await;
    assert!(matches!(outgoing.answered().await, Err(Error::Media)));
    assert!(ua.receive().await.starts_with("ACK "));
    let bye = ua.receive().await;
    assert!(bye.starts_with("BYE ") && bye.contains("CSeq: 2 BYE"), "{bye}");
}

#[tokio::test]
async fn an_address_taken_is_named_and_one_closed_is_free() {
    let robot = Robot::new(config()).await;
    let listen = robot.endpoint.local_addr();
    let taken = Endpoint::bind(&Sip { listen, ..config() }).await.unwrap_err();
    assert!(matches!(taken, Error::Bind { address, .. } if address == listen), "{taken}");
    robot.endpoint.close().await;
    drop(robot.incoming);
    timeout(BOUND, async {
        while Endpoint::bind(&Sip { listen, ..config() }).await.is_err() {
            tokio::task::yield_now().await
        }
    })
    .await
    .expect("free within the bound");
}

#[tokio::test]
async fn no_log_holds_a_number_and_no_nonsense_stops_the_endpoint() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_env_filter("dauys=trace,rsipstack=warn").with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut robot = Robot::new(config()).await;
    let ua = Agent::new(&robot).await;
    let invite = ua.invite("1414", OFFER);
    for (from, to) in
        [(";tag=ua", ""), ("CSeq: 1 INVITE", "CSeq: x"), ("Via: ", "Vai: "), ("sip:1414", "sip:1415"), ("SIP/2.0/UDP", "SIP/2.0/???")]
    {
        ua.send(&invite.replace(from, to)).await;
    }
    for text in ["", "\r\n\r\n", "INVITE", "\u{0}\u{0}", "SIP/2.0 200 OK\r\n\r\n"] {
        ua.send(text).await;
    }
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    let (bye, ()) = tokio::join!(ua.receive(), async { drop(timeout(Duration::from_millis(100), dialog.hang_up()).await) });
    ua.reply(&bye, "200 OK").await;
    dialog.hang_up().await;
    let log = log.text();
    assert!(log.contains("request refused by the guard"), "{log}");
    assert!(!log.contains("7012340506"), "{log}");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn sipp_makes_fifty_calls_at_fifty_a_second() {
    let Robot { endpoint, mut incoming } = Robot::new(config()).await;
    let answering = tokio::spawn(async move {
        let (mut calls, mut talking) = (0, tokio::task::JoinSet::new());
        while let Some(call) = incoming.recv().await {
            calls += 1;
            let (mut dialog, _) = call.answer(MEDIA).await.unwrap();
            talking.spawn(async move { while dialog.next().await.is_some() {} });
            if calls == 50 {
                break;
            }
        }
        talking.join_all().await.len()
    });
    let address = endpoint.local_addr().to_string();
    let arguments = ["-sn", "uac", "-s", "1414", "-i", "127.0.0.1", "-r", "50", "-m", "50", "-d", "500", "-nostdin", "-timeout", "30"];
    let sipp = tokio::process::Command::new("sipp").arg(address).args(arguments).output().await.expect("sipp; run ./setup");
    assert!(sipp.status.success(), "{}", String::from_utf8_lossy(&sipp.stdout));
    assert_eq!(timeout(BOUND, answering).await.unwrap().unwrap(), 50);
    assert_eq!(endpoint.calls(), 0);
}
