//! The robot as a client, over real sockets: it registers, answers challenges, calls by name and over IPv6, and is called there. The far end is a socket that reads and writes text.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dauys::caller::{self, Happened};
use dauys::cli::call::Keys;
use dauys::config::{Advertised, Config, Console, Listen, Media, Network, Ports, Secret, Sip, Trunk};
use dauys::serve::{self, News, Stop};
use dauys::sip::{Dialog, Endpoint, Error, Incoming, LocalMedia};
use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::media::Leg;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

const BOUND: Duration = Duration::from_secs(10);
/// Long enough for what must not come.
const SILENCE: Duration = Duration::from_millis(300);
const MEDIA: LocalMedia = LocalMedia { leg: Leg::A, rtp_port: 30000 };
const V4: &str = "127.0.0.1:0";
const V6: &str = "[::1]:0";

#[tokio::test]
async fn a_registration_is_granted_renewed_and_taken_back() {
    let registrar = Far::new(V4).await;
    let mut endpoint = bind(Sip { registrations: registered_at(&registrar, "password: sesame"), ..sip(V4) }).await.0;
    endpoint.register();

    let first = registrar.receive().await;
    let at = registrar.at;
    assert!(first.starts_with(&format!("REGISTER sip:{at} SIP/2.0\r\n")), "{first}");
    assert_eq!((header(&first, "To"), header(&first, "Expires")), ("<sip:robot@127.0.0.1>", "3600"));
    assert_eq!(header(&first, "Contact"), format!("<sip:1414@{}>", endpoint.local_addr()), "calls come for the first number");
    assert!(!first.contains("uthorization") && !first.contains("sesame"), "{first}");

    let weak = "WWW-Authenticate: Digest realm=\"kz\", nonce=\"weak\", algorithm=MD5, qop=\"auth\"\r\n";
    let strong = "WWW-Authenticate: Digest realm=\"kz\", nonce=\"one\", algorithm=SHA-256, qop=\"auth,auth-int\", opaque=\"o\"\r\n";
    registrar.reply(&first, "401 Unauthorized", &format!("{weak}{strong}")).await;
    let second = registrar.receive().await;
    assert_eq!((cseq(&second), header(&second, "Call-ID")), (cseq(&first) + 1, header(&first, "Call-ID")));
    assert_ne!(header(&second, "Via"), header(&first, "Via"), "a transaction of its own");
    is_answered(&second, at, "one", "00000001");

    registrar.reply(&second, "200 OK", &format!("Contact: {};expires=1\r\n", header(&second, "Contact"))).await;
    let renewal = registrar.receive().await;
    assert_eq!((cseq(&renewal), header(&renewal, "Call-ID")), (cseq(&second) + 1, header(&first, "Call-ID")));
    is_answered(&renewal, at, "one", "00000002");
    registrar.reply(&renewal, "401 Unauthorized", &strong.replace("\"one\"", "\"two\", stale=true")).await;
    let again = registrar.receive().await;
    is_answered(&again, at, "two", "00000001");
    registrar.reply(&again, "200 OK", "Expires: 600\r\n").await;

    endpoint.stop_accepting();
    let last = registrar.receive().await;
    assert_eq!((header(&last, "Expires"), header(&last, "Contact"), cseq(&last)), ("0", header(&first, "Contact"), cseq(&again) + 1));
    is_answered(&last, at, "two", "00000002");
    registrar.reply(&last, "200 OK", "").await;
    timeout(BOUND, endpoint.close()).await.unwrap();
}

/// The answer as RFC 7616, section 3.4.1, has it, computed here once more.
fn is_answered(request: &str, at: SocketAddr, nonce: &str, count: &str) {
    let value = header(request, "Authorization");
    let part = |name: &str| value.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap();
    let hash = |text: String| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (secret, what) = (hash("robot:kz:sesame".to_owned()), hash(format!("REGISTER:sip:{at}")));
    assert_eq!(part("response"), hash(format!("{secret}:{nonce}:{count}:{}:auth:{what}", part("cnonce"))), "{value}");
    assert!(value.contains(&format!("nc={count},")) && value.contains("opaque=\"o\""), "{value}");
}

