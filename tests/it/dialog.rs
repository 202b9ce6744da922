//! What happens within a call's signalling, over real sockets: session timers, holds, streams that come and go, glare, copies, crossings.

use std::num::NonZeroU32;
use std::time::Duration;

use dauys::config::{Config, Sip};
use dauys::sip::{Dialog, Error};
use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::key::Key;
use dauys_core::media::{Codec, Direction, Leg};
use tokio::time::timeout;

use super::agent::{Agent, BOUND, MEDIA, OFFER, Response, Robot, SDP, config, header, next};

const LOST: Option<SipEvent> = Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Lost });
const TIMER: &str = "Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n";

/// Session intervals of seconds, so that a test need not wait for minutes.
fn impatient() -> Sip {
    Sip { min_se_s: NonZeroU32::MIN, ..config() }
}

/// Calls with these headers; the answer.
async fn called(ua: &mut Agent, robot: &mut Robot, headers: &str, body: &str) -> (Dialog, Response) {
    ua.send(&ua.request("INVITE sip:1414@127.0.0.1", 1, "", &format!("{SDP}{headers}"), body)).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    assert_eq!(ok.status, 200, "{}", ok.text);
    ua.confirm(&ok).await;
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    (dialog, ok)
}

/// The robot's final response to a request within the dialog; the answer to an offer of ours is acknowledged.
async fn asked(ua: &Agent, method: &str, seq: u32, headers: &str, body: &str) -> Response {
    ua.send(&ua.within(method, seq, headers, body)).await;
    let response = answer(ua, &format!("{seq} {method}")).await;
    if method == "INVITE" && response.status == 200 && !body.is_empty() {
        ua.send(&ua.within("ACK", seq, "", "")).await;
    }
    response
}

/// The final response to the request of this CSeq.
async fn answer(ua: &Agent, cseq: &str) -> Response {
    loop {
        let text = ua.receive().await;
        if text.starts_with("SIP/2.0 ") && !text.starts_with("SIP/2.0 1") && header(&text, "CSeq") == Some(cseq) {
            return Response { status: text[8..11].parse().unwrap(), text };
        }
    }
}

/// The robot's next request after that of this number, however late within reason.
async fn request(ua: &Agent, after: u32) -> String {
    let wait = async {
        loop {
            let text = ua.next_request().await;
            if seq(&text) > after {
                return text;
            }
        }
    };
    timeout(Duration::from_secs(30), wait).await.expect("a request of the robot's")
}

fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").unwrap().1
}

