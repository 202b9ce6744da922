//! `dauys.yaml`: what it may say, and how a mistake is shown.

use std::path::Path;

use dauys::config::{Config, ConfigError, Database, Disclosure, Given, Listen, Network, Number, Ports, Source, Trunk};
use dauys_core::media::Codec;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse("dauys.yaml", text)
}

fn network(text: &str) -> Result<Network, String> {
    text.parse()
}

#[test]
fn the_shipped_file_says_the_defaults() {
    let shipped = include_str!("../../dauys.yaml");
    assert_eq!(parse(shipped).unwrap(), Config::default());
    for empty in ["", "# nothing\n", "\n  \n"] {
        assert_eq!(parse(empty).unwrap(), Config::default(), "{empty:?}");
    }
}

#[test]
fn every_value_can_be_chosen() {
    let text = "sip: {listen: '127.0.0.1:5070', advertised: 192.0.2.7, numbers: ['1414'], trunks: [10.1.0.0/16, {address: 10.2.0.1, trusted: true}], codecs: [opus, pcma], calls_max: 10, retry_after_s: 1, t1_ms: 200, session_expires_s: 600, min_se_s: 120}\n\
                media: {ports: 30000-30019, threads: 2, realtime: false, media_timeout_s: 5}\n\
                recording: {enabled: false, disk_free_min_mb: 5}\nrecognition: {model: m, threads: 3, deadline_ms: 500}\nrecords: {keep_days: 0}\nflows: {source: published}\nconsole: {listen: off}\ndata: /var/lib/dauys\nroot: r\nlog: debug\ndrain_s: 1\n";
    let config = parse(text).unwrap();
    let trunk = |address, trusted| Trunk { address: network(address).unwrap(), trusted };
    assert_eq!(config.sip.trunks, [trunk("10.1.0.0/16", false), trunk("10.2.0.1", true)]);
    assert_eq!((config.sip.calls_max.get(), config.sip.retry_after_s, config.sip.t1_ms), (10, 1, 200));
    assert_eq!(config.sip.codecs, [Codec::Opus, Codec::Pcma]);
    assert_eq!((config.sip.session_expires_s.get(), config.sip.min_se_s.get()), (600, 120));
    assert_eq!((config.sip.listen.port(), config.sip.advertised), (5070, Some([192, 0, 2, 7].into())));
    assert_eq!((config.console.listen, config.media.ports), (Listen::Off, Ports { first: 30_000, last: 30_019 }));
    assert_eq!((config.recording.enabled, config.recording.disk_free_min_mb, config.records.keep_days), (false, 5, 0));
    assert_eq!(
        (config.model(), config.recognition.threads.map(u8::from), config.recognition.deadline_ms.get()),
        ("m".into(), Some(3), 500)
    );
    assert_eq!(Config::default().model(), std::path::Path::new("./models/kkru-8k-v1"));
    assert_eq!(config.flows.source, Source::Published);
    assert_eq!((config.media.ports.pairs(), config.media.threads.get(), config.media.realtime), (10, 2, false));
}

#[test]
fn what_is_told_to_whom_is_one_of_three() {
    for (text, bookings) in [
        ("", Given::IinAndTrustedNumber),
        ("disclosure: {}", Given::IinAndTrustedNumber),
        ("disclosure: {bookings: iin}", Given::Iin),
        ("disclosure: {bookings: iin_and_trusted_number}", Given::IinAndTrustedNumber),
        ("disclosure: {bookings: number}", Given::Number),
    ] {
        assert_eq!(parse(text).unwrap().disclosure, Disclosure { bookings }, "{text}");
    }
    for wrong in ["disclosure: {bookings: all}", "disclosure: {booking: iin}", "disclosure: iin"] {
        assert!(parse(wrong).unwrap_err().to_string().starts_with("dauys.yaml:1:"), "{wrong}");
    }
}