/// Another program's arithmetic: sipp checks the answer, and counts its call as failed when it is wrong.
#[tokio::test]
async fn sipp_takes_the_answer_to_its_challenge() {
    const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sip/registrar.xml");
    for (password, taken) in [("sesame", true), ("wrong", false)] {
        let far = Far::new(V4).await;
        let registrations = registered_at(&far, &format!("password: {password}"));
        let port = far.at.port().to_string();
        drop(far); // its port is sipp's now
        let folder = tempfile::tempdir().unwrap();
        let mut sipp = tokio::process::Command::new("sipp");
        sipp.args(["-sf", SCENARIO, "-i", "127.0.0.1", "-p", &port, "-m", "1", "-nostdin"]).current_dir(folder.path()).kill_on_drop(true);
        sipp.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut sipp = sipp.spawn().expect("sipp; run ./setup");
        let mut endpoint = bind(Sip { registrations, t1_ms: 100, ..sip(V4) }).await.0;
        endpoint.register();
        let ended = timeout(BOUND * 2, sipp.wait()).await.expect("sipp's end within the bound").unwrap();
        assert_eq!(ended.success(), taken, "{password}: {ended}");
    }
}

#[tokio::test]
async fn a_registration_may_go_over_tcp_and_calls_come_along_it() {
    let registrar = TcpListener::bind(V4).await.unwrap();
    let at = registrar.local_addr().unwrap();
    let text = format!("sip: {{registrations: [{{registrar: 'sip:{at};transport=tcp', user: robot, password: x}}]}}");
    let registrations = Config::parse("dauys.yaml", &text).unwrap().sip.registrations;
    let trunks = vec![Trunk { address: "10.1.0.0/16".parse::<Network>().unwrap(), trusted: true }];
    let (mut endpoint, mut incoming) = bind(Sip { registrations, trunks, ..sip(V4) }).await;
    endpoint.register();
    let (mut stream, _) = timeout(BOUND, registrar.accept()).await.unwrap().unwrap();
    let mut before = String::new();
    for expires in [1, 600] {
        let register = read_message(&mut stream).await;
        assert!(register.starts_with(&format!("REGISTER sip:{at};transport=tcp SIP/2.0\r\n").replace("=tcp", "=TCP")), "{register}");
        assert!(header(&register, "Via").starts_with("SIP/2.0/TCP "), "{register}");
        let contact = format!("<sip:1414@{};transport=tcp>", endpoint.local_addr());
        assert_eq!((header(&register, "To"), header(&register, "Contact")), ("<sip:robot@127.0.0.1>", contact.as_str()));
        assert!(before.is_empty() || cseq(&register) == cseq(&before) + 1, "renewed along the same connection: {register}");
        write_answer(&mut stream, &register, "200 OK", &format!("Contact: {contact};expires={expires}\r\n")).await;
        before = register;
    }
    let invite = invite_of(at, "IP4 127.0.0.1").replace("SIP/2.0/UDP", "SIP/2.0/TCP");
    stream.write_all(invite.as_bytes()).await.unwrap();
    let _dialog = answer(&mut incoming).await;
    let ok = loop {
        let response = read_message(&mut stream).await;
        if response.starts_with("SIP/2.0 200 ") {
            break response;
        }
    };
    assert!(header(&ok, "Contact").ends_with(";transport=tcp>"), "{ok}");
}

/// A message from a stream, by its Content-Length.
async fn read_message(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let length = text.split_once("\r\n\r\n").map(|(head, body)| (header(head, "Content-Length").parse::<usize>().unwrap(), body.len()));
        if length.is_some_and(|(said, there)| there >= said) {
            return text;
        }
        let byte = timeout(BOUND, stream.read_u8()).await.expect("a message within the bound").unwrap();
        text.push(char::from(byte));
    }
}

