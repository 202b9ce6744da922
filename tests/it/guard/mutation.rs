//! Fifty thousand mutations, in the manner of the PROTOS suite: every header of every kind of request, one thing wrong with it at a time, the same list on every run.
//!
//! `dauys serve` is a process of its own, so that its memory is its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::a_call;
use super::edit::{Base, message};
use super::wire::{Line, Wire};

const MUTATIONS: usize = 50_000;
/// Sent before memory is looked at, so that every buffer and pool has its size.
const WARM_UP: usize = 10_000;
/// A good request is sent and answered after so many: the robot is alive, and nothing is lost in its socket's queue.
const BATCH: usize = 25;
/// A batch takes no less, so that as many transactions are alive at a time before as after.
const BATCH_TIME: Duration = Duration::from_millis(4);
/// Memory may grow by so much.
const GROWTH_MAX_KB: u64 = 5 * 1024;
const BASES: [Base; 7] = [Base::Options, Base::Invite, Base::Bye, Base::Ack, Base::Cancel, Base::Register, Base::Response];

pub(super) fn run() {
    let robot = Serve::start();
    let mut line = Line::new(robot.sip, Wire::Udp);
    let mut random = Random(0x5eed);
    send(&mut line, &mut random, 0..WARM_UP);
    a_call(robot.sip, Wire::Udp);
    robot.rest();
    let before = robot.resident_kb();
    send(&mut line, &mut random, WARM_UP..WARM_UP + MUTATIONS);
    a_call(robot.sip, Wire::Udp);
    a_call(robot.sip, Wire::Tcp);
    robot.rest();
    let after = robot.resident_kb();
    assert!(after <= before + GROWTH_MAX_KB, "{before} kB before {MUTATIONS} mutations, {after} kB after");
}

fn send(line: &mut Line, random: &mut Random, numbers: std::ops::Range<usize>) {
    let mut start = Instant::now();
    for number in numbers {
        let bytes = mutation(line, random, number);
        line.send(&bytes);
        if number % BATCH == BATCH - 1 {
            let probe = format!("probe{number}");
            line.send(&message(Base::Options, line.place(&probe), &[]));
            assert_eq!(line.status_of(&probe), Some(200), "after mutation {number}");
            std::thread::sleep(BATCH_TIME.saturating_sub(start.elapsed()));
            start = Instant::now();
        }
    }
}

/// The mutation of this number: bases and their lines in turn, the rest by the seed.
fn mutation(line: &Line, random: &mut Random, number: usize) -> Vec<u8> {
    let base = BASES[number % BASES.len()];
    // The number is not ours: no mutation becomes a call.
    let good = message(base, line.place(&format!("m{number}")), &["s/:1414@/:1415@/"]);
    let end = good.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut lines: Vec<Vec<u8>> = good[..end].split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end().to_vec()).collect();
    let at = number / BASES.len() % lines.len();
    mutate(&mut lines, at, random);
    let mut bytes = lines.join(&b"\r\n"[..]);
    bytes.extend_from_slice(&good[end..]);
    if random.below(20) == 0 {
        bytes.truncate(random.below(bytes.len()));
    }
    bytes
}

fn mutate(lines: &mut Vec<Vec<u8>>, at: usize, random: &mut Random) {
    const NUMBERS: [&str; 9] =
        ["0", "-1", "256", "65536", "2147483648", "4294967296", "18446744073709551616", "99999999999999999999999", "1e9"];
    const PIECES: [&[u8]; 14] =
        [b"", b"\"", b"<", b">", b";", b",", b"@", b"\0", b"\r\n ", b"\r\n\r\n", b"%s%n", b"%00", b"\xff\xfe", b"[::"];
    let value = lines[at].iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    let length = lines[at].len();
    let place = value + random.below(length - value + 1);
    match random.below(9) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines[at].truncate(place),
        3 => lines[at][place.min(length - 1)] = random.below(256) as u8,
        4 => {
            let run = vec![b"aA0%/;\x80"[random.below(7)]; 1 + random.below(3000)];
            lines[at].splice(place..place, run);
        }
        5 => {
            let digits: Vec<_> =
                lines[at].iter().enumerate().skip(value).filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at).collect();
            let digit = digits.get(random.below(digits.len().max(1))).copied().unwrap_or(place.min(length - 1));
            lines[at].splice(digit..=digit, NUMBERS[random.below(NUMBERS.len())].bytes());
        }
        6 => drop(lines[at].splice(place..place, PIECES[random.below(PIECES.len())].iter().copied())),
        7 => drop(lines[at].splice(value.., PIECES[random.below(PIECES.len())].iter().copied())),
        _ => {
            let other = random.below(length);
            lines[at].swap(place.min(length - 1), other);
        }
    }
}

/// xorshift64: the same numbers on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// A robot in a process of its own, killed when the test is over.
struct Serve {
    child: Child,
    sip: SocketAddr,
    _data: tempfile::TempDir,
}

impl Serve {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = data.path().join("dauys.yaml");
        let root = env!("CARGO_MANIFEST_DIR");
        let text = format!(
            "sip: {{listen: \"{sip}\", numbers: [\"1414\"], t1_ms: 10, source_requests_per_s: 4000000000}}\nmedia: {{realtime: false, ports: 31000-32999}}\n\
             console: {{listen: off}}\ndata: data\nroot: {root}\nlog: error\n"
        );
        std::fs::write(&config, text).unwrap();
        let mut serve = Command::new(env!("CARGO_BIN_EXE_dauys"));
        serve.args(["serve", "--config"]).arg(&config).current_dir(data.path()).env_remove("RUST_LOG");
        // With a heap for each thread, what a thread has freed stays with it, and memory would be a matter of chance.
        serve.env("MALLOC_ARENA_MAX", "1");
        let mut child = serve.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut ready = String::new();
        while !ready.contains("ready sip=") {
            assert_ne!(said.read_line(&mut ready).unwrap(), 0, "expected a line `ready`, got:\n{ready}");
        }
        std::thread::spawn(move || said.lines().map_while(Result::ok).for_each(drop));
        Self { child, sip, _data: data }
    }

    /// Waits until no transaction is left: 64*T1 is 640 ms.
    fn rest(&self) {
        std::thread::sleep(Duration::from_secs(2));
    }

    /// Memory in use, in kB.
    fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}
