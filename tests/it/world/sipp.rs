//! sipp as the caller: many calls at once, and what becomes of them when the robot is asked to end.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dauys::speech::wav;
use dauys_core::media::Packed;

use super::{Folder, Process, Robot, eventually};

/// How long a run of sipp may take.
const RUNS: Duration = Duration::from_secs(40);

#[test]
fn two_hundred_calls_at_fifty_a_second_all_succeed() {
    let robot = Robot::start();
    let calls = Sipp::start(&robot, &["-sn", "uac", "-r", "50", "-m", "200", "-d", "500"]).ended();
    assert_eq!(calls, Calls { successful: 200, failed: 0 });
    eventually(RUNS, "200 ended calls in /metrics", || (robot.metric("dauys_calls_total") == 200.0).then_some(()));
    robot.terminate();
    assert!(robot.ended().status.success());
}

#[test]
fn a_robot_that_is_asked_to_end_finishes_its_calls_and_takes_no_more() {
    let robot = Robot::start();
    let calls = Sipp::start(&robot, &["-sn", "uac", "-r", "50", "-m", "20", "-d", "4000"]);
    eventually(RUNS, "20 calls that are up", || robot.get("/health").contains(r#""calls":20"#).then_some(()));
    robot.terminate();
    eventually(RUNS, "a robot that is draining", || robot.get("/health").contains("draining").then_some(()));
    let refused = Sipp::start(&robot, &["-sf", REFUSED, "-r", "50", "-m", "10"]).ended();
    assert_eq!(refused, Calls { successful: 10, failed: 0 }, "each is answered 503 with Retry-After");
    assert_eq!(calls.ended(), Calls { successful: 20, failed: 0 });
    assert_eq!(robot.ended().status.code(), Some(0));
}

#[test]
fn a_robot_that_is_asked_twice_to_end_hangs_up_at_once() {
    let robot = Robot::start();
    let calls = Sipp::start(&robot, &["-sn", "uac", "-r", "50", "-m", "5", "-d", "600000"]);
    eventually(RUNS, "5 calls that are up", || robot.get("/health").contains(r#""calls":5"#).then_some(()));
    robot.terminate();
    eventually(RUNS, "a robot that is draining", || robot.get("/health").contains("draining").then_some(()));
    assert!(robot.get("/health").contains(r#""calls":5"#), "the first request hangs nobody up");
    robot.terminate();
    assert_eq!(robot.ended().status.code(), Some(0));
    assert_eq!(calls.ended().successful, 0, "every call was cut by a BYE that sipp did not expect");
}

#[test]
fn a_hundred_calls_at_fifty_a_second_over_tcp_all_succeed() {
    let robot = Robot::start();
    let calls = Sipp::over(&robot, NETS[1], &["-sn", "uac", "-r", "50", "-m", "100", "-d", "500"]).ended();
    assert_eq!(calls, Calls { successful: 100, failed: 0 });
    ends_well(robot, 100.0);
}

#[test]
fn callers_of_every_net_hold_and_resume_change_the_codec_and_refresh_their_sessions_or_are_hung_up_on() {
    let robot = Robot::everywhere("recording: {disk_free_min_mb: 1}\nsip: {min_se_s: 2}\n");
    all_succeed(&robot, &["hold", "codec", "refresh", "lapse"]);
    let lost = ended(&robot, 80.0, "signalling_lost");
    assert_eq!(lost, 20.0, "those that were not refreshed");
    ends_well(robot, 80.0);
}

#[test]
fn callers_of_every_net_who_acknowledge_nothing_or_fall_silent_are_hung_up_on() {
    let robot = Robot::everywhere("recording: {disk_free_min_mb: 1}\nsip: {t1_ms: 50}\nmedia: {media_timeout_s: 2}\n");
    all_succeed(&robot, &["noack", "mute"]);
    assert_eq!(["signalling_lost", "media_lost"].map(|outcome| ended(&robot, 40.0, outcome)), [20.0, 20.0]);
}

/// Callers of every scenario and every net at once, five calls each.
fn all_succeed(robot: &Robot, scenarios: &[&'static str]) {
    let runs = scenarios.iter().flat_map(|scenario| NETS.map(|net| (scenario, net)));
    let runs: Vec<_> =
        runs.map(|(scenario, net)| (scenario, net, Sipp::over(robot, net, &["-sf", &path(scenario), "-r", "10", "-m", "5"]))).collect();
    for (scenario, net, calls) in runs {
        assert_eq!(calls.ended(), Calls { successful: 5, failed: 0 }, "{scenario} over {net:?}");
    }
}

/// How many of the ended calls, which are so many, ended like this.
fn ended(robot: &Robot, calls: f64, outcome: &str) -> f64 {
    eventually(RUNS, "ended calls in /metrics", || (robot.metric("dauys_calls_total") == calls).then_some(()));
    robot.metric_of("dauys_calls_total", "outcome", outcome)
}

/// So many calls have ended, none of them for want of media, and then the robot ends.
fn ends_well(robot: Robot, calls: f64) {
    assert_eq!(ended(&robot, calls, "media_lost"), 0.0);
    robot.terminate();
    assert!(robot.ended().status.success());
}

/// A scenario of ours.
fn path(scenario: &str) -> String {
    format!("{}/tests/sip/{scenario}.xml", env!("CARGO_MANIFEST_DIR"))
}

/// A caller that expects 503 and Retry-After.
const REFUSED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sip/refused.xml");

/// What a caller says.
const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/audio/ru/prompts/main/goodbye.opus");

/// How sipp reaches the robot: its name for the transport (one socket for all calls), and an address.
type Net = (&'static str, &'static str);

const NETS: [Net; 4] = [("u1", "127.0.0.1"), ("t1", "127.0.0.1"), ("u1", "::1"), ("t1", "::1")];

/// A run of sipp.
pub(super) struct Sipp {
    process: Process,
    folder: Folder,
}

/// What sipp counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) successful: u32,
    pub(super) failed: u32,
}

impl Sipp {
    pub(super) fn start(robot: &Robot, how: &[&str]) -> Self {
        Self::over(robot, NETS[0], how)
    }

    fn over(robot: &Robot, (transport, ip): Net, how: &[&str]) -> Self {
        let folder = Folder::new();
        let voice = Packed::open(std::fs::read(VOICE).unwrap().into()).unwrap().alaw();
        std::fs::write(folder.path().join("voice.wav"), wav::write(&voice)).unwrap();
        let robot = SocketAddr::new(ip.parse().unwrap(), robot.sip.port());
        let mut sipp = Command::new("sipp");
        sipp.args(how).args(["-t", transport, "-i", ip, "-s", "1414", "-nostdin", "-trace_err", "-trace_stat", "-stf", STATISTICS]);
        sipp.arg(robot.to_string());
        sipp.current_dir(folder.path()).stdout(Stdio::null()).stderr(File::create(folder.path().join(TROUBLE)).unwrap());
        Self { process: Process::start(&mut sipp), folder }
    }

    /// Waits for its end, and says what it counted.
    #[expect(clippy::print_stderr, reason = "why a test fails")]
    pub(super) fn ended(self) -> Calls {
        let status = self.process.ended(RUNS);
        let calls = Calls::read(&self.folder.path().join(STATISTICS));
        if !status.success() {
            eprintln!("sipp: {status}, {calls:?}: {}", std::fs::read_to_string(self.folder.path().join(TROUBLE)).unwrap());
        }
        calls
    }
}

/// Where sipp writes what it counts.
const STATISTICS: &str = "statistics.csv";
/// Where it says why it ended.
const TROUBLE: &str = "trouble.txt";

impl Calls {
    /// The last line holds the counts of the whole run; the first names the columns.
    fn read(statistics: &Path) -> Self {
        let text = std::fs::read_to_string(statistics).unwrap_or_else(|why| panic!("sipp wrote no statistics: {why}"));
        let (names, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
        let count = |wanted| {
            let at = names.split(';').position(|name| name == wanted).unwrap();
            last.split(';').nth(at).unwrap().parse().unwrap()
        };
        Self { successful: count("SuccessfulCall(C)"), failed: count("FailedCall(C)") }
    }
}
