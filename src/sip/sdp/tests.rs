//! Offers and answers, read and made.

use super::*;

const SIGNALLING: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9));

/// A description with `c=` 192.0.2.1 and these further lines.
fn offer(lines: &[&str]) -> String {
    let head = ["v=0", "o=- 7 7 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"];
    head.iter().chain(lines).map(|line| format!("{line}\r\n")).collect()
}

fn local() -> Local {
    Local::new(SocketAddr::from(([192, 0, 2, 100], 30000)), &Codec::ALL, 42)
}

fn session(lines: &[&str]) -> Result<Session, Refusal> {
    Remote::parse(offer(lines).as_bytes(), &Codec::ALL).map(|remote| remote.session(SIGNALLING))
}

/// The m-lines of our answer and the attributes below them.
fn answered(lines: &[&str]) -> Vec<String> {
    let remote = local().read_offer(offer(lines).as_bytes()).unwrap();
    let text = local().answer(&remote);
    text.lines().skip_while(|line| !line.starts_with("m=")).map(str::to_owned).collect()
}

fn settled(codec: Codec, payload_type: u8, telephone_event: Option<u8>, ptime_ms: u8) -> Session {
    let at = |port| Some(SocketAddr::from(([192, 0, 2, 1], port)));
    let direction = Direction::SendRecv;
    let (rtp, rtcp, signalling, offered) = (at(4000), at(4001), SIGNALLING, None);
    Session { rtp, rtcp, signalling, codec, payload_type, telephone_event, offered, ptime_ms, direction }
}