#[test]
fn a_database_is_one_line_and_its_password_is_shown_nowhere() {
    let cases = [
        ("store: sqlite", None),
        ("store: postgres://dauys:geheim@db/dauys", Some(None)),
        ("store: {postgres: 'postgresql://dauys:geheim@db/dauys', password_file: p}", Some(Some("p"))),
    ];
    for (text, server) in cases {
        let store = parse(text).unwrap().store;
        assert!(!format!("{store:?}").contains("geheim"), "{store:?}");
        let found = match &store {
            Database::Sqlite => None,
            Database::Postgres(at) => Some(at.password_file.as_deref().and_then(Path::to_str)),
        };
        assert_eq!(found, server, "{text}");
    }
    for wrong in
        ["store: mysql://dauys:geheim@db/dauys", "store: geheim", "store: {postgres: geheim}", "store: {file: geheim}", "store: [geheim]"]
    {
        let error = parse(wrong).unwrap_err().to_string();
        assert!(error.starts_with("dauys.yaml:1:") && !error.contains("geheim"), "{error}");
    }
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    let cases = [
        ("sip:\n  call_max: 5\n", "dauys.yaml:2:3: unknown key `call_max`: expected one of listen,", Some("did you mean `calls_max`?")),
        ("spi: {}\n", "dauys.yaml:1:1: unknown key `spi`: expected one of sip,", Some("did you mean `sip`?")),
        ("xyzzyplugh: 1\n", "dauys.yaml:1:1: unknown key `xyzzyplugh`", None),
        ("media:\n  ports: 20001-29999\n", "dauys.yaml:2:10: expected ports as 20000-29999", None),
        ("sip:\n  trunks:\n    - 10.0.0.0/33\n", "dauys.yaml:3:7: expected an address or a network", None),
        ("sip:\n  trunks:\n    - {address: 10.1.0.0/33}\n", "dauys.yaml:3:17: expected an address or a network", None),
        ("sip:\n  trunks:\n    - sbc.example.kz\n", "dauys.yaml:3:7: expected an address or a network", None),
        (
            "sip:\n  trunks:\n    - {address: 10.1.0.1, trust: true}\n",
            "dauys.yaml:3:27: unknown key `trust`: expected one of address, trusted",
            Some("did you mean `trusted`?"),
        ),
        ("sip:\n  trunks:\n    - {trusted: true}\n", "dauys.yaml:3:8: missing field `address`", None),
        ("sip:\n  trunks:\n    - [10.1.0.1]\n", "dauys.yaml:3:7: ", None),
        ("sip: {port: 5060}\n", "dauys.yaml:1:7: unknown key `port`", None),
        ("sip:\n  advertised: sbc\n", "dauys.yaml:2:15: ", None),
        ("sip:\n  advertised: 0.0.0.0\n", "dauys.yaml:2:3: nobody reaches us at 0.0.0.0", None),
        ("sip:\n  advertised: '203.0.113.1:0'\n", "dauys.yaml:2:15: expected an address such as 203.0.113.5", None),
        ("sip:\n  advertised_media: '::'\n", "dauys.yaml:2:3: nobody reaches us at ::", None),
        ("sip:\n  registrations: [{registrar: 'sip:h', user: u}]\n", "dauys.yaml:2:3: expected for each either `password`", None),
        (
            "sip:\n  registrations: [{registrar: 'sip:h', user: u, password: p, password_file: f}]\n",
            "dauys.yaml:2:3: expected for each either",
            None,
        ),
        (
            "sip:\n  registrations: [{registrar: 'sip:h', user: u, password: p, number: '110'}]\n",
            "dauys.yaml:2:3: calls for 110 would be refused",
            None,
        ),
        (
            "sip:\n  registrations:\n    - {registrar: 'sips:h', user: u}\n",
            "dauys.yaml:3:19: expected a registrar such as sip:trunk.example.kz",
            None,
        ),
        ("sip:\n  registrations:\n    - {registrar: 'sip:h:0', user: u}\n", "dauys.yaml:3:19: expected a registrar", None),
        ("sip:\n  registrations:\n    - {registrar: 'sip:u@h', user: u}\n", "dauys.yaml:3:19: expected a registrar", None),
        ("sip:\n  registrations:\n    - {registrar: 'sip:h', user: 'a b'}\n", "dauys.yaml:3:34: expected the user part of a SIP URI", None),
        (
            "sip:\n  registrations:\n    - {registrar: 'sip:h', user: u, expires_s: 59}\n",
            "dauys.yaml:3:48: expected 60 to 86400 seconds, not 59",
            None,
        ),
        ("sip:\n  t1_ms: 0\n", "dauys.yaml:2:10: expected 10 to 4000 milliseconds, not 0", None),
        ("sip:\n  codecs: [pcma, gsm]\n", "dauys.yaml:2:18: ", None),
        ("sip:\n  codecs: []\n", "dauys.yaml:2:11: expected one or more of pcma, pcmu, g722 and opus", None),
        ("sip:\n  codecs: [pcma, opus, pcma]\n", "dauys.yaml:2:11: expected one or more of", None),
        ("sip:\n  numbers: [operator]\n", "dauys.yaml:2:13: expected a number such as 1414", None),
        ("sip:\n  numbers: [[1]]\n", "dauys.yaml:2:13: ", None),
        ("sip: {calls_max: 0}\n", "dauys.yaml:1:7: invalid value: integer `0`, expected a nonzero u32", None),
        ("sip: {calls_max: -1}\n", "dauys.yaml:1:18: ", None),
        ("flows: {source: git}\n", "dauys.yaml:1:17: ", None),
        ("drain_s: 1m\n", "dauys.yaml:1:10: ", None),
        ("media: {realtime: yes}\n", "dauys.yaml:1:19: ", None),
        ("console: {listen: nowhere}\n", "dauys.yaml:1:19: expected an address with a port such as 127.0.0.1:8014, or off", None),
        ("drain_s: 1\ndrain_s: 2\n", "dauys.yaml:2:1: ", None),
        ("sip: [\n", "dauys.yaml:", None),
        (
            "# calls_max: more than ports\nmedia: {ports: 20000-20003}\nsip:\n  calls_max: 3\n",
            "dauys.yaml:4:3: 3 calls need 3 pairs of ports",
            None,
        ),
        ("messages: {way: smpp}\n", "dauys.yaml:1:12: expected the SMS centre under `smpp`", None),
        ("messages: {way: http}\n", "dauys.yaml:1:12: expected the gateway under `http`", None),
        ("messages: {way: fax}\n", "dauys.yaml:1:17: ", None),
        ("messages: {validity_h: 73}\n", "dauys.yaml:1:12: expected 1 to 72 hours", None),
        ("messages: {quiet: '22-8'}\n", "dauys.yaml:1:19: expected hours such as \"22:00-08:00\", or off", None),
        ("messages: {sender: 'ЦОН'}\n", "dauys.yaml:1:20: expected a number such as \"1414\" or up to 11 Latin letters", None),
        ("messages: {smpp: {address: h, system_id: a, password: b}}\n", "dauys.yaml:1:12: expected an address with a port", None),
        ("messages: {smpp: {address: 'h:1', system_id: a}}\n", "dauys.yaml:1:12: expected either `password` or `password_file`", None),
        ("messages: {http: {url: 'http://h/', timeout_s: 61}}\n", "dauys.yaml:1:37: expected 1 to 60 seconds", None),
        ("messages: {http: {url: 'http://h/', answer: {id: id}}}\n", "dauys.yaml:1:12: expected a JSON pointer such as /message/id", None),
        ("sip: {numbers: []}\n", "dauys.yaml:1:7: no number is answered", None),
    ];
    for (text, shown, help) in cases {
        let error = parse(text).unwrap_err();
        assert!(error.to_string().starts_with(shown), "{text:?} gave {error}");
        assert_eq!(miette::Diagnostic::help(&error).map(|help| help.to_string()).as_deref(), help, "{text:?}");
    }
}

