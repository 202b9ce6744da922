//! Independent programs against the whole product: `dauys serve` is a process of its own, and sipp and baresip call it; sox and multimon-ng make and hear its tones.
//!
//! Everything is on 127.0.0.1, in folders of its own, and is waited for with a bound.

mod baresip;
mod callback;
mod capture;
mod ear;
mod hearing;
mod killed;
mod log;
mod message;
mod publish;
mod recording;
mod services;
mod sipp;
mod tones;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a program may take to start or to end.
const STARTS: Duration = Duration::from_secs(20);
/// How often it is looked whether what is waited for has come.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// A robot that serves: `dauys serve` with the shipped flows.
struct Robot {
    process: Process,
    sip: SocketAddr,
    console: SocketAddr,
    data: Folder,
    log: JoinHandle<String>,
}

/// How a robot ended.
struct Ended {
    status: ExitStatus,
    /// All of its stderr.
    log: String,
    data: Folder,
}

impl Robot {
    /// Starts it, and waits until it says that it is ready.
    fn start() -> Self {
        Self::configured("recording: {disk_free_min_mb: 1}\n")
    }

    /// The same with a configuration file.
    fn configured(config: &str) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), config)
    }

    /// The same at every address of the machine, of both families.
    fn everywhere(config: &str) -> Self {
        Self::at((Ipv6Addr::UNSPECIFIED, 0).into(), config)
    }

    fn at(sip: SocketAddr, config: &str) -> Self {
        Self::serving(sip, Path::new(env!("CARGO_MANIFEST_DIR")), Folder::new(), config, &[])
    }

    /// The same with flows of its own, a data folder that may hold something, and an environment.
    fn of(root: &Path, data: Folder, config: &str, environment: &[(&str, &str)]) -> Self {
        Self::serving((Ipv4Addr::LOCALHOST, 0).into(), root, data, config, environment)
    }

    fn serving(sip: SocketAddr, root: &Path, data: Folder, config: &str, environment: &[(&str, &str)]) -> Self {
        std::fs::write(data.path().join("dauys.yaml"), config).unwrap();
        let mut serve = Command::new(env!("CARGO_BIN_EXE_dauys"));
        serve.arg("serve").arg("--root").arg(root).args(["--sip", &sip.to_string(), "--console", "127.0.0.1:0"]);
        serve.envs(environment.iter().copied());
        serve.arg("--data").arg(data.path()).current_dir(data.path()).env("RUST_LOG", "debug").env("NO_COLOR", "1");
        let mut process = Process::start(serve.stderr(Stdio::piped()));
        let (ready, log) = collect(process.0.stderr.take().unwrap());
        let Ok(ready) = ready.recv_timeout(STARTS) else {
            drop(process);
            panic!("expected a line `ready sip=…` within {STARTS:?}, got:\n{}", log.join().unwrap());
        };
        let [sip, console] = ["sip=", "console=http://"].map(|name| told(&ready, name));
        Self { process, sip, console, data, log }
    }

    /// The address that a caller dials.
    fn uri(&self) -> String {
        format!("sip:1414@{}", self.sip)
    }

    /// A counter, over all its labels.
    fn metric(&self, name: &str) -> f64 {
        let metrics = self.get("/metrics");
        let values = metrics.lines().filter_map(|line| {
            let (labels, value) = line.strip_prefix(name)?.split_once(' ')?;
            (labels.is_empty() || labels.starts_with('{')).then_some(value)
        });
        values.map(|value| value.parse::<f64>().unwrap()).sum()
    }

    /// A counter, for one value of one label.
    fn metric_of(&self, name: &str, label: &str, value: &str) -> f64 {
        let start = format!("{name}{{{label}=\"{value}\"}} ");
        self.get("/metrics").lines().find_map(|line| line.strip_prefix(&start)).map_or(0.0, |value| value.parse().unwrap())
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.console).unwrap();
        stream.set_read_timeout(Some(STARTS)).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to end as an operator of the service does. Calls that are up go on.
    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.process.0.id().to_string()]).status().unwrap();
        assert!(killed.success(), "the robot is gone");
    }

    /// Waits for its end.
    fn ended(self) -> Ended {
        let status = self.process.ended(STARTS);
        Ended { status, log: self.log.join().unwrap(), data: self.data }
    }
}

/// A program that is killed when its test is over.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        let program = command.get_program().to_owned();
        Self(command.stdin(Stdio::null()).spawn().unwrap_or_else(|why| panic!("{}: {why}; run ./setup", program.display())))
    }

    fn ended(mut self, bound: Duration) -> ExitStatus {
        eventually(bound, "the end of a program", || self.0.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

/// A folder for a test, kept when the test fails.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    #[allow(clippy::print_stderr, reason = "who reads the failure wants to know where to look")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.disable_cleanup(true);
            eprintln!("kept: {}", self.0.path().display());
        }
    }
}

/// Waits until `look` sees something.
fn eventually<T>(bound: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Some(seen) => return seen,
            None => assert!(start.elapsed() < bound, "expected {what} within {bound:?}"),
        }
        std::thread::sleep(LOOKS_EVERY);
    }
}

/// The address behind this name: the robot chose free ports itself, which nobody can take meanwhile.
fn told(ready: &str, name: &str) -> SocketAddr {
    let address = ready.split_whitespace().find_map(|word| word.strip_prefix(name)).and_then(|word| word.split('/').next()?.parse().ok());
    address.unwrap_or_else(|| panic!("expected {name} and an address, got {ready}"))
}

/// Reads a log to its end, on a thread of its own so that the writer never waits; gives the line `ready` when it has come.
fn collect(stderr: ChildStderr) -> (Receiver<String>, JoinHandle<String>) {
    let (ready, is_ready) = channel();
    let read = move || {
        let mut log = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if line.starts_with("ready sip=") {
                let _ = ready.send(line.clone()); // nobody waits for a second one
            }
            log.extend([line.as_str(), "\n"]);
        }
        log
    };
    (is_ready, std::thread::spawn(read))
}

/// An address that was free just now.
fn free_tcp() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