#[test]
fn formats_are_taken_ours_first_and_by_name() {
    let cases: &[(&[&str], Session)] = &[
        (&["m=audio 4000 RTP/AVP 0 8"], settled(Codec::Pcma, 8, None, 20)),
        (&["m=audio 4000 RTP/AVP 18 0"], settled(Codec::Pcmu, 0, None, 20)),
        (&["m=audio 4000 RTP/AVP 0 97", "a=rtpmap:97 pcma/8000"], settled(Codec::Pcma, 97, None, 20)),
        (&["m=audio 4000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000/1"], settled(Codec::Pcma, 8, None, 20)),
        (&["m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 PCMA/16000"], settled(Codec::Pcmu, 0, None, 20)),
        (&["m=audio 4000 RTP/AVP 8 0", "a=rtpmap:8 G722/8000"], settled(Codec::Pcmu, 0, None, 20)),
        (&["m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"], settled(Codec::Pcma, 8, Some(101), 20)),
        (&["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 TELEPHONE-EVENT/8000"], settled(Codec::Pcma, 8, Some(96), 20)),
        (
            &["m=audio 4000 RTP/AVP 8 96 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 telephone-event/8000"],
            settled(Codec::Pcma, 8, Some(97), 20),
        ),
        (&["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/16000"], settled(Codec::Pcma, 8, None, 20)),
        (&["m=audio 4000 RTP/AVP 8 101"], settled(Codec::Pcma, 8, None, 20)),
        (&["m=audio 4000 RTP/AVP 18 9"], settled(Codec::G722, 9, None, 20)),
        (&["m=audio 4000 RTP/AVP 9 97", "a=rtpmap:97 g722/8000", "a=rtpmap:9 L16/44100"], settled(Codec::G722, 97, None, 20)),
        (&["m=audio 4000 RTP/AVP 9 0", "a=rtpmap:9 G722/16000"], settled(Codec::Pcmu, 0, None, 20)),
        (&["m=audio 4000 RTP/AVP 111 9", "a=rtpmap:111 OPUS/48000/2"], settled(Codec::G722, 9, None, 20)),
        (
            &["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"],
            settled(Codec::Opus, 111, None, 20),
        ),
        (&["m=audio 4000 RTP/AVP 111 8", "a=rtpmap:111 opus/8000"], settled(Codec::Pcma, 8, None, 20)),
        (&["m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 opus/48000/6"], settled(Codec::Pcmu, 0, None, 20)),
        (
            &[
                "m=audio 4000 RTP/AVP 111 110 126",
                "a=rtpmap:111 opus/48000/2",
                "a=rtpmap:126 telephone-event/8000",
                "a=rtpmap:110 telephone-event/48000",
            ],
            settled(Codec::Opus, 111, Some(110), 20),
        ),
        (
            &["m=audio 4000 RTP/AVP 111 126", "a=rtpmap:111 opus/48000/2", "a=rtpmap:126 telephone-event/8000"],
            settled(Codec::Opus, 111, Some(126), 20),
        ),
        (
            &["m=audio 4000 RTP/AVP 9 110 126", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000"],
            settled(Codec::G722, 9, Some(126), 20),
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(session(lines), Ok(*expected), "{lines:?}");
    }
}

#[test]
fn packet_times_are_whole_tens_from_10_to_60() {
    let cases = [
        ("a=ptime:30", 30),
        ("a=ptime:10", 10),
        ("a=ptime:25", 20),
        ("a=ptime:20.0", 20),
        ("a=ptime:5", 10),
        ("a=ptime:100", 60),
        ("a=ptime:4294967296", 20),
        ("a=ptime:1000", 60),
        ("a=ptime:0", 20),
        ("a=ptime:-1", 20),
        ("a=ptime:long", 20),
        ("a=maxptime:10", 10),
        ("a=maxptime:150", 20),
    ];
    for (line, expected) in cases {
        assert_eq!(session(&["m=audio 4000 RTP/AVP 8", line]).unwrap().ptime_ms, expected, "{line}");
        assert_eq!(session(&[line, "m=audio 4000 RTP/AVP 8"]).unwrap().ptime_ms, expected, "{line} of the session");
    }
    assert_eq!(session(&["m=audio 4000 RTP/AVP 8", "a=ptime:60", "a=maxptime:40"]).unwrap().ptime_ms, 40);
}

#[test]
fn opus_has_fewer_packet_times() {
    for (line, expected) in [("a=ptime:10", 10), ("a=ptime:30", 20), ("a=ptime:50", 40), ("a=ptime:60", 60), ("a=maxptime:30", 20)] {
        let lines = ["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2", line];
        assert_eq!(session(&lines).unwrap().ptime_ms, expected, "{line}");
        assert!(answered(&lines).contains(&format!("a=ptime:{expected}")), "{line}");
    }
}

#[test]
fn our_order_decides_and_what_is_not_in_it_is_refused() {
    let all = offer(&["m=audio 4000 RTP/AVP 0 8 9 111", "a=rtpmap:111 opus/48000/2"]);
    let cases: &[(&[Codec], Codec)] = &[
        (&Codec::ALL, Codec::Pcma),
        (&[Codec::Opus, Codec::Pcma], Codec::Opus),
        (&[Codec::G722, Codec::Opus], Codec::G722),
        (&[Codec::Pcmu], Codec::Pcmu),
    ];
    for (codecs, expected) in cases {
        assert_eq!(Remote::parse(all.as_bytes(), codecs).unwrap().stream.codec, *expected, "{codecs:?}");
    }
    let only = offer(&["m=audio 4000 RTP/AVP 8 0"]);
    assert_eq!(Remote::parse(only.as_bytes(), &[Codec::Opus]).err(), Some(Refusal::NotAcceptable));
}

#[test]
fn addresses_are_the_streams_else_the_sessions() {
    let at = |ip: [u8; 4], port| Some(SocketAddr::from((ip, port)));
    let v6 = |ip: &str, port| Some(SocketAddr::new(ip.parse().unwrap(), port));
    let cases: &[(&[&str], Option<SocketAddr>, Option<SocketAddr>)] = &[
        (&["m=audio 4000 RTP/AVP 8"], at([192, 0, 2, 1], 4000), at([192, 0, 2, 1], 4001)),
        (&["m=audio 4000 RTP/AVP 8", "c=IN IP4 192.0.2.7"], at([192, 0, 2, 7], 4000), at([192, 0, 2, 7], 4001)),
        (&["m=audio 4000 RTP/AVP 8", "a=rtcp:5005"], at([192, 0, 2, 1], 4000), at([192, 0, 2, 1], 5005)),
        (&["m=audio 4000 RTP/AVP 8", "a=rtcp:5005 IN IP4 192.0.2.8"], at([192, 0, 2, 1], 4000), at([192, 0, 2, 8], 5005)),
        (&["m=audio 4000 RTP/AVP 8", "c=IN IP4 media.example.kz"], None, None),
        (&["m=audio 65535 RTP/AVP 8"], at([192, 0, 2, 1], 65535), None),
        (&["m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::7"], v6("2001:db8::7", 4000), v6("2001:db8::7", 4001)),
        (
            &["m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::7", "a=rtcp:5005 IN IP6 2001:db8::8"],
            v6("2001:db8::7", 4000),
            v6("2001:db8::8", 5005),
        ),
        (&["m=audio 4000 RTP/AVP 8", "c=IN IP6 ::ffff:192.0.2.7"], at([192, 0, 2, 7], 4000), at([192, 0, 2, 7], 4001)),
    ];
    for (lines, rtp, rtcp) in cases {
        let session = session(lines).unwrap();
        assert_eq!((session.rtp, session.rtcp), (*rtp, *rtcp), "{lines:?}");
    }
}

#[test]
fn an_offer_of_the_other_family_is_not_ours_to_answer() {
    let cases = [
        ("c=IN IP4 192.0.2.7", true),
        ("c=IN IP6 2001:db8::7", false),
        ("c=IN IP6 ::ffff:192.0.2.7", true),
        ("c=IN IP6 ::", true),
        ("c=IN IP4 h", true),
    ];
    for (line, taken) in cases {
        let read = local().read_offer(offer(&["m=audio 4000 RTP/AVP 8", line]).as_bytes());
        assert_eq!(read.is_ok(), taken, "{line}");
    }
}

#[test]
fn hold_and_resume_are_seen_and_mirrored() {
    let cases: &[(&[&str], Direction, &str, bool)] = &[
        (&[], Direction::SendRecv, "a=sendrecv", true),
        (&["a=sendonly"], Direction::RecvOnly, "a=recvonly", true),
        (&["a=recvonly"], Direction::SendOnly, "a=sendonly", true),
        (&["a=inactive"], Direction::Inactive, "a=inactive", true),
        (&["c=IN IP4 0.0.0.0"], Direction::RecvOnly, "a=recvonly", false),
        (&["c=IN IP4 0.0.0.0", "a=sendonly"], Direction::RecvOnly, "a=recvonly", false),
        (&["c=IN IP4 0.0.0.0", "a=recvonly"], Direction::Inactive, "a=inactive", false),
        (&["c=IN IP6 ::"], Direction::RecvOnly, "a=recvonly", false),
    ];
    for (below, direction, said, reachable) in cases {
        let lines: Vec<_> = ["m=audio 4000 RTP/AVP 8"].iter().chain(*below).copied().collect();
        let session = session(&lines).unwrap();
        assert_eq!((session.direction, session.rtp.is_some()), (*direction, *reachable), "{below:?}");
        assert!(answered(&lines).iter().any(|line| line == said), "{below:?}");
    }
    assert_eq!(session(&["a=sendonly", "m=audio 4000 RTP/AVP 8"]).unwrap().direction, Direction::RecvOnly);
    assert_eq!(session(&["a=sendonly", "m=audio 4000 RTP/AVP 8", "a=sendrecv"]).unwrap().direction, Direction::SendRecv);
}

#[test]
fn an_answer_lists_what_was_taken_and_nothing_else() {
    let lines = answered(&["m=audio 4000 RTP/AVP 0 97 18 96", "a=rtpmap:97 PCMA/8000", "a=rtpmap:96 telephone-event/8000", "a=ptime:30"]);
    let expected = [
        "m=audio 30000 RTP/AVP 97 96",
        "a=rtpmap:97 PCMA/8000",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
        "a=sendrecv",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn an_answer_with_opus_says_what_we_hear_of_it() {
    let lines = answered(&[
        "m=audio 4000 RTP/AVP 107 100 101",
        "a=rtpmap:107 opus/48000/2",
        "a=fmtp:107 stereo=1;usedtx=1",
        "a=rtpmap:100 telephone-event/48000",
        "a=rtpmap:101 telephone-event/8000",
    ]);
    let expected = [
        "m=audio 30000 RTP/AVP 107 100",
        "a=rtpmap:107 opus/48000/2",
        "a=fmtp:107 maxplaybackrate=8000;sprop-maxcapturerate=8000;useinbandfec=1",
        "a=rtpmap:100 telephone-event/48000",
        "a=fmtp:100 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn refused_lines_keep_their_place() {
    let lines = answered(&[
        "m=video 5000 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "m=audio 4100 RTP/SAVP 8",
        "m=audio 4000 RTP/AVP 8",
        "m=audio 4200 RTP/AVP 0",
        "m=application 9 UDP/BFCP *",
        "m=image 6000 udptl t38",
    ]);
    let lines: Vec<_> = lines.iter().filter(|line| line.starts_with("m=")).map(String::as_str).collect();
    let expected = [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/SAVP 8",
        "m=audio 30000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 0",
        "m=application 0 UDP/BFCP *",
        "m=image 0 udptl t38",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_cannot_be_used_is_refused() {
    let many = vec!["m=audio 4000 RTP/AVP 8"; LINES_MAX + 1];
    let cases: &[&[&str]] = &[
        &[],
        &["m=audio 4000 RTP/AVP 18 4"],
        &["m=audio 0 RTP/AVP 8"],
        &["m=audio 4000 RTP/SAVP 8"],
        &["m=video 4000 RTP/AVP 8"],
        &["m=audio 4000 RTP/AVP 136"],
        &["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
        &["m=audio 4000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"],
        &["m=audio 4000 RTP/AVP 8", "c=IN IP6 ff15::101"],
        &many,
    ];
    for lines in cases {
        assert_eq!(session(lines), Err(Refusal::NotAcceptable), "{lines:?}");
    }
    let without_address = offer(&["m=audio 4000 RTP/AVP 8"]).replace("c=IN IP4 192.0.2.1\r\n", "");
    assert_eq!(local().read_offer(without_address.as_bytes()).err(), Some(Refusal::NotAcceptable));
    for text in ["", "hello", "v=1\r\n", "v=0\r\nm=audio", "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 70000 RTP/AVP 8\r\n"] {
        assert_eq!(local().read_offer(text.as_bytes()).err(), Some(Refusal::Malformed), "{text:?}");
    }
}

#[test]
fn an_offer_of_ours_has_every_codec_and_keys_in_each_clock() {
    let text = local().offer();
    let expected = "v=0\r\no=- 42 1 IN IP4 192.0.2.100\r\ns=-\r\nc=IN IP4 192.0.2.100\r\nt=0 0\r\n\
        m=audio 30000 RTP/AVP 8 0 9 96 101 102\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n\
        a=rtpmap:96 opus/48000/2\r\na=fmtp:96 maxplaybackrate=8000;sprop-maxcapturerate=8000;useinbandfec=1\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-15\r\n\
        a=ptime:20\r\na=sendrecv\r\n";
    assert_eq!(text, expected);
    let mut g711 = Local::new(SocketAddr::from(([192, 0, 2, 100], 30000)), &[Codec::Pcmu, Codec::Pcma], 42);
    assert!(g711.offer().contains("m=audio 30000 RTP/AVP 0 8 101\r\n"));
}

/// What is settled when our offer is answered so.
fn settled_by_answer(local: &mut Local, lines: &[&str]) -> Session {
    local.offer();
    local.read_answer(offer(lines).as_bytes()).unwrap().session(SIGNALLING)
}

#[test]
fn an_answer_to_our_offer_may_call_the_formats_otherwise() {
    let same = settled_by_answer(&mut local(), &["m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"]);
    assert_eq!(same, settled(Codec::Pcmu, 0, Some(101), 20));
    let other = ["m=audio 4000 RTP/AVP 120 121", "a=rtpmap:120 opus/48000/2", "a=rtpmap:121 telephone-event/48000"];
    let offered = Some(PayloadTypes { voice: 96, telephone_event: Some(102) });
    assert_eq!(settled_by_answer(&mut local(), &other), Session { offered, ..settled(Codec::Opus, 120, Some(121), 20) });
}

#[test]
fn a_number_keeps_its_meaning_for_the_life_of_a_dialog() {
    let mut local = local();
    let theirs =
        ["m=audio 4000 RTP/AVP 8 96 101 107", "a=rtpmap:96 iLBC/8000", "a=rtpmap:101 opus/48000/2", "a=rtpmap:107 telephone-event/8000"];
    let remote = local.read_offer(offer(&theirs).as_bytes()).unwrap();
    local.answer(&remote);
    let ours = local.offer();
    for line in ["m=audio 30000 RTP/AVP 8 0 9 101 107 102", "a=rtpmap:101 opus/48000/2", "a=rtpmap:107 telephone-event/8000"] {
        assert!(ours.contains(line), "expected {line} in {ours}");
    }
}

#[test]
fn the_version_grows_with_each_change_and_only_then() {
    let plain = local().read_offer(offer(&["m=audio 4000 RTP/AVP 8"]).as_bytes()).unwrap();
    let hold = local().read_offer(offer(&["m=audio 4000 RTP/AVP 8", "a=sendonly"]).as_bytes()).unwrap();
    let mut local = local();
    let versions: Vec<_> = [&plain, &plain, &hold, &hold, &plain].map(|offer| origin(&local.answer(offer))).into();
    assert_eq!(versions, ["42 1", "42 1", "42 2", "42 2", "42 3"]);
    assert_eq!(origin(&local.offer()), "42 4");
}

/// Session id and version.
fn origin(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("o=- ")).unwrap();
    line.split(" IN ").next().unwrap().to_owned()
}

#[test]
fn a_later_offer_keeps_every_line_in_its_place() {
    let video_first = offer(&["m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/AVP 0"]);
    let mut local = local();
    local.answer(&local.read_offer(video_first.as_bytes()).unwrap());
    let text = local.offer();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(lines, ["m=video 0 RTP/AVP 96", "m=audio 30000 RTP/AVP 8 0 9 96 101 102", "m=audio 0 RTP/AVP 0"]);
    assert_eq!(origin(&text), "42 2");
}

#[test]
fn what_is_repeated_is_what_was_said() {
    let mut local = local();
    assert_eq!(local.repeat(), None);
    let hold = local.answer(&local.read_offer(offer(&["m=audio 4000 RTP/AVP 8", "a=sendonly"]).as_bytes()).unwrap());
    assert_eq!(local.repeat(), Some(hold.clone()));
    assert_eq!(local.repeat(), Some(hold));
}

#[test]
fn a_stream_is_taken_away_and_added_again_elsewhere() {
    let mut local = local();
    let parsed = |lines: &[&str]| Remote::parse(offer(lines).as_bytes(), &Codec::ALL).unwrap();
    local.answer(&parsed(&["m=audio 4000 RTP/AVP 8"]));
    let removal = Removal::parse(offer(&["m=audio 0 RTP/AVP 8"]).as_bytes()).unwrap();
    let text = local.remove(&removal);
    assert!(text.ends_with("m=audio 0 RTP/AVP 8\r\n") && origin(&text) == "42 2", "{text}");
    let text = local.answer(&parsed(&["m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 0"]));
    assert!(text.contains("m=audio 0 RTP/AVP 8\r\nm=audio 30000 RTP/AVP 0\r\n") && origin(&text) == "42 3", "{text}");
    for other in [&["m=audio 4000 RTP/AVP 8"][..], &["m=video 0 RTP/AVP 96"], &["m=audio 0 RTP/AVP 8", "m=image 6000 udptl t38"], &[]] {
        assert!(Removal::parse(offer(other).as_bytes()).is_none(), "{other:?}");
    }
}

#[test]
fn the_times_of_an_offer_are_repeated() {
    let text = offer(&["m=audio 4000 RTP/AVP 8"]).replace("t=0 0", "t=2873397496 2873404696");
    let remote = local().read_offer(text.as_bytes()).unwrap();
    assert!(local().answer(&remote).contains("\r\nt=2873397496 2873404696\r\n"));
}