async fn write_answer(stream: &mut TcpStream, request: &str, status: &str, headers: &str) {
    let kept = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(request, name)));
    let text = format!("SIP/2.0 {status}\r\n{}{headers}Content-Length: 0\r\n\r\n", kept.concat());
    stream.write_all(text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_registrar_may_want_longer_and_may_be_away_for_a_while() {
    let registrar = Far::new(V4).await;
    let mut endpoint = bind(Sip { registrations: registered_at(&registrar, "password: x, expires_s: 60"), ..sip(V4) }).await.0;
    endpoint.register();
    let brief = registrar.receive().await;
    assert_eq!(header(&brief, "Expires"), "60");
    registrar.reply(&brief, "423 Interval Too Brief", "Min-Expires: 7200\r\n").await;
    let longer = registrar.receive().await;
    assert_eq!(header(&longer, "Expires"), "7200");
    registrar.reply(&longer, "503 Service Unavailable", "").await;
    let retried = registrar.receive().await;
    assert_eq!((cseq(&retried), header(&retried, "Expires")), (cseq(&longer) + 1, "7200"));
    let later = loop {
        let next = registrar.receive().await;
        if cseq(&next) > cseq(&retried) {
            break next; // it was not answered at all, and tried again
        }
        assert_eq!(next, retried, "a repetition is the same to the letter");
    };
    assert_ne!(header(&later, "Via"), header(&retried, "Via"));
    // A registrar that stays silent does not hold the end up.
    timeout(BOUND, endpoint.close()).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_at_once() {
    let registrar = Far::new(V4).await;
    let mut endpoint = bind(Sip { registrations: registered_at(&registrar, "password: wrong"), ..sip(V4) }).await.0;
    endpoint.register();
    for nonce in ["a", "b"] {
        let register = registrar.receive().await;
        registrar.reply(&register, "401 Unauthorized", &format!("WWW-Authenticate: Digest realm=\"kz\", nonce=\"{nonce}\"\r\n")).await;
    }
    registrar.hears_nothing().await;
}

#[tokio::test]
async fn two_registrars_have_passwords_of_their_own_and_one_is_in_a_file() {
    let (one, other) = (Far::new(V4).await, Far::new(V4).await);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "sesame\nand nothing else\n").unwrap();
    let file = folder.path().join("dauys.yaml");
    let account = |far: &Far, password: &str| format!("{{registrar: 'sip:{}', user: robot, number: '{{}}', {password}}}", far.at);
    let (first, second) =
        (account(&one, "password: x").replace("{}", "1414"), account(&other, "password_file: secret").replace("{}", "+77172906984"));
    std::fs::write(&file, format!("sip: {{listen: '{V4}', registrations: [{first}, {second}]}}\n")).unwrap();
    let mut endpoint = bind(Config::load(&file).unwrap().sip).await.0;
    endpoint.register();
    let (_, register) = tokio::join!(one.receive(), other.receive());
    assert!(header(&register, "Contact").starts_with("<sip:+77172906984@"), "{register}");
    other
        .reply(
            &register,
            "401 Unauthorized",
            "WWW-Authenticate: Digest realm=\"kz\", nonce=\"n\", algorithm=SHA-256, qop=auth, opaque=\"o\"\r\n",
        )
        .await;
    is_answered(&other.receive().await, other.at, "n", "00000001");

    std::fs::remove_file(folder.path().join("secret")).unwrap();
    let missing = Endpoint::bind(&Config::load(&file).unwrap().sip).await.unwrap_err();
    assert!(matches!(&missing, Error::Password { path, .. } if path.ends_with("secret")), "{missing}");
}

#[test]
fn a_password_is_never_shown() {
    let text = "sip: {registrations: [{registrar: 'sip:h', user: u, password: sesame}]}";
    let config = Config::parse("dauys.yaml", text).unwrap();
    assert_eq!(config.sip.registrations[0].password, Some(Secret::new("sesame")));
    assert!(!format!("{config:?}").contains("sesame"));
}

#[tokio::test]
async fn a_challenged_call_is_made_again_and_hung_up_with_an_answer() {
    let trunk = Far::new(V4).await;
    let (endpoint, _incoming) = bind(Sip { registrations: registered_at(&trunk, "password: sesame"), ..sip(V4) }).await;
    let mut outgoing = endpoint.invite(&format!("sip:+77010000000@{}", trunk.at), "1414", MEDIA).unwrap();
    let first = trunk.receive().await;
    assert!(header(&first, "From").starts_with("<sip:1414@127.0.0.1>;tag="), "of the trunk's domain: {first}");
    trunk.reply(&first, "407 Proxy Authentication Required", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"1\", qop=\"auth\"\r\n").await;
    assert!(trunk.receive().await.starts_with("ACK "));
    let second = trunk.receive().await;
    assert_eq!(
        (cseq(&second), header(&second, "From"), header(&second, "Call-ID")),
        (cseq(&first) + 1, header(&first, "From"), header(&first, "Call-ID"))
    );
    assert_eq!(header(&second, "To"), header(&first, "To"), "no tag of the rejection");
    let proxy = header(&second, "Proxy-Authorization");
    assert!(proxy.contains("nc=00000001") && proxy.contains(&format!("uri=\"sip:+77010000000@{}\"", trunk.at)), "{proxy}");
    trunk.reply(&second, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"f\", nonce=\"2\"\r\n").await;
    assert!(trunk.receive().await.starts_with("ACK "));
    let third = trunk.receive().await;
    assert!(
        header(&third, "Proxy-Authorization").contains("nc=00000002") && header(&third, "Authorization").contains("realm=\"f\""),
        "{third}"
    );
    trunk.answer(&third, "far", trunk.at).await;
    let (mut dialog, _) = timeout(BOUND, outgoing.answered()).await.unwrap().unwrap();
    let ack = trunk.receive().await;
    assert!(ack.starts_with("ACK ") && cseq(&ack) == cseq(&third), "{ack}");

    let far_end = async {
        let bye = trunk.receive().await;
        assert!(bye.starts_with("BYE ") && header(&bye, "Proxy-Authorization").contains("nc=00000003"), "{bye}");
        trunk.reply(&bye, "407 Again", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"3\", stale=true, qop=\"auth\"\r\n").await;
        let again = trunk.receive().await;
        assert!(cseq(&again) == cseq(&bye) + 1 && header(&again, "Proxy-Authorization").contains("nonce=\"3\""), "{again}");
        trunk.reply(&again, "200 OK", "").await;
    };
    tokio::join!(far_end, dialog.hang_up());
    assert_eq!(endpoint.calls(), 0);
}

#[tokio::test]
async fn a_challenge_without_an_account_or_of_a_kind_unknown_is_a_refusal() {
    let far = Far::new(V4).await;
    let challenge = "WWW-Authenticate: Digest realm=\"f\", nonce=\"2\"\r\n";
    let integrity = "WWW-Authenticate: Digest realm=\"f\", nonce=\"2\", qop=\"auth-int\"\r\n";
    for (registrations, challenge) in [(Vec::new(), challenge), (registered_at(&far, "password: x"), integrity)] {
        let (endpoint, _incoming) = bind(Sip { registrations, ..sip(V4) }).await;
        let mut outgoing = endpoint.invite(&format!("sip:x@{}", far.at), "1414", MEDIA).unwrap();
        let invite = far.receive().await;
        far.reply(&invite, "401 Unauthorized", challenge).await;
        assert!(far.receive().await.starts_with("ACK "));
        let refused = timeout(BOUND, outgoing.answered()).await.unwrap();
        assert!(matches!(refused, Err(Error::Refused { status: 401 })), "{refused:?}");
    }
    far.hears_nothing().await;
}

#[tokio::test]
async fn of_several_phones_that_answer_the_first_is_kept_and_the_others_hung_up_on() {
    let (proxy, one, other) = (Far::new(V4).await, Far::new(V4).await, Far::new(V4).await);
    let (endpoint, _incoming) = bind(sip(V4)).await;
    let mut outgoing = endpoint.invite(&format!("sip:x@{}", proxy.at), "1414", MEDIA).unwrap();
    let invite = proxy.receive().await;
    for tag in ["one", "other"] {
        let to = format!("{};tag={tag}", header(&invite, "To"));
        proxy.reply(&invite.replacen(header(&invite, "To"), &to, 1), "180 Ringing", &format!("Contact: <sip:{tag}@{}>\r\n", one.at)).await;
    }
    proxy.answer(&invite, "one", one.at).await;
    proxy.answer(&invite, "other", other.at).await;
    let (mut dialog, _) = timeout(BOUND, outgoing.answered()).await.unwrap().unwrap();
    assert!(one.receive().await.starts_with("ACK "));
    let ack = other.receive().await;
    assert!(ack.starts_with(&format!("ACK sip:x@{} ", other.at)) && header(&ack, "To").ends_with(";tag=other"), "{ack}");
    let bye = other.receive().await;
    assert!(bye.starts_with(&format!("BYE sip:x@{} ", other.at)) && header(&bye, "To").ends_with(";tag=other"), "{bye}");
    other.reply(&bye, "200 OK", "").await;
    proxy.answer(&invite, "other", other.at).await;
    assert!(other.receive().await.starts_with("ACK "), "a repeated answer is acknowledged again");
    other.hears_nothing().await;
    let far_end = async {
        let bye = one.receive().await;
        assert!(bye.starts_with("BYE ") && header(&bye, "To").ends_with(";tag=one"), "{bye}");
        one.reply(&bye, "200 OK", "").await;
    };
    tokio::join!(far_end, dialog.hang_up());
    assert_eq!(endpoint.calls(), 0);
}

#[tokio::test]
async fn a_redirection_is_a_refusal() {
    let (far, elsewhere) = (Far::new(V4).await, Far::new(V4).await);
    let (endpoint, _incoming) = bind(sip(V4)).await;
    let mut outgoing = endpoint.invite(&format!("sip:x@{}", far.at), "1414", MEDIA).unwrap();
    let invite = far.receive().await;
    far.reply(&invite, "302 Moved Temporarily", &format!("Contact: <sip:x@{}>\r\n", elsewhere.at)).await;
    assert!(far.receive().await.starts_with("ACK "));
    let refused = timeout(BOUND, outgoing.answered()).await.unwrap();
    assert!(matches!(refused, Err(Error::Refused { status: 302 })), "{refused:?}");
    elsewhere.hears_nothing().await;
}

#[tokio::test]
async fn whom_we_call_may_answer_though_only_the_trunk_may_call() {
    let far = Far::new(V4).await;
    let trunks = vec![Trunk { address: "10.1.0.0/16".parse::<Network>().unwrap(), trusted: true }];
    let (endpoint, _incoming) = bind(Sip { trunks, ..sip(V4) }).await;
    far.send(&format!("OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/UDP {1};branch=z9hG4bK0\r\nMax-Forwards: 70\r\nFrom: <sip:x@h>;tag=x\r\nTo: <sip:y@h>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", endpoint.local_addr(), far.at), endpoint.local_addr()).await;
    far.hears_nothing().await;
    let mut outgoing = endpoint.invite(&format!("sip:x@{}", far.at), "1414", MEDIA).unwrap();
    let invite = far.receive().await;
    far.answer(&invite, "far", far.at).await;
    let (mut dialog, _) = timeout(BOUND, outgoing.answered()).await.unwrap().unwrap();
    let ack = far.receive().await;
    far.send(&bye_of(&ack, &invite, far.at), endpoint.local_addr()).await;
    assert!(far.receive().await.starts_with("SIP/2.0 200 "));
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
}

#[tokio::test]
async fn a_name_is_called_and_one_that_leads_nowhere_is_said() {
    let far = Far::new(V4).await;
    let (endpoint, _incoming) = bind(sip(V4)).await;
    let mut outgoing = endpoint.invite(&format!("sip:x@localhost:{}", far.at.port()), "1414", MEDIA).unwrap();
    let invite = far.receive().await;
    assert!(invite.starts_with(&format!("INVITE sip:x@localhost:{} ", far.at.port())), "{invite}");
    far.reply(&invite, "486 Busy Here", "").await;
    assert!(far.receive().await.starts_with("ACK "));
    assert!(matches!(timeout(BOUND, outgoing.answered()).await.unwrap(), Err(Error::Refused { status: 486 })));
    let nowhere = endpoint.invite("sip:x@nowhere.invalid", "1414", MEDIA).unwrap().answered().await;
    assert!(matches!(&nowhere, Err(Error::Name { name }) if name == "nowhere.invalid"), "{nowhere:?}");
    let other_family = endpoint.invite("sip:x@[::1]:5060", "1414", MEDIA).unwrap().answered().await;
    assert!(matches!(other_family, Err(Error::Route { .. })), "{other_family:?}");
}

#[tokio::test]
async fn a_robot_on_everything_speaks_to_each_peer_in_its_family() {
    let (endpoint, mut incoming) = bind(sip("[::]:0")).await;
    let port = endpoint.local_addr().port();
    for (family, host, media, told) in
        [(V4, "127.0.0.1", "IP4 127.0.0.1", "127.0.0.1"), (V6, "[::1]", "IP6 ::1", "[::1]"), (V6, "[::1]", "IP4 127.0.0.1", "[::1]")]
    {
        let far = Far::new(family).await;
        let robot: SocketAddr = format!("{host}:{port}").parse().unwrap();
        far.send(&invite_of(far.at, media), robot).await;
        let mut dialog = answer(&mut incoming).await;
        let ok = far.final_response().await;
        assert_eq!(header(&ok, "Contact"), format!("<sip:1414@{told}:{port}>"));
        assert!(ok.contains(&format!("\r\nc=IN {media}\r\n")), "{ok}");
        let via = header(&ok, "Via");
        assert!(via.contains(&format!(";rport={}", far.at.port())) && via.contains(&format!("received={}", far.at.ip())), "{via}");
        far.send(&ack_of(&ok, far.at), robot).await;
        assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { session, .. }) if session.signalling == far.at.ip()));
        let far_end = async {
            let bye = far.receive().await;
            assert!(header(&bye, "Via").starts_with(&format!("SIP/2.0/UDP {told}:{port};")), "{bye}");
            far.reply(&bye, "200 OK", "").await;
        };
        tokio::join!(far_end, dialog.hang_up());

        let mut outgoing = endpoint.invite(&format!("sip:x@{}", far.at), "1414", MEDIA).unwrap();
        let invite = far.receive().await;
        assert!(
            invite.contains(&format!("Contact: <sip:1414@{told}:{port}>")) && invite.contains(&format!("\r\nm=audio {} ", MEDIA.rtp_port)),
            "{invite}"
        );
        far.answer(&invite, "far", far.at).await;
        let (mut dialog, session) = timeout(BOUND, outgoing.answered()).await.unwrap().unwrap();
        assert_eq!(session.rtp, Some(SocketAddr::new(far.at.ip(), 40000)));
        assert!(far.receive().await.starts_with("ACK "));
        let far_end = async {
            let bye = far.receive().await;
            far.reply(&bye, "200 OK", "").await;
        };
        tokio::join!(far_end, dialog.hang_up());
    }
    assert_eq!(endpoint.calls(), 0);
}