#[test]
fn hostile_text_is_refused_without_a_panic() {
    let deep = "[".repeat(50_000);
    let bomb = format!("a: &a [{}]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n", "x,".repeat(1000));
    for text in [deep.as_str(), bomb.as_str(), "\0", "sip:\n\tlisten: x", "қ: {", "- 1", "42", "sip: {listen: \"", "---\n---\n"] {
        assert!(parse(text).is_err(), "{:?} was taken", &text[..text.len().min(20)]);
    }
}

#[test]
fn a_mistake_is_drawn_like_a_compilers() {
    let error = parse("sip:\n  calls_max: 5\n  трубки: 1\n").unwrap_err();
    let mut drawn = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut drawn, &error).unwrap();
    assert!(drawn.contains("[dauys.yaml:3:3]") && drawn.contains("трубки: 1"), "{drawn}");
}

#[test]
fn paths_are_relative_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dauys.yaml");
    std::fs::write(&file, "data: d\nroot: /srv/dauys\n").unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!((config.data, config.root), (folder.path().join("d"), Path::new("/srv/dauys").to_owned()));
}

#[test]
fn a_missing_or_endless_file_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Config::load(&folder.path().join("none.yaml")), Err(ConfigError::Unreadable { .. })));
    let long = folder.path().join("long.yaml");
    std::fs::write(&long, "#".repeat(100_000)).unwrap();
    assert!(matches!(Config::load(&long), Err(ConfigError::TooLong { .. })));
}

#[test]
fn a_network_holds_its_addresses_and_no_others() {
    let cases = [
        ("10.1.0.0/16", "10.1.255.255", true),
        ("10.1.0.0/16", "10.2.0.0", false),
        ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false),
        ("10.1.2.3", "10.1.2.2", false),
        ("10.1.2.2/31", "10.1.2.3", true),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "2001:db9::1", true),
        ("::/0", "10.1.2.3", false),
    ];
    for (net, ip, holds) in cases {
        assert_eq!(network(net).unwrap().contains(ip.parse().unwrap()), holds, "{net} {ip}");
    }
    for wrong in ["", "10.1.0.0/", "10.1.0.0/33", "::/129", "10.1.0/8", "10.0.0.0/-1", "host"] {
        assert!(network(wrong).is_err(), "{wrong}");
    }
}

