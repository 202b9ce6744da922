//! A call over real sockets, captured by tshark, and run again out of the capture.

use std::io::{BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};

use dauys::bundle;
use dauys::replay::replies::Replies;
use dauys::replay::{Archive, capture, logs, pcap};
use dauys_core::call::log::Line;
use dauys_core::call::replay::{Decision, story};
use dauys_core::flow::graph::Program;

use super::{Folder, Process, Robot, STARTS};

/// An interruption, a wrong key, an application's number.
const KEYS: &str = "w1,2,w3,9,w2,1,w8,002512345678#,w3,1,w8,2";

#[test]
fn a_call_that_tshark_captured_decides_as_its_log_says() {
    let robot = Robot::start();
    let out = Folder::new();
    let file = out.path().join("call.pcapng");
    let Some(tshark) = captures(&file) else { return };
    let mut call = Command::new(env!("CARGO_BIN_EXE_dauys"));
    call.args(["call", &robot.uri(), "--keys", KEYS, "--longest-s", "120", "--out", out.path().to_str().unwrap()]);
    assert!(call.stdout(Stdio::null()).status().unwrap().success());
    assert!(Command::new("kill").args(["-INT", &tshark.0.id().to_string()]).status().unwrap().success());
    tshark.ended(STARTS);
    robot.terminate();
    let ended = robot.ended();

    let [log] = &logs(&[ended.data.path().join("calls")]).unwrap()[..] else { panic!("expected one log") };
    let (log, kept) = Archive::new(Some(ended.data.path())).open(log).unwrap();
    let bundle = bundle::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let captured = pcap::find(&capture::read(&file).unwrap(), Some(Ipv4Addr::LOCALHOST.into())).unwrap();
    let again = || pcap::call(&bundle, &captured, None, Replies::of(&log));
    let then = decided(&kept.program, &log.lines);
    assert!(then.len() > 12, "{then:?}");
    assert_eq!(decided(&bundle.program, &again()), then);
    assert_eq!(again(), again(), "the same capture twice");
}

/// Starts a capture of loopback; `None`, with the reason printed, where that is not permitted.
#[allow(clippy::print_stderr, reason = "who reads the tests wants to know what was passed over")]
fn captures(file: &Path) -> Option<Process> {
    let mut tshark = Command::new("tshark");
    tshark.args(["-i", "lo", "-f", "udp", "-w"]).arg(file).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut tshark = Process::start(&mut tshark);
    let mut said = BufReader::new(tshark.0.stderr.take().unwrap());
    let mut line = String::new();
    while said.read_line(&mut line).unwrap() > 0 {
        if line.contains("Capture started") || line.contains("File:") {
            std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
            return Some(tshark);
        }
    }
    eprintln!("skipped: nothing may be captured here; tshark says:\n{line}");
    None
}

/// Steps, troubles and the outcome, in order.
fn decided(program: &Program, lines: &[Line]) -> Vec<String> {
    let name = |decision: &Decision| match decision {
        Decision::Says { .. } | Decision::Asks { .. } => None,
        Decision::Step { .. } | Decision::Trouble(_) | Decision::Obeys(_) | Decision::Unheard(_) | Decision::Submits { .. } => {
            Some(decision.to_string())
        }
        Decision::Undoes { .. } | Decision::Errand(_) | Decision::Remembers(_) | Decision::Ends(_) => Some(decision.to_string()),
        Decision::Records(_) | Decision::Keeps(_) | Decision::Marks { .. } => Some(decision.to_string()),
    };
    story(program, lines).iter().filter_map(|told| name(told.decision()?)).collect()
}