#[tokio::test]
async fn media_of_a_family_that_we_do_not_listen_on_are_refused() {
    for (listen, media) in [(V4, "IP6 ::1"), (V6, "IP4 127.0.0.1")] {
        let (endpoint, _incoming) = bind(sip(listen)).await;
        let far = Far::new(listen).await;
        far.send(&invite_of(far.at, media), endpoint.local_addr()).await;
        let refused = far.final_response().await;
        assert!(refused.starts_with("SIP/2.0 488 "), "{listen} {media}: {refused}");
    }
}

#[tokio::test]
async fn peers_behind_a_translation_reach_the_address_that_is_advertised() {
    let advertised: Advertised = SocketAddr::from(([127, 0, 0, 2], free_port().await)).into();
    let (endpoint, mut incoming) =
        bind(Sip { advertised: Some(advertised), advertised_media: Some([127, 0, 0, 3].into()), ..sip("0.0.0.0:0") }).await;
    let robot = SocketAddr::from(([127, 0, 0, 1], endpoint.local_addr().port()));
    let outside = SocketAddr::new(advertised.ip, advertised.port.unwrap());
    let relay = Arc::new(UdpSocket::bind(outside).await.unwrap());
    let far = Far::new(V4).await;
    far.send(&invite_of(far.at, "IP4 127.0.0.1"), robot).await;
    let mut dialog = answer(&mut incoming).await;
    let ok = far.final_response().await;
    assert_eq!(header(&ok, "Contact"), format!("<sip:1414@{outside}>"));
    assert!(ok.contains("\r\nc=IN IP4 127.0.0.3\r\n"), "{ok}");

    // What is sent there comes to the robot by way of the translation.
    let inward = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, _)) = relay.recv_from(&mut buffer).await {
            relay.send_to(&buffer[..length], robot).await.unwrap();
        }
    });
    far.send(&ack_of(&ok, far.at), outside).await;
    assert!(matches!(next(&mut dialog).await, Some(SipEvent::Answered { .. })));
    let bye = ack_of(&ok, far.at).replacen("ACK ", "BYE ", 1).replace("CSeq: 1 ACK", "CSeq: 2 BYE").replace("z9hG4bKack", "z9hG4bKbye");
    far.send(&bye, outside).await;
    assert_eq!(next(&mut dialog).await, Some(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
    inward.abort();

    let _outgoing = endpoint.invite(&format!("sip:x@{}", far.at), "1414", MEDIA).unwrap();
    let invite = loop {
        let next = far.receive().await;
        if next.starts_with("INVITE ") {
            break next;
        }
    };
    assert!(header(&invite, "Via").starts_with(&format!("SIP/2.0/UDP {outside};")), "{invite}");
    assert!(invite.contains("\r\nc=IN IP4 127.0.0.3\r\n"), "{invite}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_call_goes_over_ipv6_and_through_a_robot_on_both() {
    for (listen, host, ports) in
        [(V6, "[::1]", Ports { first: 42_000, last: 42_019 }), ("[::]:0", "127.0.0.1", Ports { first: 42_020, last: 42_039 })]
    {
        let data = tempfile::tempdir().unwrap();
        let config = Config {
            sip: Sip { calls_max: 4.try_into().unwrap(), ..sip(listen) },
            media: Media { ports, realtime: false, ..Media::default() },
            console: Console { listen: Listen::Off },
            data: data.path().to_owned(),
            root: env!("CARGO_MANIFEST_DIR").into(),
            ..Config::default()
        };
        let (stop, stopped) = watch::channel(Stop::No);
        let (told, ready) = std::sync::mpsc::channel();
        let robot = tokio::spawn(serve::run(config, stopped, Arc::default(), move |news| {
            if let News::Ready(ready) = news {
                told.send(ready.sip).unwrap();
            }
        }));
        let port = tokio::task::spawn_blocking(move || ready.recv_timeout(BOUND).unwrap().port()).await.unwrap();
        let out = tempfile::tempdir().unwrap();
        let happened = Mutex::new(Vec::new());
        let keys: Keys = "w1,2,w2".parse().unwrap();
        let uri = format!("sip:1414@{host}:{port}");
        let saved = caller::call(&uri, &keys.0, Duration::from_secs(5), false, out.path(), |event| happened.lock().unwrap().push(event))
            .await
            .unwrap();
        stop.send(Stop::Drain).unwrap();
        timeout(BOUND, robot).await.unwrap().unwrap().unwrap();
        let happened = happened.into_inner().unwrap();
        let Some(Happened::Answered(session)) = happened.first() else { panic!("{happened:?}") };
        let rtp = session.rtp.unwrap();
        assert_eq!((rtp.ip(), rtp.ip()), (session.signalling, format!("{host}:1").parse::<SocketAddr>().unwrap().ip()), "{uri}");
        let wav = std::fs::read(saved.heard).unwrap();
        let heard = dauys::speech::wav::read(&wav).unwrap();
        let loud = heard.chunks(160).filter(|frame| frame.iter().any(|sample| !matches!(sample, 0xd5 | 0x55))).count();
        assert!(loud > 25, "{uri}: half a second of the robot's voice, got {loud} frames of {}", heard.len() / 160);
        let log = files(data.path()).into_iter().find(|path| path.extension().is_some_and(|ending| ending == "jsonl")).unwrap();
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.to_lowercase().contains("\"key\""), "{uri}: the robot heard the key: {log}");
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// T1 is short, so that what waits for many of them does not wait for long.
fn sip(listen: &str) -> Sip {
    Sip { listen: listen.parse().unwrap(), t1_ms: 20, ..Sip::default() }
}

fn registered_at(far: &Far, how: &str) -> Vec<dauys::config::Registration> {
    let text = format!("sip: {{registrations: [{{registrar: 'sip:{}', user: robot, {how}}}]}}", far.at);
    Config::parse("dauys.yaml", &text).unwrap().sip.registrations
}

async fn bind(config: Sip) -> (Endpoint, mpsc::Receiver<Incoming>) {
    Endpoint::bind(&config).await.unwrap()
}

async fn answer(incoming: &mut mpsc::Receiver<Incoming>) -> Dialog {
    let call = timeout(BOUND, incoming.recv()).await.expect("a call within the bound").unwrap();
    call.answer(MEDIA).await.unwrap().0
}

async fn next(dialog: &mut Dialog) -> Option<SipEvent> {
    timeout(BOUND, dialog.next()).await.expect("an event within the bound")
}

async fn free_port() -> u16 {
    UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await.unwrap().local_addr().unwrap().port()
}

/// An INVITE from behind a name that leads nowhere, as a phone behind address translation has it.
fn invite_of(at: SocketAddr, media: &str) -> String {
    let body = format!(
        "v=0\r\no=- 1 1 IN {media}\r\ns=-\r\nc=IN {media}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    );
    format!(
        "INVITE sip:1414@h SIP/2.0\r\nVia: SIP/2.0/UDP phone.invalid:9;branch=z9hG4bK{port};rport\r\nMax-Forwards: 70\r\nFrom: <sip:x@h>;tag=x\r\nTo: <sip:1414@h>\r\n\
         Call-ID: in-{port}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{at}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
        port = at.port()
    )
}

/// The ACK of a 2xx to [`invite_of`].
fn ack_of(ok: &str, at: SocketAddr) -> String {
    format!(
        "ACK sip:1414@h SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKack{port}\r\nMax-Forwards: 70\r\nFrom: <sip:x@h>;tag=x\r\nTo: {}\r\n\
         Call-ID: in-{port}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
        header(ok, "To"),
        port = at.port()
    )
}

/// The BYE of the far end in a dialog of the robot's INVITE.
fn bye_of(ack: &str, invite: &str, at: SocketAddr) -> String {
    let own = header(invite, "Contact").trim_matches(['<', '>']);
    let (from, to, id) = (header(ack, "To"), header(ack, "From"), header(ack, "Call-ID"));
    format!(
        "BYE {own} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKbye\r\nMax-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {id}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    )
}

fn header<'t>(text: &'t str, name: &str) -> &'t str {
    let mut lines = text.split("\r\n\r\n").next().unwrap().lines();
    let found =
        lines.find_map(|line| line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()));
    found.unwrap_or_else(|| panic!("no {name} in {text}"))
}

fn cseq(request: &str) -> u32 {
    header(request, "CSeq").split(' ').next().unwrap().parse().unwrap()
}

/// The far end: a registrar, a trunk, a phone.
struct Far {
    socket: UdpSocket,
    at: SocketAddr,
    robot: Mutex<SocketAddr>,
}

impl Far {
    async fn new(at: &str) -> Self {
        let socket = UdpSocket::bind(at).await.unwrap();
        let at = socket.local_addr().unwrap();
        Self { socket, at, robot: Mutex::new((Ipv6Addr::UNSPECIFIED, 0).into()) }
    }

    async fn receive(&self) -> String {
        let mut buffer = [0; 8192];
        let (length, from) = timeout(BOUND, self.socket.recv_from(&mut buffer)).await.expect("a datagram within the bound").unwrap();
        *self.robot.lock().unwrap() = from;
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    async fn final_response(&self) -> String {
        loop {
            let response = self.receive().await;
            if !response.starts_with("SIP/2.0 1") {
                return response;
            }
        }
    }

    async fn hears_nothing(&self) {
        let mut buffer = [0; 8192];
        if let Ok(Ok(length)) = timeout(SILENCE, self.socket.recv(&mut buffer)).await {
            panic!("expected nothing, got {}", String::from_utf8_lossy(&buffer[..length]));
        }
    }

    async fn send(&self, text: &str, to: SocketAddr) {
        self.socket.send_to(text.as_bytes(), to).await.unwrap();
    }

    /// Answers a request of the robot's, with further header lines.
    async fn reply(&self, request: &str, status: &str, headers: &str) {
        let kept = ["Via", "From", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(request, name)));
        let to = header(request, "To");
        let tag = if to.contains(";tag=") { "" } else { ";tag=reply" };
        let robot = *self.robot.lock().unwrap();
        self.send(&format!("SIP/2.0 {status}\r\n{}To: {to}{tag}\r\n{headers}Content-Length: 0\r\n\r\n", kept.concat()), robot).await;
    }

    /// 200 to an INVITE of the robot's, from a phone with this tag that is at this address.
    async fn answer(&self, invite: &str, tag: &str, phone: SocketAddr) {
        let kept = ["Via", "From", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(invite, name)));
        let family = if phone.is_ipv4() { "IP4" } else { "IP6" };
        let ip = phone.ip();
        let body = format!("v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n");
        let text = format!(
            "SIP/2.0 200 OK\r\n{}To: {};tag={tag}\r\nContact: <sip:x@{phone}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            kept.concat(),
            header(invite, "To"),
            body.len()
        );
        let robot = *self.robot.lock().unwrap();
        self.send(&text, robot).await;
    }
}
