//! `dauys.yaml`: what it may say, and how a mistake is shown.

use std::net::IpAddr;
use std::path::Path;

use dauys::config::{Config, ConfigError, Listen, Network, Ports};

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse("dauys.yaml", text)
}

fn network(text: &str) -> Result<Network, String> {
    Network::try_from(text.to_owned())
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
    let text = "sip: {listen: '127.0.0.1:5070', advertised: 192.0.2.7, numbers: ['1414'], trunks: [10.1.0.0/16], calls_max: 10, retry_after_s: 1}\n\
                media: {ports: 30000-30019, threads: 2, realtime: false, media_timeout_s: 5}\n\
                console: {listen: off}\ndata: /var/lib/dauys\nroot: r\nlog: debug\ndrain_s: 1\n";
    let config = parse(text).unwrap();
    assert_eq!(config.sip.trunks, [network("10.1.0.0/16").unwrap()]);
    assert_eq!((config.console.listen, config.media.ports), (Listen::Off, Ports { first: 30_000, last: 30_019 }));
    assert_eq!((config.media.ports.pairs(), config.media.threads.get(), config.media.realtime), (10, 2, false));
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    let cases = [
        ("sip:\n  call_max: 5\n", "dauys.yaml:2:3: unknown key `call_max`: expected one of listen,", Some("did you mean `calls_max`?")),
        ("spi: {}\n", "dauys.yaml:1:1: unknown key `spi`: expected one of sip,", Some("did you mean `sip`?")),
        ("xyzzyplugh: 1\n", "dauys.yaml:1:1: unknown key `xyzzyplugh`", None),
        ("media:\n  ports: 20001-29999\n", "dauys.yaml:2:10: expected ports as 20000-29999", None),
        ("sip:\n  trunks:\n    - 10.0.0.0/33\n", "dauys.yaml:3:7: expected an address or a network", None),
        ("sip: {calls_max: 0}\n", "dauys.yaml:1:7: invalid value: integer `0`, expected a nonzero u32", None),
        ("sip: {calls_max: -1}\n", "dauys.yaml:1:18: ", None),
        ("drain_s: 1m\n", "dauys.yaml:1:10: ", None),
        ("media: {realtime: yes}\n", "dauys.yaml:1:19: ", None),
        ("console: {listen: nowhere}\n", "dauys.yaml:1:19: expected an address with a port such as 127.0.0.1:8014, or off", None),
        ("drain_s: 1\ndrain_s: 2\n", "dauys.yaml:2:1: ", None),
        ("sip: [\n", "dauys.yaml:", None),
        (
            "# more calls than ports\nmedia: {ports: 20000-20003}\nsip:\n  calls_max: 3\n",
            "dauys.yaml:4:3: 3 calls need 3 pairs of ports",
            None,
        ),
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
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "2001:db9::1", true),
    ];
    for (net, ip, holds) in cases {
        assert_eq!(network(net).unwrap().contains(ip.parse().unwrap()), holds, "{net} {ip}");
    }
    for wrong in ["", "10.1.0.0/", "10.1.0.0/33", "::/129", "10.1.0/8", "10.0.0.0/-1", "host"] {
        assert!(network(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn without_trunks_only_neighbours_are_trusted() {
    let mut sip = Config::default().sip;
    let trusted = |sip: &dauys::config::Sip, ip: &str| sip.trusts(ip.parse::<IpAddr>().unwrap());
    for ip in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1"] {
        assert!(trusted(&sip, ip), "{ip}");
    }
    for ip in ["203.0.113.9", "2001:db8::1", "172.32.0.1", "::ffff:203.0.113.9"] {
        assert!(!trusted(&sip, ip), "{ip}");
    }
    sip.trunks = vec![network("203.0.113.0/24").unwrap()];
    assert!(trusted(&sip, "203.0.113.9") && !trusted(&sip, "10.0.0.1") && !trusted(&sip, "127.0.0.1"));
}