fn seq(message: &str) -> u32 {
    header(message, "CSeq").unwrap().split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_session_is_refreshed_by_update_where_the_peer_takes_it_until_it_knows_the_call_no_more() {
    let mut robot = Robot::new(impatient()).await;
    let mut ua = Agent::new(&robot).await;
    let (mut dialog, ok) = called(&mut ua, &mut robot, &format!("{TIMER}Session-Expires: 6;refresher=uas\r\n"), OFFER).await;
    assert_eq!((ok.header("Session-Expires"), ok.header("Require")), (Some("6;refresher=uas"), Some("timer")));
    for number in 1..=2 {
        let update = request(&ua, number - 1).await;
        assert!(update.starts_with(&format!("UPDATE sip:ua@127.0.0.1:{} ", ua.port)), "{update}");
        assert_eq!((seq(&update), header(&update, "Session-Expires"), body(&update)), (number, Some("6;refresher=uac"), ""));
        assert!(header(&update, "Contact").is_some() && header(&update, "Supported") == Some("timer"), "{update}");
        ua.reply_with(&update, "200 OK", "Session-Expires: 6;refresher=uac\r\nRequire: timer\r\n", "").await;
    }
    let update = request(&ua, 2).await;
    ua.reply(&update, "481 Call/Transaction Does Not Exist").await;
    assert!(request(&ua, 3).await.starts_with("BYE "));
    assert_eq!(next(&mut dialog).await, LOST);
}

#[tokio::test]
async fn else_it_is_refreshed_by_an_invite_that_changes_nothing_and_no_other_offer_comes_between() {
    let mut robot = Robot::new(impatient()).await;
    let mut ua = Agent::new(&robot).await;
    let held = format!("{OFFER}a=sendonly\r\n");
    let (mut dialog, ok) = called(&mut ua, &mut robot, "Supported: timer\r\nSession-Expires: 6\r\n", &held).await;
    let invite = request(&ua, 0).await;
    assert!(invite.starts_with("INVITE ") && header(&invite, "Session-Expires") == Some("6;refresher=uac"), "{invite}");
    assert_eq!(body(&invite), body(&ok.text), "the same description, version and all");
    assert_eq!(asked(&ua, "INVITE", 2, SDP, OFFER).await.status, 491);
    ua.send(&ua.within_branch("ACK", 2, "INVITE2")).await;
    assert_eq!(asked(&ua, "UPDATE", 3, SDP, OFFER).await.status, 491);
    assert_eq!(asked(&ua, "UPDATE", 4, TIMER, "").await.status, 200, "no offer, no glare");
    ua.reply_with(&invite, "200 OK", &format!("Session-Expires: 60;refresher=uas\r\n{SDP}"), &held).await;
    assert_eq!(seq(&ua.next_ack().await), seq(&invite));
    assert_eq!(asked(&ua, "UPDATE", 5, SDP, OFFER).await.status, 200);
    let told = next(&mut dialog).await;
    assert!(
        matches!(told, Some(SipEvent::Session { session, .. }) if session.direction == Direction::SendRecv),
        "of the refresh nothing is told, of the resume it is: {told:?}"
    );
}

#[tokio::test]
async fn who_wants_to_refresh_and_does_not_is_hung_up_on() {
    let mut robot = Robot::new(impatient()).await;
    let mut ua = Agent::new(&robot).await;
    let (mut dialog, ok) = called(&mut ua, &mut robot, "Supported: timer\r\nSession-Expires: 6;refresher=uac\r\n", OFFER).await;
    assert_eq!((ok.header("Session-Expires"), ok.header("Require")), (Some("6;refresher=uac"), Some("timer")));
    let update = asked(&ua, "UPDATE", 2, "Supported: timer\r\nSession-Expires: 3;refresher=uac\r\n", "").await;
    assert_eq!((update.status, update.header("Session-Expires")), (200, Some("3;refresher=uac")));
    let bye = request(&ua, 0).await;
    assert!(bye.starts_with("BYE ") && seq(&bye) == 1, "{bye}");
    assert_eq!(next(&mut dialog).await, LOST);
}

#[tokio::test]
async fn a_session_without_a_timer_is_neither_refreshed_nor_ended() {
    let mut robot = Robot::new(impatient()).await;
    let mut ua = Agent::new(&robot).await;
    let (_dialog, ok) = called(&mut ua, &mut robot, "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n", OFFER).await;
    assert!(ok.header("Session-Expires").is_some());
    assert_eq!(asked(&ua, "UPDATE", 2, "", "").await.header("Session-Expires"), None, "the peer's refresh takes the timer away");
    assert!(timeout(Duration::from_secs(3), ua.receive_any()).await.is_err());
}

#[tokio::test]
async fn a_refused_refresh_is_tried_again_as_the_refusal_wants() {
    let mut robot = Robot::new(impatient()).await;
    let mut ua = Agent::new(&robot).await;
    let (mut dialog, _) = called(&mut ua, &mut robot, &format!("{TIMER}Session-Expires: 18\r\n"), OFFER).await;
    let update = request(&ua, 0).await;
    ua.reply_with(&update, "405 Method Not Allowed", "Allow: INVITE, ACK, BYE\r\n", "").await;
    let first = request(&ua, seq(&update)).await;
    assert!(first.starts_with("INVITE "), "without UPDATE by INVITE: {first}");
    ua.reply(&first, "491 Request Pending").await;
    assert_eq!(seq(&ua.next_ack().await), seq(&first));
    let second = request(&ua, seq(&first)).await;
    assert!(second.starts_with("INVITE "), "{second}");
    ua.reply_with(&second, "422 Session Interval Too Small", "Min-SE: 30\r\n", "").await;
    let third = request(&ua, seq(&second)).await;
    assert_eq!((header(&third, "Session-Expires"), header(&third, "Min-SE")), (Some("30;refresher=uac"), Some("30")), "{third}");
    ua.reply_with(&third, "200 OK", &format!("Session-Expires: 30;refresher=uac\r\n{SDP}"), &OFFER.replace("0 8 101", "0")).await;
    let ack = loop {
        let ack = ua.next_ack().await;
        if seq(&ack) == seq(&third) {
            break ack;
        }
    };
    assert!(ack.starts_with(&format!("ACK sip:ua@127.0.0.1:{} ", ua.port)), "the 2xx had no Contact: {ack}");
    let told = next(&mut dialog).await;
    assert!(matches!(told, Some(SipEvent::Session { session, .. }) if session.codec == Codec::Pcmu), "{told:?}");
}

#[tokio::test]
async fn no_two_requests_of_ours_have_one_number() {
    let account = "sip: {registrations: [{registrar: 'sip:127.0.0.1:9', user: robot, password: x}]}";
    let registrations = Config::parse("dauys.yaml", account).unwrap().sip.registrations;
    let mut robot = Robot::new(Sip { registrations, ..impatient() }).await;
    let mut ua = Agent::new(&robot).await;
    let (dialog, _) = called(&mut ua, &mut robot, &format!("{TIMER}Session-Expires: 6;refresher=uas\r\n"), OFFER).await;
    let update = request(&ua, 0).await;
    drop(dialog);
    let bye = request(&ua, seq(&update)).await;
    assert!(bye.starts_with("BYE "), "{bye}");
    ua.reply_with(&update, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"f\", nonce=\"1\"\r\n", "").await;
    let again = request(&ua, seq(&bye)).await;
    assert!(again.starts_with("UPDATE ") && seq(&again) == seq(&bye) + 1, "{again}");
}

#[tokio::test]
async fn addresses_that_are_hard_to_read_make_a_dialog_all_the_same() {
    const FROM: &str = "From: <sip:87012340506@127.0.0.1>;tag=ua";
    let cases = [
        ("From: \"<sip:x@h>;tag=false\" <sip:87012340506@127.0.0.1>;tag=ua", "\"<sip:y@h>;tag=no\" <sip:1414@127.0.0.1>"),
        ("From: \"J \\\"\"   <sip:87012340506@127.0.0.1>\r\n ;\r\n  tag  = ua", "sip:1414@127.0.0.1 ; x"),
        ("From: <sip:87012340506@127.0.0.1>;x=\"a;tag=b\";tag=ua", "<sip:1414@127.0.0.1>;x=\"a;tag=b\""),
    ];
    let mut robot = Robot::new(config()).await;
    for (from, to) in cases {
        let mut ua = Agent::new(&robot).await;
        let hard = |text: String| text.replace(FROM, from).replace("To: <sip:1414@127.0.0.1>", &format!("To: {to}"));
        ua.send(&hard(ua.invite("1414", OFFER))).await;
        let mut dialog = timeout(BOUND, robot.answer()).await.unwrap();
        let ok = ua.final_response().await;
        ua.take_tag(&ok);
        ua.send(&hard(ua.within("ACK", 1, "", "").replace(";tag=", " ; tag = "))).await;
        assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })), "{from} {to}");
        ua.send(&hard(ua.within("BYE", 2, "", ""))).await;
        assert_eq!(answer(&ua, "2 BYE").await.status, 200, "{from} {to}");
        assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
    }
}

