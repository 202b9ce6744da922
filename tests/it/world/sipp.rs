//! sipp as the caller: many calls at once, and what becomes of them when the robot is asked to end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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
fn callers_hold_and_resume_and_change_the_codec() {
    let robot = Robot::start();
    for scenario in ["hold", "codec"] {
        let calls = Sipp::start(&robot, &["-sf", &path(scenario), "-r", "10", "-m", "10"]).ended();
        assert_eq!(calls, Calls { successful: 10, failed: 0 }, "{scenario}");
    }
    ends_well(robot, 20.0);
}

#[test]
fn sessions_are_refreshed_and_those_that_are_not_end() {
    let robot = Robot::configured("recording: {disk_free_min_mb: 1}\nsip: {min_se_s: 2}\n");
    let scenarios = ["refresh", "lapse"].map(|scenario| (scenario, Sipp::start(&robot, &["-sf", &path(scenario), "-r", "10", "-m", "10"])));
    for (scenario, calls) in scenarios {
        assert_eq!(calls.ended(), Calls { successful: 10, failed: 0 }, "{scenario}");
    }
    let metrics = ends_well(robot, 20.0);
    assert!(metrics.contains("dauys_calls_total{outcome=\"signalling_lost\"} 10"), "{metrics}");
}

/// The robot has counted so many ended calls, none of them lost on its media, and ends; what it counted.
fn ends_well(robot: Robot, calls: f64) -> String {
    eventually(RUNS, "ended calls in /metrics", || (robot.metric("dauys_calls_total") == calls).then_some(()));
    let metrics = robot.get("/metrics");
    assert!(!metrics.contains("media_lost"), "{metrics}");
    robot.terminate();
    assert!(robot.ended().status.success());
    metrics
}

/// A scenario of ours.
fn path(scenario: &str) -> String {
    format!("{}/tests/sip/{scenario}.xml", env!("CARGO_MANIFEST_DIR"))
}

/// A caller that expects 503 and Retry-After.
const REFUSED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sip/refused.xml");

/// A run of sipp.
struct Sipp {
    process: Process,
    folder: Folder,
}

/// What sipp counted.
#[derive(Debug, PartialEq, Eq)]
struct Calls {
    successful: u32,
    failed: u32,
}

impl Sipp {
    fn start(robot: &Robot, how: &[&str]) -> Self {
        let folder = Folder::new();
        let mut sipp = Command::new("sipp");
        sipp.args(how).args(["-s", "1414", "-i", "127.0.0.1", "-nostdin", "-trace_stat", "-stf", STATISTICS]).arg(robot.sip.to_string());
        sipp.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { process: Process::start(&mut sipp), folder }
    }

    /// Waits for its end, and says what it counted.
    fn ended(self) -> Calls {
        self.process.ended(RUNS);
        Calls::read(&self.folder.path().join(STATISTICS))
    }
}

/// Where sipp writes what it counts.
const STATISTICS: &str = "statistics.csv";

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