/// Whether requests are taken, and whether what they assert of the caller counts.
fn check(trunks: &str, cases: &[(&str, bool, bool)]) {
    let sip = parse(&format!("sip: {{trunks: {trunks}}}")).unwrap().sip;
    for (ip, admitted, trusted) in cases {
        let from = ip.parse().unwrap();
        assert_eq!((sip.admits(from), sip.trusts(from)), (*admitted, *trusted), "{trunks} {ip}");
    }
}

#[test]
fn without_trunks_only_neighbours_call_and_none_is_trusted() {
    let near =
        ["127.0.0.1", "10.0.0.1", "10.200.1.1", "172.16.0.1", "192.168.1.1", "169.254.0.1", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"];
    let far = ["203.0.113.9", "172.32.0.1", "0.0.0.0", "2001:db8::1", "::ffff:203.0.113.9"];
    check("[]", &near.map(|ip| (ip, true, false)));
    check("[]", &far.map(|ip| (ip, false, false)));
}

#[test]
fn with_trunks_nobody_else_calls_and_only_those_marked_are_trusted() {
    check(
        "[198.51.100.0/24, {address: 203.0.113.0/24}, {address: 192.0.2.7, trusted: true}, '2001:db8::/32']",
        &[
            ("198.51.100.200", true, false),
            ("::ffff:198.51.100.1", true, false),
            ("203.0.113.9", true, false),
            ("192.0.2.7", true, true),
            ("::ffff:192.0.2.7", true, true),
            ("192.0.2.8", false, false),
            ("2001:db8::1", true, false),
            ("127.0.0.1", false, false),
            ("10.0.0.1", false, false),
        ],
    );
    check("[10.0.0.0/8, {address: 10.1.2.3, trusted: true}]", &[("10.1.2.3", true, true), ("10.1.2.4", true, false)]);
}

#[test]
fn an_advertised_address_may_have_a_port() {
    let cases = [("203.0.113.5", None), ("203.0.113.5:5080", Some(5080)), ("2001:db8::5", None), ("'[2001:db8::5]:5080'", Some(5080))];
    for (text, port) in cases {
        let found = parse(&format!("sip:\n  advertised: {text}\n")).unwrap().sip.advertised.unwrap();
        assert_eq!((found.port, text.contains(&found.ip.to_string())), (port, true), "{text}");
    }
}

#[test]
fn registrars_are_hosts_with_a_port_or_without() {
    for registrar in [
        "sip:trunk.example.kz",
        "sip:trunk.example.kz.:5080",
        "sip:192.0.2.1",
        "sip:[2001:db8::1]:5060",
        "sip:[::1]",
        "sip:h:1;transport=tcp",
    ] {
        let text = format!(
            "sip: {{registrations: [{{registrar: '{registrar}', user: 'u+1', auth_user: 'x y', password: p, number: 8 7172 906984, expires_s: 600}}]}}"
        );
        let found = &parse(&text).unwrap().sip.registrations[0];
        assert_eq!((found.registrar.as_str(), found.expires_s), (registrar, 600));
    }
    for registrar in [
        "sip:",
        "sip:[::1",
        "sip:[1.2.3.4]",
        "sip:a..b",
        "sip:h:x",
        "sip:h;lr",
        "sip:h;transport=tls",
        "sip:;transport=tcp",
        "sip:h\\r\\nX: y",
        "h",
    ] {
        assert!(parse(&format!("sip: {{registrations: [{{registrar: \"{registrar}\", user: u, password: p}}]}}")).is_err(), "{registrar}");
    }
}

#[test]
fn a_number_stands_with_quotes_or_without() {
    let sip = parse("sip: {numbers: [1414, '+77172906984', 8 7172 906984, +7701, 0102]}").unwrap().sip;
    let texts: Vec<_> = sip.numbers.iter().map(Number::as_str).collect();
    assert_eq!(texts, ["1414", "+77172906984", "8 7172 906984", "+7701", "0102"]);
}

#[test]
fn a_number_is_known_however_it_is_dialled() {
    let sip = Config::default().sip;
    let cases = [
        ("1414", Some("1414")),
        ("14-14", Some("1414")),
        ("87172906984", Some("+77172906984")),
        ("77172906984", Some("+77172906984")),
        ("+7 (7172) 90-69-84", Some("+77172906984")),
        ("1415", None),
        ("01414", None),
        ("+1414", None),
        ("", None),
    ];
    for (dialled, expected) in cases {
        assert_eq!(sip.number(dialled).map(Number::as_str), expected, "{dialled}");
    }
}