#[tokio::test]
async fn a_call_of_ours_offers_a_session_timer_and_heeds_a_422() {
    let robot = Robot::new(impatient()).await;
    let ua = Agent::new(&robot).await;
    let mut outgoing = robot.endpoint.invite(&format!("sip:ua@127.0.0.1:{}", ua.port), "1414", MEDIA).unwrap();
    let first = ua.next_request().await;
    assert_eq!((header(&first, "Session-Expires"), header(&first, "Supported")), (Some("1800"), Some("timer")));
    ua.reply_with(&first, "422 Session Interval Too Small", "Min-SE: 3600\r\n", "").await;
    let second = request(&ua, seq(&first)).await;
    assert_eq!((header(&second, "Session-Expires"), header(&second, "Min-SE")), (Some("3600"), Some("3600")));
    assert_eq!((header(&second, "Call-ID"), header(&second, "From")), (header(&first, "Call-ID"), header(&first, "From")));
    assert!(seq(&second) == seq(&first) + 1 && header(&second, "Via") != header(&first, "Via"), "{second}");
    ua.answer_with(&second, "Session-Expires: 3;refresher=uas\r\nRequire: timer\r\n", OFFER).await;
    let (mut dialog, _) = outgoing.answered().await.unwrap();
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    let bye = request(&ua, seq(&second)).await;
    assert!(bye.starts_with("BYE ") && seq(&bye) == seq(&second) + 1, "the one called does not refresh: {bye}");
    assert_eq!(next(&mut dialog).await, LOST);

    let mut outgoing = robot.endpoint.invite(&format!("sip:ua@127.0.0.1:{}", ua.port), "1414", MEDIA).unwrap();
    for (number, min_se) in [(1, "Min-SE: 3600\r\n"), (2, "Min-SE: 7200\r\n")] {
        let invite = loop {
            let invite = ua.next_request().await;
            let is_new = header(&invite, "Call-ID") != header(&first, "Call-ID");
            if invite.starts_with("INVITE ") && is_new && seq(&invite) == number {
                break invite;
            }
        };
        ua.reply_with(&invite, "422 Session Interval Too Small", min_se, "").await;
    }
    assert!(matches!(outgoing.answered().await, Err(Error::Refused { status: 422 })), "once is enough");
}

#[tokio::test]
async fn a_copy_of_a_request_on_another_way_is_refused() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let invite = ua.invite("1414", OFFER);
    ua.send(&invite).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    let copy = invite.replace("branch=z9hG4bK", "branch=z9hG4bKfork").replace("INVITE sip:1414", "INVITE sip:+77172906984");
    ua.send(&copy).await;
    let merged = loop {
        let response = ua.final_response().await;
        if response.status != 200 {
            break response;
        }
    };
    assert_eq!(merged.status, 482, "{}", merged.text);
    ua.send(&invite).await;
    ua.confirm(&ok).await;
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    assert_eq!((robot.endpoint.calls(), robot.incoming.try_recv().is_err()), (1, true));

    let ua = Agent::new(&robot).await;
    let options = ua.request("OPTIONS sip:127.0.0.1", 7, "", "", "");
    for (branch, status) in [("z9hG4bKa", 200), ("z9hG4bKb", 482), ("z9hG4bKa", 200), ("z9hG4bKc", 482)] {
        ua.send(&options.replace("z9hG4bKOPTIONS7", branch)).await;
        assert_eq!(ua.status().await, status, "{branch}");
    }
}

#[tokio::test]
async fn the_place_of_a_call_is_given_to_nobody() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let _dialog = ua.call(&mut robot).await;
    let (call_id, tag) = (format!("call-{}", ua.port), &ua.to_tag);
    for (replaces, status) in [
        (format!("{call_id};to-tag={tag};from-tag=ua"), 603),
        (format!("{call_id};from-tag=ua;to-tag={tag};early-only"), 486),
        (format!("{call_id};to-tag=ua;from-tag={tag}"), 481),
        (format!("{call_id};to-tag={tag}"), 400),
    ] {
        let other = Agent::new(&robot).await;
        other.send(&other.request("INVITE sip:1414@127.0.0.1", 1, "", &format!("{SDP}Replaces: {replaces}\r\n"), OFFER)).await;
        assert_eq!(other.final_response().await.status, status, "{replaces}");
    }
    assert_eq!(robot.endpoint.calls(), 1);
}

#[tokio::test]
async fn a_stream_is_taken_away_and_added_again() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    let none = OFFER.replace("audio 40000", "audio 0");
    let again = format!("{none}m=audio 41000 RTP/AVP 8\r\n");
    let cases = [
        ("INVITE", &none, Direction::Inactive, None, vec![0]),
        ("UPDATE", &again, Direction::SendRecv, Some(41000), vec![0, 30000]),
        ("UPDATE", &format!("{OFFER}m=audio 0 RTP/AVP 8\r\n"), Direction::SendRecv, Some(40000), vec![30000, 0]),
    ];
    for (seq, (method, offer, direction, rtp, said)) in (2..).zip(cases) {
        let ok = asked(&ua, method, seq, SDP, offer).await;
        assert_eq!((ok.status, ports(&ok.text)), (200, said), "{}", ok.text);
        let Some(SipEvent::Session { session, .. }) = next(&mut dialog).await else { panic!("a session: {offer}") };
        assert_eq!((session.direction, session.rtp.map(|rtp| rtp.port())), (direction, rtp), "{offer}");
    }
}

/// The ports of the m-lines.
fn ports(text: &str) -> Vec<u16> {
    let lines = text.lines().filter(|line| line.starts_with("m="));
    lines.map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn a_late_offer_keeps_the_lines_and_without_its_answer_all_stays_as_it_was() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let offer = OFFER.replace("m=audio", "m=video 5000 RTP/AVP 96\r\nm=audio");
    let (mut dialog, _) = called(&mut ua, &mut robot, "", &offer).await;
    let mut seq = 1;
    for answer in ["", "nonsense", &offer] {
        let ok = loop {
            seq += 1;
            let response = asked(&ua, "INVITE", seq, "", "").await;
            // It may come before the ACK of the offer before it was looked at.
            if response.status != 491 {
                break response;
            }
            ua.send(&ua.within_branch("ACK", seq, &format!("INVITE{seq}"))).await;
        };
        assert_eq!((ok.status, ports(&ok.text)), (200, vec![0, 30000]), "{}", ok.text);
        ua.send(&ua.within("ACK", seq, SDP, answer)).await;
    }
    let told = next(&mut dialog).await;
    assert!(matches!(told, Some(SipEvent::Session { session, .. }) if session.telephone_event == Some(101)), "{told:?}");
    assert_eq!(asked(&ua, "INFO", seq + 1, "Content-Type: application/dtmf\r\n", "5").await.status, 200);
    let told = next(&mut dialog).await;
    assert_eq!(told, Some(SipEvent::Info { leg: Leg::A, key: Key::from_char('5').unwrap() }), "the call is still up");
}

#[tokio::test]
async fn a_cancel_that_crosses_the_answer_changes_nothing() {
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let of_invite = |cancel: String| cancel.replace("z9hG4bKCANCEL", "z9hG4bKINVITE");
    ua.send(&ua.invite("1414", OFFER)).await;
    let mut dialog = robot.answer().await;
    let ok = ua.final_response().await;
    ua.send(&of_invite(ua.request("CANCEL sip:1414@127.0.0.1", 1, "", "", ""))).await;
    assert_eq!(answer(&ua, "1 CANCEL").await.status, 200);
    ua.confirm(&ok).await;
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    assert_eq!(asked(&ua, "INVITE", 2, SDP, OFFER).await.status, 200);
    // Sent again, as over UDP it would be: the first may fall between the end of the INVITE and its being remembered.
    let again = async {
        loop {
            ua.send(&of_invite(ua.within("CANCEL", 2, "", ""))).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        response = answer(&ua, "2 CANCEL") => assert_eq!(response.status, 200),
        () = again => {}
    }
    ua.send(&ua.within("CANCEL", 9, "", "")).await;
    assert_eq!(answer(&ua, "9 CANCEL").await.status, 481);
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Session { .. })));
    assert_eq!(asked(&ua, "OPTIONS", 3, "", "").await.status, 200);
}

#[tokio::test]
async fn each_request_within_a_dialog_gets_its_answer() {
    let multipart = format!("--b\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n--b--\r\n");
    let cases = [
        ("PRACK", "RAck: 1 1 INVITE\r\n", "", 481, ""),
        ("MESSAGE", "Content-Type: text/plain\r\n", "hello", 405, "Allow"),
        ("SUBSCRIBE", "Event: dialog\r\n", "", 405, "Allow"),
        ("NOTIFY", "Event: dialog\r\nSubscription-State: active\r\n", "", 405, "Allow"),
        ("REFER", "Refer-To: <sip:x@127.0.0.1>\r\n", "", 405, "Allow"),
        ("REGISTER", "", "", 405, "Allow"),
        ("OPTIONS", "", "", 200, "Allow"),
        ("INFO", "Info-Package: x\r\nContent-Type: application/dtmf\r\n", "1", 469, "Recv-Info"),
        ("INFO", "Content-Encoding: gzip\r\nContent-Type: application/dtmf\r\n", "1", 415, "Accept-Encoding"),
        ("UPDATE", &format!("{SDP}Content-Encoding: gzip\r\n"), OFFER, 415, "Accept-Encoding"),
        ("UPDATE", "Content-Type: text/plain\r\n", "hello", 415, "Accept"),
        ("UPDATE", &format!("{SDP}Accept: text/html\r\n"), OFFER, 406, ""),
        ("UPDATE", "Accept: text/html\r\n", "", 200, ""),
        ("UPDATE", "Supported: timer\r\nSession-Expires: 30\r\n", "", 422, "Min-SE"),
        ("UPDATE", "Require: replaces\r\n", "", 420, "Unsupported"),
        ("UPDATE", SDP, &OFFER.replace("0 8 101", "18"), 488, "Warning"),
        ("UPDATE", "Content-Type: multipart/mixed;boundary=b\r\n", &multipart, 200, "Content-Type"),
        ("INVITE", SDP, OFFER, 200, "Content-Type"),
    ];
    let mut robot = Robot::new(config()).await;
    let mut ua = Agent::new(&robot).await;
    let (mut dialog, _) = called(&mut ua, &mut robot, "", OFFER).await;
    for (seq, (method, headers, body, status, expected)) in (2..).zip(cases) {
        let response = asked(&ua, method, seq, headers, body).await;
        assert_eq!(response.status, status, "{method} {headers}: {}", response.text);
        assert!(expected.is_empty() || response.header(expected).is_some(), "{method} {headers}: {}", response.text);
    }
    for _ in 0..2 {
        assert!(matches!(next(&mut dialog).await, Some(SipEvent::Session { .. })));
    }
    assert_eq!(asked(&ua, "OPTIONS", 4, "", "").await.status, 500, "an old number");
    assert_eq!(asked(&ua, "BYE", 1000, "", "").await.status, 200, "a gap in the numbers");
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
}

#[tokio::test]
async fn a_second_answer_without_ack_ends_the_call_too() {
    let mut robot = Robot::new(Sip { t1_ms: 10, ..config() }).await;
    let mut ua = Agent::new(&robot).await;
    let mut dialog = ua.call(&mut robot).await;
    ua.send(&ua.within("INVITE", 2, SDP, OFFER)).await;
    assert!(request(&ua, 0).await.starts_with("BYE "));
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Session { .. })));
    assert_eq!(next(&mut dialog).await, LOST);
}
